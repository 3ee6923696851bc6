r"""Recourse for people who make the worst of it: LIBRA's ORO-NC, section 4 and Lemma 4.

.. math:: \max_{p}\;\max_{\|\theta-\hat\theta\|_V\le\rho} p\cdot\theta - \epsilon\,\|\theta_M\|_*

over the feasible points p. Three ways, one for each kind of feasible set:

1. No box, eps <= gamma. Lemma 4 substituted: maximise x·theta + (gamma - eps)·‖theta_M‖_*, which
   is Algorithm 2 at the radius gamma - eps. What is *recommended* is the full change gamma·v in the
   direction of the optimistic coefficients.
2. No box, eps > gamma (*ours*): concave in theta; its dual is the minimum of g over x and
   deviations of effort eps - gamma, which `worst_deviation` solves. The paper's Algorithm 4
   alternates here too, and may cycle.
3. With a box (*ours*): the best coefficients for the point, exactly; then the best point for the
   coefficients. No step lowers the value, and the best point is kept. It is a local solution.

The symbols are those of `optimistic` and `worst_deviation`; `fixed` marks the mutable features in
which this person neither changes nor deviates.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.effort import nearest_to_none
from recourse_bandits.kernels.feasible import best_change
from recourse_bandits.kernels.least_squares import dot
from recourse_bandits.kernels.optimistic import ascend
from recourse_bandits.kernels.region import simple, with_radius
from recourse_bandits.kernels.worst_deviation import (
    dual_norm,
    free_columns,
    optimistic_theta,
    worst_case,
)

_FASTMATH = {"reassoc", "contract"}
_FLAT = 1e-9  # gains below this, relative to the value, are of slopes that are 0 but for rounding


@njit()
def is_boxed(lower, upper, fixed):
    """Whether bounds limit a feature that may change."""
    for i in range(lower.size):
        if not fixed[i] and (lower[i] > -math.inf or upper[i] < math.inf):
            return True
    return False


@njit()
def _moved(x, mutable, change, point):
    point[:] = x
    for i in range(mutable.size):
        point[mutable[i]] += change[i]


@njit()
def _full_change(theta, x, mutable, region, value, point):
    """Set the point after the best change for coefficients, or the least one if none gains."""
    slope = theta[mutable]
    change = np.empty(mutable.size)
    best_change(slope, region, change)
    if dot(slope, change) <= _FLAT * (1.0 + abs(value)):
        nearest_to_none(region.lower[0], region.upper[0], change)
    _moved(x, mutable, change, point)


@njit()
def alternate(
    factor,
    estimate,
    rho,
    x,
    mutable,
    region,
    columns,
    effort,
    eps,
    tolerance,
    max_iterations,
    change,
):
    """The third way, from a change and in place: returns the value and the number of steps."""
    theta = np.empty(x.size)
    point = np.empty(x.size)
    following = np.empty(mutable.size)
    _moved(x, mutable, change, point)
    value, _ = worst_case(factor, estimate, rho, point, columns, effort, eps, region.norm, theta)
    for step in range(max_iterations):
        slope = theta[mutable]
        best_change(slope, region, following)
        least_rise = tolerance * (1.0 + abs(value))
        if not dot(slope, following) - dot(slope, change) > least_rise:
            return value, step
        _moved(x, mutable, following, point)
        higher, _ = worst_case(
            factor, estimate, rho, point, columns, effort, eps, region.norm, theta
        )
        if higher > value:
            change[:] = following
        if not higher > value + least_rise:
            return max(value, higher), step + 1
        value = higher
    return value, max_iterations


@njit()
def cautious(
    factor,
    estimate,
    rho,
    x,
    mutable,
    region,
    fixed,
    eps,
    tolerance,
    max_iterations,
    point,
):
    """One arm's recommended point, left in `point`; returns its worst-case value and the steps."""
    radius, norm = region.radius, region.norm
    columns, effort = free_columns(mutable, region.weight, fixed)
    boxed = is_boxed(region.lower[0], region.upper[0], fixed)
    theta = np.empty(x.size)
    value = 0.0
    steps = 1
    less = eps if columns.size > 0 else 0.0
    if less > radius and not boxed:
        value, _ = worst_case(factor, estimate, rho, x, columns, effort, eps - radius, norm, theta)
    else:
        planned = radius if boxed else radius - less
        value, steps = ascend(
            factor,
            estimate,
            rho,
            x,
            mutable,
            with_radius(region, planned),
            tolerance,
            max_iterations,
            point,
        )
        optimistic_theta(factor, estimate, rho, point, theta)
    if less == 0.0:
        return value, steps
    if not boxed:
        _full_change(theta, x, mutable, region, value, point)
        return max(value, dot(point, theta) - eps * dual_norm(theta[columns], effort, norm)), steps
    best = -math.inf
    starts = np.empty((2, mutable.size))
    starts[0] = point[mutable] - x[mutable]
    nearest_to_none(region.lower[0], region.upper[0], starts[1])
    for start in range(2):
        change = starts[start]
        value, more = alternate(
            factor,
            estimate,
            rho,
            x,
            mutable,
            region,
            columns,
            effort,
            eps,
            tolerance,
            max_iterations,
            change,
        )
        steps += more
        if value > best:
            best = value
            _moved(x, mutable, change, point)
    return best, steps


@guvectorize(
    [
        "void(float64[:, ::1], float64[::1], float64, float64[::1], int64[::1], float64[::1],"
        "float64[::1], float64[::1], float64, float64, boolean[::1], float64, float64, int64,"
        "float64[::1], float64[:], int64[:])"
    ],
    "(d,d),(d),(),(d),(m),(m),(m),(m),(),(),(m),(),(),()->(d),(),()",
    nopython=True,
    fastmath=_FASTMATH,
)
def cautious_point(
    factor,
    estimate,
    rho,
    x,
    mutable,
    lower,
    upper,
    weight,
    radius,
    norm,
    fixed,
    eps,
    tolerance,
    max_iterations,
    point,
    value,
    iterations,
):
    """One arm's recommended point, its worst-case value, and the steps taken."""
    value[0], iterations[0] = cautious(
        factor,
        estimate,
        rho,
        x,
        mutable,
        simple(lower, upper, weight, radius, norm),
        fixed,
        eps,
        tolerance,
        max_iterations,
        point,
    )
