r"""The linear maximiser over a weighted lp ball, 1 < p < inf, and a box.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
slope             t, reward per scaled unit of each mutable feature              (m,)
lower, upper      box on the change c, scaled units; may be infinite             (m,)
weight            w, effort of one scaled unit, >= 0; 0 needs a finite box       (m,)
radius            gamma, the budget                                              ()
power             p > 1: :math:`(\sum (w_i |c_i|)^p)^{1/p} \le \gamma`           ()
height            log(\|t\| / w) of the features that share the budget           (m,)
================  =============================================================  ========

Without a box, with :math:`s_i = |t_i|/w_i` and 1/p + 1/q = 1 (LIBRA, Corollary 1),

.. math:: w_i |c_i| = \gamma\,\big(s_i^q / \textstyle\sum_j s_j^q\big)^{1/p},

that is, feature i gets the share :math:`s_i^q / \sum_j s_j^q` of the budget :math:`\gamma^p`.
The box, which is ours, puts limits on the shares: a concave knapsack, solved exactly in at most m
rounds (Bitran and Hax 1981). Each round shares what is left without limits; if the shares are too
large by more than they are too small in total, those that are too large stay at their limits for
good, otherwise those that are too small do. Logarithms keep s^q, q up to 101, from overflowing.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.interval import nearest_to_zero, preferred_end


@njit()
def effort_lp(change, weight, power):
    """‖weight·change‖_p, relative to its largest term: no power overflows."""
    largest = 0.0
    for i in range(change.size):
        largest = max(largest, weight[i] * abs(change[i]))
    if largest in (0.0, math.inf):
        return largest
    total = 0.0
    for i in range(change.size):
        total += (weight[i] * abs(change[i]) / largest) ** power
    return largest * total ** (1.0 / power)


@njit()
def best_change_lp(slope, lower, upper, weight, radius, power, out):
    """Maximise slope'c over the ball intersected with the box, in place into `out`.

    Where a slope is 0, the least change.
    """
    height = np.full(slope.size, -math.inf)
    left = 1.0  # share of the budget
    for i in range(slope.size):
        end = preferred_end(slope[i], lower[i], upper[i])
        if weight[i] == 0.0:
            out[i] = end
            continue
        out[i] = nearest_to_zero(lower[i], upper[i])
        if radius > 0.0 and end != out[i]:
            height[i] = math.log(abs(slope[i])) - math.log(weight[i])
        elif radius > 0.0:
            left -= _share(out[i], weight[i], radius, power)
    wished = np.empty(slope.size)
    settled = False
    while not settled and _wish(height, weight, radius, power, left, wished):
        left, settled = _settle(
            slope, lower, upper, weight, radius, power, left, height, wished, out
        )


@njit()
def _share(change, weight, radius, power):
    """What a change takes of the budget radius^p."""
    return (weight * abs(change) / radius) ** power


@njit()
def _wish(height, weight, radius, power, left, wished):
    """Set the sizes of the changes that share what is left, without limits; False if none does."""
    top = -math.inf
    for i in range(height.size):
        top = max(top, height[i])
    if top == -math.inf:
        return False
    total = 0.0
    for i in range(height.size):
        if height[i] > -math.inf:
            total += math.exp((height[i] - top) * power / (power - 1.0))
    largest = radius * (max(left, 0.0) / total) ** (1.0 / power)
    for i in range(height.size):
        if height[i] > -math.inf:
            wished[i] = largest * math.exp((height[i] - top) / (power - 1.0)) / weight[i]
    return True


@njit()
def _settle(slope, lower, upper, weight, radius, power, left, height, wished, out):
    """Keep the wishes if all are within their limits, else stop those that are beyond one side.

    Returns what is left of the budget, and whether the wishes were kept.
    """
    above, below = 0.0, 0.0
    any_above, any_below = False, False
    for i in range(slope.size):
        if height[i] == -math.inf:
            continue
        end = abs(preferred_end(slope[i], lower[i], upper[i]))
        if wished[i] > end:
            any_above = True
            above += _share(wished[i], weight[i], radius, power)
            above -= _share(end, weight[i], radius, power)
        elif wished[i] < abs(out[i]):
            any_below = True
            below += _share(out[i], weight[i], radius, power)
            below -= _share(wished[i], weight[i], radius, power)
    from_above = any_above and (above >= below or not any_below)
    settled = not (any_above or any_below)
    for i in range(slope.size):
        if height[i] == -math.inf:
            continue
        end = preferred_end(slope[i], lower[i], upper[i])
        if settled:
            out[i] = math.copysign(wished[i], slope[i])
            continue
        if from_above and wished[i] > abs(end):
            out[i] = end
        elif from_above or wished[i] >= abs(out[i]):
            continue
        left -= _share(out[i], weight[i], radius, power)
        height[i] = -math.inf
    return left, settled
