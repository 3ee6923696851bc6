r"""An upper bound of optimistic recourse over a ball within a box, by two multipliers.

In coordinates u, g(u) = base + tau'u + rho·sqrt(q(u)) is to be maximised, where

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
tau               slopes of the estimated reward                                 (m,)
q                 q0 + 2 beta'u + sum D_i u_i², a majorant of ‖p‖²_V^-1          ()
effort            omega, with sum omega_i u_i² <= budget the ball                (m,)
low, high         the box, finite                                                (m,)
================  =============================================================  ========

Since sqrt(q) <= q/(2s) + s/2 for every s > 0, with kappa = rho / s and a multiplier mu of the ball,

.. math::

    g(u) \le base + \tfrac\kappa2 q_0 + \tfrac{\rho^2}{2\kappa} + \tfrac\mu2 budget
    + \sum_i \max_{low_i \le z \le high_i} (\tau_i + \kappa\beta_i)\,z
      + \tfrac12(\kappa D_i - \mu\omega_i)\,z^2

for all kappa > 0 and mu >= 0: jointly convex in both, as it is a maximum of functions linear in
them, plus rho²/(2 kappa). For one kappa and no box this is the trust-region problem, and its
stationarity in mu the secular equation. Ours; the box in place of chords and their multipliers.

Where no single z is stationary (the *hard case*: mu = kappa·max D, no slope along that
coordinate) a mixture of two is. The bound is the largest g of such mixtures, base + tau'E z +
rho·sqrt(E q), and it is proved by a point if nothing is mixed. What is mixed tells where to branch.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit

_STEPS = 80
_BUDGET_USED = 1e-11  # relative error in the budget at which the search for mu ends
_KAPPA_FOUND = 1e-7  # relative error of kappa where the bound is smooth in it: squared, it is none
_KAPPA_CLOSED_IN = 1e-10  # the same where it has a kink
_ROUNDING = 1e-13  # of the terms of a bound, added to it


@njit()
def _argmax(slope, bend, low, high):
    """The z in [low, high] that maximises slope·z + bend·z²/2."""
    if bend < 0.0:
        return min(max(-slope / bend, low), high)
    return high if slope + 0.5 * bend * (low + high) >= 0.0 else low


@njit()
def _answer(kappa, mu, tau, beta, majorant, effort, low, high, z):
    """Set the best z for both multipliers; return its effort and the effort's derivative in mu."""
    used = 0.0
    derivative = 0.0
    for i in range(z.size):
        bend = kappa * majorant[i] - mu * effort[i]
        z[i] = _argmax(tau[i] + kappa * beta[i], bend, low[i], high[i])
        used += effort[i] * z[i] * z[i]
        if bend < 0.0 and low[i] < z[i] < high[i]:
            derivative += 2.0 * effort[i] ** 2 * z[i] * z[i] / bend
    return used, derivative


@njit()
def _secular(kappa, tau, beta, majorant, effort, budget, low, high, within, beyond):
    """The best mu for one kappa, from above.

    Leaves the best z at its two sides, `within` the budget and `beyond` it; returns mu and the
    share of `beyond` in the mixture that uses the budget up.
    """
    used, _ = _answer(kappa, 0.0, tau, beta, majorant, effort, low, high, within)
    beyond[:] = within
    if used <= budget:
        return 0.0, 0.0
    small = 0.0
    used_beyond = used
    squares = 0.0
    steepest = 0.0
    for i in range(tau.size):
        if effort[i] > 0.0:
            squares += (tau[i] + kappa * beta[i]) ** 2 / effort[i]
            steepest = max(steepest, kappa * majorant[i] / effort[i])
    large = steepest + math.sqrt(squares / budget) * (1.0 + 1e-12)
    used, derivative = _answer(kappa, large, tau, beta, majorant, effort, low, high, within)
    for _ in range(_STEPS):  # a box beside 0 may need more
        if used <= budget:
            break
        large *= 4.0
        used, derivative = _answer(kappa, large, tau, beta, majorant, effort, low, high, within)
    used_within = used
    z = within.copy()
    mu = large
    for step in range(_STEPS):
        newton = mu
        if derivative < 0.0 and used > 0.0:
            newton = mu + 2.0 * used * (1.0 - math.sqrt(used / budget)) / derivative
        mu = newton if small < newton < large and step % 4 != 3 else 0.5 * (small + large)
        used, derivative = _answer(kappa, mu, tau, beta, majorant, effort, low, high, z)
        if used <= budget:
            large = mu
            used_within = used
            within[:] = z
            if used >= budget * (1.0 - _BUDGET_USED):
                return mu, 0.0
        else:
            small = mu
            used_beyond = used
            beyond[:] = z
        if large - small <= 1e-15 * large:
            break
    share = (budget - used_within) / max(used_beyond - used_within, 1e-300)
    return large, min(max(share, 0.0), 1.0)


