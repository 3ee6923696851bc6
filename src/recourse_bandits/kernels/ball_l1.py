r"""The linear maximiser over a weighted l1 ball and a box: the best buys first.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
slope             t, reward per scaled unit of each mutable feature              (m,)
lower, upper      box on the change c, scaled units; may be infinite             (m,)
weight            effort of one scaled unit, >= 0; 0 needs a finite box          (m,)
radius            gamma, the budget: :math:`\sum w_i |c_i| \le \gamma`           ()
================  =============================================================  ========

Every feature first pays for the least change that its interval allows. From there each unit of
effort buys :math:`|t_i| / w_i`, as long as the interval allows: a fractional knapsack, which is
filled greedily (Dantzig 1957). Without a box the first buy takes all (LIBRA, Corollary 1); the box
is ours.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.interval import nearest_to_zero, preferred_end

_WORTH_LITTLE = 1e-307  # what a quotient counts that is too small for a number: it is not 0


@njit()
def best_change_l1(slope, lower, upper, weight, radius, out):
    """Maximise slope'c over the ball intersected with the box, in place into `out`.

    Of features that buy equally much, the first moves. Where a slope is 0, the least change.
    """
    worth = np.zeros(slope.size)
    left = _least_changes(slope, lower, upper, weight, radius, worth, out)
    while left > 0.0:
        best = -1
        for i in range(slope.size):
            if worth[i] > 0.0 and (best < 0 or worth[i] > worth[best]):
                best = i
        if best < 0:
            break
        worth[best] = 0.0
        end = preferred_end(slope[best], lower[best], upper[best])
        step = left / weight[best]
        if abs(end - out[best]) <= step:
            left -= weight[best] * abs(end - out[best])
            out[best] = end
        else:
            left = 0.0
            wished = out[best] + (step if slope[best] > 0.0 else -step)
            out[best] = min(max(wished, lower[best]), upper[best])


@njit()
def _least_changes(slope, lower, upper, weight, radius, worth, out):
    """Set the changes that must be and those that are free; return what is left of the budget.

    `worth` becomes what a unit of effort buys, 0 where a feature stays. Slopes are divided by a
    power of 2 near the largest: nothing overflows, and ties stay ties.
    """
    left = radius
    largest = 0.0
    for i in range(slope.size):
        end = preferred_end(slope[i], lower[i], upper[i])
        if weight[i] == 0.0:
            out[i] = end
            continue
        out[i] = nearest_to_zero(lower[i], upper[i])
        left -= weight[i] * abs(out[i])
        if end != out[i]:
            worth[i] = abs(slope[i])
            largest = max(largest, worth[i])
    _, exponent = math.frexp(largest)
    for i in range(slope.size):
        if worth[i] > 0.0:
            worth[i] = max(math.ldexp(worth[i], -exponent) / weight[i], _WORTH_LITTLE)
    return left
