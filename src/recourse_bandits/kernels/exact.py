r"""Exact penalised maximum likelihood of one arm, from all its rows, and its confidence set.

================  ====================================================================  ==========
symbol            meaning                                                               shape
================  ====================================================================  ==========
X, r              rows and rewards of the arm                                           (n, d), (n,)
m0, P             prior mean and precision                                              (d,), (d, d)
phi               dispersion of the rewards, see `links`                                ()
================  ====================================================================  ==========

.. math:: \hat\theta = \arg\min_\theta f(\theta),\quad
          f(\theta) = \sum_s \big(m(x_s\theta) - r_s\,x_s\theta\big)
                    + \tfrac12\|\theta - m_0\|_P^2,

by Newton's method with halved steps where a whole one does not descend (LIBRA paper, section 4.1,
with the sign of its loss mended). With the predictions p_s of `one_pass`, made before each reward
was seen, its supermartingale, and the weights of `curvature`, in W = P + sum w_s x_s x_s',

.. math:: \|\hat\theta - \theta\|_W^2 \le 2\,(f(\theta) - f(\hat\theta))
          \le bias^2 + \phi\,\big(2\log(1/failure) - 2\textstyle\sum_s\log p_s\big)
              - 2 f(\hat\theta).

The set is ours; for the identity link it is the one of `one_pass`. Lemma 2 wants the least f over
the ball of the coefficient bound, and weights of 1.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.curvature import known_range, least
from recourse_bandits.kernels.least_squares import dot, rotate_in, solve, solve_transposed
from recourse_bandits.kernels.links import integral, mean, slope

_MOST_STEPS = 100
_WELL_CONDITIONED = 1e10  # trace over least precision: Cholesky's method keeps six digits then
_DONE = 1e-22  # squared Newton decrement, relative to the loss


@njit("float64(int64, float64[:, ::1], float64[::1], float64[::1], float64[:, ::1], float64[::1])")
def penalised_loss(link, rows, rewards, prior_mean, prior_precision, theta):
    """Return f(theta)."""
    z = rows @ theta
    away = theta - prior_mean
    total = 0.5 * dot(away, prior_precision @ away)
    for s in range(z.size):
        total += integral(link, z[s]) - rewards[s] * z[s]
    return total


@njit("float64[:, ::1](float64[:, ::1], float64[::1], float64[:, ::1])")
def weighted_precision(rows, weights, prior_precision):
    """Return P + sum w_s x_s x_s'."""
    scaled = rows * weights.reshape(-1, 1)
    return prior_precision + scaled.T @ rows


@njit("float64[:, ::1](float64[:, ::1])")
def upper_factor(precision):
    """Return R, upper triangular, with R'R = V."""
    return np.ascontiguousarray(np.linalg.cholesky(precision).T)


@njit("float64[:, ::1](float64[:, ::1], float64[::1], float64[:, ::1])")
def weighted_factor(rows, weights, prior_precision):
    """Return the upper factor of P + sum w_s x_s x_s'.

    In the sum, P may be lost beside long rows. They are rotated into its factor then: it is slower.
    """
    factor = upper_factor(prior_precision)
    precision = weighted_precision(rows, weights, prior_precision)
    if np.trace(precision) <= _WELL_CONDITIONED * (np.diag(factor) ** 2).min():
        return upper_factor(precision)
    moment = np.zeros(factor.shape[0])
    for s in range(rows.shape[0]):
        rotate_in(factor, moment, math.sqrt(weights[s]) * rows[s], 0.0)
    return factor


@njit(
    "void(int64, float64[:, ::1], float64[::1], float64[::1], float64[:, ::1], float64,"
    "float64[::1])"
)
def fit(link, rows, rewards, prior_mean, prior_precision, ridge, theta):
    """Minimise f(theta) + ridge·‖theta‖²/2 in place, from the theta that is given, or from 0.

    A step of Newton's method lowers a log-linear z by at most 1: from a theta that expects too much
    of a new row it would take as many steps as z is too large, from 0 it does not.
    """
    dimension = theta.size
    penalty = prior_precision + ridge * np.eye(dimension)
    centre = np.linalg.solve(penalty, prior_precision @ prior_mean)
    weights, residuals = np.empty(rewards.size), np.empty(rewards.size)
    step, work = np.empty(dimension), np.empty(dimension)
    value = penalised_loss(link, rows, rewards, centre, penalty, theta)
    value_at_0 = penalised_loss(link, rows, rewards, centre, penalty, np.zeros(dimension))
    if value_at_0 < value:
        theta[:] = 0.0
        value = value_at_0
    for _ in range(_MOST_STEPS):
        z = rows @ theta
        for s in range(z.size):
            weights[s] = slope(link, z[s])
            residuals[s] = rewards[s] - mean(link, z[s])
        descent = residuals @ rows - penalty @ (theta - centre)
        factor = weighted_factor(rows, weights, penalty)
        solve_transposed(factor, descent, work)
        solve(factor, work, step)
        decrement = dot(work, work)
        size = 1.0
        while True:
            found = theta + size * step
            new_value = penalised_loss(link, rows, rewards, centre, penalty, found)
            enough = value - 0.25 * size * decrement + 1e-13 * (1.0 + abs(value))
            if new_value <= enough or size < 1e-12:
                break
            size *= 0.5
        theta[:] = found
        value = new_value
        if decrement <= _DONE * (1.0 + abs(value)):
            break


@njit(
    "void(int64, float64[:, ::1], float64[::1], float64[::1], float64[:, ::1], float64,"
    "float64[::1])"
)
def fit_in_ball(link, rows, rewards, prior_mean, prior_precision, bound, theta):
    """Minimise f over ‖theta‖ <= bound in place: by the ridge whose minimum is that long."""
    fit(link, rows, rewards, prior_mean, prior_precision, 0.0, theta)
    if math.sqrt(dot(theta, theta)) <= bound:
        return
    low, high = 0.0, 1.0
    while True:
        fit(link, rows, rewards, prior_mean, prior_precision, high, theta)
        if math.sqrt(dot(theta, theta)) <= bound:
            break
        low, high = high, 4.0 * high
    for _ in range(60):
        middle = 0.5 * (low + high)
        fit(link, rows, rewards, prior_mean, prior_precision, middle, theta)
        if math.sqrt(dot(theta, theta)) <= bound:
            high = middle
        else:
            low = middle
        if high - low <= 1e-12 * high:
            break
    fit(link, rows, rewards, prior_mean, prior_precision, high, theta)


@njit(
    "float64[::1](int64, float64[:, ::1], float64[::1], float64[::1], float64, float64, float64,"
    "float64[:, ::1])"
)
def curvature_weights(link, rows, z, before, rho, norm_bound, largest, factor):
    """Curvature weights of all rows at the points z, known what the set before the outcome tells.

    `factor` and `rho` are of that set, `before` are the rows' z at its centre.
    """
    inverse = np.linalg.inv(factor)
    lengths = rows @ np.ascontiguousarray(inverse)
    weights = np.empty(z.size)
    for s in range(z.size):
        norm = math.sqrt(dot(rows[s], rows[s]))
        half_width = rho * math.sqrt(dot(lengths[s], lengths[s]))
        low, high = known_range(link, norm_bound * norm, largest, before[s], half_width)
        weights[s] = least(link, z[s], low, high)
    return weights
