"""Who may write to a journal's file, and that it is the file that was opened."""

import os
import shutil
import threading
from pathlib import Path

import pytest

import recourse_bandits as rb
from recourse_bandits.errors import JournalError
from recourse_bandits.ownership import Ownership
from tests.journals.clinic import new_study, person


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clinic.db"


def test_a_file_that_was_moved_is_not_written(file: Path) -> None:
    with new_study(f"sqlite:///{file}") as study:
        study.decide(person(0))
        file.rename(file.with_name("elsewhere.db"))
        with pytest.raises(JournalError, match="moved or replaced.*nothing was recorded"):
            study.decide(person(1))
        file.with_name("elsewhere.db").rename(file)
        assert study.decide(person(1)).id == 1
    with rb.Study.open(f"sqlite:///{file}") as study:
        assert study.decisions == 2


def test_a_file_that_was_replaced_is_not_written(file: Path) -> None:
    with new_study(f"sqlite:///{file}") as study:
        study.decide(person(0))
        shutil.copy(file, file.with_name("copy.db"))
        file.with_name("copy.db").replace(file)
        with pytest.raises(JournalError, match="moved or replaced"):
            study.decide(person(1))


def test_a_forked_process_may_not_write(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_study(f"sqlite:///{file}") as study:
        study.decide(person(0))
        parent = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: parent + 1)
        with pytest.raises(JournalError, match=f"opened by process {parent}"):
            study.decide(person(1))
        monkeypatch.undo()
        assert study.decide(person(1)).id == 1


def test_a_study_may_be_closed_by_another_thread(file: Path) -> None:
    study = new_study(f"sqlite:///{file}")
    study.decide(person(0))
    closing = threading.Thread(target=study.close)
    closing.start()
    closing.join()
    rb.Study.open(f"sqlite:///{file}").close()


def test_a_closed_study_says_so_and_frees_the_file(file: Path) -> None:
    study = new_study(f"sqlite:///{file}")
    study.close()
    study.close()
    with rb.Study.open(f"sqlite:///{file}") as other:
        study.close()  # does not take the lock of the other away
        with pytest.raises(JournalError, match="is being written by process"):
            rb.Study.open(f"sqlite:///{file}")
        with pytest.raises(JournalError, match="has been closed"):
            study.decide(person(0))
        assert other.decisions == 0


def test_who_could_not_leave_a_note_owns_nothing(file: Path) -> None:
    """Held on to on purpose: a lock that waits for the garbage collector is still held."""
    note = file.with_name("clinic.db.holder")
    note.mkdir()
    refused = Ownership(file)
    with pytest.raises(IsADirectoryError):
        refused.take()
    note.rmdir()
    other = Ownership(file)
    assert other.take() is None
    other.give_up()
