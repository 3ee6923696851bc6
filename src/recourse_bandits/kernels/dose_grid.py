"""Doses that can be given: the multiples of a step, counted from an origin.

================  ====================================================================
symbol            meaning
================  ====================================================================
origin, step      the grid origin + j·step, j whole; step > 0, or 0 for no grid
direction         DOWN, UP or NEAREST: which neighbour is safe; halves go down
lower, upper      range; some multiple lies in it
================  ====================================================================

A dose within 1e-9 steps of a multiple is that multiple. The range comes before the direction:
where the neighbour lies outside, it is the last multiple inside.
"""

import math

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.dose import clipped

DOWN, NEAREST, UP = -1, 0, 1
_ON_THE_GRID = 1e-9  # steps


@njit("float64(float64, int64)")
def _whole(place, direction):
    nearest = math.floor(place + 0.5)
    if abs(place - nearest) <= _ON_THE_GRID:
        return nearest
    if direction == DOWN:
        return math.floor(place)
    if direction == UP:
        return math.ceil(place)
    return math.ceil(place - 0.5)


@njit("float64(float64, float64, float64, float64, float64, int64)")
def on_grid(y, origin, step, lower, upper, direction):
    """Return the neighbour of y on the grid in the safe direction, within the range."""
    y = clipped(y, lower, upper)
    place = (y - origin) / step
    if step == 0.0 or not math.isfinite(place):
        return y
    least = _whole((lower - origin) / step, UP)
    most = _whole((upper - origin) / step, DOWN)
    multiple = min(max(_whole(place, direction), least), most)
    return clipped(origin + multiple * step, lower, upper)


@guvectorize(
    ["void(float64, float64, float64, float64, float64, int64, float64[:])"],
    "(),(),(),(),(),()->()",
    nopython=True,
)
def rounded(y, origin, step, lower, upper, direction, out):
    """The dose that can be given, as `on_grid`; broadcasts."""
    out[0] = on_grid(y, origin, step, lower, upper, direction)
