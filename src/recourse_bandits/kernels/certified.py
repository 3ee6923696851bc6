r"""Optimistic recourse with a proof: a point, its value, and an upper bound of the maximum.

Maximised is, with the symbols of `optimistic`, g(p) = p'theta^ + rho·‖p‖_V^-1, p = x + c on the
mutable features, over the feasible changes c:

.. math:: g = x'\hat\theta + \hat\theta_M'c
          + \rho\sqrt{x'V^{-1}x + 2\,(V^{-1}x)_M'c + c'(V^{-1})_{MM}\,c}.

================  ==========================================================================
set               what is done
================  ==========================================================================
l2                eigen-coordinates of the unit ball, bounds of `certified_bound`, branch and
                  bound in the few coordinates where they leave a gap
a box             every vertex, up to 16 features that may move; more: branch and bound
l2 within a box   the ball alone, if its best point lies in the box; else the lesser of its
                  bound and of that of branch and bound over both
================  ==========================================================================

LIBRA, Proposition 1, says that the maximum can be computed, and gives no algorithm: all is ours.

The parts are compiled, what puts them together is not: compiled as one they would take minutes.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_search import search
from recourse_bandits.kernels.diagonal_majorant import diagonal_majorant
from recourse_bandits.kernels.eigen_coordinates import diagonalised
from recourse_bandits.kernels.least_squares import predict
from recourse_bandits.kernels.optimistic import optimistic_point
from recourse_bandits.kernels.reach import within_reach
from recourse_bandits.kernels.region import L2, LINF, ball_and_box
from recourse_bandits.kernels.vertices import best_vertex

Array = NDArray[np.float64]

_ENUMERATED = 16  # mutable features up to which all vertices are tried
_ASCENT = 1e-9  # as GLRB's defaults: what is certified is never below Algorithm 2 with these
_ASCENT_STEPS = 500


@dataclass(frozen=True, slots=True)
class _Objective:
    """base + slope'c + rho·sqrt(q0 + 2 linear'c + c'matrix c)."""

    base: float
    rho: float
    q0: float
    slope: Array
    linear: Array
    matrix: Array

    @property
    def parts(self) -> tuple[float, float, float, Array, Array, Array]:
        """What kernels take first."""
        return self.base, self.rho, self.q0, self.slope, self.linear, self.matrix


@dataclass(frozen=True, slots=True)
class _Found:
    """A change with its value, an upper bound, and how many boxes or vertices that took."""

    change: Array
    value: float
    bound: float
    nodes: int


@dataclass(frozen=True, slots=True)
class _Effort:
    """When to stop: a gap within tolerance·(1 + |value|), or so many boxes."""

    tolerance: float
    max_nodes: int


def _objective(factor: Array, estimate: Array, rho: float, x: Array, mutable: Any) -> _Objective:
    rotated = np.linalg.solve(factor.T, np.column_stack((x, np.eye(x.size)[:, mutable])))
    products = rotated.T @ rotated
    return _Objective(
        base=float(x @ estimate),
        rho=rho,
        q0=float(products[0, 0]),
        slope=estimate[mutable],
        linear=products[0, 1:].copy(),
        matrix=np.ascontiguousarray(products[1:, 1:]),
    )


def _over_ball(goal: _Objective, stretch: Array, start: _Found, effort: _Effort) -> _Found:
    """Maximise over c = stretch·u, ‖u‖ <= 1."""
    eigenvalues, back, beta, tau = diagonalised(stretch, goal.matrix, goal.linear, goal.slope)
    ones, point = np.ones(tau.size), np.linalg.solve(back, start.change)
    value, bound, nodes = search(
        *replace(goal, slope=tau, linear=beta, matrix=np.diag(eigenvalues)).parts,
        eigenvalues,
        (beta == 0.0) & (tau == 0.0),
        ones,
        1.0,
        L2,
        -ones,
        ones,
        start.value,
        effort.tolerance,
        effort.max_nodes,
        point,
    )
    return _Found(back @ point, value, bound, nodes)


