"""The best vertex of a box, by trying all of them in the order of a Gray code."""

import math

import numpy as np

from recourse_bandits.compilation import njit

_AFRESH = 4096  # steps after which sums are computed anew, so that rounding errors do not add up


@njit()
def _sums(base, q0, tau, beta, matrix, u, row):
    """Set beta + Hu; return base + tau'u and q."""
    linear = base
    q = q0
    for i in range(u.size):
        row[i] = beta[i]
        for j in range(u.size):
            row[i] += matrix[i, j] * u[j]
        linear += tau[i] * u[i]
        q += u[i] * (row[i] + beta[i])
    return linear, q


@njit()
def best_vertex(base, rho, q0, tau, beta, matrix, low, high, wide, point):
    """Maximise base + tau'u + rho·sqrt(q0 + 2 beta'u + u'Hu) over the vertices of a box.

    `wide` lists the w coordinates with low < high; 2^w vertices of m operations each. Leaves the
    vertex in `point`; returns its value.
    """
    u = low.copy()
    row = np.empty(u.size)
    best = -math.inf
    linear, q = 0.0, 0.0
    for step in range(1 << wide.size):
        if step > 0:
            flips = 0
            while (step >> flips) & 1 == 0:
                flips += 1
            i = wide[flips]
            change = high[i] - low[i] if u[i] == low[i] else low[i] - high[i]
            u[i] = high[i] if u[i] == low[i] else low[i]
            linear += tau[i] * change
            q += change * (2.0 * row[i] + matrix[i, i] * change)
            for j in range(u.size):
                row[j] += matrix[i, j] * change
        if step % _AFRESH == 0:
            linear, q = _sums(base, q0, tau, beta, matrix, u, row)
        value = linear + rho * math.sqrt(max(q, 0.0))
        if value > best:
            best = value
            point[:] = u
    return best
