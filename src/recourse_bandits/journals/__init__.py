"""Where a study's events are kept."""

from recourse_bandits.errors import JournalError
from recourse_bandits.journals.base import Journal
from recourse_bandits.journals.memory import MemoryJournal, OpenDecisionsJournal
from recourse_bandits.journals.snapshots import MemorySnapshots, SnapshotFolder, Snapshots
from recourse_bandits.journals.sqlite import SqliteJournal, SqliteReader

__all__ = [
    "Journal",
    "MemoryJournal",
    "MemorySnapshots",
    "OpenDecisionsJournal",
    "SnapshotFolder",
    "Snapshots",
    "SqliteJournal",
    "SqliteReader",
    "open_journal",
]

_SQLITE = "sqlite:///"


def open_journal(where: Journal | str | None, *, reading: bool = False) -> Journal:
    """Return the journal that a study's `journal` argument names.

    Parameters
    ----------
    where
        A journal; ``sqlite:///FILE`` (a relative path, or an absolute one after a fourth slash); or
        None for a journal in memory.
    reading
        True: a file is opened for reading only, also while another process writes to it.

    Raises
    ------
    JournalError
        If it is something else, or the file cannot be used.

    Examples
    --------
    >>> open_journal(None).length
    0
    """
    if where is None:
        return MemoryJournal()
    if isinstance(where, Journal):
        return where
    if where == f"{_SQLITE}:memory:":
        raise JournalError("a journal in memory is journal=None; sqlite:///:memory: keeps nothing")
    if isinstance(where, str) and where.startswith(_SQLITE) and len(where) > len(_SQLITE):
        path = where.removeprefix(_SQLITE)
        return SqliteReader(path) if reading else SqliteJournal(path)
    raise JournalError(f"journal must be sqlite:///FILE, a Journal or None, got {where!r}")
