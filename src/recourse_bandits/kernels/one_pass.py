r"""One step of a one-pass estimate of a generalised linear model: implicit online Newton.

================  ====================================================================  ==========
symbol            meaning                                                               shape
================  ====================================================================  ==========
W, theta^         weighted precision and estimate before the outcome                    (d, d), (d,)
z0, q             x'theta^ and x'W^-1 x                                                 ()
l                 loss m(x'theta) - r·(x'theta) of the reward r                         ()
phi               dispersion of the reward, see `links`                                 ()
================  ====================================================================  ==========

The new estimate is

.. math:: \hat\theta^+ = \arg\min_\theta\; l(\theta) + \tfrac12\|\theta - \hat\theta\|_W^2
          = \hat\theta + c\,W^{-1}x,\quad c = r - \mu(z),\quad z = z_0 + q\,(r - \mu(z)),

one equation in one unknown (Faury, Abeille, Jun, Calauzenes 2022, *Jointly efficient and optimal
algorithms for logistic bandits*, AISTATS). Then W+ = W + w·x x', with w from `curvature`. It is the
ridge regression of the working response z + (r - mu(z))/w with weight w.

The confidence set is ours. With y = x'theta, l(z) - l(y) <= (r - mu(z))(y - z) - w(y - z)²/2 and
the normal equations give, summed over the rounds,

.. math:: \|\hat\theta^+ - \theta\|^2_{W^+} \le \|\theta_0 - \theta\|^2_{W_0}
          + \sum_s \big(2\,l_s(y_s) - 2\,l_s(z_s) - c_s^2 q_s\big).

Let p_s mix exp(-l_s / phi) over N(z0, phi·q), here over the nodes of a quadrature. As p_s is fixed
before r_s is seen, the product of p_s / exp(-l_s(y_s) / phi) is a supermartingale: with probability
1 - failure it stays below 1/failure for ever (Ville). So

.. math:: \|\hat\theta^+ - \theta\|^2_{W^+} \le bias^2 + \phi\,(2\log(1/failure) + \sum_s gain_s),
          \quad gain_s = -2\log p_s - (2\,l_s(z_s) + c_s^2 q_s)/\phi.

For the identity link gain = log(1 + q): the set of Abbasi-Yadkori, Pal, Szepesvari (2011), Theorem
2, with the root of a sum of squares in place of a sum.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.links import LOG, integral, mean, slope

_NODES, _MASS = np.polynomial.hermite_e.hermegauss(12)
_MASS /= _MASS.sum()
_MOST_STEPS = 200


@njit("float64(int64, float64, float64, float64)")
def _root_upwards(link, z0, q, reward):
    """Solve z = z0 + q·(reward - mu(z)) for a positive code."""
    high = z0 + q * max(reward - mean(link, z0), 0.0)
    if link == LOG and high > 0.0:  # exp(z) = reward + (z0 - z)/q, so that z < 0 or z <= log(...)
        high = min(high, max(0.0, math.log(max(reward + z0 / q, 1.0))))
    low = min(z0 + q * (reward - mean(link, high)), high)
    z, before = high, math.inf
    for _ in range(_MOST_STEPS):
        excess = z - z0 - q * (reward - mean(link, z))
        if excess > 0.0:
            high = z
        else:
            low = z
        step = -excess / (1.0 + q * slope(link, z))
        if not (low < z + step < high and abs(step) <= 0.5 * before):
            step = 0.5 * (low + high) - z
        before = abs(step)
        z += step
        if before <= 1e-15 * (1.0 + abs(z)):
            break
    return z


@njit("float64(int64, float64, float64, float64)")
def root(link, z0, q, reward):
    """Solve z = z0 + q·(reward - mu(z)), by Newton steps kept within a bracket."""
    if link < 0:
        return -_root_upwards(-link, -z0, q, -reward)
    return _root_upwards(link, z0, q, reward)


@njit("float64(int64, float64, float64, float64, float64)")
def predicted_loss(link, dispersion, z0, q, reward):
    """Return -2·log p: twice the loss, over the dispersion, of the mixture over N(z0, phi·q)."""
    spread = math.sqrt(dispersion * q)
    losses = np.empty(_NODES.size)
    for i in range(_NODES.size):
        node = z0 + spread * _NODES[i]
        losses[i] = (integral(link, node) - reward * node) / dispersion
    least = losses.min()
    total = 0.0
    for i in range(_NODES.size):
        total += _MASS[i] * math.exp(least - losses[i])
    return 2.0 * (least - math.log(total))


@njit("float64(int64, float64, float64, float64, float64, float64)")
def gain(link, dispersion, z0, q, reward, z):
    """By how much, over the dispersion, the squared radius grows."""
    residual = reward - mean(link, z)
    fitted = 2.0 * (integral(link, z) - reward * z) + residual * residual * q
    return predicted_loss(link, dispersion, z0, q, reward) - fitted / dispersion
