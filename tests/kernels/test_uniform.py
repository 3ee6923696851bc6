"""Arms and changes drawn at random: feasible, uniform, and a function of the key."""

import numpy as np
import pytest
from scipy import stats

from recourse_bandits import FeasibleSet, kernels
from tests.kernels.instances import NORMS, Array, ball, random_feasible_set
from tests.kernels.oracles import excess

MANY = 40_000
KS_BOUND = 1.95 / np.sqrt(MANY)  # exceeded by chance once in 1,000 times


def changes(feasible: FeasibleSet, count: int, seed: int = 5) -> Array:
    return np.asarray(
        kernels.uniform.change(
            *feasible.region,
            seed,
            np.arange(count),
            2,
        )
    )


@pytest.mark.parametrize("norm", NORMS)
def test_changes_are_feasible(norm: str) -> None:
    """With weights of 0, boxes far smaller than the ball, and mandatory changes."""
    rng = np.random.default_rng(0)
    for seed in range(400):
        feasible = random_feasible_set(rng, np.arange(int(rng.integers(1, 8))), norm)
        drawn = changes(feasible, 30, seed)

        assert excess(feasible, drawn) <= 1e-9, seed
        assert len(np.unique(drawn, axis=0)) > 1


@pytest.mark.parametrize("norm", NORMS)
def test_a_mandatory_change_that_takes_the_whole_budget_is_drawn(norm: str) -> None:
    weight = np.array([1.0, 2.0])
    radius = np.sqrt(9.0 + 64.0) if norm == "l2" else 8.0
    lower = np.array([3.0, 4.0])
    feasible = FeasibleSet(np.arange(2), lower, np.full(2, np.inf), weight, float(radius), norm)

    drawn = changes(feasible, 200)

    assert excess(feasible, drawn) <= 1e-9
    np.testing.assert_allclose(drawn[:, 1], 4.0, rtol=1e-8)


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_l2_changes_are_uniform_in_the_ball(size: int) -> None:
    drawn = changes(ball(size, 2.5), MANY) / 2.5
    length = np.linalg.norm(drawn, axis=1)

    # radius^m is uniform; so is every direction: its square in an axis is beta distributed
    assert stats.kstest(length**size, "uniform").statistic < KS_BOUND
    assert np.abs(drawn.mean(0)).max() < 4.0 / np.sqrt(MANY * (size + 2))
    if size > 1:
        for axis in (drawn / length[:, None]).T:
            beta = stats.beta(0.5, 0.5 * (size - 1))
            assert stats.kstest(axis**2, beta.cdf).statistic < KS_BOUND
        correlation = np.corrcoef(drawn.T) - np.eye(size)
        assert np.abs(correlation).max() < 4.5 / np.sqrt(MANY)
        for power in (1, 2):  # the length says nothing about the direction
            toward = (drawn / length[:, None]) ** power
            correlation = np.corrcoef(length, toward.T)[0, 1:]
            assert np.abs(correlation).max() < 4.5 / np.sqrt(MANY)


def test_l2_changes_are_uniform_in_an_ellipsoid_of_efforts() -> None:
    free = np.full(2, np.inf)
    weight = np.array([0.5, 4.0])
    drawn = changes(FeasibleSet(np.arange(2), -free, free, weight, 3.0, "l2"), MANY)

    efforts = np.linalg.norm(weight * drawn, axis=1)
    assert stats.kstest((efforts / 3.0) ** 2, "uniform").statistic < KS_BOUND


def test_linf_changes_are_uniform_on_every_axis() -> None:
    free, weight = np.full(3, np.inf), np.array([0.5, 1.0, 4.0])
    drawn = changes(FeasibleSet(np.arange(3), -free, free, weight, 2.0, "linf"), MANY)

    for axis, side in zip(drawn.T, 2.0 / weight, strict=True):
        assert stats.kstest(axis, stats.uniform(-side, 2.0 * side).cdf).statistic < KS_BOUND
    assert np.abs(np.corrcoef(drawn.T) - np.eye(3)).max() < 4.5 / np.sqrt(MANY)


@pytest.mark.parametrize("norm", NORMS)
def test_effortless_features_are_uniform_in_their_bounds(norm: str) -> None:
    lower, upper = np.array([-1.0, -np.inf, 2.0]), np.array([3.0, np.inf, 2.5])
    feasible = FeasibleSet(np.arange(3), lower, upper, np.array([0.0, 1.0, 0.0]), 1.5, norm)

    drawn = changes(feasible, MANY)

    for axis in (0, 2):
        law = stats.uniform(lower[axis], upper[axis] - lower[axis])
        assert stats.kstest(drawn[:, axis], law.cdf).statistic < KS_BOUND
    assert stats.kstest(drawn[:, 1], stats.uniform(-1.5, 3.0).cdf).statistic < KS_BOUND


def test_a_box_that_cuts_off_half_leaves_the_other_half_uniform() -> None:
    free = np.full(2, np.inf)
    half = FeasibleSet(np.arange(2), np.array([0.0, -np.inf]), free, np.ones(2), 1.0, "l2")

    drawn = changes(half, MANY)

    assert drawn[:, 0].min() >= 0.0
    assert stats.kstest((drawn**2).sum(1), "uniform").statistic < KS_BOUND
    angle = np.arctan2(drawn[:, 1], drawn[:, 0])
    law = stats.uniform(-0.5 * np.pi, np.pi)
    assert stats.kstest(angle, law.cdf).statistic < KS_BOUND


@pytest.mark.parametrize("norm", NORMS)
def test_without_budget_or_mutable_features_nothing_changes(norm: str) -> None:
    np.testing.assert_array_equal(changes(ball(2, 0.0, norm), 20), np.zeros((20, 2)))
    assert changes(ball(0, 1.0, norm), 20).shape == (20, 0)


def test_same_key_same_change() -> None:
    feasible = ball(3, 1.0)

    np.testing.assert_array_equal(changes(feasible, 50), changes(feasible, 50))
    assert (changes(feasible, 50, seed=5) != changes(feasible, 50, seed=6)).all()


@pytest.mark.parametrize("eligible", [[1, 1, 1], [1, 0, 1, 1, 0], [0, 1], [1] * 10])
def test_eligible_arms_are_drawn_equally_often(eligible: list[int]) -> None:
    mask = np.array(eligible, np.bool_)
    draws = 20_000

    drawn = kernels.uniform.arm(mask, 3, np.arange(draws), 1)

    counts = np.bincount(drawn, minlength=mask.size)
    assert counts[~mask].sum() == 0
    expected = draws / mask.sum()
    chi_square = ((counts[mask] - expected) ** 2 / expected).sum()
    assert chi_square <= stats.chi2.isf(0.001, max(int(mask.sum()) - 1, 1))
    np.testing.assert_array_equal(drawn, kernels.uniform.arm(mask, 3, np.arange(draws), 1))


def test_the_arm_says_nothing_about_the_change() -> None:
    """Both are drawn from the same key, from different indices."""
    mask = np.ones(2, np.bool_)
    arm = kernels.uniform.arm(mask, 5, np.arange(MANY), 2)
    drawn = changes(ball(2, 1.0), MANY)

    for axis in drawn.T:
        assert abs(np.corrcoef(arm, axis)[0, 1]) < 4.0 / np.sqrt(MANY)
