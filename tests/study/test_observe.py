"""Outcomes: what is learned from them, and which are refused."""

import json
import math
from typing import Any

import numpy as np
import pytest

from recourse_bandits.errors import (
    ClosedDecision,
    InvalidMeasure,
    InvalidValue,
    OutcomeError,
    PendingDecision,
    RepeatedMeasure,
    UnexplainedChange,
    UnknownArm,
    UnknownDecision,
    UnknownFeature,
    UnknownMeasure,
)
from recourse_bandits.journals.format_1 import Reader, to_json
from recourse_bandits.records import Decision, Outcome
from recourse_bandits.study import Study
from tests.study.builders import (
    ASKS_ALWAYS,
    PROBLEM,
    assert_same,
    decided,
    drops,
    pending,
    people,
    study_of,
)


def learned(study: Study, decision: Decision, arm: int, point: Any, reward: float) -> Any:
    """State of the policy after exactly one outcome."""
    state = study.policy.init(PROBLEM)
    return study.policy.observed(state, decision, Outcome(arm, np.asarray(point), reward))


def test_an_outcome_teaches_the_recommended_pair() -> None:
    study = study_of()
    decision = decided(study)
    study.observe(decision.id, {"drop": 3.5})
    expected = learned(study, decision, decision.choice.arm, decision.choice.point, 3.5)
    assert_same(study.state, expected)
    assert study.open_decisions == ()


def test_what_really_happened_replaces_what_was_recommended() -> None:
    study = study_of()
    decision = decided(study)
    other = 1 - int(decision.choice.arm)
    study.observe(
        decision.id,
        {"drop": -2.0},
        realized={"diet": 7.0, "age": 70.0},
        arm=PROBLEM.arm_names[other],
        reason="the date of birth was mistyped",
    )
    point = decision.choice.point.copy()
    point[1:3] = 1.0, 1.0
    assert_same(study.state, learned(study, decision, other, point, -2.0))


def test_what_was_realised_may_come_before_the_measure() -> None:
    early, together = study_of(), study_of()
    for study in (early, together):
        decided(study)
    early.observe(0, {}, realized={"diet": 7.0})
    assert early.open_decisions == (0,)
    early.observe(0, {}, arm="combination")
    early.observe(0, {"drop": 1.0}, realized={"activity": 2.0})
    together.observe(0, {"drop": 1.0}, realized={"diet": 7.0, "activity": 2.0}, arm="combination")
    assert_same(early.state, together.state)


def test_nothing_is_learned_before_the_measure_comes() -> None:
    study = study_of()
    decided(study)
    before = study.state
    study.observe(0, {}, realized={"diet": 7.0})
    assert_same(study.state, before)


def test_naming_the_recommended_arm_changes_nothing() -> None:
    named, silent = study_of(), study_of()
    arm = decided(named).arm
    decided(silent)
    named.observe(0, {"drop": 1.0}, arm=arm)
    silent.observe(0, {"drop": 1.0})
    assert_same(named.state, silent.state)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (3, 0, 5, 1, 4, 2)])
