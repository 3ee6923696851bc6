r"""One person's feasible changes, as the kernels see them: a union of boxes within a ball.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
lower, upper      boxes of which the change c lies in one; may be infinite       (b, m)
weight            effort of one scaled unit, >= 0; 0 needs a finite box; for a   (m,)
                  metric: of a change is at least weight_i·\|c_i\|
radius            gamma, the budget                                              ()
norm              p of ‖weight·c‖_p <= gamma: 1, 2, infinity or any other > 1;   ()
                  not used where there is a metric
metric            U, effort ‖Uc‖₂ (Mahalanobis, A = U'U); no rows: none          (q, m)
links             rows (follower, leader, share): c_follower = share·c_leader    (l, 3)
levels            rising, the only changes of a feature; NaN fills up a row, a   (m, v)
                  row of NaN leaves the feature free; no columns: all are free
most              how many of the features with an interval may change in a      (b,)
                  box, where there are levels
price             reward that one unit of effort must bring, >= 0                ()
================  =============================================================  ========

Features that follow have weight 0 and an empty box [0, 0] here, and their leader has the weight and
the box of both. Levels and `most` are used where the combinations are too many to be boxes.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.compilation import njit

Array = NDArray[np.float64]

L1, L2, LINF = 1.0, 2.0, np.inf

TYPES = (
    "float64[:, ::1], float64[:, ::1], float64[::1], float64, float64, float64[:, ::1],"
    "float64[:, ::1], float64[:, ::1], int64[::1], float64"
)
"""Of the fields, in the signature of a kernel that takes them one by one."""

LAYOUT = "(b,m),(b,m),(m),(),(),(q,m),(l,t),(m,v),(b),()"
"""Of the fields, in that of a broadcasting kernel."""


@cache
def _nothing(size: int) -> tuple[Array, Array, Array, NDArray[np.int64]]:
    """No metric, no links, no levels, and as many changes as there are features."""
    return np.empty((0, size)), np.empty((0, 3)), np.empty((size, 0)), np.array([size])


def ball_and_box(
    lower: Array, upper: Array, weight: Array, radius: float, norm: float
) -> tuple[Any, ...]:
    """Return the fields of one box within a ball, for kernels that take them one by one.

    The box may have leading axes, shape (..., m).
    """
    metric, links, levels, most = _nothing(weight.shape[-1])
    boxes = lower[..., None, :], upper[..., None, :]
    return (*boxes, weight, radius, norm, metric, links, levels, most, 0.0)


class Region(NamedTuple):
    """The fields, together."""

    lower: Array
    upper: Array
    weight: Array
    radius: float
    norm: float
    metric: Array
    links: Array
    levels: Array
    most: NDArray[np.int64]
    price: float


def unrounded(region: Region) -> Region:
    """Return a region that holds it, without levels and limits on how many features change."""
    boxes, size = region.lower.shape[-2:]
    return region._replace(levels=np.empty((size, 0)), most=np.full(boxes, size))


@njit()
def simple(lower, upper, weight, radius, norm):
    """Return one box within a ball, and nothing else."""
    size = weight.size
    return Region(
        lower.reshape((1, size)),
        upper.reshape((1, size)),
        weight,
        radius,
        norm,
        np.empty((0, size)),
        np.empty((0, 3)),
        np.empty((size, 0)),
        np.full(1, size),
        0.0,
    )


@njit()
def single(region, box):
    """Return the part of a region that lies in one of its boxes."""
    return Region(
        region.lower[box : box + 1],
        region.upper[box : box + 1],
        region.weight,
        region.radius,
        region.norm,
        region.metric,
        region.links,
        region.levels,
        region.most[box : box + 1],
        region.price,
    )


@njit()
def with_radius(region, radius):
    """Return a region of another budget."""
    return Region(
        region.lower,
        region.upper,
        region.weight,
        radius,
        region.norm,
        region.metric,
        region.links,
        region.levels,
        region.most,
        region.price,
    )


@njit()
def follow(links, change):
    """Set the changes of the features that follow others, in place."""
    for link in range(links.shape[0]):
        change[int(links[link, 0])] = links[link, 2] * change[int(links[link, 1])]


@njit()
def leading(links, slope):
    """Return the slopes of the features that lead: what their followers bring included."""
    if links.shape[0] == 0:
        return slope
    gathered = slope.copy()
    for link in range(links.shape[0]):
        gathered[int(links[link, 1])] += links[link, 2] * slope[int(links[link, 0])]
        gathered[int(links[link, 0])] = 0.0
    return gathered
