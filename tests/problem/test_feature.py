"""What a feature may be, and what its errors say."""

import math
from typing import Any

import pytest
from pydantic import ValidationError

from recourse_bandits.problem import Feature

_NAN, _INF = math.nan, math.inf

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": ""}, "a feature needs a name"),
    "mean alone": ({"mean": 1.0}, "feature 'x': give both mean and scale, or neither"),
    "scale alone": ({"scale": 1.0}, "feature 'x': give both mean and scale, or neither"),
    "scale 0": ({"mean": 0, "scale": 0}, r"feature 'x': scale must be positive, got 0\.0"),
    "scale negative": ({"mean": 0, "scale": -2}, r"'x': scale must be positive, got -2\.0"),
    "scale NaN": ({"mean": 0, "scale": _NAN}, "'x': scale must be positive, got nan"),
    "scale infinite": ({"mean": 0, "scale": _INF}, "'x': scale must be positive, got inf"),
    "mean NaN": ({"mean": _NAN, "scale": 1}, "'x': mean must be finite, got nan"),
    "mean infinite": ({"mean": -_INF, "scale": 1}, "'x': mean must be finite, got -inf"),
    "bounds turned": (
        {"bounds": (3, 1)},
        r"feature 'x': bounds must be \(low, high\) with low <= high, got \(3\.0, 1\.0\)",
    ),
    "bounds NaN": (
        {"bounds": (_NAN, 1)},
        r"feature 'x': bounds must be numbers, got \(nan, 1\.0\)",
    ),
    "infinite low end": ({"bounds": (_INF, None)}, "feature 'x': bounds"),
    "infinite high end": ({"bounds": (None, -_INF)}, "feature 'x': bounds"),
    "infinite ends turned": ({"bounds": (_INF, -_INF)}, "feature 'x': bounds"),
    "missing text": (
        {"missing": "mean"},
        "'x': missing must be 'refuse', 'indicator' or a value of the feature, got 'mean'",
    ),
    "missing out of bounds": (
        {"bounds": (0, 1), "missing": 2.0},
        r"'x': missing must lie in the bounds \(0\.0, 1\.0\), got 2\.0",
    ),
    "missing NaN": ({"missing": _NAN}, r"'x': missing must lie in the bounds .*, got nan"),
    "missing infinite": ({"missing": _INF}, r"'x': missing must lie in the bounds .*, got inf"),
    "missing number of a category": (
        {"categories": ("a", "b"), "missing": 1.0},
        r"'x': missing must name a category, got 1\.0",
    ),
    "missing no category": (
        {"categories": ("a", "b"), "missing": "c"},
        "'x': missing must be 'refuse', 'indicator' or a value of the feature, got 'c'",
    ),
    "mutable category": (
        {"categories": ("a", "b"), "mutable": True, "direction": "increase"},
        "'x': direction do not apply to categories; use transitions",
    ),
    "one category": (
        {"categories": ("a",)},
        r"'x': categories must be at least two different names, got \('a',\)",
    ),
    "no category": ({"categories": ()}, "'x': categories must be at least two different names"),
    "category twice": (
        {"categories": ("a", "b", "a")},
        "'x': categories must be at least two different names",
    ),
    "scaled category": (
        {"categories": ("a", "b"), "mean": 0, "scale": 1},
        "'x': mean, scale and bounds do not apply to categories",
    ),
    "bounded category": (
        {"categories": ("a", "b"), "bounds": (0, 1)},
        "'x': mean, scale and bounds do not apply to categories",
    ),
    "step negative": (
        {"mutable": True, "max_step": (-1, 1)},
        r"'x': max_step must be \(down, up\), both >= 0, got \(-1\.0, 1\.0\)",
    ),
    "step NaN": (
        {"mutable": True, "max_step": (None, _NAN)},
        r"'x': max_step must be \(down, up\), both >= 0, got \(None, nan\)",
    ),
    "weight negative": ({"mutable": True, "weight": -1}, r"'x': weight must be >= 0, got -1\.0"),
    "weight NaN": ({"mutable": True, "weight": _NAN}, "'x': weight must be >= 0, got nan"),
    "weight infinite": ({"mutable": True, "weight": _INF}, "'x': weight must be >= 0, got inf"),
    "free without limits": (
        {"mutable": True, "weight": 0},
        "'x': weight 0 makes changes free, so bounds, max_step or direction must limit them",
    ),
    "free upwards": ({"mutable": True, "weight": 0, "bounds": (0, None)}, "'x': weight 0 makes"),
    "free downwards": (
        {"mutable": True, "weight": 0, "max_step": (None, 1)},
        "'x': weight 0 makes changes free",
    ),
    "free within infinite steps": (
        {"mutable": True, "weight": 0, "max_step": (_INF, _INF)},
        "'x': weight 0 makes changes free",
    ),
    "free within infinite bounds": (
        {"mutable": True, "weight": 0, "bounds": (-_INF, _INF)},
        "'x': weight 0 makes changes free",
    ),
    "immutable with a step": (
        {"max_step": (1, 1)},
        "feature 'x' is immutable, so max_step would have no effect; set mutable=True or leave",
    ),
    "immutable with direction and weight": (
        {"direction": "increase", "weight": 2},
        "feature 'x' is immutable, so direction, weight would have no effect",
    ),
    "unknown direction": ({"mutable": True, "direction": "up"}, "'both', 'increase' or 'decrease'"),
    "unknown attribute": ({"units": "kg"}, "units"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_contradictory_feature_is_refused(case: str) -> None:
    parts, message = REFUSED[case]
    with pytest.raises(ValidationError, match=message):
        Feature(**({"name": "x"} | parts))


ACCEPTED: dict[str, dict[str, Any]] = {
    "nothing but a name": {},
    "scaled": {"mean": 60, "scale": 8},
    "one-sided bounds": {"bounds": (0, None)},
    "bounds of one point": {"mutable": True, "bounds": (1, 1)},
    "steps of 0": {"mutable": True, "max_step": (0, 0)},
    "free within bounds": {"mutable": True, "weight": 0, "bounds": (0, 1)},
    "free within steps": {"mutable": True, "weight": 0, "max_step": (1, 2)},
    "free upwards to a bound": {
        "mutable": True,
        "weight": 0,
        "direction": "increase",
        "bounds": (None, 1),
    },
    "free downwards by a step": {
        "mutable": True,
        "weight": 0,
        "direction": "decrease",
        "max_step": (1, None),
    },
    "missing at a bound": {"bounds": (0, 1), "missing": 1.0},
    "missing category": {"categories": ("a", "b"), "missing": "b"},
    "indicator": {"missing": "indicator"},
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_consistent_feature_is_accepted(case: str) -> None:
    feature = Feature("x", **ACCEPTED[case])
    for name, value in ACCEPTED[case].items():
        assert getattr(feature, name) == value


def test_infinite_bounds_are_open_ends() -> None:
    assert Feature("x", bounds=(-math.inf, math.inf)).bounds == (None, None)


def test_infinite_steps_are_open_ends() -> None:
    assert Feature("x", mutable=True, max_step=(math.inf, 1.0)).max_step == (None, 1.0)


def test_a_feature_does_not_change() -> None:
    feature: Any = Feature("x")
    with pytest.raises(AttributeError):
        feature.name = "y"
