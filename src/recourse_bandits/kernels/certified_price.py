r"""Certified optima where effort has a price: g(c) - price·effort(c) over one box of a region.

================  ==========================================================================
set               what is done
================  ==========================================================================
l1                convex in each orthant: every vertex of the parts in the orthants is tried
a cone in a ball  along a ray from no change g is convex and the price linear: the best is no
                  change, or the best of all the budget, price·gamma less than that of g alone
others            efforts are cut into intervals [a, b]: the best is at most that of g for the
                  budget b, less price·a; the interval with the highest bound is halved
================  ==========================================================================

A cone: every bound is 0 or beyond reach, as without a box or where a feature may only rise. The
intervals leave a gap of some price·gamma / 30. All ours.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_box import over_one
from recourse_bandits.kernels.certified_goal import (
    Found,
    Goal,
    Patience,
    best_of,
    boxes_of,
    climbed,
    price_of,
)
from recourse_bandits.kernels.certified_l1 import vertices_l1
from recourse_bandits.kernels.effort import least_effort
from recourse_bandits.kernels.region import L1, Region

Array = NDArray[np.float64]

_HALVINGS = 32


def over_priced(goal: Goal, region: Region, value: float, patience: Patience) -> Found:
    """Maximise over a region of one box without levels and links; `value` is known already."""
    if region.price == 0.0:
        return over_one(goal, region, value, patience)
    if region.norm == L1 and region.metric.shape[0] == 0:
        limits = region.lower[0], region.upper[0], region.weight, region.radius
        vertices = vertices_l1(*limits)
        if vertices is not None:
            return best_of(goal, vertices, price_of(vertices, region))
    if _is_cone(region):
        return _none_or_all(goal, region, value, patience)
    return _by_effort(goal, region, value, patience)


def _is_cone(region: Region) -> bool:
    """Whether what is feasible holds every part of the way to a change, and all of its ray."""
    lower, upper, weight = region.lower[0], region.upper[0], region.weight
    held = (lower == 0.0) & (upper == 0.0)
    if not (held | (weight > 0.0)).all():
        return False
    reach = region.radius / np.where(held, 1.0, weight)
    return bool((((lower <= -reach) | (lower == 0.0)) & ((upper >= reach) | (upper == 0.0))).all())


def _none_or_all(goal: Goal, region: Region, value: float, patience: Patience) -> Found:
    cost = region.price * region.radius
    free = region._replace(price=0.0)
    found = over_one(goal, free, value + cost, patience.beside(value, cost))
    tried = np.stack((np.zeros(region.weight.size), found.change))
    best = best_of(goal, tried, price_of(tried, region))
    still = float(goal.at(tried[:1])[0])
    if not found.value > value + cost:  # of no meaning: no change is all that is left here
        best = Found(tried[0], still, still, 1)
    return replace(best, bound=max(found.bound - cost, still), nodes=found.nodes + 1)


def _by_effort(goal: Goal, region: Region, value: float, patience: Patience) -> Found:
    norm = (region.weight, region.norm, region.metric)
    least = min(float(least_effort(region.lower[0], region.upper[0], *norm)), region.radius)
    best = climbed(goal, region, np.clip(0.0, region.lower, region.upper))
    intervals: list[tuple[float, float, float]] = [(np.inf, least, region.radius)]
    nodes, share = 0, Patience(patience.tolerance, 1 + patience.max_nodes // _HALVINGS)
    for step in range(2 * _HALVINGS):
        intervals.sort()
        above, a, b = intervals[-1]
        known = max(value, best.value)
        if patience.closed(known, above) or nodes >= patience.max_nodes:
            break
        middle = 0.5 * (a + b)
        parts = [(a, middle), (middle, b)] if step > 0 else [(a, b)]
        intervals.pop()
        for low, high in parts:
            free = region._replace(price=0.0, radius=high)
            cost = region.price * low
            found = over_one(goal, free, known + cost, share.beside(known, cost))
            nodes += boxes_of(found)
            intervals.append((min(above, found.bound - cost), low, high))
            if found.value > known + cost:
                climb = climbed(goal, region, found.change[None])
                best = climb if climb.value > best.value else best
    return replace(best, bound=max(each[0] for each in intervals), nodes=nodes)
