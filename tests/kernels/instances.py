"""Random instances of the kernels' problems, in the kernels' notation."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import FeasibleSet, kernels

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Instance = tuple[Array, Array, Array, float]
"""Person, estimate, precision and confidence radius."""

NORMS = ("l2", "linf")


class Arms(NamedTuple):
    """K ridge regressions: factor (K, d, d), estimate (K, d), the others (K,)."""

    factor: Array
    estimate: Array
    rho: Array
    largest_variance: Array


def factor_of(precision: Array) -> Array:
    """R, upper triangular with V = R'R, rows contiguous."""
    return np.ascontiguousarray(np.swapaxes(np.linalg.cholesky(precision), -1, -2))


def inverse(matrix: Array) -> Array:
    """The inverse, as a plain array of numbers."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def solved(matrix: Array, right: Array) -> Array:
    """The solution of a dense system, as a plain array of numbers."""
    return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)


def random_precision(
    rng: np.random.Generator, dimension: int, outcomes: int, penalty: float = 1.0
) -> Array:
    """penalty·I plus the outer products of standard normal contexts."""
    contexts = rng.standard_normal((outcomes, dimension))
    return penalty * np.eye(dimension) + contexts.T @ contexts


def random_arms(rng: np.random.Generator, arms: int, dimension: int, outcomes: int) -> Arms:
    """Arms after so many outcomes each, their eigenvalue bounds exact."""
    precision = np.stack([random_precision(rng, dimension, outcomes) for _ in range(arms)])
    least = np.linalg.eigvalsh(precision)[:, 0]
    return Arms(
        factor=factor_of(precision),
        estimate=rng.standard_normal((arms, dimension)),
        rho=rng.uniform(0.1, 3.0, arms),
        largest_variance=np.asarray((1.0 + 1e-12) / least, np.float64),
    )


def ball(mutable: int | list[int], radius: float, norm: str = "l2") -> FeasibleSet:
    """A ball of unit weights without a box; `mutable` is a list, or counts the first columns."""
    columns = np.arange(mutable) if isinstance(mutable, int) else np.array(mutable, np.int64)
    free = np.full(columns.size, np.inf)
    return FeasibleSet(columns, -free, free, np.ones(columns.size), radius, norm)


def random_feasible_set(rng: np.random.Generator, mutable: Indices, norm: str) -> FeasibleSet:
    """Random weights and box, never empty: the budget exceeds every mandatory change.

    A fifth of the weights are 0 (with a finite box), half of the bounds are infinite, and a sixth
    of the features must change.
    """
    size = mutable.size
    weight = np.where(rng.random(size) < 0.2, 0.0, rng.uniform(0.3, 3.0, size))
    free = weight > 0.0
    lower = -rng.uniform(0.0, 2.0, size)
    upper = rng.uniform(0.0, 2.0, size)
    lower[free & (rng.random(size) < 0.5)] = -np.inf
    upper[free & (rng.random(size) < 0.5)] = np.inf
    start = rng.uniform(0.1, 0.6, size)
    role = rng.random(size)
    up, down = role < 1 / 12, (role >= 1 / 12) & (role < 1 / 6)
    lower = np.where(up, start, np.where(down, -start - 1.0, lower))
    upper = np.where(up, start + 1.0, np.where(down, -start, upper))
    least = weight * np.maximum(np.maximum(lower, -upper), 0.0)
    effort = np.linalg.norm(least, {"l1": 1, "l2": 2}.get(norm, np.inf)) if size else 0.0
    radius = float(effort + rng.uniform(0.05, 2.0))
    return FeasibleSet(mutable, lower, upper, weight, radius, norm)


def random_mutable(rng: np.random.Generator, dimension: int) -> Indices:
    """Between none and all of the columns, in ascending order."""
    size = int(rng.integers(0, dimension + 1))
    return np.sort(rng.choice(dimension, size, replace=False)).astype(np.int64)


def lemma_2_radius(*, dimension: int, outcomes: int, radius: float, scale: float) -> float:
    """Radius as in the figures of math.md §4: noise 1, ten arms, failure 0.05, penalty 1."""
    context_bound, coefficient_bound = np.sqrt(dimension) + radius, np.sqrt(dimension)
    inner = dimension * (np.log(1.0 + context_bound**2 * outcomes) + np.log(10 / 0.05))
    return float(scale * (np.sqrt(inner) + coefficient_bound))


def learned(rng: np.random.Generator, dimension: int, outcomes: int) -> Instance:
    """One arm after outcomes of a linear world; recourse of 3 units, 0.3 × Lemma 2."""
    contexts = rng.standard_normal((outcomes, dimension))
    theta, x = rng.standard_normal(dimension), rng.standard_normal(dimension)
    precision = np.eye(dimension) + contexts.T @ contexts
    rewards = contexts @ theta + rng.standard_normal(outcomes)
    rho = lemma_2_radius(dimension=dimension, outcomes=outcomes, radius=3.0, scale=0.3)
    return x, solved(precision, contexts.T @ rewards), precision, rho


def solve_every_arm(
    arms: Arms, context: Array, feasible: FeasibleSet, tolerance: float = 1e-9
) -> tuple[Array, Array]:
    """Optimistic points (K, d) and values (K,) of all arms, none ruled out."""
    point, value, _ = kernels.optimistic.optimistic_point(
        arms.factor,
        arms.estimate,
        arms.rho,
        context,
        feasible.mutable,
        *feasible.region,
        tolerance,
        500,
    )
    return point, value
