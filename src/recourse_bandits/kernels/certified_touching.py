r"""A bound over an ellipsoid within a box, by another ellipsoid that holds both. Ours.

For all mu > 0 and lambda >= 0 whoever satisfies c'Ac <= gamma² and low <= c <= high is in

.. math:: \mu\,(c'Ac - \gamma^2) + \sum_i \lambda_i (c_i - low_i)(c_i - high_i) \le 0,

over which eigen-coordinates maximise g exactly. With the multipliers of a critical point c*, where

.. math:: \nabla g(c^*) = 2 \mu A c^* + \nu, \qquad \lambda_i = |\nu_i| / (high_i - low_i),

it touches ball and box there, and c* is critical for it too: if it is the best, it is proved.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_eigen import over_ball
from recourse_bandits.kernels.certified_goal import Found, Goal, Patience

Array = NDArray[np.float64]

_LEAST_SHARE = 1e-4  # of the sum of lambda, relative to the trace of A: so large is mu at least
_NARROW = 1e-4  # of the widest feature
_NEAR = 1e-9  # of its width: who is so near to a bound is at it
_OUTWARDS = 1e-12  # relative, so that rounding leaves nothing outside


def touching(
    goal: Goal,
    matrix: Array,
    radius: float,
    low: Array,
    high: Array,
    start: Found,
    patience: Patience,
) -> Found:
    """Maximise over the ellipsoid that touches at the change to start from.

    `matrix` is A, positive definite, and the box is finite. What is found need not be feasible.
    """
    form, centre, square = _ellipsoid_at(goal, matrix, radius, low, high, start.change)
    longest = np.sqrt(max(square, 0.0)) * (1.0 + _OUTWARDS)
    stretch = np.linalg.inv(np.linalg.cholesky(form).T) * longest
    moved = goal.through(centre, np.eye(centre.size)).quadratic
    found = over_ball(moved, stretch, replace(start, change=start.change - centre), patience)
    return replace(found, change=found.change + centre)


def _ellipsoid_at(
    goal: Goal, matrix: Array, radius: float, low: Array, high: Array, change: Array
) -> tuple[Array, Array, float]:
    """Return Q, k and R² of the ellipsoid (c - k)'Q(c - k) <= R²."""
    slope = goal.slopes(change[None])[0]
    uphill, width = matrix @ change, high - low
    free = (change > low + _NEAR * width) & (change < high - _NEAR * width)
    length = float(uphill[free] @ uphill[free])
    mu = max(float(slope[free] @ uphill[free]), 0.0) / length if length > 0.0 else 0.0
    narrow = np.maximum(width, _NARROW * width.max())
    share = np.where(free, 0.0, np.abs(slope - mu * uphill) / narrow)
    mu = max(0.5 * mu, _LEAST_SHARE * float(share.sum()) / float(np.trace(matrix)))
    if mu == 0.0:
        mu = 1.0
    form = mu * matrix + np.diag(share)
    centre = np.linalg.solve(form, 0.5 * share * (low + high))
    square = mu * radius**2 - float(share @ (low * high)) + float(centre @ form @ centre)
    return form, centre, square
