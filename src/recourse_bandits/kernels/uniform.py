"""An arm and a change drawn at random, for baselines and for advisers who do not know."""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.draws import TIE_INDEX, normal_pair, uniform_pair
from recourse_bandits.kernels.feasible import LINF, least_effort_of

_TRIES = 64


@njit()
def _draw(lower, upper, weight, radius, norm, seed, number, stream, start, out):
    """One draw, uniform in the ball; features of weight 0 uniform in their bounds."""
    weighted = 0
    squares = 0.0
    for i in range(out.size):
        draw, _ = uniform_pair(seed, number, stream, start + i)
        if weight[i] == 0.0:
            out[i] = lower[i] + draw * (upper[i] - lower[i])
        elif norm == LINF:
            out[i] = (2.0 * draw - 1.0) * radius / weight[i]
        else:
            out[i], _ = normal_pair(seed, number, stream, start + i)
            squares += out[i] * out[i]
            weighted += 1
    if weighted > 0:
        draw, _ = uniform_pair(seed, number, stream, start + out.size)
        length = radius * draw ** (1.0 / weighted) / math.sqrt(squares)
        for i in range(out.size):
            if weight[i] > 0.0:
                out[i] *= length / weight[i]


@njit()
def _inside(change, lower, upper):
    for i in range(change.size):
        if not lower[i] <= change[i] <= upper[i]:
            return False
    return True


@guvectorize(
    [
        "void(float64[::1], float64[::1], float64[::1], float64, int64, int64, int64, int64,"
        "float64[::1])"
    ],
    "(m),(m),(m),(),(),(),(),()->(m)",
    nopython=True,
)
def change(lower, upper, weight, radius, norm, seed, number, stream, out):
    """Draw a feasible change, uniform in the ball if the box cuts off little of it.

    Draws outside the box are drawn again; after 64 of them the last is clipped to the box and, if a
    mandatory change leaves too little effort for it, shortened towards the least change.
    """
    for attempt in range(_TRIES):
        start = attempt * (out.size + 1)
        _draw(lower, upper, weight, radius, norm, seed, number, stream, start, out)
        if _inside(out, lower, upper):
            return
    least = np.empty(out.size)
    for i in range(out.size):
        least[i] = min(max(0.0, lower[i]), upper[i])
        out[i] = min(max(out[i], lower[i]), upper[i])
    share = 1.0
    wanted = out.copy()
    while share > 1e-9 and least_effort_of(out, out, weight, norm) > radius:
        share *= 0.5
        for i in range(out.size):
            out[i] = least[i] + share * (wanted[i] - least[i])
    if least_effort_of(out, out, weight, norm) > radius:
        out[:] = least


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
