"""A decision may be closed without an outcome."""

import pytest

from recourse_bandits.errors import ClosedDecision, UnknownDecision
from tests.study.builders import (
    ASKS_ALWAYS,
    assert_same,
    decided,
    pending,
    study_of,
    taught,
)


def test_a_withdrawn_decision_teaches_nothing_and_waits_for_nothing() -> None:
    study = taught(study_of())
    before = study.state
    decision = decided(study)
    study.withdraw(decision.id, "moved away")
    assert_same(study.state, before)
    assert study.open_decisions == ()
    assert study.decisions == 9
    assert_same(study.decision(decision.id), decision)


def test_its_number_is_not_given_again() -> None:
    study = study_of()
    study.withdraw(decided(study).id)
    assert decided(study).id == 1


def test_a_pending_decision_may_be_withdrawn_and_was_asked_all_the_same() -> None:
    study = study_of(ASKS_ALWAYS)
    waiting = pending(study)
    study.withdraw(waiting.id)
    assert study.pending == ()
    assert study.state.asked == 1
    assert study.state.rounds == 0
    with pytest.raises(ClosedDecision, match="decision 0"):
        study.settle(waiting.id, None)
    with pytest.raises(ClosedDecision, match="decision 0 was withdrawn"):
        study.observe(waiting.id, {"drop": 1.0})


def test_a_closed_decision_cannot_be_withdrawn() -> None:
    study = study_of()
    for _ in range(2):
        decided(study)
    study.observe(0, {"drop": 1.0})
    study.withdraw(1)
    with pytest.raises(ClosedDecision, match="decision 0 has its outcome already"):
        study.withdraw(0)
    with pytest.raises(ClosedDecision, match="decision 1 was withdrawn"):
        study.withdraw(1)
    with pytest.raises(UnknownDecision, match="unknown decision 2"):
        study.withdraw(2)
