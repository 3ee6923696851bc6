"""A journal for endless simulation: memory stays flat, and what needs the past is refused."""

import tracemalloc
from itertools import count

import pytest

from recourse_bandits import AlwaysRandom, OpenDecisionsJournal, Study
from recourse_bandits.errors import ClosedDecision, JournalError
from tests.study.builders import (
    ASKS_SOMETIMES,
    asking,
    assert_same,
    decided,
    pending,
    people,
    snapshot,
    study_of,
    taught,
)


def test_the_study_goes_as_with_a_journal_that_keeps_everything() -> None:
    assert_same(taught(asking(OpenDecisionsJournal())).state, taught(asking()).state)


def _round(study: Study, number: int) -> None:
    person = people(1, number)[0]
    decision = decided(study, person, request_id=f"r{number}", subject="s")
    study.observe(decision.id, {"drop": 1.0}, realized={"diet": 5.0})


def test_memory_stays_flat() -> None:
    study = study_of(ASKS_SOMETIMES, AlwaysRandom(), journal=OpenDecisionsJournal())
    numbers = count()
    for _ in range(50):
        _round(study, next(numbers))
    tracemalloc.start()
    try:
        _round(study, next(numbers))
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(300):
            _round(study, next(numbers))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000, "300 kept decisions would take some 300 kB"


def test_closed_decisions_are_forgotten_and_open_ones_kept() -> None:
    study = study_of(journal=OpenDecisionsJournal())
    for person in people(3):
        decided(study, person)
    study.observe(0, {"drop": 1.0})
    study.withdraw(1)
    for number in (0, 1):
        with pytest.raises(ClosedDecision, match=f"decision {number} is closed and no longer kept"):
            study.decision(number)
        with pytest.raises(ClosedDecision):
            study.observe(number, {"drop": 1.0})
    assert study.decision(2).id == 2
    study.observe(2, {"drop": 1.0})
    assert study.open_decisions == ()


def test_requests_are_known_while_their_decision_is_open() -> None:
    study = study_of(journal=OpenDecisionsJournal())
    assert decided(study, request_id="r").id == decided(study, request_id="r").id == 0
    study.observe(0, {"drop": 1.0})
    assert decided(study, request_id="r").id == 1


def test_pending_decisions_are_kept() -> None:
    study = study_of(ASKS_SOMETIMES, journal=OpenDecisionsJournal())
    waiting = pending(study)
    assert study.settle(waiting.id, study.advice(waiting, "combination")).followed
    study.observe(waiting.id, {"drop": 1.0})


def test_what_was_realised_may_still_come_first() -> None:
    study, kept = study_of(journal=OpenDecisionsJournal()), study_of()
    for one in (study, kept):
        decided(one)
        one.observe(0, {}, realized={"diet": 8.0})
        one.observe(0, {"drop": 1.0})
    assert_same(study.state, kept.state)


def test_nothing_can_be_corrected_or_continued() -> None:
    study = study_of(journal=OpenDecisionsJournal())
    decided(study)
    study.observe(0, {"drop": 1.0})
    before = snapshot(study)
    with pytest.raises(JournalError, match="keeps open decisions only"):
        study.correct(0, {"drop": 2.0})
    assert_same(snapshot(study), before)
    with pytest.raises(JournalError, match="keeps open decisions only"):
        study_of(journal=study.journal)
