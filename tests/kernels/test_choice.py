"""The best arm against brute force, and evenly broken ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import kernels

ARMS = st.lists(
    st.tuples(st.sampled_from([-np.inf, -1.5, 0.0, 1e-300, 2.0, 1e300, np.inf]), st.booleans()),
    min_size=1,
    max_size=8,
)


@given(arms=ARMS, number=st.integers(0, 2**40))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_best_arm_is_one_of_the_largest_allowed_values(
    arms: list[tuple[float, bool]], number: int
) -> None:
    values = np.array([value for value, _ in arms])
    allowed = np.array([allow for _, allow in arms])

    arm, ties = kernels.choice.best_arm(values, allowed, 7, number, 1)

    if not allowed.any():
        assert (arm, ties) == (-1, 0)
        return
    best = [a for a in range(len(arms)) if allowed[a] and values[a] == values[allowed].max()]
    assert arm in best
    assert ties == len(best)
    assert kernels.choice.best_arm(values, allowed, 7, number, 1) == (arm, ties)


@pytest.mark.parametrize("axis", range(3))
def test_ties_are_spread_evenly_along_every_part_of_the_key(axis: int) -> None:
    values = np.array([1.0, 3.0, 3.0, 2.0, 3.0, 3.0])
    allowed = np.array([True, True, False, True, True, True])
    counts = np.zeros(6, np.int64)
    draws = 9_000

    for i in range(draws):
        key = [3, 5, 2]
        key[axis] = i
        counts[kernels.choice.best_arm(values, allowed, *key)[0]] += 1

    assert counts[[0, 2, 3]].sum() == 0
    expected = draws / 3
    chi_square = ((counts[[1, 4, 5]] - expected) ** 2 / expected).sum()
    assert chi_square < 13.8  # two degrees of freedom: exceeded once in 1,000 times


def test_a_masked_arm_is_never_chosen_however_good() -> None:
    values = np.array([0.0, np.inf, -5.0])

    assert kernels.choice.best_arm(values, np.array([True, False, True]), 0, 0, 0) == (0, 1)
    assert kernels.choice.best_arm(values, np.array([False, False, True]), 0, 0, 0) == (2, 1)
