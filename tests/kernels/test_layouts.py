"""Broadcasting kernels read arrays of any layout as they are meant."""

import numpy as np
import pytest

from recourse_bandits import kernels
from recourse_bandits.problem import FeasibleSet
from recourse_bandits.solutions import best_recourse, optimistic_recourse


def strided(array: np.ndarray) -> np.ndarray:
    """The same numbers, every second place of a larger array."""
    larger = np.full((*array.shape[:-1], 2 * array.shape[-1]), 99.0)
    larger[..., ::2] = array
    return larger[..., ::2]


LOWER, UPPER, WEIGHT = np.full(3, -0.5), np.full(3, 0.25), np.array([1.0, 2.0, 0.5])
THETA = np.array([1.0, -2.0, 3.0])
PLAIN = FeasibleSet(np.arange(3), LOWER, UPPER, WEIGHT, 1.0, "l2")


@pytest.mark.parametrize("which", ["lower", "upper", "weight", "all"])
def test_a_feasible_set_of_strided_arrays_is_the_same_set(which: str) -> None:
    given = {"lower": LOWER, "upper": UPPER, "weight": WEIGHT}
    lower, upper, weight = (strided(a) if which in (n, "all") else a for n, a in given.items())
    other = FeasibleSet(np.arange(3), lower, upper, weight, 1.0, "l2")
    x, precision = np.array([0.5, -1.0, 2.0]), np.diag([1.0, 4.0, 0.5])
    for kind in (PLAIN, other):
        found = optimistic_recourse(x, THETA, precision, 2.0, kind)
        np.testing.assert_array_equal(
            found.point, optimistic_recourse(x, THETA, precision, 2.0, PLAIN).point
        )
        np.testing.assert_array_equal(
            best_recourse(x, THETA, kind).point, best_recourse(x, THETA, PLAIN).point
        )


def test_many_persons_limits_may_lie_column_by_column() -> None:
    generator = np.random.default_rng(1)
    shape = (6, 3)
    x, theta = generator.normal(size=shape), generator.normal(size=shape)
    lower, upper = -generator.uniform(size=shape), generator.uniform(size=shape)
    factor = np.broadcast_to(np.eye(3), (6, 3, 3)).copy()

    def solved(*limits: np.ndarray) -> np.ndarray:
        lower, upper = limits
        region = kernels.region.ball_and_box(lower, upper, WEIGHT, 1.0, 2.0)
        parts = (np.arange(3), *region, 1e-9, 500)
        point: np.ndarray = kernels.optimistic.optimistic_point(factor, theta, 0.7, x, *parts)[0]
        return point

    expected = solved(lower, upper)
    np.testing.assert_array_equal(
        solved(np.asfortranarray(lower), np.asfortranarray(upper)), expected
    )
    np.testing.assert_array_equal(solved(strided(lower), strided(upper)), expected)
