r"""The linear maximiser over an ellipsoid and a box: efforts of features depend on each other.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
slope             t, reward per scaled unit of each mutable feature              (m,)
lower, upper      box on the change c, scaled units; may be infinite             (m,)
factor            U, the effort is ‖Uc‖ = sqrt(c'Ac) with A = U'U                (q, m)
radius            gamma, the budget                                              ()
================  =============================================================  ========

Features with lower < upper must have columns that are linearly independent; the others only enter
the effort. Without an active bound (LIBRA, Corollary 1)

.. math:: c = \gamma\,A^{-1}t / \sqrt{t'A^{-1}t},

with the box, which is ours, it is the concave program that `working_set` solves, in units in which
all columns and the radius have length 1.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.interval import nearest_to_zero
from recourse_bandits.kernels.working_set import climb, weigh


@njit()
def effort_mahalanobis(change, factor):
    """‖U·change‖, relative to its largest term: no square overflows."""
    terms = np.zeros(factor.shape[0])
    largest = 0.0
    for i in range(terms.size):
        for j in range(change.size):
            terms[i] += factor[i, j] * change[j]
        largest = max(largest, abs(terms[i]))
    if largest in (0.0, math.inf):
        return largest
    total = 0.0
    for i in range(terms.size):
        total += (terms[i] / largest) ** 2
    return largest * math.sqrt(total)


@njit()
def least_effort_mahalanobis(lower, upper, factor, out):
    """Set the change of least effort in the box, and return its effort."""
    best_change_mahalanobis(np.zeros(lower.size), lower, upper, factor, 0.0, out)
    return effort_mahalanobis(out, factor)


@njit()
def best_change_mahalanobis(slope, lower, upper, factor, radius, out):
    """Maximise slope'c over the ellipsoid intersected with the box, in place into `out`.

    Where the slopes leave a choice, the change of least effort. A set that is empty but for
    rounding is left with the change of least effort in the box.
    """
    size = slope.size
    columns, length = _unit_columns(factor)
    unit = radius if radius > 0.0 else 1.0
    slopes, low, high = np.empty(size), np.empty(size), np.empty(size)
    largest = 0.0
    for i in range(size):
        if lower[i] < upper[i]:  # the slopes of the others may be so large that these vanish
            largest = max(largest, abs(slope[i]))
    for i in range(size):
        counts = lower[i] < upper[i] and largest > 0.0
        slopes[i] = slope[i] / largest / length[i] if counts else 0.0
        low[i] = lower[i] * (length[i] / unit)
        high[i] = upper[i] * (length[i] / unit)
        out[i] = nearest_to_zero(low[i], high[i])
    if weigh(columns, out) > 0.0:
        climb(columns, np.zeros(size), low, high, 0.0, out)
    if radius > 0.0 and largest > 0.0:
        _spend(columns, slopes, low, high, out)
    for i in range(size):
        if out[i] == low[i]:
            out[i] = lower[i]
        elif out[i] == high[i]:
            out[i] = upper[i]
        else:
            out[i] = min(max(out[i] * (unit / length[i]), lower[i]), upper[i])


@njit()
def _unit_columns(factor):
    """The columns of the factor, as rows of length 1, and their lengths; 1 for a column of 0s."""
    columns = factor.T.copy()
    length = np.ones(columns.shape[0])
    for i in range(length.size):
        total = 0.0
        for entry in columns[i]:
            total += entry * entry
        if total > 0.0:
            length[i] = math.sqrt(total)
            columns[i] /= length[i]
    return columns, length


@njit()
def _spend(columns, slopes, low, high, change):
    """Climb from the change of least effort; undo what the climb moved without need.

    If all features that have a slope come to their bounds, the others are left a choice.
    """
    if climb(columns, slopes, low, high, 1.0, change):
        return
    has_slope = slopes != 0.0
    low = np.where(has_slope, change, low)
    high = np.where(has_slope, change, high)
    climb(columns, np.zeros(slopes.size), low, high, 0.0, change)
