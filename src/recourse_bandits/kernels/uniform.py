"""An arm and a change drawn at random, for baselines and for advisers who do not know."""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.draws import TIE_INDEX, normal_pair, uniform_pair
from recourse_bandits.kernels.effort import cheapest, effort_of
from recourse_bandits.kernels.region import L2, LAYOUT, LINF, TYPES, Region, follow
from recourse_bandits.kernels.rounded import round_towards_none

_TRIES = 64


@njit()
def _draw(lower, upper, region, seed, number, stream, start, out):
    """One draw, uniform in the ball of l2 or linf; of another norm, in an even direction.

    Features of weight 0 are uniform in their bounds.
    """
    radius, weight = region.radius, region.weight
    plain = region.metric.shape[0] == 0 and region.norm == L2
    weighted = 0
    squares = 0.0
    for i in range(out.size):
        draw, _ = uniform_pair(seed, number, stream, start + i)
        if weight[i] == 0.0:
            out[i] = lower[i] + draw * (upper[i] - lower[i])
        elif region.norm == LINF and region.metric.shape[0] == 0:
            out[i] = (2.0 * draw - 1.0) * radius / weight[i]
        else:
            out[i], _ = normal_pair(seed, number, stream, start + i)
            squares += out[i] * out[i]
            weighted += 1
    if weighted > 0:
        draw, _ = uniform_pair(seed, number, stream, start + out.size)
        if not plain:
            squares = _square_effort(out, region)
        length = radius * draw ** (1.0 / weighted) / math.sqrt(squares)
        for i in range(out.size):
            if weight[i] > 0.0:
                out[i] *= length / weight[i]


@njit()
def _square_effort(direction, region):
    """Squared effort of a direction whose features are in units of effort; above 0."""
    change = np.zeros(direction.size)
    for i in range(direction.size):
        if region.weight[i] > 0.0:
            change[i] = direction[i] / region.weight[i]
    return max(effort_of(change, region.weight, region.norm, region.metric) ** 2, 1e-300)


@njit()
def _inside(change, lower, upper):
    for i in range(change.size):
        if not lower[i] <= change[i] <= upper[i]:
            return False
    return True


@njit()
def _fits(change, region):
    return effort_of(change, region.weight, region.norm, region.metric) <= region.radius


@njit()
def _draw_in_box(lower, upper, region, seed, number, stream, out):
    for attempt in range(_TRIES):
        start = attempt * (out.size + 1)
        _draw(lower, upper, region, seed, number, stream, start, out)
        if _inside(out, lower, upper) and _fits(out, region):
            return
    least = np.empty(out.size)
    cheapest(lower, upper, region.metric, least)
    for i in range(out.size):
        out[i] = min(max(out[i], lower[i]), upper[i])
    share = 1.0
    wanted = out.copy()
    while share > 1e-9 and not _fits(out, region):
        share *= 0.5
        for i in range(out.size):
            out[i] = least[i] + share * (wanted[i] - least[i])
    if not _fits(out, region):
        out[:] = least


@guvectorize(
    [f"void({TYPES}, int64, int64, int64, float64[::1])"],
    f"{LAYOUT},(),(),()->(m)",
    nopython=True,
)
def change(
    lower,
    upper,
    weight,
    radius,
    norm,
    metric,
    links,
    levels,
    most,
    price,
    seed,
    number,
    stream,
    out,
):
    """Draw a feasible change, uniform in the ball if the box cuts off little of it.

    Draws outside the box are drawn again; after 64 of them the last is clipped to the box and, if a
    mandatory change leaves too little effort for it, shortened towards the least change. Each of
    several boxes is equally likely.
    """
    region = Region(lower, upper, weight, radius, norm, metric, links, levels, most, price)
    box = 0
    if lower.shape[0] > 1:
        draw, _ = uniform_pair(seed, number, stream, TIE_INDEX + 2)
        box = min(int(draw * lower.shape[0]), lower.shape[0] - 1)
    _draw_in_box(lower[box], upper[box], region, seed, number, stream, out)
    if levels.shape[1] > 0:
        round_towards_none(region, box, out)
    follow(links, out)


@guvectorize(
    ["void(boolean[::1], int64, int64, int64, int64[:])"],
    "(k),(),(),()->()",
    nopython=True,
)
def arm(eligible, seed, number, stream, chosen):
    """Draw one of the eligible arms, each equally likely."""
    draw, _ = uniform_pair(seed, number, stream, TIE_INDEX + 1)
    skip = int(draw * eligible.sum())
    chosen[0] = -1
    for a in range(eligible.size):
        if eligible[a]:
            if skip == 0:
                chosen[0] = a
                return
            skip -= 1
