"""What a budget may be."""

import math
from typing import Any

import pytest
from pydantic import ValidationError

from recourse_bandits.problem import Budget


@pytest.mark.parametrize("radius", [-1.0, math.nan, math.inf])
def test_a_radius_must_be_finite_and_not_negative(radius: float) -> None:
    with pytest.raises(ValidationError, match=f"radius must be >= 0 and finite, got {radius}"):
        Budget("l2", radius)


def test_another_norm_is_refused() -> None:
    norm: Any = "l3"
    with pytest.raises(ValidationError, match="'l1', 'l2', 'linf', 'lp' or 'mahalanobis'"):
        Budget(norm, 1.0)


def test_a_budget_counts_scaled_units_unless_it_says_otherwise() -> None:
    assert Budget("linf", 0).scaled
    assert not Budget("linf", 0, scaled=False).scaled


def test_an_unknown_attribute_is_refused() -> None:
    parts: Any = {"size": 1.0}
    with pytest.raises(ValidationError, match="size"):
        Budget("l2", 1.0, **parts)
