"""A study is its journal: opened again, it goes on as if it had never been closed."""

from dataclasses import replace
from typing import Any

import pytest

from recourse_bandits import GLRB, AlwaysRandom, Budget, LinUCB, MemoryJournal, RecourseTS, Study
from recourse_bandits.errors import JournalConflict, JournalError
from recourse_bandits.events import Event, Withdrawn
from recourse_bandits.policies import AnyPolicy
from tests.study.builders import (
    ASKS_ALWAYS,
    ASKS_SOMETIMES,
    PERSON,
    PROBLEM,
    START,
    asking,
    assert_same,
    assert_same_future,
    decided,
    pending,
    people,
    snapshot,
    study_of,
    taught,
)


@pytest.mark.parametrize(
    "policy", [GLRB(), LinUCB(), RecourseTS(), ASKS_SOMETIMES, ASKS_ALWAYS], ids=repr
)
def test_a_continued_study_decides_as_the_first_would_have(policy: AnyPolicy) -> None:
    first, twin = (taught(study_of(policy, AlwaysRandom())) for _ in range(2))
    for study in (first, twin):
        decided(study)
        study.correct(3, {"drop": -9.0}, realized={"diet": 8.0})
        study.withdraw(decided(study).id)
        study.import_past(PERSON, "combination", {"drop": 4.0})
    again = study_of(policy, AlwaysRandom(), journal=first.journal)
    assert_same_future(again, twin)


def test_continuing_writes_nothing() -> None:
    study = taught(study_of())
    length = study.journal.length
    assert study_of(journal=study.journal).journal.length == length


def test_what_is_pending_and_open_is_still_so() -> None:
    study = study_of(ASKS_ALWAYS)
    study.settle(pending(study).id, None)
    waiting = pending(study, request_id="r")
    again = study_of(ASKS_ALWAYS, journal=study.journal)
    assert again.open_decisions == (0,)
    assert [one.id for one in again.pending] == [waiting.id]
    assert_same(pending(again, request_id="r"), waiting)
    again.settle(waiting.id, again.advice(waiting, "combination"))
    again.observe(0, {"drop": 1.0})
    assert again.open_decisions == (1,)


def test_decisions_of_the_first_study_are_known() -> None:
    study = study_of()
    decision = decided(study, request_id="r")
    again = study_of(journal=study.journal)
    assert_same(decided(again, request_id="r"), decision)
    assert_same(again.decision(0), decision)


OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "problem": (
        {"problem": replace(PROBLEM, budget=Budget("l2", 1.6))},
        "the journal belongs to another problem",
    ),
    "policy": ({"policy": LinUCB()}, "the journal belongs to another policy"),
    "parameter": ({"policy": GLRB(scale=0.7)}, "the journal belongs to another policy"),
    "seed": ({"seed": 2}, "the journal belongs to another seed: it has 1, this study 2"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_the_journal_of_another_study_is_refused(case: str) -> None:
    journal = taught(study_of()).journal
    length = journal.length
    parts, message = OTHERS[case]
    ours: dict[str, Any] = {"problem": PROBLEM, "policy": GLRB(scale=0.5), "seed": 1}
    with pytest.raises(JournalError, match=message):
        Study(**(ours | parts), journal=journal)
    assert journal.length == length


def test_a_journal_that_never_began_is_refused() -> None:
    journal = MemoryJournal()
    journal.append([Event(0, START, "withdrawn", Withdrawn(0))], after=0)
    with pytest.raises(JournalError, match="does not start with a 'began' event"):
        study_of(journal=journal)


def test_two_studies_cannot_write_the_same_journal_unknown_to_each_other() -> None:
    first = study_of()
    second = study_of(journal=first.journal)
    decided(first, people(2)[0])
    before = snapshot(second)
    with pytest.raises(JournalConflict):
        second.decide(people(2)[1])
    assert_same(snapshot(second), before)


def test_a_stale_study_cannot_observe() -> None:
    first = study_of()
    decided(first)
    second = study_of(journal=first.journal)
    first.observe(0, {"drop": 1.0})
    with pytest.raises(JournalConflict):
        second.observe(0, {"drop": 2.0})


def test_the_adviser_may_be_another_one() -> None:
    """Who is asked is no part of what a study is: old answers are kept, new ones come."""
    study = taught(asking())
    again = study_of(ASKS_SOMETIMES, None, journal=study.journal)
    assert_same(again.state, study.state)
