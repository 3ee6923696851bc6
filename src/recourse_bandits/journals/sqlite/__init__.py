"""A journal in one SQLite file: one process writes, any number read meanwhile."""

from recourse_bandits.journals.sqlite.reading import SqliteReader
from recourse_bandits.journals.sqlite.writing import SqliteJournal

__all__ = ["SqliteJournal", "SqliteReader"]
