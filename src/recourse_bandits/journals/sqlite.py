"""A journal in one SQLite file: what is acknowledged survives the process and the machine.

One process writes, which a file lock ensures; the file is in WAL mode with ``synchronous=FULL``, so
that an append returns only when its events are on disk. Readers of the file are not blocked.

Schema 1: table ``events(number, decision, request_id, line)``, one row an event, `line` its JSON of
journal format 1; ``user_version`` is the schema's number.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from recourse_bandits.errors import JournalConflict, JournalError
from recourse_bandits.events import Event, decision_of
from recourse_bandits.journals.base import Journal
from recourse_bandits.journals.format_1 import Reader, to_json
from recourse_bandits.problem import Problem

_SCHEMA = 1
_CREATE = """
CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    decision INTEGER,
    request_id TEXT,
    line TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_decision ON events (decision) WHERE decision IS NOT NULL;
CREATE INDEX events_of_request ON events (request_id) WHERE request_id IS NOT NULL;
"""


class SqliteJournal(Journal):
    """Keeps every event in a SQLite file.

    Parameters
    ----------
    path
        The file; made if it does not exist, and its folder too.

    Raises
    ------
    JournalError
        If another process writes to the file, or it is no journal of this schema.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = FileLock(f"{self.path}.lock")
        self._holder = Path(f"{self.path}.holder")  # says who holds the lock
        self._take_lock()
        try:
            self._connection = self._opened()
            self._length = self._count()
        except sqlite3.Error as error:
            self._lock.release()
            raise JournalError(f"{self.path} cannot be used as a journal: {error}") from error
        except JournalError:
            self._lock.release()
            raise
        self._problem: Problem | None = None

    def _take_lock(self) -> None:
        try:
            self._lock.acquire(timeout=0)
            self._holder.write_text(f"process {os.getpid()}", encoding="utf-8")
        except Timeout:
            known = self._holder.exists()
            who = self._holder.read_text(encoding="utf-8") if known else "another process"
            raise JournalError(
                f"{self.path} is being written by {who}; one process writes a journal at a time"
            ) from None
        except OSError as error:
            raise JournalError(f"{self.path} cannot be written: {error}") from error

    def _opened(self) -> sqlite3.Connection:
        # one connection; the study calls it from one thread at a time
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        schema = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if (schema, tables > 0) not in {(0, False), (_SCHEMA, True)}:
            raise JournalError(
                f"{self.path} is no journal of schema {_SCHEMA}: it has schema {schema}"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if schema == 0:
            connection.executescript(
                f"BEGIN IMMEDIATE; {_CREATE} PRAGMA user_version = {_SCHEMA}; COMMIT;"
            )
        return connection

    def _count(self) -> int:
        count, last = self._connection.execute(
            "SELECT count(*), max(number) FROM events"
        ).fetchone()
        if count and last != count - 1:
            raise JournalError(f"{self.path} has {count} events, but the last is number {last}")
        return int(count)

    @property
    def length(self) -> int:
        """Number of events appended so far."""
        return self._length

    def append(self, events: Sequence[Event], *, after: int) -> None:
        """Append events, all or none; they are on disk when this returns.

        Parameters
        ----------
        events
            Consecutive events, the first with number `after`.
        after
            The journal's length as the writer knows it.

        Raises
        ------
        JournalConflict
            If the journal has grown since.
        JournalError
            If the file cannot be written; nothing was appended then.
        """
        if after != self._length:
            raise JournalConflict(
                f"{self.path} has {self._length} events, the writer knows of {after}: read the "
                "others first"
            )
        rows = [
            (
                event.number,
                decision_of(event),
                getattr(event.body, "request_id", None),
                to_json(event),
            )
            for event in events
        ]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise JournalError(
                f"{self.path} could not be written ({error}); nothing was recorded"
            ) from error
        self._length += len(rows)

    def read(self, after: int = 0) -> Iterator[Event]:
        """Yield events in order.

        Parameters
        ----------
        after
            Number of events to skip.

        Raises
        ------
        JournalError
            If an event cannot be read; its number is named.
        """
        reader = self._new_reader()
        if after > 0:  # a decision's person is told by the question before it
            asked = "number < ?1 AND decision IN (SELECT decision FROM events WHERE number >= ?1)"
            for line, number in self._lines(asked, after):
                self._event(reader, line, number)
        for line, number in self._lines("number >= ?1", after):
            yield self._event(reader, line, number)

    def decision(self, number: int) -> Sequence[Event]:
        """Return the events of one decision, in order; empty if there are none.

        Parameters
        ----------
        number
            Number of the decision.
        """
        reader = self._new_reader()
        found = self._lines("decision = ?1", number)
        return tuple(self._event(reader, line, place) for line, place in found)

    def request(self, request_id: str) -> int | None:
        """Return the number of the decision made for a request, or None.

        Parameters
        ----------
        request_id
            The caller's name for the decision.
        """
        row = self._connection.execute(
            "SELECT decision FROM events WHERE request_id = ? LIMIT 1", (request_id,)
        ).fetchone()
        return None if row is None else int(row[0])

    def close(self) -> None:
        """Close the file and let another process write."""
        self._connection.close()
        self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _lines(self, condition: str, value: int) -> Iterator[tuple[str, int]]:
        query = f"SELECT line, number FROM events WHERE {condition} ORDER BY number"
        yield from self._connection.execute(query, (value,))

    def _new_reader(self) -> Reader:
        """Return a reader that knows the problem, which the first event describes."""
        reader = Reader(self._problem)
        if self._problem is None:
            for line, number in self._lines("number = ?1", 0):
                self._event(reader, line, number)
            self._problem = reader.problem
        return reader

    def _event(self, reader: Reader, line: str, number: int) -> Event:
        try:
            return reader.read(line)
        except JournalError as error:
            raise JournalError(f"{self.path}, event {number}: {error}") from error
