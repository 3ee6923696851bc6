r"""Optimistic recourse: the best reward that any coefficients in the ellipsoid promise.

For one arm, LIBRA's ORO-Arm (Algorithm 2, Lemma 3) maximises over the feasible points

.. math:: g(p) = p\cdot\hat\theta + \rho\,\|p\|_{V^{-1}},

which is convex, so that each step "best point for the current slopes" cannot lower g.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
factor            R with V = R'R                                                 (d, d)
estimate          theta^                                                         (d,)
confidence_radius rho                                                            ()
x                 the person's features, scaled                                  (d,)
p                 the point after recourse                                       (d,)
mutable           indices of the features that may change                        (m,)
================  =============================================================  ========

Where the paper is silent: if the slopes of all mutable features vanish (p = 0, or an
uncorrelated V at the average person) Algorithm 2 stays where it is; there we continue from the
better of the two ends of the widest direction, the top eigenvector of (V^-1) restricted to
the mutable features. A single vanishing slope may move either way; we take the upper end.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.effort import nearest_to_none, price_of
from recourse_bandits.kernels.feasible import best_change
from recourse_bandits.kernels.least_squares import dot, solve, solve_transposed
from recourse_bandits.kernels.region import LAYOUT, TYPES, Region, follow, single
from recourse_bandits.kernels.rounded import least_levels

_FASTMATH = {"reassoc", "contract"}
_NUDGE = 1e-100  # stands for a vanishing slope: decides a direction, changes no value


@njit()
def _set_point(x, mutable, change, point):
    for i in range(mutable.size):
        point[mutable[i]] = x[mutable[i]] + change[i]


@njit()
def _value(factor, estimate, confidence_radius, point, rotated):
    """Return g(point) and ‖point‖_V^-1; leaves R'^-1 point in `rotated`."""
    solve_transposed(factor, point, rotated)
    norm = math.sqrt(dot(rotated, rotated))
    return dot(point, estimate) + confidence_radius * norm, norm


@njit()
def _slopes(factor, estimate, rho, mutable, rotated, length, slope):
    """Slopes of g in the mutable features; returns the largest in absolute value.

    A slope that vanishes while others do not is replaced by a tiny one.
    """
    slope[:] = estimate[mutable]
    if length > 0.0 and rho > 0.0:
        widths = np.empty(estimate.size)
        solve(factor, rotated, widths)
        slope += rho / length * widths[mutable]
    largest = np.max(np.abs(slope))
    for i in range(slope.size):
        if slope[i] == 0.0:
            slope[i] = _NUDGE * largest
    return largest


@njit()
def _widest_direction(factor, mutable):
    """Top eigenvector of V^-1 restricted to the mutable features."""
    dimension = factor.shape[0]
    covariance = np.empty((mutable.size, mutable.size))
    unit = np.zeros(dimension)
    rotated = np.empty(dimension)
    column = np.empty(dimension)
    for j in range(mutable.size):
        unit[mutable[j]] = 1.0
        solve_transposed(factor, unit, rotated)
        solve(factor, rotated, column)
        unit[mutable[j]] = 0.0
        for i in range(mutable.size):
            covariance[i, j] = column[mutable[i]]
    _, vectors = np.linalg.eigh(covariance)
    return np.ascontiguousarray(vectors[:, -1])


@njit()
def _escape(factor, estimate, rho, x, mutable, region, change, point):
    """Move `point` to the better end of the widest direction; leaves its change in `change`."""
    direction = _widest_direction(factor, mutable)
    rotated = np.empty(x.size)
    best = -math.inf
    best_change_found = np.empty(mutable.size)
    for sign in (1.0, -1.0):
        best_change(sign * direction, region, change)
        _set_point(x, mutable, change, point)
        value, _ = _value(factor, estimate, rho, point, rotated)
        value -= price_of(change, region)
        if value > best:
            best = value
            best_change_found[:] = change
    change[:] = best_change_found
    _set_point(x, mutable, change, point)


@njit()
def _start(region, change):
    """Set the least change of the only box of a region."""
    if region.levels.shape[1] > 0:
        least_levels(region, 0, change)
    elif region.metric.shape[0] > 0:  # what is nearest to none may take more than the budget
        best_change(np.zeros(change.size), region, change)
    else:
        nearest_to_none(region.lower[0], region.upper[0], change)
        follow(region.links, change)


@njit()
def _ascend_in_box(
    factor, estimate, rho, x, mutable, region, tolerance, max_iterations, change, point
):
    """Algorithm 2 in the only box of a region, from the point nearest to x."""
    size = mutable.size
    rotated = np.empty(x.size)
    slope = np.empty(size)
    previous = np.empty(size)
    point[:] = x
    _start(region, change)
    _set_point(x, mutable, change, point)
    value, length = _value(factor, estimate, rho, point, rotated)
    value -= price_of(change, region)
    if size == 0 or np.all(region.lower[0] == region.upper[0]):
        return value, 0
    for step in range(max_iterations):
        largest = _slopes(factor, estimate, rho, mutable, rotated, length, slope)
        previous[:] = change
        if largest > 0.0:
            best_change(slope, region, change)
            _set_point(x, mutable, change, point)
        elif rho > 0.0:
            _escape(factor, estimate, rho, x, mutable, region, change, point)
        new_value, length = _value(factor, estimate, rho, point, rotated)
        new_value -= price_of(change, region)
        if not new_value > value + tolerance * (1.0 + abs(value)):
            if new_value < value:
                change[:] = previous
                _set_point(x, mutable, change, point)
                new_value = value
            return new_value, step + 1
        value = new_value
    return value, max_iterations


@njit()
def ascend(factor, estimate, rho, x, mutable, region, tolerance, max_iterations, point):
    """Algorithm 2 in each box of a region, from its point nearest to x; the best into `point`.

    Returns the value, less the price of the effort, and the number of steps. The value never falls;
    an ascent stops when a step raises it by less than tolerance·(1 + |value|).
    """
    change = np.empty(mutable.size)
    boxes = region.lower.shape[0]
    if boxes == 1:
        return _ascend_in_box(
            factor, estimate, rho, x, mutable, region, tolerance, max_iterations, change, point
        )
    best = -math.inf
    steps = 0
    trial = np.empty(x.size)
    for box in range(boxes):
        value, more = _ascend_in_box(
            factor,
            estimate,
            rho,
            x,
            mutable,
            single(region, box),
            tolerance,
            max_iterations,
            change,
            trial,
        )
        steps += more
        if value > best:
            best = value
            point[:] = trial
    return best, steps


@guvectorize(
    [
        "void(float64[:, ::1], float64[::1], float64, float64[::1], int64[::1],"
        f"{TYPES}, float64, int64, float64[::1], float64[:], int64[:])"
    ],
    f"(d,d),(d),(),(d),(m),{LAYOUT},(),()->(d),(),()",
    nopython=True,
    fastmath=_FASTMATH,
)
def optimistic_point(
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
    metric,
    links,
    levels,
    most,
    price,
    tolerance,
    max_iterations,
    point,
    value,
    iterations,
):
    """One arm's optimistic recourse: point, value less the price of the effort, iterations."""
    value[0], iterations[0] = ascend(
        factor,
        estimate,
        rho,
        x,
        mutable,
        Region(lower, upper, weight, radius, norm, metric, links, levels, most, price),
        tolerance,
        max_iterations,
        point,
    )
