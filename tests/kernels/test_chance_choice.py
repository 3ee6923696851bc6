"""The arm of the largest sampled chance: its documented draws, and how often it is chosen."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from recourse_bandits import kernels
from tests.kernels.instances import Array

SEED, STREAM = 21, 3


def beliefs(rng: np.random.Generator, arms: int, features: int) -> tuple[Array, Array]:
    return rng.standard_normal((arms, features)), rng.uniform(0.5, 8.0, (arms, features))


def best_sampled(*given: Any) -> tuple[Any, ...]:
    """arm, ties, centre, deviation, explored."""
    found: tuple[Any, ...] = kernels.chance_choice.best_sampled(*given)
    return found


def test_the_choice_is_the_largest_margin_of_the_documented_draws() -> None:
    rng = np.random.default_rng(0)
    for number in range(300):
        arms, features = int(rng.integers(1, 6)), int(rng.integers(1, 7))
        means, precision = beliefs(rng, arms, features)
        x, offset = rng.standard_normal(features), rng.uniform(0.0, 2.0, arms)
        eligible = rng.random(arms) < 0.7
        eligible[rng.integers(arms)] = True
        inflation = float(rng.uniform(0.0, 2.0))

        key = (SEED, number, STREAM)
        arm, ties, centre, deviation, explored = best_sampled(
            means, precision, inflation, x, offset, eligible, *key
        )

        place = np.arange(arms * features).reshape(arms, features)
        theta = means + inflation * kernels.draws.normal(*key, place) / np.sqrt(precision)
        assert arm == np.where(eligible, theta @ x - offset, -np.inf).argmax()
        assert ties == 1
        np.testing.assert_allclose(centre, means @ x - offset, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(deviation, np.sqrt((x * x / precision).sum(1)), rtol=1e-12)
        assert explored == (centre[arm] < centre[eligible].max())


def test_arms_are_chosen_as_often_as_their_beliefs_say() -> None:
    rng, draws = np.random.default_rng(1), 20_000
    means, precision = beliefs(rng, 2, 3)
    x, offset = rng.standard_normal(3), np.array([0.0, 0.4])
    everyone, number = np.ones(2, np.bool_), np.arange(draws)

    arm = best_sampled(means, precision, 1.3, x, offset, everyone, SEED, number, STREAM)[0]

    margins = means @ x - offset
    spread = 1.3 * np.sqrt((x * x / precision).sum())
    share = stats.norm.cdf((margins[1] - margins[0]) / spread)
    assert 0.1 < share < 0.9
    assert abs(arm.mean() - share) < 4.0 * np.sqrt(share * (1.0 - share) / draws)


def test_an_offset_beyond_all_numbers_is_never_chosen() -> None:
    rng = np.random.default_rng(2)
    means, precision = beliefs(rng, 2, 3)
    everyone = np.ones(2, np.bool_)
    offset = np.array([np.inf, 0.0])
    for number in range(20):
        arm = best_sampled(
            means, precision, 1.0, np.ones(3), offset, everyone, SEED, number, STREAM
        )[0]
        assert arm == 1


def test_ties_are_broken_evenly() -> None:
    everyone, number = np.ones(3, np.bool_), np.arange(6_000)
    arm, ties, *_ = best_sampled(
        np.zeros((3, 2)), np.ones((3, 2)), 0.0, np.ones(2), np.zeros(3), everyone, SEED, number, 3
    )
    assert (ties == 3).all()
    shares = np.bincount(arm, minlength=3) / number.size
    assert (np.abs(shares - 1 / 3) < 4.0 * np.sqrt(2.0 / 9.0 / number.size)).all()


def test_one_person_takes_a_shorter_way_to_the_same_bits() -> None:
    rng = np.random.default_rng(3)
    kernel = kernels.chance_choice.best_sampled
    means, precision = beliefs(rng, 4, 5)
    for number in range(100):
        x, offset = rng.standard_normal(5), rng.uniform(0.0, 2.0, 4)
        given = (means, precision, 0.8, x, offset, np.arange(4) != number % 4, 1, number, 0)
        for short, long in zip(kernel.one(*given), kernel.kernel.ufunc(*given), strict=True):
            np.testing.assert_array_equal(short, long)


@pytest.mark.parametrize("wrong", ["means", "precision", "x", "offset", "eligible"])
def test_arrays_that_do_not_belong_together_are_refused(wrong: str) -> None:
    given: dict[str, Any] = {
        "means": np.zeros((2, 3)),
        "precision": np.ones((2, 3)),
        "inflation": 1.0,
        "x": np.ones(3),
        "offset": np.zeros(2),
        "eligible": np.ones(2, np.bool_),
    }
    given[wrong] = given[wrong][:-1]
    with pytest.raises(ValueError, match="must have|mismatch"):
        best_sampled(*given.values(), 1, 2, 3)
