"""A study from its settings and the command's options."""

from recourse_bandits.config import StudySettings
from recourse_bandits.errors import SettingsError
from recourse_bandits.journals import open_journal
from recourse_bandits.study import Study


def opened(settings: StudySettings, journal: str | None) -> Study:
    """Begin the study of the settings, or go on with it.

    Parameters
    ----------
    settings
        The study.
    journal
        ``sqlite:///FILE``; None: that of the settings.

    Raises
    ------
    SettingsError
        If neither names a journal.
    JournalError
        If it belongs to another study, or is being written.
    """
    where = journal or settings.journal
    if where is None:
        raise SettingsError("no journal is named: give --journal sqlite:///FILE, or journal = ...")
    return Study(settings.problem, settings.built_policy(), journal=where, seed=settings.seed)


def opened_for_reading(journal: str) -> Study:
    """Open a study to look at, also while another process writes to its journal.

    Parameters
    ----------
    journal
        ``sqlite:///FILE``.

    Raises
    ------
    JournalError
        If there is no such journal.
    """
    return Study.open(open_journal(journal, reading=True))
