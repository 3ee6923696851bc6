"""The linear maximiser over an lp ball and a box: by hand, against oracles, and its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits.kernels.ball_l1 import best_change_l1
from recourse_bandits.kernels.ball_lp import best_change_lp, effort_lp
from recourse_bandits.kernels.feasible import best_change
from recourse_bandits.kernels.region import L2, LINF, simple
from tests.kernels.ball_instances import (
    Ball,
    ball,
    maximised,
    norm,
    plain_ball,
    random_ball,
    whole_budget,
)
from tests.kernels.ball_oracles import (
    excess,
    lp_upper_bound,
    random_feasible_changes,
    shortfall,
    unit_slope,
)
from tests.kernels.instances import Array

INF = np.inf
SEEDS = st.integers(0, 2**32 - 1)
POWERS = (1.01, 1.2, 1.5, 2.0, 3.0, 10.0, 100.0)


def best(instance: Ball, power: float) -> Array:
    return maximised(best_change_lp, instance, power)


def in_region(instance: Ball, power: float) -> Array:
    """What the kernel for all norms finds."""
    slope, *box = instance
    change = np.full(slope.size, np.nan)
    best_change(slope, simple(*box, power), change)
    return change


@pytest.mark.parametrize(
    ("slope", "lower", "upper", "weight", "radius", "power", "change"),
    [
        # p = 3/2, q = 3: shares 1/9 and 8/9 of radius^p = 27, so c^(3/2) = 3 and 24
        ([1, 2], [-INF, -INF], [INF, INF], [1, 1], 9, 1.5, [3 ** (2 / 3), 24 ** (2 / 3)]),
        # p = 3, q = 3/2: shares of slopes 1 and 4: 1/9 and 8/9 of 9; signs follow the slopes
        ([1, -4], [-INF, -INF], [INF, INF], [1, 1], 9 ** (1 / 3), 3, [1, -2]),
        # slope per effort 1 and 4: a unit of the second costs 2
        ([1, -8], [-INF, -INF], [INF, INF], [1, 2], 9 ** (1 / 3), 3, [1, -1]),
        # the second stops at 1; 9 - 1 are left for the first
        ([1, -4], [-INF, -1], [INF, INF], [1, 1], 9 ** (1 / 3), 3, [2, -1]),
        # both stop
        ([1, -4], [-INF, -1], [0.5, INF], [1, 1], 9 ** (1 / 3), 3, [0.5, -1]),
        # the first must go further than it is worth, or against its slope
        ([1, -4], [2, -INF], [INF, INF], [1, 1], 9 ** (1 / 3), 3, [2, -1]),
        ([-1, -4], [2, -INF], [INF, INF], [1, 1], 9 ** (1 / 3), 3, [2, -1]),
        # a change without effort, and one without slope
        ([-1, 2, 0], [-7, -INF, 1], [9, INF, 2], [0, 1, 1], 9 ** (1 / 3), 3, [-7, 2, 1]),
        ([0, 0], [-INF, 2], [INF, 3], [1, 1], 5, 3, [0, 2]),
        # a budget of 0
        ([1, 2, 3], [-INF, -1, 0], [INF, 1, INF], [1, 0, 2], 0, 3, [0, 1, 0]),
        ([5], [-INF], [INF], [2], 3, 7, [1.5]),
        ([], [], [], [], 3, 3, []),
    ],
)
def test_by_hand(
    slope: list[float],
    lower: list[float],
    upper: list[float],
    weight: list[float],
    radius: float,
    power: float,
    change: list[float],
) -> None:
    found = best(ball(slope, lower, upper, weight, float(radius)), float(power))

    np.testing.assert_allclose(found, change, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("extreme", [False, True])
def test_attains_the_dual_bound_on_a_thousand_instances(power: float, extreme: bool) -> None:
    for seed in range(1000):
        instance = random_ball(np.random.default_rng(seed), power, extreme=extreme)
        change = best(instance, power)

        assert excess(instance, change, power) <= 1e-12, seed
        assert shortfall(instance, change, lp_upper_bound(instance, power)) <= 1e-7, seed


def test_the_power_2_agrees_with_the_kernel_of_the_l2_norm() -> None:
    for seed in range(1000):
        instance = random_ball(np.random.default_rng(seed), 2.0)
        expected = in_region(instance, L2)

        np.testing.assert_allclose(best(instance, 2.0), expected, rtol=1e-9, atol=1e-11)


def test_the_value_tends_to_those_of_l1_and_linf() -> None:
    """‖c‖_q <= ‖c‖_p <= m^(1/p - 1/q)·‖c‖_q for p <= q: so much the radii may differ."""
    for seed in range(300):
        slope, _, _, weight, radius = random_ball(np.random.default_rng(seed), 2.0)
        instance = plain_ball(slope.tolist(), (weight + 0.1).tolist(), radius)
        few, many = best(instance, 1.0001), best(instance, 1e4)
        least = maximised(best_change_l1, instance)
        most = in_region(instance, LINF)

        assert slope @ few == pytest.approx(slope @ least, rel=1e-3, abs=1e-300)
        assert slope @ many == pytest.approx(slope @ most, rel=1e-3, abs=1e-300)


@pytest.mark.parametrize("power", POWERS)
def test_a_move_that_takes_the_whole_budget_leaves_nothing_to_others(power: float) -> None:
    """The p-th root makes a share that is lost in rounding, some 1e-15, a change of 1e-15^(1/p)."""
    for seed in range(500):
        instance = random_ball(np.random.default_rng(seed), power)
        for factor in (1.0, 1.0 - 1e-15):
            whole = whole_budget(instance, power)
            whole = whole._replace(radius=whole.radius * factor)
            change = best(whole, power)

            assert excess(whole, change, power) <= 1e-12, seed
            least = np.clip(0.0, whole.lower, whole.upper)
            extra = norm(whole.weight * (np.abs(change) - np.abs(least)), power)
            assert extra <= 2.0 * (1e-14 * power) ** (1.0 / power) * whole.radius, seed


@pytest.mark.parametrize("power", POWERS)
def test_slopes_of_any_size_share_what_larger_ones_leave(power: float) -> None:
    found = best(ball([1e300, 1e-300, 1e-300], [-INF] * 3, [0, INF, INF], [1, 1, 1], 2.0), power)

    np.testing.assert_allclose(found, [0.0, *[2.0 * 2.0 ** (-1.0 / power)] * 2], rtol=1e-11)


def test_efforts_agree_with_numpy_and_overflow_never() -> None:
    rng = np.random.default_rng(0)
    for power in POWERS:
        for size in range(6):
            change, weight = rng.standard_normal(size), rng.uniform(0.1, 3.0, size)
            expected = (np.abs(weight * change) ** power).sum() ** (1.0 / power)
            for scale in (1e-300, 1.0, 1e300):
                found = effort_lp(scale * change, weight, power)
                assert found == pytest.approx(scale * expected, rel=1e-13)


@given(seed=SEEDS, power=st.floats(1.01, 100.0), extreme=st.booleans())
@settings(derandomize=True, deadline=None, max_examples=300)
def test_no_random_feasible_change_is_better(seed: int, power: float, extreme: bool) -> None:
    instance = random_ball(np.random.default_rng(seed), power, extreme=extreme)
    change = best(instance, power)
    rivals = random_feasible_changes(np.random.default_rng(seed + 1), instance, power, 100)
    terms = unit_slope(instance) * change

    assert excess(instance, rivals, power) <= 1e-9
    assert (rivals @ unit_slope(instance)).max() <= terms.sum() + 1e-9 * np.abs(terms).sum()


@given(seed=SEEDS, power=st.floats(1.01, 100.0), factor=st.floats(1.0, 1e3))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_a_larger_budget_is_never_worse(seed: int, power: float, factor: float) -> None:
    instance = random_ball(np.random.default_rng(seed), power)
    terms = instance.slope * best(instance, power)
    more = instance.slope @ best(instance._replace(radius=instance.radius * factor), power)

    assert more >= terms.sum() - 1e-12 * np.abs(terms).sum()


@given(seed=SEEDS, power=st.floats(1.01, 100.0), slopes=st.integers(-100, 100))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_units_do_not_matter(seed: int, power: float, slopes: int) -> None:
    """The slope's unit, and that of effort; a share is a p-th power, which magnifies rounding."""
    instance = random_ball(np.random.default_rng(seed), power)
    other = instance._replace(
        slope=instance.slope * 10.0**slopes,
        weight=instance.weight * 1e3,
        radius=instance.radius * 1e3,
    )

    scale = instance.radius / np.where(instance.weight > 0.0, instance.weight, 1.0)
    first, second = best(instance, power), best(other, power)
    np.testing.assert_allclose(second / scale, first / scale, rtol=1e-9, atol=1e-9)
