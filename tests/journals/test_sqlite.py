"""A study in a SQLite file: nothing acknowledged is lost, nothing is doubled, damage is named."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.errors import JournalError
from recourse_bandits.journals import open_journal
from tests.journals.clinic import new_study, person, policy, problem, reward

ROOT = Path(__file__).parents[2]


@pytest.fixture
def where(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'clinic.db'}"


def lived(where: str, rounds: int = 30) -> Any:
    """Fill a study, close it, and return its state."""
    with new_study(where) as study:
        for number in range(rounds):
            decision = study.decide(person(number), request_id=f"visit-{number}")
            study.observe(decision.id, {"drop": reward(number)})
        study.correct(3, {"drop": 2.5})
        return study.state


def assert_same(found: Any, expected: Any) -> None:
    assert found[1:] == expected[1:]
    for ours, theirs in zip(found.base, expected.base, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def damaged(where: str, statement: str) -> None:
    connection = sqlite3.connect(where.removeprefix("sqlite:///"))
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_study_opens_from_its_file_alone(where: str) -> None:
    state = lived(where)
    with rb.Study.open(where) as study:
        assert_same(study.state, state)
        assert study.policy == policy()
        assert study.problem == problem()
        assert study.seed == 3


def test_a_reopened_study_decides_as_if_it_had_never_stopped(where: str, tmp_path: Path) -> None:
    lived(where)
    elsewhere = f"sqlite:///{tmp_path / 'other.db'}"
    with new_study(elsewhere) as unbroken, rb.Study.open(where, rb.AlwaysRandom()) as reopened:
        for number in range(30):
            decision = unbroken.decide(person(number), request_id=f"visit-{number}")
            unbroken.observe(decision.id, {"drop": reward(number)})
        unbroken.correct(3, {"drop": 2.5})
        ours, theirs = unbroken.decide(person(7)), reopened.decide(person(7))
        assert isinstance(ours, rb.Decision)
        assert isinstance(theirs, rb.Decision)
        assert (ours.id, ours.arm, ours.recourse) == (theirs.id, theirs.arm, theirs.recourse)
        assert ours.interval == theirs.interval


def test_a_repeated_request_gets_the_stored_decision_after_reopening(where: str) -> None:
    lived(where)
    with rb.Study.open(where) as study:
        again = study.decide(person(7), request_id="visit-7")
        assert again.id == 7
        assert study.decisions == 30


def test_a_second_writer_is_told_who_holds_the_file(where: str) -> None:
    told = pytest.raises(JournalError, match=f"written by process {os.getpid()}")
    with new_study(where), told:
        rb.Study.open(where)
    rb.Study.open(where).close()


def test_another_study_is_refused_and_the_file_is_free_again(where: str) -> None:
    lived(where)
    with pytest.raises(JournalError, match="another policy"):
        rb.Study(problem(), rb.GLRB(), journal=where, seed=3)
    with pytest.raises(JournalError, match="another seed"):
        rb.Study(problem(), policy(), journal=where, seed=4)
    rb.Study.open(where).close()


def test_an_empty_journal_holds_no_study(where: str) -> None:
    with pytest.raises(JournalError, match="holds no study yet"):
        rb.Study.open(where)


def test_events_can_be_read_from_any_place(where: str) -> None:
    lived(where)
    journal = open_journal(where)
    whole = list(journal.read())
    for after in (0, 1, 2, 3, 10, len(whole)):
        rest = list(journal.read(after))
        assert [event.number for event in rest] == list(range(after, len(whole)))
        assert [event.kind for event in rest] == [event.kind for event in whole[after:]]
    journal.close()


def test_a_damaged_event_is_named(where: str) -> None:
    lived(where)
    damaged(
        where, "UPDATE events SET line = replace(line, '\"choice\"', '\"chxice\"') WHERE number = 8"
    )
    with pytest.raises(JournalError, match="event 8"):
        rb.Study.open(where)


def test_a_missing_event_is_noticed(where: str) -> None:
    lived(where)
    damaged(where, "DELETE FROM events WHERE number = 8")
    with pytest.raises(JournalError, match="event 8: it is missing; the 8 events before"):
        rb.Study.open(where)


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to look at" * 50, encoding="utf-8")
    with pytest.raises(JournalError, match=r"text\.db cannot be used as a journal"):
        rb.SqliteJournal(text)
    other = tmp_path / "other.db"
    damaged(f"sqlite:///{other}", "CREATE TABLE things (id)")
    with pytest.raises(JournalError, match="no journal of schema 1"):
        rb.SqliteJournal(other)


def test_the_folder_is_made(tmp_path: Path) -> None:
    rb.SqliteJournal(tmp_path / "new" / "clinic.db").close()
    assert [path.name for path in (tmp_path / "new").glob("*.db")] == ["clinic.db"]


@pytest.mark.parametrize("where", ["sqlite:///", "postgres://x", "clinic.db", 3])
def test_other_places_are_refused(where: Any) -> None:
    with pytest.raises(JournalError, match="journal must be sqlite:///FILE"):
        rb.Study(problem(), policy(), journal=where)


def test_a_refused_append_changes_nothing(where: str) -> None:
    with new_study(where) as study:
        study.decide(person(0))
        before = study.journal.length
        damaged_file = sqlite3.connect(where.removeprefix("sqlite:///"), isolation_level=None)
        damaged_file.execute(
            "CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
        with pytest.raises(JournalError, match="nothing was recorded"):
            study.decide(person(1))
        damaged_file.execute("DROP TRIGGER no")
        damaged_file.close()
        assert study.journal.length == before
        assert study.decisions == 1
        assert study.decide(person(1)).id == 1


def test_kill_9_loses_nothing_that_was_acknowledged(where: str, tmp_path: Path) -> None:
    acknowledged = tmp_path / "acknowledged"
    chance = random.Random(5)
    words = [sys.executable, "-m", "tests.journals.clinic", where, str(acknowledged)]
    for _ in range(4):
        size = acknowledged.stat().st_size if acknowledged.exists() else 0
        process = subprocess.Popen(words, cwd=ROOT)
        deadline = time.monotonic() + 60
        while not acknowledged.exists() or acknowledged.stat().st_size <= size:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
    lines = [line.split() for line in acknowledged.read_text(encoding="utf-8").splitlines()]
    with rb.Study.open(where) as study:
        events = list(study.journal.read())
        decided = [event.body.id for event in events if event.kind == "decided"]
        observed = [event.body.decision for event in events if event.kind == "observed"]
        assert decided == list(range(len(decided)))
        assert len(set(observed)) == len(observed)
        assert {int(words[1]) for words in lines if words[0] == "decided"} <= set(decided)
        assert {int(words[1]) for words in lines if words[0] == "observed"} <= set(observed)
        assert all(words[1] == words[2] for words in lines if words[0] == "decided")
