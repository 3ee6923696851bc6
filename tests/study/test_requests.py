"""A request that is sent twice is decided once."""

from typing import Any

import pytest

from recourse_bandits.errors import RequestConflict
from tests.study.builders import (
    ASKS_ALWAYS,
    PERSON,
    assert_same,
    decided,
    pending,
    snapshot,
    study_of,
)


def test_a_repeated_request_returns_the_stored_decision() -> None:
    study = study_of()
    first = decided(study, request_id="r", subject="s")
    before = snapshot(study)
    assert_same(decided(study, request_id="r", subject="s"), first)
    assert_same(snapshot(study), before)


def test_the_order_and_form_of_the_features_do_not_matter() -> None:
    study = study_of()
    first = decided(study, request_id="r")
    assert decided(study, [71, 4, 1], request_id="r").id == first.id
    assert decided(study, dict(reversed(PERSON.items())), request_id="r").id == first.id


def test_a_repeated_request_survives_the_outcome_and_new_knowledge() -> None:
    study = study_of()
    first = decided(study, request_id="r")
    decided(study, request_id="another")
    study.observe(first.id, {"drop": 3.0})
    assert_same(decided(study, request_id="r"), first)


def test_without_a_request_id_everybody_is_somebody_new() -> None:
    study = study_of()
    assert [decided(study).id for _ in range(3)] == [0, 1, 2]


CONFLICTS: dict[str, tuple[dict[str, Any], str]] = {
    "a feature": ({"person": {**PERSON, "diet": 4.5}}, "diet"),
    "two features": ({"person": {"age": 70, "diet": 5, "activity": 1}}, "age, diet"),
    "the subject": ({"subject": "s-2"}, "subject"),
    "no subject": ({"subject": None}, "subject"),
    "the offered arms": ({"eligible": ["combination"]}, "eligible arms"),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_a_request_id_for_other_content_is_refused(case: str) -> None:
    study = study_of()
    original: dict[str, Any] = {"person": PERSON, "subject": "s-1", "request_id": "r"}
    study.decide(**original)
    before = snapshot(study)
    other, named = CONFLICTS[case]
    with pytest.raises(
        RequestConflict, match=rf"'r' was decided before \(decision 0\) .*{named}.* differ"
    ):
        study.decide(**(original | other))
    assert_same(snapshot(study), before)


def test_a_request_may_be_repeated_while_advice_is_awaited_and_after() -> None:
    study = study_of(ASKS_ALWAYS)
    first = pending(study, request_id="r")
    assert_same(pending(study, request_id="r"), first)
    settled = study.settle(first.id, None)
    assert_same(decided(study, request_id="r"), settled)


def test_a_withdrawn_request_is_not_decided_again() -> None:
    study = study_of()
    first = decided(study, request_id="r")
    study.withdraw(first.id)
    assert_same(decided(study, request_id="r"), first)
