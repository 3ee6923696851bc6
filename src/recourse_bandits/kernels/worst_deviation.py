r"""The deviation that hurts most, where the coefficients may be any in an ellipsoid.

LIBRA's ORO-NC (section 4) values a recommended point p at the most optimistic coefficients, of
which people then make the worst. The two may be swapped (minimax theorem):

.. math::

    \max_{\|\theta - \hat\theta\|_V \le \rho} p\cdot\theta - \epsilon\,\|\theta_M\|_*
    = \min_{\|u\| \le \epsilon} g(p + u),
    \qquad g(q) = q\cdot\hat\theta + \rho\,\|q\|_{V^{-1}},

a convex problem, which is solved here (*ours*) by a barrier method in u with Newton's steps. With
:math:`z = R'^{-1}(p + u)`, the root that bounds the length from above and its barrier are solved
for in closed form: for a weight s of the objective

.. math:: \min_{t > |z|} s\rho t - \log(t^2 - |z|^2) \quad\text{at}\quad
          t = \tfrac{1}{s\rho}\bigl(1 + \sqrt{1 + (s\rho|z|)^2}\bigr),

so that no kink is left at z = 0. Every step has coefficients of the ellipsoid with it,
theta^ + (rho / t)·V^-1 (p + u), whose value is a lower bound: the gap tells when to stop.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
columns           the features in which people may deviate                       (n,)
weight            effort of one scaled unit of each of them, > 0                 (n,)
eps               largest effort of a deviation                                  ()
norm              L2 or LINF, of the deviations as of the budget                 ()
================  =============================================================  ========

The others are those of `optimistic`.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.least_squares import dot, solve, solve_transposed
from recourse_bandits.kernels.region import LINF

_FASTMATH = {"reassoc", "contract"}
_GAP = 1e-11  # of bounds, relative to the largest number in the problem
_ROUNDS = 12  # weights of the objective that are tried
_STEPS = 40  # Newton's, for each of them
_FASTER = 30.0  # by which the weight grows


@njit()
def dual_norm(slope, weight, norm):
    """Return ‖slope‖_*: the most that a deviation of effort 1 costs."""
    total = 0.0
    for i in range(slope.size):
        part = abs(slope[i]) / weight[i]
        total += part if norm == LINF else part * part
    return total if norm == LINF else math.sqrt(total)


@njit()
def free_columns(mutable, weight, fixed):
    """Return columns and weights of the features in which people may deviate."""
    free = np.logical_not(fixed)
    return mutable[free], weight[free]


@njit()
def optimistic_theta(factor, estimate, rho, point, theta):
    """Leave theta^ + rho·V^-1 p / ‖p‖_V^-1 in `theta`; theta^ where p = 0."""
    rotated = np.empty(estimate.size)
    solve_transposed(factor, point, rotated)
    length = math.sqrt(dot(rotated, rotated))
    theta[:] = estimate
    if length > 0.0 and rho > 0.0:
        widths = np.empty(estimate.size)
        solve(factor, rotated, widths)
        theta += (rho / length) * widths


@njit()
def rotated_columns(factor, columns, size):
    """Return R'^-1 e_j·size_j for each column j, shape (n, d): rows are contiguous."""
    found = np.empty((columns.size, factor.shape[0]))
    unit = np.zeros(factor.shape[0])
    for i in range(columns.size):
        unit[columns[i]] = size[i]
        solve_transposed(factor, unit, found[i])
        unit[columns[i]] = 0.0
    return found


@njit()
def _bend(y, norm, gradient, hessian):
    """Add gradient and Hessian of the barrier of the unit ball or box."""
    if norm == LINF:
        for i in range(y.size):
            slack = 1.0 - y[i] * y[i]
            gradient[i] += 2.0 * y[i] / slack
            hessian[i, i] += 2.0 * (1.0 + y[i] * y[i]) / (slack * slack)
        return
    slack = 1.0 - dot(y, y)
    gradient += 2.0 / slack * y
    for i in range(y.size):
        hessian[i, i] += 2.0 / slack
        for j in range(y.size):
            hessian[i, j] += 4.0 / (slack * slack) * y[i] * y[j]


@njit()
def _inside(y, norm):
    return np.max(np.abs(y)) < 1.0 if norm == LINF else dot(y, y) < 1.0


@njit()
def _shape(y, s, rho, slope, rows, gram, start, norm, gradient, hessian):
    """Gradient and Hessian of the objective of weight s with its barriers; returns t."""
    z = start.copy()
    for i in range(y.size):
        z += y[i] * rows[i]
    pull = np.empty(y.size)
    for i in range(y.size):
        pull[i] = dot(rows[i], z)
    root = math.sqrt(1.0 + (s * rho) ** 2 * dot(z, z))
    t = (1.0 + root) / (s * rho)
    bend = s * rho / t
    gradient[:] = s * slope + bend * pull
    for i in range(y.size):
        for j in range(y.size):
            hessian[i, j] = bend * (gram[i, j] - bend / root * pull[i] * pull[j])
    _bend(y, norm, gradient, hessian)
    return t


