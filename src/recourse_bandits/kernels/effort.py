"""Effort of a change: ‖weight·c‖_p, or ‖Uc‖₂ where there is a metric. Symbols as in `region`."""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.ball_lp import effort_lp
from recourse_bandits.kernels.ball_mahalanobis import effort_mahalanobis, least_effort_mahalanobis
from recourse_bandits.kernels.region import L1, L2, LINF


@njit()
def effort_of(change, weight, norm, metric):
    """Effort of a change."""
    if metric.shape[0] > 0:
        return effort_mahalanobis(change, metric)
    if norm not in (L1, L2, LINF):
        return effort_lp(change, weight, norm)
    total = 0.0
    for i in range(change.size):
        effort = weight[i] * abs(change[i])
        if norm == LINF:
            total = max(total, effort)
        else:
            total += effort * effort if norm == L2 else effort
    return math.sqrt(total) if norm == L2 else total


@njit()
def price_of(change, region):
    """Reward that a change must bring at least."""
    if region.price == 0.0:
        return 0.0
    return region.price * effort_of(change, region.weight, region.norm, region.metric)


@njit()
def nearest_to_none(lower, upper, change):
    """Set the change of a box that is nearest to none."""
    for i in range(change.size):
        change[i] = min(max(0.0, lower[i]), upper[i])


@njit()
def cheapest(lower, upper, metric, change):
    """Set the change of a box that takes the least effort."""
    if metric.shape[0] > 0:
        least_effort_mahalanobis(lower, upper, metric, change)
    else:
        nearest_to_none(lower, upper, change)


@njit()
def least_effort_of(lower, upper, weight, norm, metric):
    """Effort of the change of a box that takes the least."""
    change = np.empty(weight.size)
    cheapest(lower, upper, metric, change)
    return effort_of(change, weight, norm, metric)


@guvectorize(
    [
        "void(float64[::1], float64[::1], float64[::1], float64, float64[:, ::1], float64[:])",
    ],
    "(m),(m),(m),(),(q,m)->()",
    nopython=True,
)
def least_effort(lower, upper, weight, norm, metric, effort):
    """Effort of the smallest change that a box allows: 0 if it allows no change."""
    effort[0] = least_effort_of(lower, upper, weight, norm, metric)


@guvectorize(
    ["void(float64[::1], float64[::1], float64[:, ::1], float64[::1])"],
    "(m),(m),(q,m)->(m)",
    nopython=True,
)
def least_change(lower, upper, metric, change):
    """The change of a box that takes the least effort."""
    cheapest(lower, upper, metric, change)


@guvectorize(
    ["void(float64[::1], float64[::1], float64, float64[:, ::1], float64[:])"],
    "(m),(m),(),(q,m)->()",
    nopython=True,
)
def effort(change, weight, norm, metric, cost):
    """Effort of a change."""
    cost[0] = effort_of(change, weight, norm, metric)
