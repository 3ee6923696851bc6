r"""Optimistic recourse with a proof: a point, its value, and an upper bound of the maximum.

Maximised is, with the symbols of `optimistic`, g(p) = p'theta^ + rho·‖p‖_V^-1, p = x + c on the
mutable features, less the price of the effort, over the feasible changes c of a region:

.. math:: g = x'\hat\theta + \hat\theta_M'c
          + \rho\sqrt{x'V^{-1}x + 2\,(V^{-1}x)_M'c + c'(V^{-1})_{MM}\,c}.

====================  ======================================================================
what there is         what is done
====================  ======================================================================
l2 or linf alone      `certified_ball`
links                 c = M z in the changes z of the features that lead
several boxes         `certified_union`: points are tried, boxes are bounded
another norm          `certified_box`, in each box
a price               `certified_price`, in each box
levels                the value is that of Algorithm 2, which rounds; the bound that of the set
                      without levels, and without the limit on how many features change
====================  ======================================================================

LIBRA, Proposition 1, says that the maximum can be computed, and gives no algorithm: all is ours.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_ball import over_simple
from recourse_bandits.kernels.certified_goal import Found, Goal, Patience, climbed, goal_of
from recourse_bandits.kernels.certified_union import over_union
from recourse_bandits.kernels.effort import effort
from recourse_bandits.kernels.feasible import largest_gain
from recourse_bandits.kernels.least_squares import predict
from recourse_bandits.kernels.optimistic import optimistic_point
from recourse_bandits.kernels.region import L2, LAYOUT, LINF, Region, unrounded

Array = NDArray[np.float64]

_ASCENT = 1e-9  # as GLRB's defaults: what is certified is never below Algorithm 2 with these
_ASCENT_STEPS = 500


def _is_simple(region: Region) -> bool:
    """Whether it is one box within an l2 or linf ball, and nothing else."""
    extras = region.metric.shape[0] + region.links.shape[0] + region.levels.shape[1]
    one = len(region.lower) == 1 and region.price == 0.0 and extras == 0
    return one and region.norm in (L2, LINF)


def _leaders(region: Region) -> tuple[Region, NDArray[np.int64], Array]:
    """Return the region of the features that follow none, these, and M with c = M z, (m, z)."""
    size = region.weight.size
    every = np.eye(size)
    for follower, leader, share in region.links:
        every[int(follower), int(leader)] = share
    leads = np.setdiff1d(np.arange(size), region.links[:, 0].astype(np.int64))
    alone = region._replace(
        lower=np.ascontiguousarray(region.lower[:, leads]),
        upper=np.ascontiguousarray(region.upper[:, leads]),
        weight=region.weight[leads],
        metric=np.ascontiguousarray(region.metric[:, leads]),
        links=region.links[:0],
        levels=region.levels[leads],
    )
    return alone, leads, every[:, leads]


def _over_region(goal: Goal, region: Region, start: Found, patience: Patience) -> Found:
    """Maximise over any region."""
    region, leads, columns = _leaders(region)
    led = goal.through(np.zeros(columns.shape[0]), columns)
    begun = replace(start, change=start.change[leads])
    if region.levels.shape[1] == 0:
        found = over_union(led, region, begun, patience)
    else:
        whole = over_union(led, unrounded(region), begun, patience)
        tried = climbed(led, region, np.stack((whole.change, begun.change)))
        found = tried if tried.value > start.value else begun
        found = replace(found, bound=whole.bound, nodes=whole.nodes)
    return replace(found, change=columns @ found.change)


def _one(
    factor: Array,
    estimate: Array,
    rho: float,
    x: Array,
    mutable: Any,
    *limits: Any,
) -> tuple[Array, float, float, int]:
    *given, tolerance, max_nodes = limits
    # copies, for kernels are compiled for writable and contiguous arrays
    copies: list[Any] = [np.array(each, order="C") if np.ndim(each) else each for each in given]
    region = Region(*copies)
    point, value, _ = optimistic_point(
        factor, estimate, rho, x, mutable, *region, _ASCENT, _ASCENT_STEPS
    )
    if mutable.size == 0:
        return point, value, value, 0
    if rho == 0.0:
        bound = float(x @ estimate + largest_gain(estimate[mutable], *region))
        rounded = region.levels.shape[1] > 0
        return point, value, max(bound, value) if rounded else value, 0
    start = Found((point - x)[mutable], float(value), np.inf, 0)
    goal = goal_of(factor, estimate, float(rho), x, mutable)
    patience = Patience(float(tolerance), int(max_nodes))
    if _is_simple(region):
        simple = (region.lower[0], region.upper[0], region.weight, region.radius, region.norm)
        found = over_simple(goal, *simple, start, patience)
    else:
        found = _over_region(goal, region, start, patience)
    proved = found.bound <= found.value
    rival = x.copy()
    rival[mutable] += found.change
    mean, half_width = predict(factor, estimate, rho, rival)
    reached = mean + half_width
    if region.price > 0.0:
        norm = (region.weight, region.norm, region.metric)
        reached -= region.price * float(effort(found.change, *norm))
    if reached > value:
        point, value = rival, reached
    return point, value, value if proved else max(found.bound, value), found.nodes


certified_point = np.vectorize(
    _one,
    otypes=[np.float64, np.float64, np.float64, np.int64],
    signature=f"(d,d),(d),(),(d),(m),{LAYOUT},(),()->(d),(),(),()",
    doc="""One arm's optimistic recourse with a proof: point, value, upper bound, boxes; broadcasts.

    The arguments are those of `optimistic_point`, with the most boxes in place of the most
    iterations. The value, less the price of the effort, is never below that of Algorithm 2. The
    bound is within tolerance·(1 + |value|) of it where the set can be proved and `max_nodes` boxes
    are enough; a count of boxes, unlike a time, gives the same answer every time.
    """,
)
