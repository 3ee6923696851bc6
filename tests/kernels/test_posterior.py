"""Thompson sampling: the law of the sampled coefficients, and the best recourse for them."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from recourse_bandits import FeasibleSet, kernels
from tests.kernels.instances import (
    NORMS,
    Arms,
    Array,
    ball,
    factor_of,
    random_arms,
    random_feasible_set,
    random_mutable,
    random_precision,
)

Bools = NDArray[np.bool_]
STREAM = 3


def best_sampled(
    arms: Arms,
    deviation: float,
    context: Array,
    feasible: FeasibleSet,
    eligible: Bools,
    number: object,
    rho: float = 2.0,
) -> tuple[Any, ...]:
    """arm, point, mean, high, explored."""
    found: tuple[Any, ...] = kernels.posterior.best_sampled(
        arms.factor,
        arms.estimate,
        deviation,
        rho,
        context,
        feasible.mutable,
        *feasible.region,
        eligible,
        21,
        number,
        STREAM,
    )
    return found


def test_sampled_coefficients_have_the_posterior_mean_and_covariance() -> None:
    """In a ball the change points along the sampled slopes.

    The first coefficient is known to be 1, so the change shows the two others in full.
    """
    rng = np.random.default_rng(0)
    draws, deviation = 40_000, 0.7
    precision = np.zeros((3, 3))
    precision[0, 0] = 1e24
    precision[1:, 1:] = random_precision(rng, 2, 4)
    estimate = np.array([[1.0, 0.3, -0.4]])
    arms = Arms(factor_of(precision)[None], estimate, np.zeros(1), np.zeros(1))
    x = np.zeros(3)

    point = best_sampled(arms, deviation, x, ball(3, 1.0), np.ones(1, np.bool_), np.arange(draws))[
        1
    ]

    sampled = point[:, 1:] / point[:, :1]
    covariance = deviation**2 * np.linalg.inv(precision[1:, 1:])
    errors = np.sqrt(np.diag(covariance) / draws)
    assert (np.abs(sampled.mean(0) - estimate[0, 1:]) < 4.0 * errors).all()
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), (sampled - estimate[0, 1:]).T)
    # four standard errors: sqrt(2/n) on the diagonal, sqrt(1/n) beside it
    bound = 4.0 * np.sqrt(np.array([[2.0, 1.0], [1.0, 2.0]]) / draws)
    assert (np.abs(whitened @ whitened.T / draws - np.eye(2)) < bound).all()
    for coordinate in whitened:
        assert stats.kstest(coordinate, "norm").statistic < 1.95 / np.sqrt(draws)


def test_arms_are_chosen_as_often_as_their_posteriors_say() -> None:
    rng = np.random.default_rng(1)
    draws, deviation = 20_000, 1.3
    arms = random_arms(rng, 2, 3, outcomes=3)
    x = rng.standard_normal(3)

    arm = best_sampled(arms, deviation, x, ball(0, 1.0), np.ones(2, np.bool_), np.arange(draws))[0]

    squares = [x @ np.linalg.solve(f.T @ f, x) for f in arms.factor]
    gap = x @ (arms.estimate[1] - arms.estimate[0])
    share = stats.norm.cdf(gap / (deviation * np.sqrt(sum(squares))))
    assert 0.1 < share < 0.9
    assert abs(arm.mean() - share) < 4.0 * np.sqrt(share * (1.0 - share) / draws)


@pytest.mark.parametrize("norm", NORMS)
def test_choice_is_the_best_closed_form_for_the_documented_draws(norm: str) -> None:
    rng = np.random.default_rng(2)
    for number in range(300):
        count, dimension = int(rng.integers(1, 5)), int(rng.integers(1, 7))
        arms = random_arms(rng, count, dimension, outcomes=int(rng.integers(0, 12)))
        feasible = random_feasible_set(rng, random_mutable(rng, dimension), norm)
        eligible = rng.random(count) < 0.7
        eligible[rng.integers(count)] = True
        x = rng.standard_normal(dimension)
        deviation = float(rng.uniform(0.0, 2.0))

        arm, point, mean, high, explored = best_sampled(
            arms, deviation, x, feasible, eligible, number, rho=2.5
        )

        index = np.arange(count * dimension).reshape(count, dimension)
        noise = kernels.draws.normal(21, number, STREAM, index)
        points, values, greedy = np.tile(x, (count, 1)), np.empty(count), np.empty(count)
        for a in range(count):
            theta = arms.estimate[a] + deviation * np.linalg.solve(arms.factor[a], noise[a])
            for slope, target in ((arms.estimate[a], greedy), (theta, values)):
                points[a, feasible.mutable] = x[feasible.mutable] + kernels.feasible.maximise(
                    slope[feasible.mutable],
                    *feasible.region,
                )
                target[a] = points[a] @ slope
            width = np.sqrt(
                points[a] @ np.linalg.solve(arms.factor[a].T @ arms.factor[a], points[a])
            )
            assert mean[a] == pytest.approx(points[a] @ arms.estimate[a], rel=1e-8, abs=1e-8)
            assert high[a] == pytest.approx(mean[a] + 2.5 * width, rel=1e-8, abs=1e-8)
        best = np.where(eligible, values, -np.inf).argmax()
        assert arm == best
        np.testing.assert_allclose(point, points[best], rtol=1e-8, atol=1e-8)
        assert explored == (greedy[best] < greedy[eligible].max() - 1e-12)


def test_same_key_same_choice_and_other_keys_other_choices() -> None:
    rng = np.random.default_rng(3)
    arms, x = random_arms(rng, 3, 4, outcomes=5), rng.standard_normal(4)
    everyone, number = np.ones(3, np.bool_), np.arange(50)

    first = best_sampled(arms, 1.0, x, ball(3, 1.0), everyone, number)
    second = best_sampled(arms, 1.0, x, ball(3, 1.0), everyone, number)

    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(np.unique(first[1][:, 0])) == 50


def test_without_deviation_it_is_the_greedy_choice() -> None:
    rng = np.random.default_rng(4)
    arms = random_arms(rng, 4, 3, outcomes=5)
    people = rng.standard_normal((100, 3))

    arm, point, mean, _, explored = best_sampled(
        arms, 0.0, people, ball(3, 1.0), np.ones(4, np.bool_), np.arange(100)
    )

    promised = people @ arms.estimate.T + np.linalg.norm(arms.estimate, axis=1)
    np.testing.assert_array_equal(arm, promised.argmax(1))
    np.testing.assert_allclose(mean, promised, rtol=1e-10, atol=1e-10)
    assert not explored.any()
    np.testing.assert_allclose(np.linalg.norm(point - people, axis=1), 1.0, rtol=1e-12)
