"""From points in numbers to raw values, and back."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recourse_bandits.errors import InvalidValue, MissingValue, UnknownFeature
from recourse_bandits.problem import Feature
from tests.problem.builders import mutable, number, problem_of

PROBLEM = problem_of(
    number("age", mean=60.0, scale=8.0),
    mutable("diet", mean=5.0, scale=2.0, bounds=(0, 10)),
    Feature("sex", categories=("f", "m"), missing="indicator"),
    mutable("sport", mean=3.0, scale=1.5, missing="indicator"),
)
PERSON = {"age": 71.3, "diet": 4.1, "sex": "m", "sport": 1.7}


def moved(person: Any, **changes: float) -> Any:
    """A point whose mutable columns are changed by scaled units."""
    context = PROBLEM.context(person)
    point = context.values.copy()
    for name, change in changes.items():
        point[PROBLEM.columns.index(name)] += change
    return context, point


def test_a_change_is_told_in_raw_units() -> None:
    target, changes = PROBLEM.raw_target(*moved(PERSON, diet=0.5, sport=-1.0))
    assert target == {
        "age": 71.3,
        "diet": pytest.approx(5.1),
        "sex": "m",
        "sport": pytest.approx(0.2),
    }
    assert changes == {"diet": pytest.approx(1.0), "sport": pytest.approx(-1.5)}
    assert list(target) == list(PROBLEM.feature_names)


def test_what_does_not_change_is_copied_to_the_last_bit() -> None:
    target, changes = PROBLEM.raw_target(*moved(PERSON, diet=0.5))
    assert (target["age"], target["sport"], changes["sport"]) == (71.3, 1.7, 0.0)


def test_a_target_stays_within_the_bounds_in_spite_of_rounding() -> None:
    for step in (3.0 + 1e-13, 2.95000000000001):
        target, changes = PROBLEM.raw_target(*moved(PERSON, diet=step))
        assert target["diet"] == 10.0
        assert changes["diet"] == 10.0 - 4.1


def test_an_unknown_value_has_neither_target_nor_change() -> None:
    target, changes = PROBLEM.raw_target(*moved(PERSON | {"sport": None}, diet=0.5))
    assert target["sport"] is None
    assert list(changes) == ["diet"]


@given(
    age=st.floats(-1e6, 1e6), diet=st.floats(-10, 20), step=st.floats(-3, 3), sport=st.floats(-9, 9)
)
def test_immutable_values_are_never_rounded(
    age: float, diet: float, step: float, sport: float
) -> None:
    context, point = moved({"age": age, "diet": diet, "sex": "f", "sport": sport}, diet=step)
    target, changes = PROBLEM.raw_target(context, point)
    assert np.float64(target["age"]).tobytes() == np.float64(age).tobytes()
    assert (target["sex"], target["sport"], changes["sport"]) == ("f", sport, 0.0)
    after: Any = target["diet"]
    assert after == diet + changes["diet"] or math.isclose(after, diet + changes["diet"])
    assert 0.0 <= after <= 10.0 or changes["diet"] == 0.0


def test_what_was_realised_replaces_what_was_recommended() -> None:
    context, point = moved(PERSON, diet=0.5, sport=0.5)
    realised = PROBLEM.realised_point(context, point, {"diet": 7, "age": 68, "sex": "f"})
    assert realised.tolist() == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, point[6], 0.0]
    assert point.tolist() == moved(PERSON, diet=0.5, sport=0.5)[1].tolist()


def test_nothing_realised_is_the_point_itself() -> None:
    context, point = moved(PERSON, diet=0.5)
    assert PROBLEM.realised_point(context, point, {}).tolist() == point.tolist()


def test_a_realised_value_clears_the_indicator() -> None:
    context, point = moved(PERSON | {"sex": None, "sport": None})
    assert point[5] == point[7] == 1.0
    realised = PROBLEM.realised_point(context, point, {"sex": "m", "sport": 4.5})
    assert realised[3:].tolist() == [0.0, 1.0, 0.0, 1.0, 0.0]


def test_realised_values_of_a_raw_target_lead_back_to_the_point() -> None:
    context, point = moved(PERSON, diet=0.5, sport=-1.25)
    target, _ = PROBLEM.raw_target(context, point)
    assert PROBLEM.realised_point(context, context.values, target) == pytest.approx(
        point, abs=1e-14
    )


@pytest.mark.parametrize(
    ("realised", "error", "message"),
    [
        ({"diett": 3}, UnknownFeature, r"'diett' \(did you mean 'diet'\?\)"),
        ({"diet": None}, MissingValue, "'diet' has no value"),
        ({"sport": math.nan}, MissingValue, "'sport' has no value"),
        ({"sex": None}, MissingValue, "'sex' has no value"),
        ({"diet": "much"}, InvalidValue, "'diet' must be a number, got 'much'"),
        ({"diet": 99}, InvalidValue, "'diet' must be at most 10 "),
        ({"sex": "x"}, InvalidValue, "'sex' must be one of f, m"),
        ({"diet": math.inf}, InvalidValue, "'diet' must be finite"),
    ],
)
def test_impossible_realised_values_are_refused(
    realised: dict[str, Any], error: type[Exception], message: str
) -> None:
    context, point = moved(PERSON)
    with pytest.raises(error, match=message):
        PROBLEM.realised_point(context, point, realised)
