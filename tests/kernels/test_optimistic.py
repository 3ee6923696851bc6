"""The most optimistic arm: the same as solving every arm, whatever is ruled out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recourse_bandits import FeasibleSet, kernels
from recourse_bandits.kernels.links import IDENTITY
from tests.kernels.instances import (
    NORMS,
    Arms,
    Array,
    ball,
    inverse,
    random_arms,
    random_feasible_set,
    random_mutable,
    solve_every_arm,
)
from tests.kernels.oracles import optimistic_value, random_changes

Bools = NDArray[np.bool_]


def most_optimistic(
    arms: Arms,
    context: Array,
    feasible: FeasibleSet,
    eligible: Bools,
    number: object = 0,
    tolerance: float = 1e-9,
) -> tuple[Any, ...]:
    """arm, ties, point, mean, high, ruled_out, explored, iterations."""
    found: tuple[Any, ...] = kernels.optimistic_choice.most_optimistic(
        arms.factor,
        arms.estimate,
        arms.rho,
        arms.largest_variance,
        context,
        feasible.mutable,
        *feasible.region,
        eligible,
        tolerance,
        500,
        11,
        number,
        0,
    )
    return found


def simulated_states(
    seed: int, norm: str, rounds: int
) -> Iterator[tuple[Arms, Array, FeasibleSet, Bools]]:
    """What an optimistic learner meets: lopsided contexts, stale eigenvalue bounds."""
    rng = np.random.default_rng([seed, norm == "linf"])
    arms, dimension = int(rng.integers(1, 7)), int(rng.integers(1, 9))
    factor = np.stack([np.eye(dimension)] * arms)
    moment, estimate = np.zeros((arms, dimension)), np.zeros((arms, dimension))
    count, log_det = np.zeros(arms, np.int64), np.zeros(arms)
    rho, largest_variance = np.full(arms, 2.0), np.ones(arms)
    identity = (IDENTITY, 1.0, np.inf)
    constants = (np.zeros(arms), np.full(arms, 0.5), np.ones(arms), np.ones(arms), *identity)
    settings = (1, float(rng.uniform(0.1, 1.0)), 0.05, True)  # determinant form, scale, failure
    theta = rng.standard_normal((arms, dimension))
    spread = 10.0 ** rng.uniform(-1.5, 1.5, dimension)
    common = rng.standard_normal(dimension) * (rng.random() < 0.5)
    mutable = random_mutable(rng, dimension)
    for _ in range(rounds):
        state = Arms(factor, estimate, rho, largest_variance)
        x = common + spread * rng.standard_normal(dimension)
        feasible = random_feasible_set(rng, mutable, norm)
        eligible = rng.random(arms) < 0.8
        eligible[rng.integers(arms)] = True
        yield state, x, feasible, eligible
        points, values = solve_every_arm(state, x, feasible)
        arm = int(np.where(eligible, values, -np.inf).argmax())
        reward = points[arm] @ theta[arm] + rng.normal()
        learned = (factor, moment, estimate, count, log_det, rho, largest_variance)
        kernels.linear_arms.learn(*learned, *constants, *settings, arm, points[arm], reward)


@pytest.mark.parametrize("norm", NORMS)
def test_choice_is_that_of_solving_every_arm(norm: str) -> None:
    ruled_out_seen, explored_seen, decisions = 0, 0, 0
    for seed in range(60):
        for state, x, feasible, eligible in simulated_states(seed, norm, rounds=40):
            arm, ties, point, mean, high, ruled_out, explored, _ = most_optimistic(
                state, x, feasible, eligible, decisions
            )
            points, values = solve_every_arm(state, x, feasible)
            best = values[eligible].max()
            rounding = 1e-11 * (1.0 + abs(best))
            near_ties = np.flatnonzero(eligible & (values >= best - rounding))
            solved = eligible & ~ruled_out

            assert arm in near_ties
            assert ties <= near_ties.size
            assert not ruled_out[arm]
            assert high[arm] == pytest.approx(best, rel=1e-11, abs=1e-11)
            np.testing.assert_allclose(point, points[arm], rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(high[solved], values[solved], rtol=1e-10, atol=1e-10)
            means = np.einsum("kd,kd->k", points, state.estimate)
            np.testing.assert_allclose(mean[solved], means[solved], rtol=1e-7, atol=1e-7)
            # what is ruled out says so, and by a bound that is one
            assert np.isnan(mean[~solved]).all()
            pruned = eligible & ruled_out
            assert (values[pruned] <= high[pruned] + rounding).all()
            assert (high[pruned] <= best).all()
            assert (high[~eligible] == -np.inf).all()
            assert ruled_out[~eligible].all()
            greedy = kernels.feasible.maximise(
                state.estimate[:, feasible.mutable],
                *feasible.region,
            )
            promised = state.estimate @ x
            promised += np.einsum("km,km->k", greedy, state.estimate[:, feasible.mutable])
            gap = promised[eligible].max() - promised[arm]
            if not 0.0 < gap < rounding:
                assert explored == (gap > 0.0)
            ruled_out_seen += int(pruned.sum())
            explored_seen += int(explored)
            decisions += 1
    # the tests above saw all kinds of decisions
    assert ruled_out_seen > 500
    assert 100 < explored_seen < decisions - 100


@pytest.mark.parametrize("norm", NORMS)
def test_bound_of_a_ruled_out_arm_holds_at_every_feasible_point(norm: str) -> None:
    rng = np.random.default_rng(1)
    checked = 0
    for seed in range(40):
        for state, x, feasible, eligible in simulated_states(seed, norm, rounds=15):
            found = most_optimistic(state, x, feasible, eligible)
            high, ruled_out = found[4], found[5]
            points = np.tile(x, (200, 1))
            points[:, feasible.mutable] += random_changes(rng, feasible, 200)
            for a in np.flatnonzero(eligible & ruled_out):
                covariance = inverse(state.factor[a].T @ state.factor[a])
                values = optimistic_value(state.estimate[a], covariance, state.rho[a], points)
                assert values.max() <= high[a] + 1e-9 * (1.0 + abs(high[a]))
                checked += 1
    assert checked > 100


def test_ineligible_arms_are_never_chosen() -> None:
    rng = np.random.default_rng(2)
    for number in range(300):
        state = random_arms(rng, 5, 3, outcomes=3)
        eligible = rng.random(5) < 0.3
        eligible[rng.integers(5)] = True
        x = rng.standard_normal(3)

        arm = most_optimistic(state, x, ball(2, 1.0), eligible, number)[0]

        assert eligible[arm]


@pytest.mark.parametrize("norm", NORMS)
def test_a_batch_of_people_equals_one_call_each(norm: str) -> None:
    rng = np.random.default_rng(3)
    state = random_arms(rng, 4, 5, outcomes=6)
    people, number = rng.standard_normal((25, 5)), np.arange(25)
    mutable = np.array([0, 3, 4])
    sets = [random_feasible_set(rng, mutable, norm) for _ in range(25)]
    weight, radius = np.array([0.5, 1.0, 2.0]), 4.0
    boxes = [
        FeasibleSet(mutable, np.fmax(s.lower, -2.0), np.fmin(s.upper, 2.0), weight, radius, norm)
        for s in sets
    ]
    together = FeasibleSet(
        mutable,
        np.stack([box.lower for box in boxes]),
        np.stack([box.upper for box in boxes]),
        weight,
        radius,
        norm,
    )
    eligible = rng.random((25, 4)) < 0.6
    eligible[:, 1] = True

    batch = most_optimistic(state, people, together, eligible, number)

    for i in range(25):
        alone = most_optimistic(state, people[i], boxes[i], eligible[i], i)
        for many, one in zip(batch, alone, strict=True):
            np.testing.assert_array_equal(many[i], one)


def test_without_mutable_features_it_is_the_largest_upper_bound() -> None:
    rng = np.random.default_rng(4)
    for number in range(200):
        state = random_arms(rng, 6, 4, outcomes=5)
        x, everyone = rng.standard_normal(4), np.ones(6, np.bool_)

        arm, _, point, _, high, ruled_out, explored, iterations = most_optimistic(
            state, x, ball(0, 1.0), everyone, number
        )
        plain = kernels.linear_arms.largest_upper_bound(
            state.factor, state.estimate, state.rho, x, everyone, 11, number, 0
        )

        assert arm == plain[0]
        assert explored == plain[4]
        np.testing.assert_array_equal(point, x)
        np.testing.assert_allclose(high[~ruled_out], plain[3][~ruled_out], rtol=1e-12)
        assert iterations == 0


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("rho", [0.0, 1.5])
@pytest.mark.parametrize("size", [0, 1, 3])
def test_equal_arms_are_chosen_equally_often(norm: str, rho: float, size: int) -> None:
    """No arm is ruled out by a rounding error in favour of its equal."""
    rng = np.random.default_rng(5)
    draws, everyone = 3_000, np.ones(3, np.bool_)
    one = random_arms(rng, 1, 4, outcomes=6)
    state = Arms(*(np.repeat(array, 3, axis=0) for array in one))._replace(rho=np.full(3, rho))
    people = rng.standard_normal((draws, 4))

    found = most_optimistic(state, people, ball(size, 1.5, norm), everyone, np.arange(draws))

    assert (found[1] == 3).all()
    counts = np.bincount(found[0].astype(np.int64), minlength=3)
    assert ((counts - draws / 3) ** 2 / (draws / 3)).sum() < 13.8  # chi-square, once in 1,000


def test_arms_that_cannot_win_are_ruled_out() -> None:
    """Two arms alike but for an intercept: the worse one need not be solved."""
    estimate = np.array([[5.0, 1.0], [-5.0, 1.0]])
    state = Arms(np.stack([np.eye(2)] * 2), estimate, np.full(2, 0.5), np.ones(2))

    arm, _, point, mean, high, ruled_out, explored, _ = most_optimistic(
        state, np.array([1.0, 0.0]), ball([1], 1.0), np.ones(2, np.bool_)
    )

    assert arm == 0
    assert point == pytest.approx([1.0, 1.0])
    assert mean[0] == pytest.approx(6.0)
    assert high[0] == pytest.approx(6.0 + 0.5 * np.sqrt(2.0))
    assert ruled_out.tolist() == [False, True]
    assert np.isnan(mean[1])
    assert -4.0 + 0.5 * np.sqrt(2.0) <= high[1] < high[0]
    assert not explored
