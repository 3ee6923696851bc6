r"""Inverse links: from the linear scale z = x'theta to the expected reward mu(z).

==========  ===========================  ==========================  ============================
link        mu(z)                        slope mu'(z)                m(z), with m' = mu
==========  ===========================  ==========================  ============================
IDENTITY    z                            1                           z²/2
LOGISTIC    1 / (1 + exp(-z))            mu·(1 - mu)                 log(1 + exp(z))
PROBIT      Phi(z)                       phi(z)                      z·Phi(z) + phi(z)
LOG         exp(z)                       exp(z)                      exp(z)
==========  ===========================  ==========================  ============================

A negative code is the link of a reward that is the negative of what is measured (a count of
falls): mu_-(z) = -mu(-z), so that a larger z is better whatever is measured.

Rewards are `dispersion`-sub-GLM: with b = c / dispersion,

.. math:: E\,e^{b(r - \mu(z))} \le \exp\big((m(z + c) - m(z) - c\,\mu(z)) / dispersion\big)

for all c. It holds for sigma-sub-Gaussian noise and the identity with sigma²; for anything in
[0, 1] with 1 (logistic) and sqrt(2·pi)/4 (probit: phi >= 4/sqrt(2·pi)·Phi·(1 - Phi)); for Poisson
counts with 1, for anything in [0, M] and the log link with M. Those for the probit and for bounded
counts are ours, by E exp(b·r) <= 1 + mu/M·(exp(b·M) - 1).
"""

import math

from recourse_bandits.compilation import njit, vectorize

IDENTITY, LOGISTIC, PROBIT, LOG = 1, 2, 3, 4
_LARGEST_EXPONENT = 600.0  # exp of it, and the sums of such, are still numbers
_NO_PROBABILITY = -39.0  # below it both the probit and its slope are 0 to the last bit
_ROOT_OF_TWO_PI = math.sqrt(2.0 * math.pi)


@njit("float64(float64)")
def _density(z):
    return math.exp(-0.5 * z * z) / _ROOT_OF_TWO_PI


@njit("float64(float64)")
def _cumulative(z):
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


@njit("float64(int64, float64)")
def _mean(link, z):
    if link == IDENTITY:
        return z
    if link == LOGISTIC:
        if z >= 0.0:
            return 1.0 / (1.0 + math.exp(-z))
        small = math.exp(z)
        return small / (1.0 + small)
    if link == PROBIT:
        return _cumulative(z)
    return math.exp(min(z, _LARGEST_EXPONENT))


@njit("float64(int64, float64)")
def _slope(link, z):
    if link == IDENTITY:
        return 1.0
    if link == LOGISTIC:
        small = math.exp(-abs(z))
        return small / (1.0 + small) ** 2
    if link == PROBIT:
        return _density(z)
    return math.exp(min(z, _LARGEST_EXPONENT))


@njit("float64(int64, float64)")
def _integral(link, z):
    if link == IDENTITY:
        return 0.5 * z * z
    if link == LOGISTIC:
        return max(z, 0.0) + math.log1p(math.exp(-abs(z)))
    if link == PROBIT:
        if z < _NO_PROBABILITY:
            return 0.0  # where z is infinite, not the product of it and 0
        return z * _cumulative(z) + _density(z)
    return math.exp(min(z, _LARGEST_EXPONENT))


@njit("float64(int64, float64)")
def mean(link, z):
    """Expected reward mu(z)."""
    if link < 0:
        return -_mean(-link, -z)
    return _mean(link, z)


@njit("float64(int64, float64)")
def slope(link, z):
    """Return mu'(z), never 0 by underflow alone."""
    z = z if link > 0 else -z
    return max(_slope(abs(link), z), 1e-300)


@njit("float64(int64, float64)")
def integral(link, z):
    """Return m(z), whose slope is mu(z)."""
    return _integral(abs(link), z if link > 0 else -z)


@vectorize(["float64(int64, float64)"], nopython=True)
def slopes(link, z):
    """Return mu'(z), as `slope`; broadcasts."""
    return slope(link, z)


@njit("float64(int64, float64, float64)")
def bounded_mean(link, largest, z):
    """Return mu(z) of what is measured as at most `largest`; z may be infinite."""
    if math.isnan(z) or link in (IDENTITY, -IDENTITY):
        return z
    if link < 0:
        return -min(_mean(-link, -z), largest)
    return min(_mean(link, z), largest)


@vectorize(["float64(int64, float64, float64)"], nopython=True)
def expected(link, largest, z):
    """Return mu(z) of what is measured as at most `largest`, as `bounded_mean`; broadcasts."""
    return bounded_mean(link, largest, z)
