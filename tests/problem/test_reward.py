"""What is measured, and how good a measured value is."""

import math
from typing import Any

import pytest
from pydantic import ValidationError

from recourse_bandits.errors import InvalidMeasure
from recourse_bandits.problem import Reward

_NAN, _INF = math.nan, math.inf


def reward(**parts: Any) -> Reward:
    described: dict[str, Any] = {"measure": "sbp", "noise": 1.0, "coefficient_bound": 5.0}
    return Reward(**(described | parts))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no measure": ({"measure": ""}, "a reward needs the name of its measure"),
    "no noise": ({"noise": 0}, r"noise must be positive and finite, got 0\.0"),
    "negative noise": ({"noise": -1}, r"noise must be positive and finite, got -1\.0"),
    "NaN noise": ({"noise": _NAN}, "noise must be positive and finite, got nan"),
    "infinite noise": ({"noise": _INF}, "noise must be positive and finite, got inf"),
    "bound 0": ({"coefficient_bound": 0}, "coefficient_bound must be positive and finite, got 0"),
    "infinite bound": ({"coefficient_bound": _INF}, "coefficient_bound must be positive and fin"),
    "bounds turned": (
        {"bounds": (2, 1)},
        r"the measure's bounds must be \(low, high\) with low <= high, got \(2\.0, 1\.0\)",
    ),
    "formula of something else": (
        {"transformation": "170 - spb"},
        "transformation '170 - spb' must be a formula of 'sbp'",
    ),
    "formula of nothing": ({"transformation": "3"}, "'3' must be a formula of 'sbp'"),
    "formula of too much": ({"transformation": "sbp - age"}, "must be a formula of 'sbp'"),
    "unknown direction": ({"direction": "up"}, "'increase' or 'decrease'"),
    "unknown attribute": ({"sd": 1}, "sd"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_contradictory_reward_is_refused(case: str) -> None:
    parts, message = REFUSED[case]
    with pytest.raises(ValidationError, match=message):
        reward(**parts)


def test_a_reward_is_the_measured_value() -> None:
    assert reward().value(150) == 150.0


def test_a_smaller_value_may_be_better() -> None:
    assert reward(direction="decrease").value(150) == -150.0


def test_a_transformation_is_applied_before_the_direction() -> None:
    assert reward(transformation="170 - sbp").value(150) == 20.0
    assert reward(transformation="170 - sbp", direction="decrease").value(150) == -20.0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("high", "sbp must be a number, got 'high'"),
        (None, "sbp must be a number, got None"),
        ([1.0], r"sbp must be a number, got \[1\.0\]"),
        (_NAN, "sbp must be finite, got nan"),
        (-_INF, "sbp must be finite, got -inf"),
        (59.9, r"sbp must lie in \[60\.0, 250\.0\] mmHg, got 59\.9; check the unit"),
        (251, r"sbp must lie in \[60\.0, 250\.0\] mmHg, got 251\.0"),
    ],
)
def test_an_impossible_value_is_refused(value: object, message: str) -> None:
    rule = reward(unit="mmHg", bounds=(60, 250))
    for method in (rule.checked, rule.value):
        with pytest.raises(InvalidMeasure, match=message):
            method(value)


def test_values_at_the_bounds_are_possible() -> None:
    rule = reward(bounds=(60, 250))
    assert (rule.value(60), rule.value(250)) == (60.0, 250.0)


def test_one_bound_may_be_open() -> None:
    assert reward(bounds=(0, None)).value(1e9) == 1e9
    with pytest.raises(InvalidMeasure, match=r"must lie in \[0\.0, None\]"):
        reward(bounds=(0, None)).value(-1)


@pytest.mark.parametrize(
    ("formula", "value"),
    [("1 / sbp", 0), ("sbp + 'mmHg'", 1), ("sbp > 5 and 'high'", 6), ("sbp * 1e308", 100)],
    ids=["division by zero", "text", "a text as the result", "overflow"],
)
def test_a_transformation_without_a_finite_value_refuses_the_measure(
    formula: str, value: float
) -> None:
    with pytest.raises(InvalidMeasure, match="sbp"):
        reward(transformation=formula).value(value)
