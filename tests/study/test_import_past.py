"""Past treatments teach like outcomes, and are no decisions."""

from typing import Any

import pytest

from recourse_bandits.errors import (
    InvalidMeasure,
    InvalidValue,
    MissingValue,
    OutcomeError,
    UnknownArm,
    UnknownMeasure,
)
from recourse_bandits.records import Outcome
from tests.study.builders import (
    ASKS_SOMETIMES,
    PERSON,
    PROBLEM,
    assert_same,
    assert_same_future,
    decided,
    study_of,
)


def test_a_past_treatment_teaches_its_arm_at_the_person_as_they_were() -> None:
    study = study_of()
    study.import_past(PERSON, "combination", {"drop": 4.0}, subject="s")
    outcome = Outcome(1, PROBLEM.context(PERSON).values, 4.0)
    assert_same(study.state, study.policy.observed(study.policy.init(PROBLEM), None, outcome))


def test_it_is_no_decision() -> None:
    study = study_of(ASKS_SOMETIMES)
    study.import_past(PERSON, "combination", {"drop": 4.0})
    assert study.decisions == 0
    assert study.open_decisions == ()
    assert (study.state.rounds, study.state.asked) == (0, 0)


def test_it_survives_in_the_journal_and_a_correction() -> None:
    study = study_of()
    study.import_past([71, 4, 1], "combination", {"drop": 4.0})
    decided(study)
    study.observe(0, {"drop": 9.0})
    study.correct(0, {"drop": 3.0})
    truthful = study_of()
    truthful.import_past(PERSON, "combination", {"drop": 4.0})
    decided(truthful)
    truthful.observe(0, {"drop": 3.0})
    assert_same_future(study, truthful)
    assert_same(study_of(journal=truthful.journal).state, study.state)


def test_the_callers_person_may_be_used_again() -> None:
    study = study_of()
    person = dict(PERSON)
    study.import_past(person, "combination", {"drop": 4.0})
    before = study.state
    person["diet"] = 9.0
    assert_same(study_of(journal=study.journal).state, before)


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "an unknown arm": ({"arm": "placebo"}, UnknownArm, "unknown arm 'placebo'"),
    "no measure": ({"measures": {}}, OutcomeError, "a past treatment needs its drop"),
    "another measure": ({"measures": {"drops": 1}}, UnknownMeasure, "'drops'"),
    "an impossible measure": ({"measures": {"drop": 101}}, InvalidMeasure, "drop must lie in"),
    "a missing value": ({"person": {**PERSON, "age": None}}, MissingValue, "'age' has no value"),
    "an impossible value": ({"person": {**PERSON, "diet": 99}}, InvalidValue, "'diet' must be"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_impossible_past_is_refused(case: str) -> None:
    call, error, message = REFUSED[case]
    past: dict[str, Any] = {"person": PERSON, "arm": "combination", "measures": {"drop": 1.0}}
    with pytest.raises(error, match=message):
        study_of().import_past(**(past | call))
