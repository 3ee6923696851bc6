r"""Maximise t'c over an ellipsoid and a box, by setting features to their bounds and free again.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
columns           u_j, the columns of U as rows, of length 1; ‖Uc‖ <= radius     (m, q)
slope             t                                                              (m,)
low, high         the box; may be infinite                                       (m,)
change            c                                                              (m,)
free              F: not held at a bound; the others are held                    (m,)
R, Q              the columns of F are QR, by Gram and Schmidt's modified method
================  =============================================================  ========

With g the sum of the held columns' c_j·u_j, its part beside the free columns :math:`g - QQ'g`, and
:math:`z = R'^{-1} t_F`, the best free change is

.. math:: R\,c_F = \rho\,z/\|z\| - Q'g,\qquad \rho^2 = radius^2 - \|g - QQ'g\|^2,

and its condition of optimality is :math:`\rho\,t_j - \|z\|\,u_j'Uc` : 0 on F, and of the sign that
keeps a held feature at its bound. If rho is 0 the change is that of least effort; so the radius 0
asks for the change of least effort in the box (:math:`-u_j'Uc` then takes the place of the
condition), and it may be asked for from outside of the ellipsoid.

This is a primal method of active sets (Nocedal and Wright, *Numerical Optimization*, section 16.5).
Each change fits and is no worse than the one before. When the best free change is reached and some
held features have the wrong sign, letting them go raises the value: so no F comes twice.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.least_squares import dot, solve, solve_transposed

_MOST_ROUNDS = 100  # and as many again for each feature; some m/2 are usual
_ROUNDING = 4e-16


@njit()
def climb(columns, slope, low, high, radius, change):
    """Improve a change of the box in place until it is best; True if the radius limits it."""
    free = low < high
    wished = np.empty(slope.size)
    rho, pull = 0.0, 0.0
    for _ in range(_MOST_ROUNDS * (1 + slope.size)):
        rho, pull, least = _best_of_free(columns, slope, radius, change, free, wished)
        if _approach(columns, slope, low, high, radius, wished, free, change):
            continue
        if not _release(columns, slope, low, high, rho, pull, least, change, free):
            break
    return pull > 0.0


@njit()
def weigh(columns, change):
    """‖Uc‖."""
    total = _image(columns, change, np.ones(change.size, np.bool_))
    return math.sqrt(dot(total, total))


@njit()
def _image(columns, change, held):
    """Sum of the held columns' c_j·u_j."""
    total = np.zeros(columns.shape[1])
    for j in range(change.size):
        if held[j] and change[j] != 0.0:
            total += change[j] * columns[j]
    return total


@njit()
def _best_of_free(columns, slope, radius, change, free, wished):
    """Set the best change while the others are held; return rho, ‖z‖ and the least of diag R."""
    places = np.flatnonzero(free)
    wished[:] = change
    beside = _image(columns, change, ~free)
    size = places.size
    basis = np.empty((size, columns.shape[1]))
    triangle = np.empty((size, size))
    right, z, found = np.empty(size), np.empty(size), np.empty(size)
    least, steepest = 1.0, 0.0
    for k in range(size):
        vector = basis[k]
        vector[:] = columns[places[k]]
        for i in range(k):
            triangle[i, k] = dot(basis[i], vector)
            vector -= triangle[i, k] * basis[i]
        triangle[k, k] = math.sqrt(dot(vector, vector))
        vector /= triangle[k, k]
        right[k] = -dot(vector, beside)
        beside += right[k] * vector
        least = min(least, triangle[k, k])
        steepest = max(steepest, abs(slope[places[k]]))
    rho = math.sqrt(max(radius * radius - dot(beside, beside), 0.0))
    if steepest > 0.0:
        solve_transposed(triangle, slope[places] / steepest, z)
        length = math.sqrt(dot(z, z))
        right += rho / length * z
        steepest *= length
    solve(triangle, right, found)
    wished[places] = found
    return rho, steepest, least


@njit()
def _approach(columns, slope, low, high, radius, wished, free, change):
    """Move towards the wish; True if a bound was in the way, at which features are held now.

    The wish cut to the box is taken if it fits and is no worse; otherwise the way there, so far as
    the box allows.
    """
    cut = np.minimum(np.maximum(wished, low), high)
    share, blocked = 1.0, False
    for j in range(change.size):
        if cut[j] != wished[j]:
            share = min(share, (cut[j] - change[j]) / (wished[j] - change[j]))
            blocked = True
    if not blocked:
        change[:] = wished
        return False
    whole = weigh(columns, cut) <= max(weigh(columns, change), radius) and (
        dot(slope, cut) >= dot(slope, change)
    )
    for j in range(change.size):
        beyond = cut[j] != wished[j]
        if beyond and (whole or (cut[j] - change[j]) / (wished[j] - change[j]) <= share):
            change[j] = cut[j]
            free[j] = False
        elif free[j]:
            change[j] += (1.0 if whole else share) * (wished[j] - change[j])
            change[j] = min(max(change[j], low[j]), high[j])
    return True


@njit()
def _release(columns, slope, low, high, rho, pull, least, change, free):
    """Free the held features that would rather leave their bounds; True if there are any.

    What is smaller than the rounding errors of Uc and of rho·t counts as 0.
    """
    image = _image(columns, change, np.ones(change.size, np.bool_))
    if rho == 0.0:
        pull = 1.0
    noise = math.sqrt(dot(image, image)) / least
    for j in range(change.size):
        noise += abs(change[j])
    released = False
    for j in range(change.size):
        if free[j] or low[j] == high[j]:
            continue
        gain = rho * slope[j] - pull * dot(columns[j], image)
        tolerance = 8.0 * _ROUNDING * (rho * abs(slope[j]) + pull * noise)
        if (gain > tolerance and change[j] < high[j]) or (gain < -tolerance and change[j] > low[j]):
            free[j] = True
            released = True
    return released
