"""How far a budget lets one feature go, and all of them together."""

import math

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.region import L2, LINF


@njit()
def within_reach(lower, upper, weight, radius):
    """The part of [lower, upper] that the budget reaches: finite, unless changes are free."""
    # never a division by 0, which would raise a warning even where its result is not used
    reach = radius / (weight if weight > 0.0 else 1.0)
    if weight == 0.0:
        return lower, upper
    low = min(max(lower, -reach), reach)
    return low, max(min(upper, reach), low)


@njit()
def _hull(region, i):
    """The least interval that holds feature i's part of every box."""
    low = region.lower[0, i]
    high = region.upper[0, i]
    for box in range(1, region.lower.shape[0]):
        low = min(low, region.lower[box, i])
        high = max(high, region.upper[box, i])
    return low, high


@njit()
def reach_of(region):
    """A bound on the Euclidean length of any feasible change."""
    box = 0.0
    lightest = math.inf
    for i in range(region.weight.size):
        low, high = _hull(region, i)
        low, high = within_reach(low, high, region.weight[i], region.radius)
        box += max(abs(low), abs(high)) ** 2
        lightest = min(lightest, region.weight[i])
    for link in range(region.links.shape[0]):
        leader = int(region.links[link, 1])
        low, high = _hull(region, leader)
        low, high = within_reach(low, high, region.weight[leader], region.radius)
        box += (region.links[link, 2] * max(abs(low), abs(high))) ** 2
    alone = region.links.shape[0] == 0 and region.metric.shape[0] == 0 and region.norm <= L2
    if region.norm == LINF or lightest == 0.0 or region.weight.size == 0 or not alone:
        return math.sqrt(box)
    return min(math.sqrt(box), region.radius / lightest)
