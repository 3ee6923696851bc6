"""A correction leads to where the right value would have led from the start."""

from typing import Any

import pytest

from recourse_bandits import GLRB, Study
from recourse_bandits.errors import (
    InvalidMeasure,
    InvalidValue,
    OutcomeError,
    UnexplainedChange,
    UnknownArm,
    UnknownDecision,
    UnknownMeasure,
)
from tests.study.builders import (
    ASKS_ALWAYS,
    asking,
    assert_same,
    assert_same_future,
    decided,
    drops,
    pending,
    people,
    snapshot,
    study_of,
)

_ROUNDS = 6


def played(study: Study, wrong: Any, right: Any, *, corrects: bool) -> Study:
    """Decisions first, then outcomes; that of decision 2 is wrong and corrected, or right."""
    for person in people(_ROUNDS):
        decided(study, person)
    for number, drop in enumerate(drops(_ROUNDS)):
        if number != 2:
            study.observe(number, {"drop": drop})
        elif corrects:
            study.observe(number, **wrong)
        else:
            study.observe(number, **right)
    if corrects:
        right = {name: value for name, value in right.items() if value is not None}
        study.correct(2, **right)
    return study


OUTCOMES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a measure": ({"measures": {"drop": 40.0}}, {"measures": {"drop": -1.5}}),
    "what was realised": (
        {"measures": {"drop": 4.0}, "realized": {"diet": 9.0}},
        {
            "measures": {"drop": 4.0},
            "realized": {"activity": 2.0, "age": 70.0},
            "reason": "mistyped",
        },
    ),
    "back to the recommendation": (
        {"measures": {"drop": 4.0}, "realized": {"diet": 9.0}},
        {"measures": {"drop": 4.0}, "realized": {}},
    ),
    "the arm": (
        {"measures": {"drop": 4.0}, "arm": "beta_blocker"},
        {"measures": {"drop": 4.0}, "arm": "combination"},
    ),
    "everything": (
        {"measures": {"drop": 40.0}, "realized": {"diet": 9.0}, "arm": "combination"},
        {"measures": {"drop": 4.0}, "realized": {"diet": 7.0}, "arm": "beta_blocker"},
    ),
}


@pytest.mark.parametrize("case", OUTCOMES)
@pytest.mark.parametrize("kind", ["deciding alone", "asking"])
def test_a_correction_equals_the_right_value_from_the_start(case: str, kind: str) -> None:
    wrong, right = OUTCOMES[case]
    make = asking if kind == "asking" else study_of
    corrected = played(make(), wrong, right, corrects=True)
    truthful = played(make(), wrong, right, corrects=False)
    assert_same_future(corrected, truthful)


def test_the_first_outcome_is_really_undone() -> None:
    wrong, right = OUTCOMES["a measure"]
    uncorrected = study_of()
    played(uncorrected, wrong, wrong, corrects=False)
    before = uncorrected.state
    uncorrected.correct(2, **right)
    assert (uncorrected.state.estimate != before.estimate).any()


def test_what_a_correction_leaves_out_is_kept() -> None:
    partly, fully = study_of(), study_of()
    for study in (partly, fully):
        decided(study)
    partly.observe(0, {"drop": 4.0}, realized={"diet": 9.0}, arm="combination")
    partly.correct(0, {"drop": 5.0})
    fully.observe(0, {"drop": 5.0}, realized={"diet": 9.0}, arm="combination")
    assert_same(partly.state, fully.state)


def test_corrections_add_up() -> None:
    often, once = study_of(), study_of()
    for study in (often, once):
        decided(study)
    often.observe(0, {"drop": 40.0})
    often.correct(0, {"drop": 4.0}, arm="combination")
    often.correct(0, {"drop": 5.0})
    often.correct(0, realized={"diet": 9.0})
    once.observe(0, {"drop": 5.0}, realized={"diet": 9.0}, arm="combination")
    assert_same(often.state, once.state)


def test_the_reason_is_corrected_or_kept() -> None:
    study = study_of()
    decided(study)
    study.observe(0, {"drop": 4.0}, realized={"age": 70.0}, reason="mistyped")
    study.correct(0, {"drop": 5.0})
    assert study.outcome(0).reason == "mistyped"
    study.correct(0, realized={"age": 69.0}, reason="a year had passed")
    study.correct(0, {"drop": 6.0})
    found = study.outcome(0)
    assert (found.measures, found.realized) == ({"drop": 6.0}, {"age": 69.0})
    assert found.reason == "a year had passed"
    assert study.verify().passed


def test_an_outcome_in_two_parts_is_corrected_as_one() -> None:
    parted, whole = study_of(), study_of()
    for study in (parted, whole):
        decided(study)
    parted.observe(0, {}, realized={"diet": 9.0, "activity": 2.0})
    parted.observe(0, {"drop": 4.0})
    parted.correct(0, realized={"diet": 6.0})
    whole.observe(0, {"drop": 4.0}, realized={"diet": 6.0})
    assert_same(parted.state, whole.state)


def test_a_correction_does_not_undo_decisions() -> None:
    study = study_of(GLRB())
    decisions = [decided(study, person) for person in people(3)]
    study.observe(0, {"drop": 40.0})
    decisions.append(decided(study))
    study.correct(0, {"drop": -40.0})
    assert study.decisions == 4
    assert study.open_decisions == (1, 2, 3)
    for decision in decisions:
        assert_same(study.decision(decision.id), decision)


def test_a_correction_keeps_what_is_pending() -> None:
    study = study_of(ASKS_ALWAYS)
    study.settle(pending(study).id, None)
    study.observe(0, {"drop": 1.0})
    waiting = pending(study)
    study.correct(0, {"drop": 2.0})
    assert [one.id for one in study.pending] == [waiting.id]
    assert study.settle(waiting.id, None).id == waiting.id


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "an unknown decision": ({"decision_id": 9}, UnknownDecision, "unknown decision 9"),
    "an open decision": ({"decision_id": 1}, OutcomeError, "decision 1 has no outcome to correct"),
    "a withdrawn one": ({"decision_id": 2}, OutcomeError, "decision 2 has no outcome to correct"),
    "another measure": ({"measures": {"drops": 1}}, UnknownMeasure, r"did you mean 'drop'"),
    "an impossible value": ({"measures": {"drop": 101}}, InvalidMeasure, "drop must lie in"),
    "an unknown arm": ({"arm": "placebo"}, UnknownArm, "unknown arm 'placebo'"),
    "an immutable feature": ({"realized": {"age": 70}}, UnexplainedChange, "'age' is immutable"),
    "an implausible feature": ({"realized": {"diet": 99}}, InvalidValue, "'diet' must be at most"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_impossible_correction_is_refused(case: str) -> None:
    study = study_of()
    for person in people(3):
        decided(study, person)
    study.observe(0, {"drop": 1.0})
    study.withdraw(2)
    before = snapshot(study)
    call, error, message = REFUSED[case]
    right: dict[str, Any] = {"decision_id": 0, "measures": {"drop": 2.0}}
    with pytest.raises(error, match=message):
        study.correct(**(right | call))
    assert_same(snapshot(study), before)


def test_a_pending_decision_has_nothing_to_correct() -> None:
    study = study_of(ASKS_ALWAYS)
    pending(study)
    with pytest.raises((OutcomeError, LookupError), match="decision 0"):
        study.correct(0, {"drop": 1.0})
