"""The best change for given slopes, over whatever a person's feasible changes are.

Maximised is slope'c less price times effort, with the slope of a mutable feature the reward of one
scaled unit; the other symbols are those of `region`. It is exact, but where there are levels. The
set must not be empty: `effort.least_effort` tells.

All kernels that look for a recourse call this one, so that it is compiled once, by itself.
"""

import numpy as np
from numba import types
from numba.np.numpy_support import carray

from recourse_bandits.compilation import guvectorize, njit, outlined
from recourse_bandits.kernels.ball_l2 import best_change_l2
from recourse_bandits.kernels.least_squares import dot
from recourse_bandits.kernels.priced import best_priced, net_gain
from recourse_bandits.kernels.region import L2, LAYOUT, TYPES, Region, follow, leading
from recourse_bandits.kernels.rounded import best_rounded

_NUMBERS = types.CPointer(types.float64)
_COUNTS = types.CPointer(types.int64)


@njit()
def _best_of_box(slope, region, box, rounding, out):
    """Set the best change of one box, and return its net gain; no levels if not rounding."""
    if rounding and region.levels.shape[1] > 0:
        best_rounded(slope, region, box, out)
    else:
        best_priced(slope, region.lower[box], region.upper[box], region, out)
    return net_gain(slope, out, region)


@njit()
def _best(slope, region, rounding, out):
    """Set the best change of a region, and return its net gain; no levels if not rounding."""
    led = leading(region.links, slope)
    best = _best_of_box(led, region, 0, rounding, out)
    boxes = region.lower.shape[0]
    if boxes > 1:
        trial = np.empty(out.size)
        for box in range(1, boxes):
            gain = _best_of_box(led, region, box, rounding, trial)
            if gain > best:
                best = gain
                out[:] = trial
    follow(region.links, out)
    return best


@outlined(
    "recourse_bandits_best",
    types.float64(
        _NUMBERS,
        _NUMBERS,
        _NUMBERS,
        _NUMBERS,
        types.float64,
        types.float64,
        _NUMBERS,
        _NUMBERS,
        _NUMBERS,
        _COUNTS,
        types.float64,
        types.intp,
        types.intp,
        types.intp,
        types.intp,
        types.intp,
        types.intp,
        _NUMBERS,
    ),
)
def _best_by_address(
    slope,
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
    boxes,
    size,
    rows_of_metric,
    rows_of_links,
    columns_of_levels,
    rounding,
    out,
):
    region = Region(
        carray(lower, (boxes, size)),
        carray(upper, (boxes, size)),
        carray(weight, (size,)),
        radius,
        norm,
        carray(metric, (rows_of_metric, size)),
        carray(links, (rows_of_links, 3)),
        carray(levels, (size, columns_of_levels)),
        carray(most, (boxes,)),
        price,
    )
    return _best(carray(slope, (size,)), region, rounding != 0, carray(out, (size,)))


@njit()
def _call(slope, region, rounding, out):
    return _best_by_address(
        slope.ctypes,
        region.lower.ctypes,
        region.upper.ctypes,
        region.weight.ctypes,
        region.radius,
        region.norm,
        region.metric.ctypes,
        region.links.ctypes,
        region.levels.ctypes,
        region.most.ctypes,
        region.price,
        region.lower.shape[0],
        out.size,
        region.metric.shape[0],
        region.links.shape[0],
        region.levels.shape[1],
        rounding,
        out.ctypes,
    )


@njit(inline="always")
def _is_plain(region):
    """Whether a region is an l2 ball within one box, and no more: the usual one."""
    return (
        region.norm == L2
        and region.price == 0.0
        and region.lower.shape[0] == 1
        and region.metric.shape[0] + region.links.shape[0] + region.levels.shape[1] == 0
    )


@njit(inline="always")
def best_change(slope, region, out):
    """Maximise slope'c - price·effort(c) over a region, in place into `out`. Contiguous arrays."""
    if _is_plain(region):  # a shorter way to the same
        lower, upper = region.lower[0], region.upper[0]
        best_change_l2(slope, lower, upper, region.weight, region.radius, out)
    else:
        _call(slope, region, 1, out)


@njit()
def best_gain(slope, region):
    """The largest slope'c - price·effort(c) of a region, or more where there are levels."""
    change = np.empty(slope.size)
    if _is_plain(region):
        best_change(slope, region, change)
        return dot(slope, change)
    return _call(slope, region, 0, change)


@guvectorize(
    [f"void(float64[::1], {TYPES}, float64[::1])"],
    f"(m),{LAYOUT}->(m)",
    nopython=True,
)
def maximise(
    slope,
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
    change,
):
    """The change of a region that gains most, net; where a slope is 0, the least change."""
    region = Region(lower, upper, weight, radius, norm, metric, links, levels, most, price)
    best_change(slope, region, change)


@guvectorize(
    [f"void(float64[::1], {TYPES}, float64[:])"],
    f"(m),{LAYOUT}->()",
    nopython=True,
)
def largest_gain(
    slope,
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
    gain,
):
    """The largest slope'c - price·effort(c) of a region, or more where there are levels."""
    region = Region(lower, upper, weight, radius, norm, metric, links, levels, most, price)
    gain[0] = best_gain(slope, region)