@njit()
def _largest(kappa, mu, base, rho, q0, tau, beta, majorant, effort, budget, z):
    """The bound for both multipliers, whose best z is given, rounded up."""
    terms = base + 0.5 * kappa * q0 + 0.5 * rho * rho / kappa
    size = abs(base) + 0.5 * kappa * abs(q0) + 0.5 * rho * rho / kappa
    if mu > 0.0:
        terms += 0.5 * mu * budget
        size += 0.5 * mu * budget
    for i in range(z.size):
        slope = tau[i] + kappa * beta[i]
        bend = kappa * majorant[i] - mu * effort[i]
        terms += z[i] * (slope + 0.5 * bend * z[i])
        size += (abs(tau[i]) + kappa * abs(beta[i])) * abs(z[i])
        size += 0.5 * (kappa * majorant[i] + mu * effort[i]) * z[i] * z[i]
    return terms + _ROUNDING * size


@njit()
def _moments(share, within, beyond, q0, beta, majorant, mean, second):
    """Set E z and E z² of a mixture; return E q."""
    q = q0
    for i in range(mean.size):
        mean[i] = share * beyond[i] + (1.0 - share) * within[i]
        second[i] = share * beyond[i] ** 2 + (1.0 - share) * within[i] ** 2
        q += 2.0 * beta[i] * mean[i] + majorant[i] * second[i]
    return max(q, 0.0)


@njit()
def _next_kappa(low_end, high_end, low_error, high_error, step):
    """Between the ends on the logarithmic scale: by regula falsi where both errors are known."""
    middle = math.sqrt(low_end) * math.sqrt(high_end)
    if math.isinf(low_error) or math.isinf(high_error) or step % 3 == 2:
        return middle
    share = low_error / (low_error - high_error)
    kappa = low_end * (high_end / low_end) ** share
    return kappa if low_end < kappa < high_end else middle


@njit()
def separable_bound(
    base, rho, q0, tau, beta, majorant, effort, budget, low, high, kappa, enough, mean, second
):
    """The least bound over kappa and mu, from a first kappa > 0; stops at one <= `enough`.

    The set must not be empty and rho > 0. Leaves E z and E z² of the mixture that attains the
    bound in `mean` and `second`; returns the bound and its kappa.

    With q(kappa) the E q of the best mixture, the bound falls where kappa < rho / sqrt(q(kappa)).
    As q never falls, that quotient bounds the best kappa on the other side.
    """
    size = tau.size
    within, beyond = np.empty(size), np.empty(size)
    means, seconds = np.zeros((2, size)), np.zeros((2, size))
    q_of = np.zeros(2)
    ends = np.array([0.0, math.inf])
    errors = np.array([-math.inf, math.inf])
    least = math.inf
    best = kappa
    for step in range(_STEPS):
        mu, share = _secular(kappa, tau, beta, majorant, effort, budget, low, high, within, beyond)
        found = _largest(kappa, mu, base, rho, q0, tau, beta, majorant, effort, budget, within)
        if found < least:
            least, best = found, kappa
        q = _moments(share, within, beyond, q0, beta, majorant, mean, second)
        natural = rho / math.sqrt(max(q, 1e-280))
        error = math.log(kappa / natural)
        if abs(error) <= _KAPPA_FOUND or least <= enough:
            return least, best
        side = 1 if error > 0.0 else 0
        ends[side], errors[side], q_of[side] = kappa, error, q
        means[side], seconds[side] = mean, second
        if side == 1 and natural > ends[0]:
            ends[0], errors[0] = natural, -math.inf
        if side == 0 and natural < ends[1]:
            ends[1], errors[1] = natural, math.inf
        if ends[1] <= ends[0] * (1.0 + _KAPPA_CLOSED_IN):
            break
        kappa = _next_kappa(ends[0], ends[1], errors[0], errors[1], step)
    if math.isfinite(errors[0]) and math.isfinite(errors[1]) and q_of[1] > q_of[0]:
        share = ((rho / best) ** 2 - q_of[0]) / (q_of[1] - q_of[0])
        share = min(max(share, 0.0), 1.0)
        for i in range(size):
            mean[i] = share * means[1, i] + (1.0 - share) * means[0, i]
            second[i] = share * seconds[1, i] + (1.0 - share) * seconds[0, i]
    return least, best
