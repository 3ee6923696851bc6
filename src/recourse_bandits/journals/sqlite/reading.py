"""Reading a journal's file, also while another process writes to it."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from recourse_bandits.errors import JournalError
from recourse_bandits.events import Event
from recourse_bandits.journals.base import Journal
from recourse_bandits.journals.format_1 import Reader
from recourse_bandits.journals.snapshots import SnapshotFolder
from recourse_bandits.journals.sqlite.schema import SCHEMA, chained, look_ups_of, schema_of
from recourse_bandits.problem import Problem

_DIGITS = 16  # of a digest in a snapshot's name
# SQLite's own message may quote damaged text; a number or a text may be none that SQLite can hold
_UNREADABLE = (sqlite3.Error, UnicodeError, OverflowError)
_COLUMNS = ("kind", "decision", "request_id")
_LITERALS = {"kind": "'corrected'"}  # the index of corrections knows no other


def resolved(path: str | Path) -> Path:
    """Return the one path of a file, whatever it is called and whatever the folder is later.

    Parameters
    ----------
    path
        The file, by any of its names.

    Raises
    ------
    JournalError
        If no file can have this name.
    """
    try:
        return Path(path).resolve()
    except (ValueError, OSError) as error:
        raise JournalError(f"{path!r} cannot be the name of a journal: {error}") from error


class SqliteReader(Journal):
    """Reads the events of a SQLite file; never waits for the process that writes it.

    Every line that is read is checked against the chain of digests, so that whatever was damaged is
    named instead of believed.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    JournalError
        If it is no journal of the present schema.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = resolved(path)
        self._problem: Problem | None = None
        try:
            self._connection = self._opened()
        except (*_UNREADABLE, JournalError) as error:
            raise JournalError(f"{self.path} cannot be used as a journal: {error}") from error
        self.snapshots = SnapshotFolder(Path(f"{self.path}.snapshots"), self._digest_after)

    def _opened(self) -> sqlite3.Connection:
        if not self.path.exists():
            raise JournalError("there is no such file")
        # SQLite would leave files for WAL behind that the writer may not write either
        alone = not Path(f"{self.path}-wal").exists() and not os.access(self.path, os.W_OK)
        connection = self._read_only("immutable=1" if alone else "mode=ro")
        try:
            schema = schema_of(connection)
        except sqlite3.OperationalError:  # a folder that may not be written has no room for WAL
            connection.close()
            if Path(f"{self.path}-wal").exists():
                raise
            connection = self._read_only("immutable=1")
            schema = schema_of(connection)
        if schema != SCHEMA:
            connection.close()
            raise JournalError(
                f"it has schema {schema}, which is read after a study has opened it for writing"
                if schema
                else "it is empty"
            )
        return connection

    def _read_only(self, how: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?{how}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA query_only = ON")
        return connection

    @property
    def length(self) -> int:
        """Number of events so far."""
        last = self._rows("SELECT max(number) FROM events")[0][0]
        return 0 if last is None else int(last) + 1

    def append(self, events: Sequence[Event], *, after: int) -> None:
        """Refuse: this journal is only read.

        Parameters
        ----------
        events
            Without effect.
        after
            Without effect.

        Raises
        ------
        JournalError
            Always.
        """
        raise JournalError(f"{self.path} was opened for reading only")

    def read(self, after: int = 0) -> Iterator[Event]:
        """Yield events in order.

        Parameters
        ----------
        after
            Number of events to skip.

        Raises
        ------
        JournalError
            If an event is missing, damaged or cannot be read; its number is named.
        """
        reader = self._new_reader()
        expected, digest = after, self._stored_digest(after)
        found = self._each(
            "SELECT number, line, digest, kind, decision, request_id FROM events "
            "WHERE number >= ? ORDER BY number",
            after,
        )
        while True:
            try:
                row = next(found, None)
            except JournalError as error:
                raise self._damaged(expected, error) from error
            if row is None:
                return
            number, line, stored, *look_ups = row
            if number != expected:
                raise self._damaged(expected, "it is missing")
            digest = self._checked(number, digest, line, stored)
            event = self._event(reader, line, number)
            if look_ups != list(look_ups_of(event)):
                raise self._damaged(number, f"its columns {look_ups} are not those of its line")
            yield event
            expected += 1

    def decision(self, number: int) -> Sequence[Event]:
        """Return the events of one decision, in order; empty if there are none.

        Parameters
        ----------
        number
            Number of the decision.

        Raises
        ------
        JournalError
            If one of them is damaged.
        """
        return self._found("decision", number)

    def corrections(self) -> Sequence[Event]:
        """Return the events of kind `corrected`, in order.

        Raises
        ------
        JournalError
            If one of them is damaged.
        """
        return self._found("kind", "corrected")

    def request(self, request_id: str) -> Event | None:
        """Return the first event that was written for a request, or None.

        Parameters
        ----------
        request_id
            The caller's name for a decision or an imported treatment.

        Raises
        ------
        JournalError
            If the event is damaged.
        """
        found = self._found("request_id", request_id)
        return found[0] if found else None

    def inspect(self) -> None:
        """Raise JournalError if the structure of the file is damaged; reads all of it."""
        found = self._rows("PRAGMA integrity_check(1)")[0][0]
        if found != "ok":
            raise JournalError(f"{self.path} is damaged: {found}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # -- rows --------------------------------------------------------------------------------------

    def _found(self, column: str, value: Any) -> Sequence[Event]:
        lines = self._lines(f"{column} = {_LITERALS.get(column, '?')} ORDER BY number", value)
        reader = self._new_reader() if lines else None
        events = []
        for number, line in lines:
            event = self._event(reader, line, number)
            if value != look_ups_of(event)[_COLUMNS.index(column)]:  # an index may be damaged too
                raise self._damaged(number, f"it was found under {column} {value!r}")
            events.append(event)
        return events

    def _lines(self, condition: str, value: Any) -> list[tuple[int, str]]:
        before = "(SELECT digest FROM events AS earlier WHERE earlier.number = events.number - 1)"
        rows = self._rows(
            f"SELECT number, line, digest, {before} FROM events WHERE {condition}",
            *([value] if "?" in condition else []),
        )
        for number, line, stored, previous in rows:
            self._checked(number, b"" if previous is None else previous, line, stored)
        return [(number, line) for number, line, *_ in rows]

    def _rows(self, query: str, *values: Any) -> list[Any]:
        return list(self._each(query, *values))

    def _each(self, query: str, *values: Any) -> Iterator[Any]:
        try:
            found = self._connection.execute(query, values)
            while (row := next(found, None)) is not None:
                yield row
        except sqlite3.ProgrammingError as error:
            raise JournalError(f"{self.path} has been closed") from error
        except _UNREADABLE as error:
            raise JournalError(f"{self.path} cannot be read: {error}") from error

    def _stored_digest(self, after: int) -> bytes:
        """Digest of the first `after` events; empty if there are not so many."""
        rows = self._rows("SELECT digest FROM events WHERE number = ?", after - 1)
        if rows and not isinstance(rows[0][0], bytes):
            raise self._damaged(after - 1, "its digest is none")
        return rows[0][0] if rows else b""

    def _digest_after(self, position: int) -> str | None:
        if position > self.length:
            return None
        return self._stored_digest(position).hex()[:_DIGITS] or None

    # -- events ------------------------------------------------------------------------------------

    def _new_reader(self) -> Reader:
        """Return a reader that knows the problem, which the first event describes."""
        if self._problem is None:
            first = Reader()
            for number, line in self._lines("number = ?", 0):
                self._event(first, line, number)
            self._problem = first.problem
        return Reader(self._problem, self._question)

    def _question(self, decision: int) -> str:
        lines = self._lines("decision = ? AND kind = 'asked'", decision)
        if not lines:
            raise JournalError(f"{self.path} has no question for decision {decision}")
        return lines[0][1]

    def _checked(self, number: int, previous: bytes, line: str, stored: bytes) -> bytes:
        whole = isinstance(line, str) and isinstance(previous, bytes)
        digest = chained(previous, line) if whole else b""
        if not whole or digest != stored:
            raise self._damaged(number, "its digest is not that of its line and the events before")
        return digest

    def _event(self, reader: Reader | None, line: str, number: int) -> Event:
        assert reader is not None
        try:
            event = reader.read(line)
        except JournalError as error:
            raise self._damaged(number, error) from error
        return event

    def _damaged(self, number: int, why: object) -> JournalError:
        return JournalError(
            f"{self.path}, event {number}: {why}; the {number} events before it can be used"
        )
