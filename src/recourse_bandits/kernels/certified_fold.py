r"""One box of a region with its fixed features taken out of it.

Fixed changes f leave the other features u a ball of the same kind: under a norm p the budget is
:math:`(\gamma^p - \|w_F f\|_p^p)^{1/p}`. With a metric U, and :math:`U_W = QR`,

.. math:: \|Uc\|^2 = \|R\,u + Q'U_F f\|^2 + \|(I - QQ')\,U_F f\|^2,

so that the free features move within an ellipsoid whose centre is not 0; their changes are counted
from there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_goal import Found, Goal
from recourse_bandits.kernels.region import LINF, Region

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Folded:
    """A problem in the w free features, and how their changes become those of all of them.

    Attributes
    ----------
    goal, region
        The function, and one box within a ball around 0, of the free features.
    offset, columns
        All changes are offset + columns·u, shapes (m,) and (m, w).
    """

    goal: Goal
    region: Region
    offset: Array
    columns: Array

    def back(self, found: Found) -> Found:
        """Return what was found as changes of all features."""
        return Found(
            self.offset + self.columns @ found.change, found.value, found.bound, found.nodes
        )


def folded(goal: Goal, region: Region) -> Folded:
    """Return the problem of the free features of a region of one box."""
    lower, upper = region.lower[0], region.upper[0]
    free = np.flatnonzero(lower < upper)
    offset = np.where(lower < upper, 0.0, lower)
    metric, radius = region.metric[:, free], region.radius
    weight = region.weight[free].copy()
    if region.metric.shape[0] > 0:
        metric, centre, radius = _ellipsoid(metric, region.metric @ offset, radius)
        offset[free] = centre
        # of a change is at least weight_i·|c_i|: 1 / sqrt((A^-1)_ii)
        weight = 1.0 / np.linalg.norm(np.linalg.inv(metric), axis=1) if free.size else weight
    elif region.norm != LINF and offset.any():
        radius = _left(radius, np.abs(region.weight * offset), region.norm)
    columns = np.eye(lower.size)[:, free]
    inner = region._replace(
        lower=(lower - offset)[None, free],
        upper=(upper - offset)[None, free],
        weight=weight,
        radius=radius,
        metric=np.ascontiguousarray(metric),
        levels=np.empty((free.size, 0)),
        most=np.array([free.size]),
        price=0.0,
    )
    return Folded(goal.through(offset, columns), inner, offset, columns)


def _left(radius: float, efforts: Array, power: float) -> float:
    """What is left of a budget, relative to it: no power overflows."""
    if radius == 0.0:
        return 0.0
    share = 1.0 - float(np.sum((efforts / radius) ** power))
    return radius * float(max(share, 0.0) ** (1.0 / power))


def _ellipsoid(metric: Array, fixed: Array, radius: float) -> tuple[Array, Array, float]:
    """Return the metric of the free features, the centre and what is left of the radius."""
    orthogonal, triangle = np.linalg.qr(metric)
    shift = orthogonal.T @ fixed
    beside = float(np.linalg.norm(fixed - orthogonal @ shift))
    left = float(np.sqrt(max(radius - beside, 0.0) * (radius + beside)))
    return triangle, -np.linalg.solve(triangle, shift), left
