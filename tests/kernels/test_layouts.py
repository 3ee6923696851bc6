"""Broadcasting kernels read arrays of any layout as they are meant."""

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.problem import FeasibleSet
from recourse_bandits.solutions import best_recourse


def strided(array: np.ndarray) -> np.ndarray:
    """The same numbers, every second place of a larger array."""
    larger = np.full((*array.shape[:-1], 2 * array.shape[-1]), 99.0)
    larger[..., ::2] = array
    return larger[..., ::2]


def test_a_strided_box_and_slope_are_read_as_they_are() -> None:
    generator = np.random.default_rng(1)
    slope = generator.normal(size=(4, 3))
    lower, upper = -generator.uniform(size=(4, 3)), generator.uniform(size=(4, 3))
    weight = np.array([1.0, 2.0, 0.5])
    expected = kernels.feasible.maximise(slope, lower, upper, weight, 1.0, 0)
    found = kernels.feasible.maximise(
        strided(slope), strided(lower), strided(upper), strided(weight), 1.0, 0
    )
    np.testing.assert_array_equal(found, expected)
    columns = kernels.feasible.maximise(
        np.asfortranarray(slope), np.asfortranarray(lower), np.asfortranarray(upper), weight, 1.0, 0
    )
    np.testing.assert_array_equal(columns, expected)


def test_a_feasible_set_of_strided_arrays_is_the_same_set() -> None:
    lower, upper, weight = np.full(3, -0.5), np.full(3, 0.25), np.array([1.0, 2.0, 0.5])
    plain = FeasibleSet(np.arange(3), lower, upper, weight, 1.0, "l2")
    other = FeasibleSet(np.arange(3), strided(lower), strided(upper), strided(weight), 1.0, "l2")
    theta = np.array([1.0, -2.0, 3.0])
    np.testing.assert_array_equal(
        best_recourse(np.zeros(3), theta, plain).point,
        best_recourse(np.zeros(3), theta, other).point,
    )
