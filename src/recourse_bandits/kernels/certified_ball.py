"""Certified optima over an l2 or linf ball within a box.

================  ==========================================================================
set               what is done
================  ==========================================================================
l2                eigen-coordinates of the unit ball, bounds of `certified_bound`, branch and
                  bound in the few coordinates where they leave a gap
a box             every vertex, up to 16 features that may move; more: branch and bound
l2 within a box   the ball alone, if its best point lies in the box; else the least of its
                  bound, of that of branch and bound over both, and of `certified_touching`
================  ==========================================================================

The parts are compiled, what puts them together is not: compiled as one they would take minutes.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_eigen import over_ball
from recourse_bandits.kernels.certified_goal import Found, Goal, Patience, Quadratic
from recourse_bandits.kernels.certified_search import search
from recourse_bandits.kernels.certified_touching import touching
from recourse_bandits.kernels.diagonal_majorant import diagonal_majorant
from recourse_bandits.kernels.reach import within_reach
from recourse_bandits.kernels.region import L2, LINF
from recourse_bandits.kernels.vertices import best_vertex

Array = NDArray[np.float64]

_ENUMERATED = 16  # mutable features up to which all vertices are tried


def _over_vertices(goal: Quadratic, low: Array, high: Array, wide: Any) -> Found:
    change = low.copy()
    best = best_vertex(*goal.parts, low, high, wide, change)
    return Found(change, best, best, 2**wide.size)


def by_branching(
    goal: Quadratic,
    weight: Array,
    radius: float,
    norm: float,
    low: Array,
    high: Array,
    start: Found,
    patience: Patience,
) -> Found:
    """Maximise over a finite box, within a ball unless the norm is LINF."""
    change = start.change.copy()
    value, bound, nodes = search(
        *goal.parts,
        diagonal_majorant(goal.matrix, 0.5 * (high - low)),
        np.zeros(low.size, np.bool_),
        np.zeros(low.size) if norm == LINF else weight,
        radius,
        norm,
        low,
        high,
        start.value,
        patience.tolerance,
        patience.max_nodes,
        change,
    )
    return Found(change, value, bound, nodes)


def over_both(
    goal: Quadratic,
    weight: Array,
    radius: float,
    low: Array,
    high: Array,
    start: Found,
    patience: Patience,
) -> Found:
    """Maximise over the ball within a box."""
    above, nodes = np.inf, 0
    if (weight > 0.0).all():
        ball = over_ball(goal, np.diag(radius / weight), start, patience)
        if ball.value == start.value or ((ball.change >= low) & (ball.change <= high)).all():
            return ball
        above, nodes = ball.bound, ball.nodes
    both = by_branching(goal, weight, radius, L2, low, high, start, patience)
    return replace(both, bound=min(both.bound, above), nodes=both.nodes + nodes)


def over_box(goal: Quadratic, low: Array, high: Array, start: Found, patience: Patience) -> Found:
    """Maximise over a finite box."""
    wide = np.flatnonzero(high > low)
    if wide.size <= _ENUMERATED:
        return _over_vertices(goal, low, high, wide)
    return by_branching(goal, np.ones(low.size), 1.0, LINF, low, high, start, patience)


def hull(lower: Array, upper: Array, weight: Array, radius: float) -> tuple[Array, Array]:
    """Return the ends of what a budget reaches of each feature's interval."""
    ends = [within_reach(*each, radius) for each in zip(lower, upper, weight, strict=True)]
    low, high = np.array(ends).T.copy()
    return low, high


def over_simple(
    goal: Goal,
    lower: Array,
    upper: Array,
    weight: Array,
    radius: float,
    norm: float,
    start: Found,
    patience: Patience,
) -> Found:
    """Maximise over an l2 or linf ball within a box."""
    low, high = hull(lower, upper, weight, radius)
    farthest = np.sum((weight * np.maximum(-low, high)) ** 2)
    quadratic = goal.quadratic
    if norm == LINF or farthest <= radius * radius:
        return over_box(quadratic, low, high, start, patience)
    if not (weight > 0.0).all():
        return over_both(quadratic, weight, radius, low, high, start, patience)
    reach = radius / weight
    if (lower <= -reach).all() and (upper >= reach).all():
        return over_ball(quadratic, np.diag(reach), start, patience)
    both = over_both(quadratic, weight, radius, low, high, start, patience)
    if patience.closed(both.value, both.bound):
        return both
    left = patience.after(both.nodes)
    more = touching(goal, np.diag(weight**2), radius, low, high, both, left)
    return replace(both, bound=min(both.bound, more.bound), nodes=both.nodes + more.nodes)
