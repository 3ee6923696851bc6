"""Lemma 3: over a polytope Algorithm 2 goes from vertex to vertex, and ends without a tolerance.

Where a norm's feasible sets are polytopes, it has an entry in `AT_A_VERTEX` and in `SEVERAL`.
"""

from collections.abc import Callable

import numpy as np
import pytest

from recourse_bandits import FeasibleSet, Solution, optimistic_recourse
from tests.kernels.instances import (
    Array,
    Instance,
    ball,
    learned,
    random_feasible_set,
)

INSTANCES = 1000
MOST_STEPS = 10_000
NEAR = 1e-9
SEVERAL = {"linf": 50, "l1": 30}
"""Instances that take several vertices, at least; under l1 one feature often takes all."""


def at_a_corner(feasible: FeasibleSet, change: Array) -> bool:
    """Whether every feature that may move is at an end of what box and budget allow."""
    free = feasible.weight == 0.0
    reach = np.where(free, np.inf, feasible.radius / np.where(free, 1.0, feasible.weight))
    low, high = np.maximum(feasible.lower, -reach), np.minimum(feasible.upper, reach)
    near = (np.abs(change - low) <= NEAR) | (np.abs(change - high) <= NEAR)
    return bool(near.all())


def at_a_corner_of_l1(feasible: FeasibleSet, change: Array) -> bool:
    """Whether all features are at ends, or all but one at ends or 0 and the budget is used up."""
    ends = np.abs(np.stack((change - feasible.lower, change - feasible.upper))).min(axis=0) <= NEAR
    if feasible.effort(change) < feasible.radius - NEAR:
        return bool(ends.all())
    return int(np.count_nonzero(~ends & (np.abs(change) > NEAR))) <= 1


AT_A_VERTEX: dict[str, Callable[[FeasibleSet, Array], bool]] = {
    "linf": at_a_corner,
    "l1": at_a_corner_of_l1,
}


def random_instance(seed: int, norm: str) -> tuple[Instance, FeasibleSet]:
    """Up to 20 columns, any of them mutable; half of the sets have weights and a box."""
    rng = np.random.default_rng([7, seed])
    dimension = int(rng.integers(2, 21))
    mutable = np.sort(rng.choice(dimension, int(rng.integers(1, dimension + 1)), replace=False))
    feasible = (
        ball(mutable.tolist(), float(rng.uniform(0.5, 4.0)), norm)
        if seed % 2
        else random_feasible_set(rng, mutable.astype(np.int64), norm)
    )
    return learned(rng, dimension, int(rng.integers(dimension // 2, 2 * dimension))), feasible


def after(instance: Instance, feasible: FeasibleSet, steps: int) -> Solution:
    return optimistic_recourse(*instance, feasible, tolerance=0.0, max_iterations=steps)


@pytest.mark.parametrize("norm", AT_A_VERTEX)
def test_every_iterate_is_another_vertex_until_the_last(norm: str) -> None:
    several = 0
    for seed in range(INSTANCES):
        instance, feasible = random_instance(seed, norm)
        end = after(instance, feasible, MOST_STEPS)
        steps = int(end.iterations)
        changes = [
            (after(instance, feasible, step).point - instance[0])[feasible.mutable]
            for step in range(1, steps + 1)
        ]

        assert steps < MOST_STEPS, seed
        assert all(AT_A_VERTEX[norm](feasible, change) for change in changes), seed
        met = [tuple(np.round(change, 9)) for change in changes[:-1]]
        assert len(set(met)) == len(met), seed
        # one step more than it took to get here, and nothing better was found
        assert end.value == after(instance, feasible, max(steps - 1, 1)).value, seed
        several += steps > 2
    assert several >= SEVERAL[norm]  # instances that take more than one vertex are among them
