r"""The change that gains most less what its effort costs; symbols as in `region`. Ours.

With V(e) the best gain of a change of effort at most e, V(e) - price·e is concave in e. Under l1
without a price, a feature gains t_i / weight_i for each unit of effort, so that with one

.. math:: \max_c\; t'c - price \sum_i weight_i |c_i|

is the plain problem with the slopes :math:`sign(t_i)\max(|t_i| - price \cdot weight_i, 0)`. Without
a box V is the line :math:`e\,\|t\|_*`: all of the budget is asked for, or nothing. Otherwise the
best e is found by golden section.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.ball import best_in_ball
from recourse_bandits.kernels.effort import effort_of, least_effort_of
from recourse_bandits.kernels.least_squares import dot
from recourse_bandits.kernels.region import L1

_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
_SECTIONS = 70  # 0.618^70 of the budget: 2e-15


@njit()
def net_gain(slope, change, region):
    """Gain of a change less what its effort costs."""
    gain = dot(slope, change)
    if region.price == 0.0:
        return gain
    return gain - region.price * effort_of(change, region.weight, region.norm, region.metric)


@njit()
def best_priced(slope, lower, upper, region, out):
    """Maximise slope'c - price·effort(c) over one box within the ball, into `out`."""
    if region.price == 0.0:
        best_in_ball(slope, lower, upper, region, region.radius, out)
    elif region.metric.shape[0] == 0 and region.norm == L1:
        net = np.empty(slope.size)
        for i in range(slope.size):
            net[i] = max(abs(slope[i]) - region.price * region.weight[i], 0.0)
            net[i] = net[i] if slope[i] > 0.0 else -net[i]
        best_in_ball(net, lower, upper, region, region.radius, out)
    else:
        _best_effort(slope, lower, upper, region, out)


@njit()
def _gain_at(slope, lower, upper, region, radius, out):
    best_in_ball(slope, lower, upper, region, radius, out)
    return net_gain(slope, out, region)


@njit()
def _best_effort(slope, lower, upper, region, out):
    """Golden section over the effort; the ends are tried last, the lesser effort where equal."""
    low = least_effort_of(lower, upper, region.weight, region.norm, region.metric)
    low, high = min(low, region.radius), region.radius
    ends = np.array([low, high])
    left = high - _GOLDEN * (high - low)
    right = low + _GOLDEN * (high - low)
    gain_left = _gain_at(slope, lower, upper, region, left, out)
    gain_right = _gain_at(slope, lower, upper, region, right, out)
    for _ in range(_SECTIONS):
        if gain_left >= gain_right:
            high, right, gain_right = right, left, gain_left
            left = high - _GOLDEN * (high - low)
            gain_left = _gain_at(slope, lower, upper, region, left, out)
        else:
            low, left, gain_left = left, right, gain_right
            right = low + _GOLDEN * (high - low)
            gain_right = _gain_at(slope, lower, upper, region, right, out)
    best = 0.5 * (low + high)
    gain = _gain_at(slope, lower, upper, region, best, out)
    for end in range(2):
        other = _gain_at(slope, lower, upper, region, ends[1 - end], out)
        if other > gain or (end == 1 and other == gain):
            best, gain = ends[1 - end], other
    best_in_ball(slope, lower, upper, region, best, out)
