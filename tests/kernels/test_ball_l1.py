"""The linear maximiser over an l1 ball and a box: by hand, against oracles, and its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from recourse_bandits.kernels.ball_l1 import best_change_l1
from tests.kernels.ball_instances import (
    Ball,
    ball,
    maximised,
    plain_ball,
    random_ball,
    whole_budget,
)
from tests.kernels.ball_oracles import (
    excess,
    l1_upper_bound,
    random_feasible_changes,
    shortfall,
    unit_slope,
)
from tests.kernels.instances import Array

INF = np.inf
SEEDS = st.integers(0, 2**32 - 1)


def best(instance: Ball) -> Array:
    return maximised(best_change_l1, instance)


@pytest.mark.parametrize(
    ("slope", "lower", "upper", "weight", "radius", "change"),
    [
        # no box: the best buy takes all
        ([3, -4], [-INF, -INF], [INF, INF], [1, 1], 5, [0, -5]),
        # a unit of effort buys 3 or 4/2
        ([3, 4], [-INF, -INF], [INF, INF], [1, 2], 5, [5, 0]),
        # of equals, the first
        ([2, 6, -2], [-INF, -INF, -INF], [INF, INF, INF], [1, 3, 1], 5, [5, 0, 0]),
        ([2, 6, -2], [-INF, -INF, -INF], [1, 1, INF], [1, 3, 1], 5, [1, 1, -1]),
        # the best stops at its bound, the second takes what is left
        ([3, -4], [-INF, -2], [INF, INF], [1, 1], 5, [3, -2]),
        # both at their bounds, budget left
        ([3, -4], [-INF, -2], [1, INF], [1, 1], 5, [1, -2]),
        # moves that must be, along and against the slope, are paid for first
        ([1, -2], [2, 1], [INF, INF], [1, 1], 5, [4, 1]),
        ([9, 2], [-INF, -INF], [-3, INF], [1, 1], 5, [-3, 2]),
        ([-9, 2], [-INF, -INF], [-3, INF], [1, 1], 5, [-5, 0]),
        # free changes
        ([-2, 1, 0], [-7, -INF, 1], [9, INF, 2], [0, 1, 0], 2, [-7, 2, 1]),
        # a slope of 0 moves only as far as it must
        ([0, 1, 0], [1, -INF, -INF], [INF, INF, INF], [2, 1, 1], 5, [1, 3, 0]),
        ([0, 0], [-INF, 2], [INF, 3], [1, 1], 5, [0, 2]),
        # a budget of 0
        ([1, 2], [-INF, -1], [INF, 1], [1, 0], 0, [0, 1]),
        ([5], [-INF], [INF], [2], 3, [1.5]),
        ([], [], [], [], 3, []),
    ],
)
def test_by_hand(
    slope: list[float],
    lower: list[float],
    upper: list[float],
    weight: list[float],
    radius: float,
    change: list[float],
) -> None:
    found = best(ball(slope, lower, upper, weight, float(radius)))

    np.testing.assert_array_equal(found, change)


@pytest.mark.parametrize("extreme", [False, True])
def test_attains_the_dual_bound_on_a_thousand_instances(extreme: bool) -> None:
    for seed in range(1000):
        instance = random_ball(np.random.default_rng(seed), 1.0, extreme=extreme)
        change = best(instance)

        assert excess(instance, change, 1.0) <= 1e-14, seed
        assert shortfall(instance, change, l1_upper_bound(instance)) <= 1e-11, seed


def test_attains_the_linear_program_on_a_thousand_instances() -> None:
    """With c = up - down, up and down >= 0, the effort is linear."""
    for seed in range(1000):
        slope, lower, upper, weight, radius = random_ball(np.random.default_rng(seed), 1.0)
        change = best(Ball(slope, lower, upper, weight, radius))

        bounds = [(max(lo, 0.0), max(hi, 0.0)) for lo, hi in zip(lower, upper, strict=True)]
        bounds += [(max(-hi, 0.0), max(-lo, 0.0)) for lo, hi in zip(lower, upper, strict=True)]
        program = linprog(
            np.concatenate([-slope, slope]),
            A_ub=np.concatenate([weight, weight])[None],
            b_ub=[radius],
            bounds=bounds,
            method="highs",
        )

        assert program.status == 0, seed
        scale = np.abs(slope * change).sum()
        assert slope @ change == pytest.approx(-program.fun, abs=1e-7 * scale + 1e-12), seed


def test_a_move_that_takes_the_whole_budget_is_the_answer() -> None:
    for seed in range(1000):
        instance = random_ball(np.random.default_rng(seed), 1.0)
        for factor in (1.0, 1.0 - 1e-15):
            whole = whole_budget(instance, 1.0)
            whole = whole._replace(radius=whole.radius * factor)
            costly = whole.weight > 0.0
            change = best(whole)

            least = np.clip(0.0, whole.lower, whole.upper)
            np.testing.assert_allclose(change[costly], least[costly], rtol=1e-9, atol=1e-12)


def test_slopes_near_the_ends_of_the_numbers_are_compared() -> None:
    for size in (1e-300, 1e300):
        found = best(plain_ball([2.0 * size, 3.0 * size], [1e-5, 1e-5], 1.0))
        np.testing.assert_allclose(found, [0.0, 1e5], rtol=1e-15)
    found = best(ball([1e300, 1e-300], [-INF, -INF], [1.0, INF], [1.0, 1.0], 3.0))
    np.testing.assert_array_equal(found, [1.0, 2.0])
    found = best(ball([1e300, 1e-300, 2e-300], [1, -INF, -INF], [1, INF, INF], [1, 1, 1], 3.0))
    np.testing.assert_array_equal(found, [1.0, 0.0, 2.0])


@given(seed=SEEDS, extreme=st.booleans())
@settings(derandomize=True, deadline=None, max_examples=300)
def test_no_random_feasible_change_is_better(seed: int, extreme: bool) -> None:
    instance = random_ball(np.random.default_rng(seed), 1.0, extreme=extreme)
    change = best(instance)
    rivals = random_feasible_changes(np.random.default_rng(seed + 1), instance, 1.0, 100)
    terms = unit_slope(instance) * change

    assert excess(instance, rivals, 1.0) <= 1e-9
    assert (rivals @ unit_slope(instance)).max() <= terms.sum() + 1e-9 * np.abs(terms).sum()


@given(seed=SEEDS, factor=st.floats(1.0, 1e3))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_a_larger_budget_is_never_worse(seed: int, factor: float) -> None:
    instance = random_ball(np.random.default_rng(seed), 1.0)
    terms = instance.slope * best(instance)
    more = instance.slope @ best(instance._replace(radius=instance.radius * factor))

    assert more >= terms.sum() - 1e-12 * np.abs(terms).sum()


@given(seed=SEEDS, power=st.integers(-100, 100), unit_of_effort=st.integers(-100, 100))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_units_do_not_matter(seed: int, power: int, unit_of_effort: int) -> None:
    """Powers of 2, so that nothing is rounded."""
    instance = random_ball(np.random.default_rng(seed), 1.0)
    other = instance._replace(
        slope=instance.slope * 2.0**power,
        weight=instance.weight * 2.0**unit_of_effort,
        radius=instance.radius * 2.0**unit_of_effort,
    )

    np.testing.assert_array_equal(best(other), best(instance))
