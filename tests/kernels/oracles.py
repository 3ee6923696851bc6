"""Slow and readable answers that the kernels are tested against."""

import itertools

import numpy as np

from recourse_bandits import FeasibleSet, optimistic_recourse
from tests.kernels.instances import Array, ball, inverse, lemma_2_radius, solved


def effort(feasible: FeasibleSet, change: Array) -> Array:
    """Effort of changes, shape (..., m)."""
    weighted = feasible.weight * change
    if feasible.norm == "l2":
        return np.asarray(np.sqrt((weighted**2).sum(-1)))
    return np.asarray(np.abs(weighted).max(-1, initial=0.0))


def excess(feasible: FeasibleSet, change: Array) -> float:
    """The largest amount by which any of the changes, shape (..., m), leaves the set."""
    over = [
        (feasible.lower - change).max(initial=0.0),
        (change - feasible.upper).max(initial=0.0),
        (effort(feasible, change) - feasible.radius).max(initial=0.0),
    ]
    return float(max(over)) if np.isfinite(change).all() else float("inf")


def pulled_inside(feasible: FeasibleSet, change: Array) -> Array:
    """Clip changes to the box and shorten them towards the least change until they fit."""
    least = np.clip(0.0, feasible.lower, feasible.upper)
    wished = np.clip(change, feasible.lower, feasible.upper)
    short, long = np.zeros(wished.shape[:-1]), np.ones(wished.shape[:-1])
    for _ in range(60):
        share = 0.5 * (short + long)
        fits = effort(feasible, least + share[..., None] * (wished - least)) <= feasible.radius
        short, long = np.where(fits, share, short), np.where(fits, long, share)
    whole = effort(feasible, wished) <= feasible.radius
    share = np.where(whole, 1.0, short)
    return np.asarray(least + share[..., None] * (wished - least))


def random_changes(rng: np.random.Generator, feasible: FeasibleSet, count: int) -> Array:
    """Feasible changes, shape (count, m), half of them on the boundary."""
    size = feasible.mutable.size
    reach = 3.0 * feasible.radius / np.where(feasible.weight > 0.0, feasible.weight, 1.0)
    changes = pulled_inside(feasible, reach * rng.standard_normal((count, size)))
    least = np.clip(0.0, feasible.lower, feasible.upper)
    share = np.where(np.arange(count) % 2 == 0, 1.0, rng.random(count))
    return np.asarray(least + share[:, None] * (changes - least))


def l2_upper_bound(slope: Array, feasible: FeasibleSet) -> float:
    """The largest slope'c over the l2 ball and the box, from above: no feasible c exceeds it.

    Lagrange: for every nu > 0 the bound is nu·radius²/2 + sum max (t_i·c_i - nu·(w_i·c_i)²/2)
    over the box; it is least where c(nu) = clip(t/(nu·w²)) uses up the radius: bisect for that nu.
    """
    free = feasible.weight == 0.0
    square = np.where(free, 1.0, feasible.weight**2)

    def changes(nu: float) -> Array:
        wanted = np.where(free, np.sign(slope) * 1e300, slope / (nu * square))
        return np.clip(wanted, feasible.lower, feasible.upper)

    small, large = -60.0, 60.0  # log nu
    for _ in range(70):
        middle = 0.5 * (small + large)
        fits = effort(feasible, changes(np.exp(middle))) <= feasible.radius
        small, large = (small, middle) if fits else (middle, large)
    nu = float(np.exp(large))
    c = changes(nu)
    gain = slope * c - 0.5 * nu * (feasible.weight * c) ** 2
    return float(0.5 * nu * feasible.radius**2 + gain.sum())


def optimistic_value(estimate: Array, covariance: Array, rho: float, points: Array) -> Array:
    """p·estimate + rho·‖p‖_V^-1 at points of shape (..., d); covariance is V^-1."""
    squares = np.einsum("...i,ij,...j->...", points, covariance, points)
    return np.asarray(points @ estimate + rho * np.sqrt(np.maximum(squares, 0.0)))


def algorithm_2(
    estimate: Array,
    covariance: Array,
    rho: float,
    x: Array,
    size: int,
    radius: float,
    starts: Array,
) -> Array:
    """LIBRA's Algorithm 2 as printed, plain l2 ball, first `size` columns mutable.

    From each start (a change, shape (s, m)) alternate the best coefficients for the point with the
    best point for the coefficients; returns the values reached, shape (s,).
    """
    points = np.tile(x, (len(starts), 1))
    points[:, :size] += starts
    values = optimistic_value(estimate, covariance, rho, points)
    for _ in range(3000):
        widths = points @ covariance
        lengths = np.sqrt(np.einsum("sd,sd->s", points, widths))
        theta = estimate + rho * widths / lengths[:, None]
        slopes = theta[:, :size]
        points[:, :size] = x[:size] + radius * slopes / np.linalg.norm(
            slopes, axis=1, keepdims=True
        )
        before, values = values, optimistic_value(estimate, covariance, rho, points)
        if (values - before).max() < 1e-12:
            break
    return values


def relative_misses(
    *,
    dimension: int,
    size: int,
    outcomes: int,
    instances: int,
    seed: int,
    starts: int = 300,
    radius: float = 3.0,
    norm: str = "l2",
) -> tuple[Array, Array]:
    """What optimistic recourse loses against the best that is known, and its steps.

    The best is that of Algorithm 2 from many starts under l2, and that of all vertices under linf,
    where it is exact. The first array is (best - value) / |best|, negative where the kernel is
    better; the setting is that of math.md §3.
    """
    rng = np.random.default_rng([seed, dimension, size, outcomes])
    feasible = ball(size, radius, norm)
    rho = lemma_2_radius(dimension=dimension, outcomes=outcomes, radius=radius, scale=0.3)
    misses, steps = np.empty(instances), np.empty(instances)
    for i in range(instances):
        contexts = rng.standard_normal((outcomes, dimension))
        theta, x = rng.standard_normal(dimension), rng.standard_normal(dimension)
        rewards = contexts @ theta + rng.standard_normal(outcomes)
        precision = np.eye(dimension) + contexts.T @ contexts
        estimate = solved(precision, contexts.T @ rewards)
        solution = optimistic_recourse(x, estimate, precision, rho, feasible)
        covariance = inverse(precision)
        if norm == "linf":
            best = best_of_all_vertices(estimate, covariance, rho, x, size, radius)
        else:
            directions = rng.standard_normal((starts, size))
            boundary = radius * directions / np.linalg.norm(directions, axis=1, keepdims=True)
            best = algorithm_2(estimate, covariance, rho, x, size, radius, boundary).max()
        misses[i] = (best - solution.value) / abs(best)
        steps[i] = solution.iterations
    return misses, steps


def best_of_all_vertices(
    estimate: Array, covariance: Array, rho: float, x: Array, size: int, radius: float
) -> float:
    """The largest optimistic value of the linf ball of the first `size` columns: it is convex."""
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=size)))
    points = np.tile(x, (len(signs), 1))
    points[:, :size] += radius * signs
    return float(optimistic_value(estimate, covariance, rho, points).max())