def test_outcomes_may_come_late_and_in_any_order(order: tuple[int, ...]) -> None:
    study, measured = study_of(), drops(6)
    decisions = [decided(study, person) for person in people(6)]
    for number in order:
        study.observe(number, {"drop": measured[number]})
    expected = study.policy.init(PROBLEM)
    for decision, drop in zip(decisions, measured, strict=True):
        outcome = Outcome(int(decision.choice.arm), decision.choice.point, drop)
        expected = study.policy.observed(expected, decision, outcome)
    assert study.state.counts.tolist() == expected.counts.tolist()
    np.testing.assert_allclose(study.state.estimate, expected.estimate, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(study.state.factor, expected.factor, rtol=1e-9, atol=1e-12)


def test_missing_outcomes_hold_nobody_up() -> None:
    study = study_of()
    for person in people(5):
        decided(study, person)
    study.observe(3, {"drop": 1.0})
    assert study.open_decisions == (0, 1, 2, 4)
    assert study.state.counts.sum() == 1


def test_the_callers_mapping_may_be_used_again() -> None:
    study = study_of()
    decided(study)
    realized, measures = {"diet": 7.0}, {"drop": 1.0}
    study.observe(0, measures, realized=realized)
    learnt = study.state
    realized["diet"], measures["drop"] = 9.0, 50.0
    study.correct(0, {"drop": 1.0})
    assert_same(study.state, learnt)


def test_a_measure_is_accepted_once() -> None:
    study = study_of()
    decided(study)
    study.observe(0, {"drop": 3.5})
    with pytest.raises(
        RepeatedMeasure, match=r"decision 0 already has drop = 3\.5; each measure .* use correct"
    ):
        study.observe(0, {"drop": 3.5})


def test_a_decision_with_its_outcome_is_closed() -> None:
    study = study_of()
    decided(study)
    study.observe(0, {"drop": 3.5})
    with pytest.raises(ClosedDecision, match="decision 0 has its outcome already; use correct"):
        study.observe(0, {}, realized={"diet": 5.0})


def test_a_withdrawn_decision_is_closed() -> None:
    study = study_of()
    decided(study)
    study.withdraw(0)
    with pytest.raises(ClosedDecision, match="decision 0 was withdrawn"):
        study.observe(0, {"drop": 3.5})


def test_a_pending_decision_has_no_outcome_yet() -> None:
    study = study_of(ASKS_ALWAYS)
    pending(study)
    with pytest.raises(PendingDecision, match="decision 0 still waits for advice: settle it or"):
        study.observe(0, {"drop": 3.5})


def test_an_unknown_decision_is_named() -> None:
    study = study_of()
    with pytest.raises(UnknownDecision, match="unknown decision 0; none .* made yet"):
        study.observe(0, {"drop": 1.0})
    decided(study)
    for number in (1, -1, 10**9):
        with pytest.raises(
            UnknownDecision, match=f"unknown decision {number}; decisions are numbered 0 to 0"
        ):
            study.observe(number, {"drop": 1.0})


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "unknown measure": (
        {"measures": {"drops": 1.0}},
        UnknownMeasure,
        r"unknown measure 'drops' \(did you mean 'drop'\?\); the measure is drop",
    ),
    "one unknown measure": ({"measures": {"drop": 1.0, "weight": 2.0}}, UnknownMeasure, "'weight'"),
    "text": ({"measures": {"drop": "much"}}, InvalidMeasure, "drop must be a number, got 'much'"),
    "None": ({"measures": {"drop": None}}, InvalidMeasure, "drop must be a number, got None"),
    "NaN": ({"measures": {"drop": math.nan}}, InvalidMeasure, "drop must be finite, got nan"),
    "impossible": (
        {"measures": {"drop": 170}},
        InvalidMeasure,
        r"drop must lie in \[-100\.0, 100\.0\] mmHg, got 170\.0; check the unit",
    ),
    "unknown arm": ({"arm": "beta_bloker"}, UnknownArm, r"\(did you mean 'beta_blocker'\?\)"),
    "unknown feature": ({"realized": {"diets": 1}}, UnknownFeature, r"\(did you mean 'diet'\?\)"),
    "immutable feature": (
        {"realized": {"age": 70}},
        UnexplainedChange,
        r"'age' is immutable and was 71\.0 at the decision, got 70\.0: leave it out, or say with "
        r"reason=\.\.\. why it differs",
    ),
    "blank reason": (
        {"realized": {"age": 70}, "reason": " "},
        OutcomeError,
        "reason must say something, or be left out, got ' '",
    ),
    "reason that is no text": ({"reason": 3}, OutcomeError, "reason must be a text or None, got 3"),
    "implausible feature": ({"realized": {"diet": 999}}, InvalidValue, "'diet' must be at most"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_impossible_outcome_is_refused(case: str) -> None:
    study = study_of()
    decided(study)
    call, error, message = REFUSED[case]
    before = study.state
    with pytest.raises(error, match=message):
        study.observe(0, **({"measures": {"drop": 1.0}} | call))
    assert_same(study.state, before)
    assert len(list(study.journal.read())) == 2
    study.observe(0, {"drop": 1.0})


def test_an_immutable_feature_that_did_not_change_needs_no_reason() -> None:
    study, silent = study_of(), study_of()
    for each in (study, silent):
        decided(each)
    study.observe(0, {"drop": 1.0}, realized={"age": 71, "diet": 7.0})
    silent.observe(0, {"drop": 1.0}, realized={"diet": 7.0})
    assert_same(study.state, silent.state)


def test_the_reason_is_kept_and_read_back() -> None:
    study = study_of()
    decided(study)
    study.observe(0, {}, realized={"age": 70.0}, reason="mistyped")
    study.observe(0, {"drop": 1.0}, realized={"diet": 7.0})
    assert study.outcome(0).reason == "mistyped"
    lines = [to_json(event) for event in study.journal.read()]
    reader = Reader()
    again = [reader.read(line).body for line in lines]
    assert [body.reason for body in again[2:]] == ["mistyped", None]
    assert ["reason" in json.loads(line) for line in lines[2:]] == [True, False]
    assert study.verify().passed


def test_outcome_errors_are_value_errors_of_this_package() -> None:
    assert issubclass(OutcomeError, ValueError)
    assert issubclass(UnknownDecision, LookupError)
