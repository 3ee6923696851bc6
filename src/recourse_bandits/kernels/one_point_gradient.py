r"""Descent on a penalty of which only values are seen: the one-point gradient estimate.

================  ====================================================================
symbol            meaning
================  ====================================================================
z                 iterate: the dose scaled to [-1, 1]
u                 1 or -1, each with probability 1/2
vartheta          how far the play is from the iterate, in (0, 1)
f                 penalty of the play over a bound of it, in [0, 1]
eta               rate
T                 rounds that the arm is played for
================  ====================================================================

.. math:: play = z + \vartheta u,\quad
          z \leftarrow clip\big(z - \eta\,\tfrac{u}{\vartheta} f,\ \pm(1 - \vartheta)\big),\quad
          \vartheta = T^{-1/4},\ \eta = 2\,T^{-3/4}

(Keyvanshokooh et al. 2025, Appendix E, after Flaxman, Kalai, McMahan 2005, *Online convex
optimization in the bandit setting*.) As E[u²] = 1 and E[u] = 0, the mean of u·f(z + vartheta·u) /
vartheta is the difference quotient of f between the two plays: the pair (u, f) must be of one play.
The source takes f at the current dose and puts u into the next one; that pair has mean 0, and the
dose drifts.
"""

import math

from recourse_bandits.compilation import guvectorize, njit, vectorize
from recourse_bandits.kernels.dose import clipped
from recourse_bandits.kernels.draws import uniform_pair

SIGN_INDEX = 2**58  # the index of the draw of u, far from those of coefficients


@vectorize(["float64(int64, int64, int64)"], nopython=True)
def sign(seed, number, stream):
    """Return u, drawn for a decision; broadcasts."""
    draw, _ = uniform_pair(seed, number, stream, SIGN_INDEX)
    return -1.0 if draw < 0.5 else 1.0


@njit("float64(float64, float64, float64, float64, float64)")
def stepped(z, u, value, vartheta, eta):
    """Return the iterate after its step; one of no number is not taken."""
    after = z - eta * (u / vartheta) * value
    inside = 1.0 - vartheta
    return clipped(z if math.isnan(after) else after, -inside, inside)


@njit("UniTuple(float64, 2)(float64)")
def schedule(horizon):
    """Return vartheta and eta for T rounds, T > 1."""
    return horizon**-0.25, 2.0 * horizon**-0.75


@njit("float64(float64, float64, float64)")
def _dose(z, lower, upper):
    share = 0.5 + 0.5 * z
    return clipped((1.0 - share) * lower + share * upper, lower, upper)


@njit("float64(float64, float64, float64)")
def _scaled(y, lower, upper):
    return clipped((y - lower) / (upper - lower) * 2.0 - 1.0, -1.0, 1.0)


@guvectorize(
    ["void(float64, float64, float64, float64[:])"],
    "(),(),()->()",
    nopython=True,
)
def dose(z, lower, upper, out):
    """The dose of a scaled one, inside its range; broadcasts."""
    out[0] = _dose(z, lower, upper)


@guvectorize(
    ["void(float64, float64, float64, float64[:])"],
    "(),(),()->()",
    nopython=True,
)
def scaled(y, lower, upper, out):
    """The dose on the scale from -1 to 1; broadcasts."""
    out[0] = _scaled(y, lower, upper)
