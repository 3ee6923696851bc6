r"""The linear maximiser of each norm intersected with a box: the best change for given slopes.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
slope             t, reward per scaled unit of each mutable feature              (m,)
lower, upper      box on the change c, scaled units; may be infinite             (m,)
weight            effort of one scaled unit, >= 0; 0 needs a finite box          (m,)
radius            gamma, the budget                                              ()
norm              L2: sqrt(sum (weight·c)²) <= gamma; LINF: max |weight·c|       ()
================  =============================================================  ========

Both maximisers are exact. The set must not be empty: `least_effort` tells.
The box is ours; LIBRA, Corollary 1, has the norms without it.
"""

import math

import numpy as np
from numba import guvectorize, njit

L2, LINF = 0, 1
_SMALLEST = 1e-280  # squares outside [this, 1 / this] lose digits: rescale first


@njit(cache=True)
def _least_effort(lower, upper, weight, norm):
    total = 0.0
    for i in range(lower.size):
        effort = weight[i] * max(lower[i], -upper[i], 0.0)
        total = max(total, effort) if norm == LINF else total + effort * effort
    return total if norm == LINF else math.sqrt(total)


@njit(cache=True)
def _clip(value, lower, upper, slope):
    """Clip to the box; an infinite value times a zero slope means: stay as near as possible."""
    if slope == 0.0:
        value = 0.0
    return min(max(value, lower), upper)


@njit(cache=True)
def best_change(slope, lower, upper, weight, radius, norm, out):
    """Maximise slope'c over the ball intersected with the box, in place into `out`."""
    if norm == LINF:
        for i in range(slope.size):
            reach = math.inf if weight[i] == 0.0 else radius / weight[i]
            out[i] = _clip(math.copysign(reach, slope[i]), lower[i], upper[i], slope[i])
    else:
        _best_change_l2(slope, lower, upper, weight, radius, out)


@njit(cache=True)
def _best_change_l2(slope, lower, upper, weight, radius, out):
    """Maximise slope'c: c_i = clip(tau·t_i / weight_i²), tau as large as the ball allows."""
    squares = _squares(slope, weight)
    if not _SMALLEST < squares < 1.0 / _SMALLEST:
        largest = np.max(np.abs(slope)) if slope.size else 0.0
        slope = slope / largest if largest > 0.0 else slope
        squares = _squares(slope, weight)
    tau = radius / math.sqrt(squares) if squares > 0.0 else 0.0
    inside = _move_to(tau, slope, lower, upper, weight, out)
    if not inside:
        tau = _multiplier(slope, lower, upper, weight, radius)
        _move_to(tau, slope, lower, upper, weight, out)


@njit(cache=True)
def _squares(slope, weight):
    total = 0.0
    for i in range(slope.size):
        if weight[i] > 0.0:
            total += (slope[i] / weight[i]) ** 2
    return total


@njit(cache=True)
def _move_to(tau, slope, lower, upper, weight, out):
    """Set c_i = clip(tau·t_i / weight_i²); say whether no bound of a weighted feature binds."""
    inside = True
    for i in range(slope.size):
        if weight[i] == 0.0:
            out[i] = _clip(math.copysign(math.inf, slope[i]), lower[i], upper[i], slope[i])
            continue
        # tau is infinite when the box alone limits the change
        wanted = 0.0 if slope[i] == 0.0 else tau * slope[i] / weight[i] ** 2
        out[i] = min(max(wanted, lower[i]), upper[i])
        inside = inside and out[i] == wanted
    return inside


@njit(cache=True)
def _multiplier(slope, lower, upper, weight, radius):
    """The tau at which ‖weight·c(tau)‖ = radius; infinite if the box is inside the ball.

    Each feature waits at its nearest bound until `enters`, moves, and rests from `leaves` on.
    The norm grows with tau, so bisecting the sorted times finds the piece, solved in closed form.
    """
    size = slope.size
    enters = np.zeros(size)
    leaves = np.full(size, math.inf)
    for i in range(size):
        if slope[i] == 0.0 or weight[i] == 0.0:
            enters[i] = math.inf
            continue
        rate = slope[i] / weight[i] ** 2
        near, far = (lower[i], upper[i]) if rate > 0.0 else (upper[i], lower[i])
        enters[i] = max(near / rate, 0.0)
        leaves[i] = max(far / rate, 0.0)
    times = np.sort(np.concatenate((np.zeros(1), enters, leaves)))
    times = times[np.isfinite(times)]
    first, last = 0, times.size  # the piece that starts at times[first] holds the answer
    while last - first > 1:
        middle = (first + last) // 2
        fixed, moving = _effort(times[middle], slope, lower, upper, weight, enters, leaves)
        if fixed + times[middle] ** 2 * moving <= radius * radius:
            first = middle
        else:
            last = middle
    fixed, moving = _effort(times[first], slope, lower, upper, weight, enters, leaves)
    if moving == 0.0:
        return math.inf
    return math.sqrt(max(radius * radius - fixed, 0.0) / moving)


@njit(cache=True)
def _effort(tau, slope, lower, upper, weight, enters, leaves):
    """Squared effort just after tau: of the resting features, and of the moving ones / tau²."""
    fixed = 0.0
    moving = 0.0
    for i in range(slope.size):
        if weight[i] == 0.0:
            continue
        if enters[i] <= tau < leaves[i]:
            moving += (slope[i] / weight[i]) ** 2
        else:
            wanted = 0.0 if slope[i] == 0.0 else tau * slope[i] / weight[i] ** 2
            fixed += (weight[i] * min(max(wanted, lower[i]), upper[i])) ** 2
    return fixed, moving


@guvectorize(
    ["void(float64[:], float64[:], float64[:], float64[:], float64, int64, float64[:])"],
    "(m),(m),(m),(m),(),()->(m)",
    nopython=True,
    cache=True,
)
def maximise(slope, lower, upper, weight, radius, norm, change):
    """The feasible change that maximises slope'change; where a slope is 0, the least change."""
    best_change(slope, lower, upper, weight, radius, norm, change)


@guvectorize(
    ["void(float64[:], float64[:], float64[:], int64, float64[:])"],
    "(m),(m),(m),()->()",
    nopython=True,
    cache=True,
)
def least_effort(lower, upper, weight, norm, effort):
    """Effort of the smallest change that the box allows: 0 if it allows no change."""
    effort[0] = _least_effort(lower, upper, weight, norm)


@guvectorize(
    ["void(float64[:], float64[:], int64, float64[:])"],
    "(m),(m),()->()",
    nopython=True,
    cache=True,
)
def effort(change, weight, norm, cost):
    """‖weight·change‖ in the named norm."""
    cost[0] = _least_effort(change, change, weight, norm)
