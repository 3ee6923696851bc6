r"""Certified optima over a union of boxes within a ball, most of them single points.

All points are tried. A box [a, b] with the middle m is bounded first by

.. math:: \max_c (g_0 + \hat\theta_M'c - price \cdot effort(c))
          + \rho\,(\|r + S m\| + \min(\textstyle\sum_i h_i \|S_i\|, \|S\|\,\|h\|)),
          \qquad h = (b - a) / 2,

with the symbols of `certified_goal`, and is looked at only if that is above the best value so far;
the highest bounds come first, so that one pass is enough.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_goal import (
    Found,
    Goal,
    Patience,
    best_of,
    boxes_of,
    price_of,
)
from recourse_bandits.kernels.certified_price import over_priced
from recourse_bandits.kernels.feasible import maximise
from recourse_bandits.kernels.region import Region

Array = NDArray[np.float64]


def over_union(goal: Goal, region: Region, start: Found, patience: Patience) -> Found:
    """Maximise over a region without levels and links."""
    points = (region.lower == region.upper).all(axis=1)
    best = replace(start, bound=-np.inf)
    if points.any():
        changes = region.lower[points]
        tried = best_of(goal, changes, price_of(changes, region))
        best = _better(best, tried, tried.bound, tried.nodes)
    wide = np.flatnonzero(~points)
    above = _cheap_bounds(goal, region, wide)
    spent = 0
    for place in sorted(range(wide.size), key=lambda at: -float(above[at])):
        if patience.closed(best.value, above[place]) or spent >= patience.max_nodes:
            # none of those that are left is above it
            bound = -np.inf if above[place] <= best.value else above[place]
            return replace(best, bound=max(best.bound, bound))
        box = int(wide[place])
        one = region._replace(
            lower=region.lower[box : box + 1],
            upper=region.upper[box : box + 1],
            most=region.most[box : box + 1],
        )
        found = over_priced(goal, one, best.value, patience.after(spent))
        spent += boxes_of(found)
        best = _better(best, found, min(found.bound, above[place]), found.nodes)
    return best


def _better(best: Found, found: Found, bound: float, nodes: int) -> Found:
    """The better change, and the higher of both bounds."""
    kept = found if found.value > best.value else best
    return replace(kept, bound=max(best.bound, bound), nodes=best.nodes + nodes)


def _cheap_bounds(goal: Goal, region: Region, wide: NDArray[np.int64]) -> Array:
    """A bound of each of some boxes, shape (b,)."""
    if wide.size < 2:
        return np.full(wide.size, np.inf)
    lower, upper = region.lower[wide], region.upper[wide]
    boxes = (lower[:, None, :], upper[:, None, :])
    rest = region._replace(lower=boxes[0], upper=boxes[1], most=region.most[wide, None])
    changes = maximise(goal.slope, *rest)
    linear = goal.base + changes @ goal.slope - price_of(changes, region)
    reach = np.divide(
        region.radius, region.weight, out=np.full(lower.shape[1], np.inf), where=region.weight > 0.0
    )
    low, high = np.clip(lower, -reach, reach), np.clip(upper, -reach, reach)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    spread = goal.rotated[:, 1:]
    length = np.linalg.norm(goal.rotated[:, 0] + middle @ spread.T, axis=1)
    sideways = np.minimum(
        half @ np.linalg.norm(spread, axis=0),
        np.linalg.norm(spread, 2) * np.linalg.norm(half, axis=1),
    )
    return np.asarray(linear + goal.rho * (length + sideways))
