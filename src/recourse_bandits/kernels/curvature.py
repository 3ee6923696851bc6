r"""How curved a reward's loss is at least, seen from an estimate (ours).

================  ====================================================================  ==========
symbol            meaning                                                               unit
================  ====================================================================  ==========
z                 x'estimate                                                            linear
y                 x'theta, known to lie in [low, high]                                  linear
l(z)              m(z) - r·z, the loss of a reward r; m as in `links`                   loss
================  ====================================================================  ==========

For every y in [low, high]

.. math:: l(y) \ge l(z) + l'(z)(y - z) + \tfrac12 w (y - z)^2,\quad
          w = \min_y \frac{2\,(m(y) - m(z) - \mu(z)(y - z))}{(y - z)^2}.

That ratio is a weighted mean of the slope mu' between z and y. Since mu' rises to one peak and
falls, the ratio does too as y moves away from z, so that its minimum is at an end, or mu'(z). It
is never below that of self-concordance, mu'(z) / (1 + R·abs(y - z)/2).
"""

import math

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.links import LOG, integral, mean, slope

_ROUNDING = 1e-15


@njit("float64(int64, float64, float64)")
def _secant(link, z, y):
    """A lower bound, tight but for rounding, on the ratio for one y."""
    flattest = min(slope(link, z), slope(link, y))
    distance = y - z
    if abs(distance) < 1e-3:
        return flattest
    at_y, at_z, step = integral(link, y), integral(link, z), mean(link, z) * distance
    excess = at_y - at_z - step - _ROUNDING * (abs(at_y) + abs(at_z) + abs(step))
    return max(flattest, 2.0 * excess / (distance * distance))


@njit("float64(int64, float64, float64, float64)")
def least(link, z, low, high):
    """Return w for y in [low, high]."""
    weight = min(_secant(link, z, low), _secant(link, z, high))
    return min(weight, slope(link, z)) if low <= z <= high else weight


@njit("UniTuple(float64, 2)(int64, float64, float64, float64, float64)")
def known_range(link, norm_bound, largest, z, half_width):
    """Where y = x'theta lies: abs(y) <= norm_bound, mu(y) possible, abs(y - z) <= half_width."""
    low, high = -norm_bound, norm_bound
    if abs(link) == LOG:  # nothing larger than `largest` is measured
        edge = math.log(largest)
        if link > 0:
            high = min(high, edge)
            low = min(low, high)
        else:
            low = max(low, -edge)
            high = max(low, high)
    near, far = max(low, z - half_width), min(high, z + half_width)
    return (near, far) if near <= far else (low, high)