def _over_vertices(goal: _Objective, low: Array, high: Array, wide: Any) -> _Found:
    change = low.copy()
    best = best_vertex(*goal.parts, low, high, wide, change)
    return _Found(change, best, best, 2**wide.size)


def _by_branching(
    goal: _Objective,
    weight: Array,
    radius: float,
    norm: float,
    low: Array,
    high: Array,
    start: _Found,
    effort: _Effort,
) -> _Found:
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
        effort.tolerance,
        effort.max_nodes,
        change,
    )
    return _Found(change, value, bound, nodes)


def _over_both(
    goal: _Objective,
    weight: Array,
    radius: float,
    low: Array,
    high: Array,
    start: _Found,
    effort: _Effort,
) -> _Found:
    """Maximise over the ball within a box."""
    above, nodes = np.inf, 0
    if (weight > 0.0).all():
        ball = _over_ball(goal, np.diag(radius / weight), start, effort)
        if ball.value == start.value or ((ball.change >= low) & (ball.change <= high)).all():
            return ball
        above, nodes = ball.bound, ball.nodes
    both = _by_branching(goal, weight, radius, L2, low, high, start, effort)
    return replace(both, bound=min(both.bound, above), nodes=both.nodes + nodes)


def _certified(
    goal: _Objective,
    lower: Array,
    upper: Array,
    weight: Array,
    radius: float,
    norm: float,
    start: _Found,
    effort: _Effort,
) -> _Found:
    ends = [within_reach(*each, radius) for each in zip(lower, upper, weight, strict=True)]
    low, high = np.array(ends).T.copy()
    farthest = np.sum((weight * np.maximum(-low, high)) ** 2)
    if norm == LINF or farthest <= radius * radius:
        wide = np.flatnonzero(high > low)
        if wide.size <= _ENUMERATED:
            return _over_vertices(goal, low, high, wide)
        return _by_branching(goal, weight, radius, LINF, low, high, start, effort)
    if (weight > 0.0).all():
        reach = radius / weight
        if (lower <= -reach).all() and (upper >= reach).all():
            return _over_ball(goal, np.diag(reach), start, effort)
    return _over_both(goal, weight, radius, low, high, start, effort)


def _one(
    factor: Array,
    estimate: Array,
    rho: float,
    x: Array,
    mutable: Any,
    lower: Array,
    upper: Array,
    weight: Array,
    radius: float,
    norm: float,
    tolerance: float,
    max_nodes: int,
) -> tuple[Array, float, float, int]:
    # copies, for kernels are compiled for writable and contiguous arrays
    limits = (lower, upper, np.array(weight), float(radius), float(norm))
    point, value, _ = optimistic_point(
        factor, estimate, rho, x, mutable, *ball_and_box(*limits), _ASCENT, _ASCENT_STEPS
    )
    if mutable.size == 0 or rho == 0.0:
        return point, value, value, 0
    start = _Found((point - x)[mutable], float(value), np.inf, 0)
    goal = _objective(factor, estimate, float(rho), x, mutable)
    found = _certified(goal, *limits, start, _Effort(float(tolerance), int(max_nodes)))
    rival = x.copy()
    rival[mutable] += found.change
    mean, half_width = predict(factor, estimate, rho, rival)
    if mean + half_width > value:
        point, value = rival, mean + half_width
    return point, value, max(found.bound, value), found.nodes


certified_point = np.vectorize(
    _one,
    otypes=[np.float64, np.float64, np.float64, np.int64],
    signature="(d,d),(d),(),(d),(m),(m),(m),(m),(),(),(),()->(d),(),(),()",
    doc="""One arm's optimistic recourse with a proof: point, value, upper bound, boxes; broadcasts.

    The arguments are those of `optimistic_point`, with the most boxes in place of the most
    iterations. The value is never below that of Algorithm 2. The bound is within
    tolerance·(1 + |value|) of it unless `max_nodes` boxes were not enough; a count of boxes, unlike
    a time, gives the same answer every time.
    """,
)
