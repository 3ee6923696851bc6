"""Where a study's events are kept."""

from recourse_bandits.errors import JournalError
from recourse_bandits.journals.base import Journal
from recourse_bandits.journals.memory import MemoryJournal, OpenDecisionsJournal
from recourse_bandits.journals.sqlite import SqliteJournal

__all__ = ["Journal", "MemoryJournal", "OpenDecisionsJournal", "SqliteJournal", "open_journal"]

_SQLITE = "sqlite:///"


def open_journal(where: Journal | str | None) -> Journal:
    """Return the journal that a study's `journal` argument names.

    Parameters
    ----------
    where
        A journal; ``sqlite:///FILE`` (a relative path, or an absolute one after a fourth slash); or
        None for a journal in memory.

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
        return SqliteJournal(where.removeprefix(_SQLITE))
    raise JournalError(f"journal must be sqlite:///FILE, a Journal or None, got {where!r}")
