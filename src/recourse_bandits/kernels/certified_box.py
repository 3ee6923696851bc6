"""Certified optima over one box of a region, whatever the norm: a price is left out.

================  ==========================================================================
set               what is done
================  ==========================================================================
a point           its value
a box             `certified_ball`, where the budget cuts nothing off
l2, linf          `certified_ball`
l1                every vertex of the ball within the box, up to 20,000: exact; else as lp
lp, Mahalanobis   `certified_outer`
================  ==========================================================================
"""

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_ball import hull, over_box, over_simple
from recourse_bandits.kernels.certified_fold import folded
from recourse_bandits.kernels.certified_goal import Found, Goal, Patience, best_of
from recourse_bandits.kernels.certified_l1 import vertices_l1
from recourse_bandits.kernels.certified_outer import over_lp, over_metric
from recourse_bandits.kernels.effort import effort
from recourse_bandits.kernels.region import L1, L2, LINF, Region

Array = NDArray[np.float64]


def over_one(goal: Goal, region: Region, value: float, patience: Patience) -> Found:
    """Maximise over a region of one box without levels, links and price.

    `value` is what is known to be possible, here or elsewhere.
    """
    inner = folded(goal, region)
    return inner.back(_over_free(inner.goal, inner.region, value, patience))


def _over_free(goal: Goal, region: Region, value: float, patience: Patience) -> Found:
    """Maximise over features that all have an interval."""
    lower, upper, weight, radius = region.lower[0], region.upper[0], region.weight, region.radius
    low, high = hull(lower, upper, weight, radius)
    if not (low < high).any():
        return best_of(goal, low[None])
    start = Found(np.clip(0.0, low, high), value, np.inf, 0)
    metric = region.metric.shape[0] > 0
    if metric or region.norm not in (L2, LINF):
        if _within(np.maximum(-low, high), region):
            return over_box(goal.quadratic, low, high, start, patience)
        if metric:
            return over_metric(goal, region, start, patience)
        return _over_l1(goal, region) or over_lp(goal, region, start, patience)
    simple = (lower, upper, weight, radius, region.norm)
    return over_simple(goal, *simple, start, patience)


def _within(farthest: Array, region: Region) -> bool:
    """Whether the budget cuts nothing off a box of these half widths around none."""
    size = np.abs(region.metric) @ farthest
    if size.size:
        return bool(np.linalg.norm(size) <= region.radius)
    return bool(effort(farthest, region.weight, region.norm, region.metric) <= region.radius)


def _over_l1(goal: Goal, region: Region) -> Found | None:
    if region.norm != L1:
        return None
    limits = region.lower[0], region.upper[0], region.weight, region.radius
    vertices = vertices_l1(*limits)
    return None if vertices is None else best_of(goal, vertices)
