r"""A belief about a measured effect that is linear in the dose: least squares over all arms.

================  ====================================================================  ==========
symbol            meaning                                                               shape
================  ====================================================================  ==========
psi               features that shift the measured effect                               (e,)
y                 dose of arm k, unscaled                                               ()
chi               (psi, dose in slot k, 0 in the slots of the other arms)               (e + K,)
pi                (omega, tau): of the features, and of each arm's dose                 (e + K,)
P                 the sub-outcome, chi·pi + noise of standard deviation `noise`         ()
B                 prior precision + sum of chi chi' / noise²                            (e + K,)²
factor, moment    R with B = R'R, and R'^-1 B u; see `least_squares`                    ...
estimate          u, the mean of pi                                                     (e + K,)
================  ====================================================================  ==========

A sub-outcome adds chi chi' to B and P·chi to B·u, divided by noise² (Keyvanshokooh et al. 2025,
step 6 of SGD-MAB, whose unit noise is that division's 1; its B starts at I):

.. math:: B \leftarrow B + \chi\chi'/noise^2,\quad u \leftarrow B^{-1}\sum P\chi/noise^2,
          \quad \tilde\pi = u + v R^{-1} n \sim N(u, v^2 B^{-1}),\quad n \sim N(0, I).
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.draws import normal_pair
from recourse_bandits.kernels.least_squares import dot, rotate_in, solve, solve_transposed

EFFECT_INDEX = 2**59  # the index of the first draw of pi, far from those of theta


@njit("float64[::1](float64[::1], int64, float64, int64)")
def row(psi, arm, dose, size):
    """Return chi, of `size` = e + K numbers."""
    chi = np.zeros(size)
    chi[: psi.size] = psi
    chi[psi.size + arm] = dose
    return chi


@njit(
    "void(float64[:, ::1], float64[::1], float64[::1], float64[::1], int64, float64, float64,"
    "float64)"
)
def learn(factor, moment, estimate, psi, arm, dose, effect, noise):
    """Add one sub-outcome, in place: (e + K)² operations."""
    chi = row(psi, arm, dose, estimate.size)
    rotate_in(factor, moment, chi / noise, effect / noise)
    solve(factor, moment, estimate)


@njit("void(float64[:, ::1], float64[::1], float64, float64[::1], float64[::1])")
def sample(factor, estimate, inflation, drawn, out):
    """Leave a draw from N(u, inflation² B^-1) in `out`, of e + K standard normal numbers."""
    solve(factor, drawn, out)
    for i in range(out.size):
        out[i] = estimate[i] + inflation * out[i]


@njit("float64(float64[:, ::1], float64[::1], float64, int64)")
def slope_size(factor, estimate, inflation, place):
    """Return sqrt(E[tau²]) of a draw, for the coefficient at a place of pi: e + k for arm k."""
    unit = np.zeros(estimate.size)
    unit[place] = 1.0
    rotated = np.empty(estimate.size)
    solve_transposed(factor, unit, rotated)
    return math.sqrt(estimate[place] ** 2 + inflation**2 * dot(rotated, rotated))


@njit("float64[::1](float64[:, ::1], float64[::1], float64, int64, int64, int64)")
def _sampled(factor, estimate, inflation, seed, number, stream):
    if factor.shape != (estimate.size, estimate.size):
        raise ValueError("factor must have shape (p, p) where estimate has shape (p,)")
    drawn = np.empty(estimate.size)
    for pair in range((drawn.size + 1) // 2):
        even, odd = normal_pair(seed, number, stream, EFFECT_INDEX // 2 + pair)
        drawn[2 * pair] = even
        if 2 * pair + 1 < drawn.size:
            drawn[2 * pair + 1] = odd
    pi = np.empty(estimate.size)
    sample(factor, estimate, inflation, drawn, pi)
    return pi


@guvectorize(
    ["void(float64[:, ::1], float64[::1], float64, int64, int64, int64, float64[::1])"],
    "(p,p),(p),(),(),(),()->(p)",
    nopython=True,
    one=_sampled,
    told_by=1,
)
def sampled(factor, estimate, inflation, seed, number, stream, pi):
    """Draw pi from N(u, inflation² B^-1), its numbers from `EFFECT_INDEX` on; broadcasts."""
    pi[:] = _sampled(factor, estimate, inflation, seed, number, stream)


@guvectorize(
    ["void(float64[:, ::1], float64[::1], float64[::1], int64, float64, float64[:], float64[:])"],
    "(p,p),(p),(e),(),()->(),()",
    nopython=True,
)
def effect(factor, estimate, psi, arm, dose, centre, deviation):
    """Mean and standard deviation of the expected sub-outcome chi·pi; broadcasts."""
    chi = row(psi, arm, dose, estimate.size)
    rotated = np.empty(estimate.size)
    solve_transposed(factor, chi, rotated)
    centre[0] = dot(chi, estimate)
    deviation[0] = math.sqrt(dot(rotated, rotated))
