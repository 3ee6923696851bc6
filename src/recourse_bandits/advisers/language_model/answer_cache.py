"""Answers that were given before, in a SQLite file of JSON: the same question costs once."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from recourse_bandits.errors import AdviserUnavailable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    question TEXT PRIMARY KEY,  -- SHA-256 of model, endpoint, settings and prompt
    answer TEXT NOT NULL        -- JSON: model as dated by the provider, text
) WITHOUT ROWID
"""
_PATIENCE = 10.0  # seconds for another process to finish writing


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer of before.

    Parameters
    ----------
    model
        The model as the provider dated it.
    text
        What it said.
    """

    model: str | None
    text: str


def cache_key(*parts: object) -> str:
    """Return the key of a question.

    Parameters
    ----------
    *parts
        All that the answer may depend on; JSON values.
    """
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """Answers by question, shared by all processes that name the same file.

    Parameters
    ----------
    path
        The file; made when the first answer is kept.
    """

    path: str | Path

    def get(self, key: str) -> Kept | None:
        """Return the answer to a question, or None.

        Parameters
        ----------
        key
            Of `cache_key`.

        Raises
        ------
        AdviserUnavailable
            If the file is no such cache.
        """
        if not Path(self.path).exists():
            return None
        with self._opened() as database:
            row = database.execute(
                "SELECT answer FROM answers WHERE question = ?", (key,)
            ).fetchone()
            return None if row is None else Kept(**json.loads(row[0]))

    def put(self, key: str, answer: Kept) -> None:
        """Keep an answer; the first one stays.

        Parameters
        ----------
        key
            Of `cache_key`.
        answer
            The answer.

        Raises
        ------
        AdviserUnavailable
            If the file cannot be written, or is no such cache.
        """
        told = json.dumps({"model": answer.model, "text": answer.text})
        with self._opened() as database, database:
            database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?)", (key, told))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as database:
                database.execute(_SCHEMA)
                yield database
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise AdviserUnavailable(
                f"cache {str(self.path)!r} cannot be used: {error}; it must be a file of this "
                "package's own, or not be there yet"
            ) from error
