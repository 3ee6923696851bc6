"""Writing a journal's file: what is acknowledged survives the process and the machine.

One process writes, through one connection, which a file lock ensures; the file is in WAL mode with
``synchronous=FULL``, so that an append returns only when its events are on disk. Readers are not
blocked. The file belongs on a local disk: WAL and file locks do not work over a network.
"""

import os
import sqlite3
import warnings
from collections.abc import Sequence
from pathlib import Path

from recourse_bandits.errors import JournalConflict, JournalError, JournalWarning
from recourse_bandits.events import Event
from recourse_bandits.journals.format_1 import to_json
from recourse_bandits.journals.sqlite.reading import SqliteReader, resolved
from recourse_bandits.journals.sqlite.schema import (
    Row,
    chained,
    insert,
    look_ups_of,
    migrate,
    schema_of,
)
from recourse_bandits.ownership import Ownership

_FIRST_BAD, _FIRST_GOOD = (3, 7, 0), (3, 51, 3)


class SqliteJournal(SqliteReader):
    """Keeps every event in a SQLite file.

    Parameters
    ----------
    path
        The file; made if it does not exist, and its folder too. One of an older schema is brought
        to the present one.

    Raises
    ------
    JournalError
        If another process writes to the file, or it is no journal.

    Warns
    -----
    JournalWarning
        If the SQLite library is of a version that can damage a file to which two connections write:
        this journal does not, so others must be kept from writing to the file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = resolved(path)  # the same lock for every name of the file
        _warn_of_old_sqlite(sqlite3.sqlite_version_info)
        self._ownership = Ownership(self.path)
        self._take_lock()
        try:
            super().__init__(self.path)
            self._length = super().length
            self._check_end()
            self._digest = self._stored_digest(self._length)
            self._opened_by, self._opened_file = os.getpid(), self._identity()
        except BaseException:
            self._ownership.give_up()
            raise

    def _check_end(self) -> None:
        """Raise JournalError unless the last event is whole and really the last."""
        self._lines("number = ?", self._length - 1)
        if self._rows("SELECT 1 FROM events WHERE number >= ? LIMIT 1", self._length):
            raise self._damaged(self._length, "there are events after the last one")

    def _take_lock(self) -> None:
        try:
            who = self._ownership.take()
        except OSError as error:
            raise JournalError(f"{self.path} cannot be written: {error}") from error
        if who is not None:
            raise JournalError(
                f"{self.path} is being written by {who}; one process writes a journal at a time"
            )

    def _opened(self) -> sqlite3.Connection:
        if self.path.exists() and not os.access(self.path, os.W_OK):
            raise JournalError("it may be read only")  # SQLite would open it all the same
        # one connection; the study calls it from one thread at a time
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            schema_of(connection)  # a file that is something else is left as it is
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

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
        self._require_own_file()
        rows, digest = self._as_rows(events)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                insert(self._connection, rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.ProgrammingError as error:
            raise JournalError(f"{self.path} has been closed; nothing was recorded") from error
        except sqlite3.Error as error:
            raise JournalError(
                f"{self.path} could not be written ({error}); nothing was recorded"
            ) from error
        self._length += len(rows)
        self._digest = digest

    def _as_rows(self, events: Sequence[Event]) -> tuple[list[Row], bytes]:
        rows: list[Row] = []
        digest = self._digest
        for event in events:
            line = to_json(event)
            digest = chained(digest, line)
            rows.append((event.number, *look_ups_of(event), line, digest))
        return rows, digest

    def close(self) -> None:
        """Close the file and let another process write."""
        super().close()
        self._ownership.give_up()

    def _identity(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_dev, found.st_ino

    def _require_own_file(self) -> None:
        """Raise JournalError if what is written now would not be found in the file later."""
        if os.getpid() != self._opened_by:
            raise JournalError(
                f"{self.path} was opened by process {self._opened_by}, from which this process was "
                "forked: open the study anew in each process"
            )
        try:
            same = self._identity() == self._opened_file
        except OSError:
            same = False
        if not same:
            raise JournalError(
                f"{self.path} was moved or replaced while it was open; nothing was recorded. Move "
                "it back, together with its -wal file, and open it again"
            )


def _warn_of_old_sqlite(version: tuple[int, ...]) -> None:
    if _FIRST_BAD <= version < _FIRST_GOOD:
        warnings.warn(
            f"SQLite {'.'.join(map(str, version))} can damage a file in WAL mode to which two "
            "connections write at the same moment (fixed in 3.51.3). A journal is written through "
            "one connection only; keep every other program from writing to it.",
            JournalWarning,
            stacklevel=3,
        )
