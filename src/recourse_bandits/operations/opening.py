"""A study from its settings and the command's options."""

from pathlib import Path

from rich.console import Console

from recourse_bandits.config import StudySettings
from recourse_bandits.errors import JournalError, SettingsError
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
    with Console(stderr=True).status("opening the journal"):
        policy, adviser = settings.built_policy(), settings.built_adviser()
        return Study(settings.problem, policy, adviser, journal=where, seed=settings.seed)


def require_journal(journal: str | None) -> None:
    """Raise JournalError if a journal is named whose file is not there.

    Parameters
    ----------
    journal
        ``sqlite:///FILE``, or None.
    """
    name, is_file, path = (journal or "").partition("sqlite:///")
    if is_file and not name and path and not Path(path).exists():
        raise JournalError(f"there is no journal {path}; decide or import begins one")


def folder_for(out: Path) -> None:
    """Make a folder for results, before anything is done for which there would be no room.

    Parameters
    ----------
    out
        The folder.

    Raises
    ------
    SettingsError
        If it cannot be made, or not be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / ".room").touch()
        (out / ".room").unlink()
    except OSError as error:
        raise SettingsError(f"--out {out} is no folder that can be written: {error}") from error