@njit()
def _centre(y, s, rho, slope, rows, gram, start, norm):
    """Newton's method from y, in place, at one weight of the objective; returns t."""
    gradient = np.empty(y.size)
    hessian = np.empty((y.size, y.size))
    t = _shape(y, s, rho, slope, rows, gram, start, norm, gradient, hessian)
    before = math.inf
    for _ in range(_STEPS):
        step = np.linalg.solve(hessian, gradient)
        decrement = dot(gradient, step)
        # near the kink the coefficients are as wrong as the decrement's root: go on to rounding
        if not decrement > 1e-22 or (before < 1e-4 and decrement > 0.5 * before):
            break
        before = decrement
        length = 1.0
        trial = y - step
        for _ in range(60):
            if _inside(trial, norm):
                t = _shape(trial, s, rho, slope, rows, gram, start, norm, gradient, hessian)
                if -dot(gradient, step) <= 0.3 * decrement:  # not far beyond the minimum
                    break
            length *= 0.5
            trial = y - length * step
        if not _inside(trial, norm):
            break
        y[:] = trial
    return t


@njit()
def worst_case(factor, estimate, rho, point, columns, weight, eps, norm, theta):
    """Return upper and lower bounds of min over u of g(point + u), equal but for rounding.

    Leaves coefficients of the ellipsoid that attain the lower bound in `theta`.
    """
    if eps == 0.0 or columns.size == 0 or rho == 0.0:
        optimistic_theta(factor, estimate, rho, point, theta)
        value = dot(point, theta) - eps * dual_norm(theta[columns], weight, norm)
        return value, value
    size = eps / weight
    rows = rotated_columns(factor, columns, size)
    gram = rows @ rows.T
    slope = estimate[columns] * size
    start = np.empty(estimate.size)
    solve_transposed(factor, point, start)
    base = dot(point, estimate)
    scale = rho * (math.sqrt(dot(start, start)) + math.sqrt(np.trace(gram)))
    scale += np.sum(np.abs(slope)) + abs(base)
    best = math.inf
    least = -math.inf
    y = np.zeros(columns.size)
    widths = np.empty(estimate.size)
    trial = np.empty(estimate.size)
    s = 1.0 / scale
    for _ in range(_ROUNDS):
        t = _centre(y, s, rho, slope, rows, gram, start, norm)
        z = start.copy()
        for i in range(y.size):
            z += y[i] * rows[i]
        length = math.sqrt(dot(z, z))
        best = min(best, base + dot(slope, y) + rho * length)
        solve(factor, z, widths)
        trial[:] = estimate + rho / max(t, length) * widths
        value = dot(point, trial) - eps * dual_norm(trial[columns], weight, norm)
        if value > least:
            least = value
            theta[:] = trial
        if best - least <= _GAP * scale:
            break
        s *= _FASTER
    return best, least


@njit()
def longest_deviation(factor, columns, weight, eps, norm):
    """Return a bound on ‖u‖_V^-1 over the deviations: the eigenvalue's, or the triangle's."""
    if columns.size == 0 or eps == 0.0:
        return 0.0
    rows = rotated_columns(factor, columns, eps / weight)
    gram = rows @ rows.T
    largest = math.sqrt(max(np.linalg.eigvalsh(gram)[-1], 0.0))
    if norm == LINF:
        return min(math.sqrt(columns.size) * largest, np.sum(np.sqrt(np.diag(gram))))
    return largest


@guvectorize(
    [
        "void(float64[:, ::1], float64[::1], float64, float64[::1], int64[::1], float64[::1],"
        "boolean[::1], float64, float64, float64[:], float64[:], float64[:])"
    ],
    "(d,d),(d),(),(d),(m),(m),(m),(),()->(),(),()",
    nopython=True,
    fastmath=_FASTMATH,
)
def bounds(factor, estimate, rho, point, mutable, weight, fixed, eps, norm, mean, low, high):
    r"""Estimate and bounds of the reward of a recommended point, in the worst case.

    The estimate is p·theta^ - eps·‖theta^_M‖_*; the upper bound is the minimum of g. The least
    value of p·theta - eps·‖theta_M‖_* over the ellipsoid is the minimum of a concave function;
    `low` is a bound of it from below, p·theta^ - eps·‖theta^_M‖_* - rho·(‖p‖ + max ‖u‖).
    """
    columns, effort = free_columns(mutable, weight, fixed)
    theta = np.empty(estimate.size)
    rotated = np.empty(estimate.size)
    solve_transposed(factor, point, rotated)
    length = math.sqrt(dot(rotated, rotated))
    loss = eps * dual_norm(estimate[columns], effort, norm)
    value, _ = worst_case(factor, estimate, rho, point, columns, effort, eps, norm, theta)
    mean[0] = dot(point, estimate) - loss
    low[0] = mean[0] - rho * (length + longest_deviation(factor, columns, effort, eps, norm))
    high[0] = max(value, mean[0])
