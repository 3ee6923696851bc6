"""The tables of a queue of questions, and the one way into its file.

``user_version`` is the number of the schema. Schema 1 has two tables. ``study`` has one row,
written with the first question:

===========  ======================================================================================
problem      the problem as JSON (`Problem.to_json`), against which answers are checked
study        SHA-256 of the study's first event; empty: not known
===========  ======================================================================================

``questions`` has one row a question:

===========  ======================================================================================
number       number of the decision: nobody is asked twice for one
digest       SHA-256 of what tells this question from every other, in hexadecimal
asked_at     when it came into the queue (all times: UTC, ISO 8601)
deadline     until when an answer is accepted, or null
question     the question as JSON, in raw units: all that an expert needs
arm          name of the advised arm; null: not answered, or no advice
target       the advised values as JSON, by feature, in raw units
reason       why there is no advice, or null
note         of the person who answered
confidence   as stated, in [0, 1], or null
answered_by  who answered, or null
answered_at  when, or null: not answered
closed_at    when the study was found not to wait any more, or null
===========  ======================================================================================

Every access holds ``FILE.access``, for a moment: releases of SQLite before 3.51.3 can damage a file
in WAL mode to which two connections write at the same moment. A process that dies lets go of it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from recourse_bandits.errors import QueueError

SCHEMA = 1
_SQLITE = "sqlite:///"
_PATIENCE = 30.0  # seconds; an access takes some thousandths
_TABLES = {"study", "questions"}
_CREATE = (
    "CREATE TABLE study (problem TEXT NOT NULL, study TEXT NOT NULL) STRICT",
    """CREATE TABLE questions (
    number INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    deadline TEXT,
    question TEXT NOT NULL,
    arm TEXT,
    target TEXT,
    reason TEXT,
    note TEXT,
    confidence REAL,
    answered_by TEXT,
    answered_at TEXT,
    closed_at TEXT
) STRICT""",
    f"PRAGMA user_version = {SCHEMA}",
)


def path_of(where: str) -> Path:
    """Return the file that ``sqlite:///FILE`` names.

    Parameters
    ----------
    where
        A relative path, or an absolute one after a fourth slash.

    Raises
    ------
    QueueError
        If it is something else.
    """
    text = where.removeprefix(_SQLITE) if isinstance(where, str) else ""
    if not text or text in (where, ":memory:"):
        raise QueueError(f"a queue of questions must be named sqlite:///FILE, got {where!r}")
    try:
        return Path(text).resolve()
    except (ValueError, OSError) as error:
        raise QueueError(f"{text!r} cannot be the name of a queue: {error}") from error


@contextmanager
def transaction(path: Path, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """Give the file to the caller alone; what was written is on disk when this ends, or not at all.

    Parameters
    ----------
    path
        The file.
    create
        Whether it is made if it does not exist.

    Raises
    ------
    QueueError
        If it is no queue, or cannot be read or written.
    """
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise QueueError(f"there is no queue of questions {str(path)!r}")
        with (
            FileLock(f"{path}.access", timeout=_PATIENCE, thread_local=False),
            closing(sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)) as connection,
        ):
            _prepare(connection, create)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
    except Timeout as error:
        raise QueueError(f"{str(path)!r} has been in use for {_PATIENCE:g} seconds") from error
    except (sqlite3.Error, OSError, UnicodeError) as error:
        raise QueueError(f"{str(path)!r} cannot be used as a queue: {error}") from error


def _prepare(connection: sqlite3.Connection, create: bool) -> None:
    """Begin a transaction in a file of the present schema."""
    schema = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    empty = schema == 0 and not tables  # a process that was to create it may have died before
    if not (empty and create) and (schema != SCHEMA or not tables >= _TABLES):
        raise sqlite3.DatabaseError(  # a file that is something else is left as it is
            f"it has schema {schema}, not {SCHEMA}, or lacks the tables of a queue"
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    if empty:
        for statement in _CREATE:
            connection.execute(statement)
