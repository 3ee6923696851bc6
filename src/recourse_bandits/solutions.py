"""Recourse problems on their own: given coefficients or an ellipsoid, the best point."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_count, require_not_negative
from recourse_bandits.problem import FeasibleSet

TOLERANCE = 1e-9
MAX_ITERATIONS = 500
GAP = 1e-6
"""Relative gap at which a certified maximum counts as proved."""

MAX_NODES = 1000
"""Most boxes until then; `GLRB` takes 200 an arm, because it pays them in every round."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A point and its value.

    Parameters
    ----------
    point
        Columns after recourse, shape (..., d).
    value
        What it maximises there, shape (...): where effort has a price, that is taken off.
    iterations
        Steps of the algorithm, shape (...); 0 for a closed form.
    gap
        How much better another point can be at most, shape (...): 0 where the point is exact,
        infinite where nothing is known.
    """

    point: NDArray[np.float64]
    value: Any
    iterations: Any
    gap: Any = np.inf


@dataclass(frozen=True, slots=True, eq=False)
class CertifiedSolution:
    """A point with its value, and how much better another point can be at most.

    Parameters
    ----------
    point
        Columns after recourse, shape (..., d).
    value
        What it maximises there, shape (...): where effort has a price, that is taken off.
    upper_bound
        No feasible point has a larger value, shape (...), but for rounding in the last digits.
    nodes
        Boxes that were bounded, or vertices that were tried, shape (...).
    """

    point: NDArray[np.float64]
    value: Any
    upper_bound: Any
    nodes: Any

    @property
    def gap(self) -> Any:
        """`upper_bound` - `value`, shape (...): 0 where the point is proved exactly."""
        return self.upper_bound - self.value


def best_recourse(context: ArrayLike, theta: ArrayLike, feasible: FeasibleSet) -> Solution:
    r"""Best recourse when the coefficients are known (RO).

    .. math:: \max_p\; p\cdot\theta \quad\text{over the feasible set}

    Where effort has a price, maximised is that less price·effort. It is exact for every norm, with
    and without a box, but for features that move in steps with more than 100,000 combinations:
    there changes are rounded to steps and refilled, and `gap` says what that has cost at most.
    Where a coefficient is 0, the feature stays as near to its value as the set allows.

    Parameters
    ----------
    context
        The person's columns, shape (..., d).
    theta
        Coefficients, shape (..., d); reward per scaled unit.
    feasible
        Where recourse may lead; not empty.

    Returns
    -------
    Solution
        Point, value, 0 iterations and the gap.

    Raises
    ------
    DescriptionError
        If the shapes do not fit or a number is not finite.

    References
    ----------
    LIBRA paper, Lemma 1 and Corollary 1; the box is ours.

    Examples
    --------
    >>> import numpy as np
    >>> free = np.full(2, np.inf)
    >>> ball = FeasibleSet(np.arange(2), -free, free, np.ones(2), 5.0, "l2")
    >>> best_recourse([0.0, 0.0], [3.0, 4.0], ball).point
    array([3., 4.])
    """
    x = _vectors(context, "context")
    slope = _vectors(theta, "theta", x.shape[-1])
    _check_columns(feasible, x.shape[-1])
    region = kernels.region.Region(*feasible.region)
    slopes = slope[..., feasible.mutable]
    change = kernels.feasible.maximise(slopes, *region)
    prices = feasible.price * feasible.efforts(change)
    point = np.array(np.broadcast_to(x, np.broadcast_shapes(x.shape, slope.shape)))
    point[..., feasible.mutable] += change
    value = np.asarray(np.einsum("...d,...d->...", point, slope) - prices)
    gap = np.zeros(value.shape)
    if region.levels.size:
        gains = np.einsum("...m,...m->...", slopes, change) - prices
        gap += np.maximum(kernels.feasible.largest_gain(slopes, *region) - gains, 0.0)
    return Solution(point, value[()], np.zeros(value.shape, np.int64)[()], gap[()])


def optimistic_recourse(
    context: ArrayLike,
    estimate: ArrayLike,
    precision: ArrayLike,
    confidence_radius: ArrayLike,
    feasible: FeasibleSet,
    *,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> Solution:
    r"""Optimistic recourse of one arm (ORO-Arm): a critical point, not always the global one.

    .. math:: \max_p\; p\cdot\hat\theta + \rho\,\|p\|_{V^{-1}} \quad\text{over the feasible set}

    Where effort has a price, maximised is that less price·effort. Where features move in steps with
    more than 100,000 combinations, changes are rounded as in `best_recourse`.

    Parameters
    ----------
    context
        The person's columns, shape (..., d).
    estimate
        Estimated coefficients, shape (..., d).
    precision
        V, shape (..., d, d), symmetric and positive definite.
    confidence_radius
        rho >= 0, shape (...); unit of the reward.
    feasible
        Where recourse may lead; not empty.
    tolerance
        Stop when a step raises the value by less than tolerance·(1 + |value|).
    max_iterations
        Stop after so many steps.

    Returns
    -------
    Solution
        Point, value and steps.

    Raises
    ------
    DescriptionError
        If shapes do not fit, a number is not finite, or V is not positive definite.

    References
    ----------
    LIBRA paper, Algorithm 2 and Lemma 3; the escape from stationary points is ours.

    Examples
    --------
    >>> import numpy as np
    >>> free = np.full(2, np.inf)
    >>> ball = FeasibleSet(np.arange(2), -free, free, np.ones(2), 1.0, "l2")
    >>> float(optimistic_recourse([1.0, 0.0], [1.0, 0.0], np.eye(2), 0.5, ball).value)
    3.0
    """
    x, theta, factor, rho = _ellipsoid(context, estimate, precision, confidence_radius, feasible)
    point, value, iterations = kernels.optimistic.optimistic_point(
        factor,
        theta,
        rho,
        x,
        feasible.mutable,
        *feasible.region,
        tolerance,
        max_iterations,
    )
    return Solution(point, value, iterations)


def certified_recourse(
    context: ArrayLike,
    estimate: ArrayLike,
    precision: ArrayLike,
    confidence_radius: ArrayLike,
    feasible: FeasibleSet,
    *,
    tolerance: float = GAP,
    max_nodes: int = MAX_NODES,
) -> CertifiedSolution:
    r"""Optimistic recourse of one arm (ORO-Arm) with a proof: the global maximum, or an honest gap.

    .. math:: \max_p\; p\cdot\hat\theta + \rho\,\|p\|_{V^{-1}} \quad\text{over the feasible set}

    Where effort has a price, maximised is that less price·effort. The value is never below that of
    `optimistic_recourse`. What is proved depends on the feasible set:

    - Only steps, allowed values and categories: every combination is tried, the gap is 0.
    - `l2` and `mahalanobis` without bounds that matter: to the tolerance, in a few boxes. With
      bounds a gap may be left; under `mahalanobis` more boxes do not always close it.
    - `linf`: exact where up to 16 features may move, to the tolerance with more of them, unless
      `max_nodes` boxes are not enough.
    - `l1`: exact, with bounds and a price too, while the vertices are at most 20,000: without
      bounds they are 2m + 1. Else as `lp`.
    - `lp`: by l2 balls that hold the set; a gap may be left, and for p < 2 it mostly is.
    - Steps or `max_changed` beside features that move freely: each combination as above, as long as
      `max_nodes` boxes last; those that cannot win are not looked at.
    - More than 100,000 combinations: Algorithm 2 rounds, and the bound is that of the set without
      steps and without `max_changed`.
    - A price, but for points and `l1`: as without it, if every bound is 0 or out of the budget's
      reach. Otherwise a gap of a small part of price·radius may be left.

    Features that follow others do not count.

    Parameters
    ----------
    context
        The person's columns, shape (..., d).
    estimate
        Estimated coefficients, shape (..., d).
    precision
        V, shape (..., d, d), symmetric and positive definite.
    confidence_radius
        rho >= 0, shape (...); unit of the reward.
    feasible
        Where recourse may lead; not empty, and bounded.
    tolerance
        Stop when the gap is at most tolerance·(1 + |value|).
    max_nodes
        Stop after so many boxes; a count and not a time, so that every run gives the same point.

    Returns
    -------
    CertifiedSolution
        Point, value, upper bound and boxes.

    Raises
    ------
    DescriptionError
        If shapes do not fit, a number is not finite, V is not positive definite, or a feature has
        weight 0 and no bounds.

    References
    ----------
    LIBRA paper, Proposition 1, which gives no algorithm; the algorithm is ours.

    Examples
    --------
    Algorithm 2 follows the slope where the person is, and misses what lies the other way:

    >>> import numpy as np
    >>> free = np.full(1, np.inf)
    >>> interval = FeasibleSet(np.arange(1), -free, free, np.ones(1), 3.0, "l2")
    >>> person, estimate, precision, rho = [0.5], [-0.3], [[1.0]], 0.5
    >>> round(float(optimistic_recourse(person, estimate, precision, rho, interval).value), 9)
    0.7
    >>> found = certified_recourse(person, estimate, precision, rho, interval)
    >>> found.point, float(found.value), float(found.gap)
    (array([-2.5]), 2.0, 0.0)
    """
    x, theta, factor, rho = _ellipsoid(context, estimate, precision, confidence_radius, feasible)
    require_not_negative(tolerance=tolerance)
    require_count(max_nodes=max_nodes)
    unbounded = np.isinf(feasible.lower) | np.isinf(feasible.upper)
    if ((feasible.weight == 0.0) & unbounded).any():
        raise DescriptionError(
            "a feature of weight 0 must have finite bounds, or nothing bounds its change; got "
            f"weight {feasible.weight}"
        )
    point, value, upper_bound, nodes = kernels.certified.certified_point(
        factor,
        theta,
        rho,
        x,
        feasible.mutable,
        *feasible.region,
        tolerance,
        max_nodes,
    )
    return CertifiedSolution(point, value[()], upper_bound[()], nodes[()])


def robust_recourse(
    context: ArrayLike,
    estimate: ArrayLike,
    precision: ArrayLike,
    confidence_radius: ArrayLike,
    feasible: FeasibleSet,
    eps: float,
    *,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> Solution:
    r"""Optimistic recourse of one arm for people who make the worst of it (ORO-NC).

    .. math:: \max_p \max_\theta\; p\cdot\theta - \epsilon\,\|\theta_M\|_*

    over the feasible points and the ellipsoid. Deviations are measured as the budget measures
    changes, weights included. Without bounds and with eps at least the radius the solution is
    global; with a smaller eps it is the critical point of `optimistic_recourse` at the radius less
    eps; with bounds it is a local one, of two starts.

    Parameters
    ----------
    context
        The person's columns, shape (..., d).
    estimate
        Estimated coefficients, shape (..., d).
    precision
        V, shape (..., d, d), symmetric and positive definite.
    confidence_radius
        rho >= 0, shape (...); unit of the reward.
    feasible
        Where recourse may lead: a box within an l2 or linf ball, without steps, categories, links,
        `max_changed` and price; not empty, and with weights above 0 unless eps is 0.
    eps
        Largest effort of a deviation, >= 0.
    tolerance
        Stop when a step raises the value by less than tolerance·(1 + |value|).
    max_iterations
        Stop after so many steps.

    Returns
    -------
    Solution
        The point to recommend, its value in the worst case, and steps.

    Raises
    ------
    DescriptionError
        If shapes do not fit, a number is not finite, V is not positive definite, eps is negative,
        the feasible set is another, or a feature has weight 0, so that nothing bounds deviations.

    References
    ----------
    LIBRA paper, section 4 and Lemma 4; eps > gamma and the box are ours.

    Examples
    --------
    >>> import numpy as np
    >>> free = np.full(2, np.inf)
    >>> ball = FeasibleSet(np.arange(2), -free, free, np.ones(2), 1.0, "l2")
    >>> found = robust_recourse([1.0, 0.0], [1.0, 0.0], np.eye(2), 0.5, ball, eps=0.5)
    >>> found.point, float(found.value)
    (array([2., 0.]), 2.25)
    """
    x, theta, factor, rho = _ellipsoid(context, estimate, precision, confidence_radius, feasible)
    require_not_negative(eps=eps)
    if eps > 0 and not (feasible.weight > 0).all():
        raise DescriptionError(
            "weight must be above 0 where people may deviate, or nothing bounds what they do; got "
            f"{feasible.weight}"
        )
    point, value, iterations = kernels.cautious.cautious_point(
        factor,
        theta,
        rho,
        x,
        feasible.mutable,
        *feasible.ball_and_box("robust_recourse"),
        feasible.held,
        eps,
        tolerance,
        max_iterations,
    )
    return Solution(point, value, iterations)


def _ellipsoid(
    context: ArrayLike,
    estimate: ArrayLike,
    precision: ArrayLike,
    confidence_radius: ArrayLike,
    feasible: FeasibleSet,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return person, estimate, factor of the precision and radius, checked."""
    x = _vectors(context, "context")
    theta = _vectors(estimate, "estimate", x.shape[-1])
    _check_columns(feasible, x.shape[-1])
    matrix = np.asarray(precision, dtype=np.float64)
    rho = np.asarray(confidence_radius, dtype=np.float64)
    if matrix.shape[-2:] != (x.shape[-1],) * 2:
        raise DescriptionError(
            f"precision must have shape (..., {x.shape[-1]}, {x.shape[-1]}), got {matrix.shape}"
        )
    if not np.isfinite(matrix).all() or not np.allclose(matrix, np.swapaxes(matrix, -1, -2)):
        raise DescriptionError("precision must be finite and symmetric")
    if not (np.isfinite(rho) & (rho >= 0)).all():
        raise DescriptionError(f"confidence_radius must be finite and >= 0, got {rho}")
    try:
        factor = np.ascontiguousarray(np.swapaxes(np.linalg.cholesky(matrix), -1, -2))
    except np.linalg.LinAlgError:
        raise DescriptionError("precision must be positive definite") from None
    return x, theta, factor, rho


def _check_columns(feasible: FeasibleSet, dimension: int) -> None:
    columns = feasible.mutable
    if columns.size and not (columns.min() >= 0 and columns.max() < dimension):
        raise DescriptionError(
            f"the feasible set's mutable columns must lie in 0..{dimension - 1}, got {columns}"
        )


def _vectors(given: ArrayLike, what: str, size: int | None = None) -> NDArray[np.float64]:
    array = np.ascontiguousarray(given, dtype=np.float64)
    if array.ndim == 0 or (size is not None and array.shape[-1] != size):
        raise DescriptionError(f"{what} must have shape (..., {size or 'd'}), got {array.shape}")
    if not np.isfinite(array).all():
        raise DescriptionError(f"{what} must be finite, got {array}")
    return array
