r"""Certified optima over Mahalanobis and lp balls within a box, by sets that hold them.

====================  ======================================================================
set                   what is done
====================  ======================================================================
Mahalanobis           eigen-coordinates, as for l2: exact to the tolerance without a box that
                      matters, or if the ball's best point lies in it
... within a box      `certified_touching`; if that leaves a gap, a diagonal D <= A makes
                      c'Dc <= gamma² an l2 ball that holds it, for branch and bound over that ball
                      and the box: the least of these bounds and of the ball's
lp, p < 2             the l2 ball of the same radius with the box; the l1 ball of
                      gamma·m^(1 - 1/p), whose maximum is at a vertex
lp, p > 2             l2 balls that touch it where the best known point is, with the box
====================  ======================================================================

By Hölder's inequality, for all v > 0 and p > 2,

.. math:: \sum_i v_i (w_i c_i)^2 \le \gamma^2\,\|v\|_{p/(p-2)},

and with :math:`v_i = |w_i c^*_i|^{p-2}` both sides are equal at c*: if c* is the best point of that
l2 ball too, it is proved. Otherwise a gap is left. Points come from Algorithm 2, from where
the surrounding sets have their best ones. All ours.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_ball import by_branching, hull, over_both
from recourse_bandits.kernels.certified_eigen import over_ball
from recourse_bandits.kernels.certified_goal import Found, Goal, Patience, best_of, climbed
from recourse_bandits.kernels.certified_touching import touching
from recourse_bandits.kernels.diagonal_majorant import diagonal_majorant
from recourse_bandits.kernels.region import L2, Region

Array = NDArray[np.float64]

_ROUNDS = 3  # of balls that touch an lp ball where the best known point is
_LEAST_SHARE = 1e-4  # of the largest v
_NARROW = 1e-4  # of the widest feature
_OUTWARDS = 1e-12  # relative, so that rounding leaves nothing outside


def over_metric(goal: Goal, region: Region, start: Found, patience: Patience) -> Found:
    """Maximise over a Mahalanobis ball within a box; all columns of the metric count."""
    lower, upper = region.lower[0], region.upper[0]
    stretch: Array = np.asarray(np.linalg.inv(region.metric) * region.radius)
    quadratic, matrix = goal.quadratic, region.metric.T @ region.metric
    ball = over_ball(quadratic, stretch, start, patience)
    reach: Array = np.linalg.norm(stretch, axis=1)
    whole = bool((lower <= -reach).all() and (upper >= reach).all())
    inside = bool((ball.change >= lower).all() and (ball.change <= upper).all())
    if whole or inside or ball.value == start.value:
        return ball
    low, high = np.maximum(lower, -reach), np.minimum(upper, reach)
    local = climbed(goal, region, np.stack((start.change, ball.change)))
    best, bound, nodes = _better(start, local), ball.bound, ball.nodes
    for _ in range(_ROUNDS):
        known = replace(best, change=local.change)
        outer = touching(goal, matrix, region.radius, low, high, known, patience.after(nodes))
        bound, nodes = min(bound, outer.bound), nodes + outer.nodes
        if patience.closed(best.value, bound) or not outer.value > best.value:
            break
        local = climbed(goal, region, outer.change[None])
        if not local.value > best.value:
            break
        best = local
    if not patience.closed(best.value, bound):
        weight = np.sqrt(_minorant(matrix, 0.5 * (high - low)))
        radius = region.radius * (1.0 + _OUTWARDS)
        left = patience.after(nodes)
        both = by_branching(quadratic, weight, radius, L2, low, high, best, left)
        if both.value > best.value:
            best = _better(best, climbed(goal, region, both.change[None]))
        bound, nodes = min(bound, both.bound), nodes + both.nodes
    return replace(best, bound=bound, nodes=nodes)


def _better(one: Found, other: Found) -> Found:
    return other if other.value > one.value else one


def _minorant(matrix: Array, half_width: Array) -> Array:
    """A diagonal D <= A, at least 0, that is large where the box is wide."""
    scale = np.maximum(half_width, _NARROW * half_width.max())
    scaled = matrix * np.outer(scale, scale)
    eigenvalues = np.linalg.eigvalsh(scaled)
    least = max(float(eigenvalues[0]) - _OUTWARDS * float(eigenvalues[-1]), 0.0)
    top = float(eigenvalues[-1]) * (1.0 + _OUTWARDS)
    rest = top * np.eye(scale.size) - scaled
    found = top - diagonal_majorant(rest, np.ones(scale.size))
    lowest = float(found.min())
    if lowest < 0.0:  # between it and the least eigenvalue, which is a diagonal below A too
        share = -lowest / (least - lowest)
        found = np.maximum(found + share * (least - found), 0.0)
    return np.asarray(found / scale**2)


def over_lp(goal: Goal, region: Region, start: Found, patience: Patience) -> Found:
    """Maximise over an lp ball within a box; also an l1 ball, whose vertices were too many."""
    best = climbed(goal, region, np.stack((start.change, -start.change)))
    bound, nodes = np.inf, 0
    if region.norm < L2:
        bound = _corners(goal, region)
    for _ in range(1 if region.norm < L2 else _ROUNDS):
        known = _better(start, best)
        if patience.closed(known.value, bound):
            break
        outer = _surrounding(goal, region, best.change, known, patience.after(nodes))
        bound, nodes = min(bound, outer.bound), nodes + outer.nodes
        if not outer.value > known.value:
            break
        climb = climbed(goal, region, outer.change[None])
        if not climb.value > best.value:
            break
        best = climb
    return replace(_better(start, best), bound=bound, nodes=nodes)


def _corners(goal: Goal, region: Region) -> float:
    """Bound of the l1 ball that holds an lp ball, without the box."""
    if not (region.weight > 0.0).all():
        return np.inf
    power = 1.0 - 1.0 / region.norm
    reach = region.radius * region.weight.size**power / region.weight * (1.0 + _OUTWARDS)
    return best_of(goal, np.vstack((np.diag(reach), -np.diag(reach)))).value


def _surrounding(
    goal: Goal, region: Region, touching_at: Array, known: Found, patience: Patience
) -> Found:
    """Maximise over an l2 ball that holds an lp ball, with the box."""
    weight, radius = region.weight, region.radius
    if region.norm > L2:
        share = np.abs(weight * touching_at)
        largest = float(share.max())
        share = np.ones(share.size) if largest == 0.0 else (share / largest) ** (region.norm - L2)
        share = np.maximum(share, _LEAST_SHARE)
        power = region.norm / (region.norm - L2)
        radius = radius * np.sqrt(np.sum(share**power) ** (1.0 / power))
        weight = weight * np.sqrt(share)
    low, high = hull(region.lower[0], region.upper[0], region.weight, region.radius)
    radius = float(radius) * (1.0 + _OUTWARDS)
    both = over_both(goal.quadratic, weight, radius, low, high, known, patience)
    if patience.closed(both.value, both.bound) or not (weight > 0.0).all():
        return both
    at = both if both.value > known.value else replace(known, change=touching_at)
    more = touching(goal, np.diag(weight**2), radius, low, high, at, patience.after(both.nodes))
    return replace(both, bound=min(both.bound, more.bound), nodes=both.nodes + more.nodes)
