"""The tables of a SQLite journal, and how older files become newer ones.

``user_version`` is the number of the schema. Schema 2: one table, one row an event:

===========  ======================================================================================
number       the event's position, from 0, without gaps
kind         as in journal format 1
decision     number of the decision that it belongs to, or null
request_id   the caller's name for the decision or the imported treatment, or null
line         the event as JSON of journal format 1; all else follows from it
digest       SHA-256 of the digest before it (nothing for the first) and of the line in UTF-8: what
             is changed, exchanged or left out anywhere changes every digest after it
===========  ======================================================================================

Schema 1 had no `kind` and no `digest`.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from recourse_bandits.errors import JournalError
from recourse_bandits.events import Event, decision_of

SCHEMA = 2

_CREATE = """
CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    decision INTEGER,
    request_id TEXT,
    line TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX events_of_decision ON events (decision) WHERE decision IS NOT NULL;
CREATE INDEX events_of_request ON events (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX corrections ON events (number) WHERE kind = 'corrected';
"""
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)"
_CHUNK = 1000

Row = tuple[int, str, int | None, str | None, str, bytes]


def chained(previous: bytes, line: str) -> bytes:
    """Return the digest of a line that follows the lines of another digest.

    Parameters
    ----------
    previous
        Digest of all lines before; empty for the first line.
    line
        The line.
    """
    return hashlib.sha256(previous + line.encode()).digest()


def look_ups_of(event: Event) -> tuple[str, int | None, str | None]:
    """Columns by which an event is found: kind, decision and request id.

    Parameters
    ----------
    event
        The event.
    """
    return event.kind, decision_of(event), getattr(event.body, "request_id", None)


def insert(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Insert events, inside the caller's transaction.

    Parameters
    ----------
    connection
        The file.
    rows
        Columns of the table, in its order.
    """
    connection.executemany(_INSERT, rows)


def schema_of(connection: sqlite3.Connection) -> int:
    """Number of a file's schema; 0 for an empty file.

    Parameters
    ----------
    connection
        The file.

    Raises
    ------
    JournalError
        If the file is no journal, or of a later version of this package.
    """
    schema = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    empty = schema == 0 and not tables
    if not empty and (schema not in range(1, SCHEMA + 1) or "events" not in tables):
        raise JournalError(
            f"it is no journal of schema 1 to {SCHEMA}: it has schema {schema} and "
            f"{'no table events' if 'events' not in tables else 'a table events'}"
        )
    return schema


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to the present schema, each step whole or not at all.

    Parameters
    ----------
    connection
        The file, which this process alone may write.

    Raises
    ------
    JournalError
        If it is no journal.
    """
    schema = schema_of(connection)
    while schema < SCHEMA:
        connection.execute("BEGIN IMMEDIATE")
        try:
            schema = _STEPS[schema](connection)
            connection.execute(f"PRAGMA user_version = {schema}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _create(connection: sqlite3.Connection) -> int:
    _execute_each(connection, _CREATE)
    return SCHEMA


def _add_digests(connection: sqlite3.Connection) -> int:
    _execute_each(
        connection,
        "DROP INDEX events_of_decision; DROP INDEX events_of_request; "
        "ALTER TABLE events RENAME TO events_1;" + _CREATE,
    )
    rows = _with_digests(
        connection.execute("SELECT number, decision, request_id, line FROM events_1 ORDER BY 1")
    )
    while chunk := list(islice(rows, _CHUNK)):
        insert(connection, chunk)
    connection.execute("DROP TABLE events_1")
    return 2


def _with_digests(rows: Iterable[tuple[int, int | None, str | None, str]]) -> Iterator[Row]:
    digest = b""
    for number, decision, request_id, line in rows:
        digest = chained(digest, line)
        yield number, _kind_of(number, line), decision, request_id, line, digest


def _kind_of(number: int, line: str) -> str:
    try:
        return str(json.loads(line)["event"])
    except (ValueError, KeyError, TypeError) as error:
        raise JournalError(f"event {number} is damaged: {error}") from error


def _execute_each(connection: sqlite3.Connection, statements: str) -> None:
    # executescript would commit the transaction first
    for statement in statements.split(";"):
        if statement.strip():
            connection.execute(statement)


_STEPS: dict[int, Callable[[sqlite3.Connection], int]] = {0: _create, 1: _add_digests}
