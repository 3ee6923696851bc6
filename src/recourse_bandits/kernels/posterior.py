r"""Thompson sampling with recourse (ours): draw coefficients, then the best recourse for them.

.. math:: \tilde\theta_a = \hat\theta_a + v\sigma R_a^{-1} n_a,\quad n_a \sim N(0, I),

so that the covariance is (v·sigma)² V_a^-1; `deviation` is v·sigma. Notation as in
`least_squares` and `feasible`.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.choice import best_arm
from recourse_bandits.kernels.draws import fill_normal
from recourse_bandits.kernels.effort import price_of
from recourse_bandits.kernels.feasible import best_change
from recourse_bandits.kernels.least_squares import dot, solve, solve_transposed
from recourse_bandits.kernels.priced import net_gain
from recourse_bandits.kernels.region import LAYOUT, TYPES, Region
from recourse_bandits.kernels.shapes import require_arms, require_region

_REASSOCIATE = {"reassoc", "contract"}


@njit(
    "Tuple((int64, float64[::1], float64[::1], float64[::1], boolean))("
    "float64[:, :, ::1], float64[:, ::1], float64, float64, float64[::1], int64[::1],"
    f"{TYPES}, boolean[::1], int64, int64, int64)",
    fastmath=_REASSOCIATE,
)
def _best_sampled(
    factor,
    estimate,
    deviation,
    rho,
    x,
    mutable,
    lower,
    upper,
    weight,
    radius,
    norm,
    metric,
    links,
    levels,
    most,
    price,
    eligible,
    seed,
    number,
    stream,
):
    require_arms(factor, estimate, x, eligible)
    region = Region(lower, upper, weight, radius, norm, metric, links, levels, most, price)
    require_region(mutable, region)
    arms, dimension = estimate.shape
    drawn = np.empty((arms, dimension))
    fill_normal(seed, number, stream, drawn)
    sampled = np.empty(dimension)
    work = np.empty(dimension)
    change = np.empty(mutable.size)
    values = np.empty(arms)
    mean = np.empty(arms)
    high = np.empty(arms)
    greedy = np.empty(arms)
    points = np.empty((arms, dimension))
    for a in range(arms):
        slope = estimate[a][mutable]
        best_change(slope, region, change)
        gain = net_gain(slope, change, region)
        greedy[a] = dot(x, estimate[a]) + gain if eligible[a] else -math.inf
        solve(factor[a], drawn[a], work)
        for i in range(dimension):
            sampled[i] = estimate[a, i] + deviation * work[i]
        best_change(sampled[mutable], region, change)
        points[a] = x
        for i in range(mutable.size):
            points[a, mutable[i]] += change[i]
        values[a] = dot(points[a], sampled) - price_of(change, region)
        solve_transposed(factor[a], points[a], work)
        mean[a] = dot(points[a], estimate[a])
        high[a] = mean[a] + rho * math.sqrt(dot(work, work))
    arm, _ = best_arm(values, eligible, seed, number, stream)
    return arm, points[arm].copy(), mean, high, greedy[arm] < np.max(greedy)


@guvectorize(
    [
        "void(float64[:, :, ::1], float64[:, ::1], float64, float64, float64[::1], int64[::1],"
        f"{TYPES}, boolean[::1], int64, int64, int64,"
        "int64[:], float64[::1], float64[::1], float64[::1], boolean[:])"
    ],
    f"(k,d,d),(k,d),(),(),(d),(m),{LAYOUT},(k),(),(),()->(),(d),(k),(k),()",
    nopython=True,
    one=_best_sampled,
    told_by=4,
)
def best_sampled(
    factor,
    estimate,
    deviation,
    rho,
    x,
    mutable,
    lower,
    upper,
    weight,
    radius,
    norm,
    metric,
    links,
    levels,
    most,
    price,
    eligible,
    seed,
    number,
    stream,
    arm,
    point,
    mean,
    high,
    explored,
):
    """The arm and point of the largest sampled value.

    `mean` and `high` are the estimate, and the estimate plus rho·‖p‖_V^-1, at each arm's own point.
    """
    arm[0], point[:], mean[:], high[:], explored[0] = _best_sampled(
        factor,
        estimate,
        deviation,
        rho,
        x,
        mutable,
        lower,
        upper,
        weight,
        radius,
        norm,
        metric,
        links,
        levels,
        most,
        price,
        eligible,
        seed,
        number,
        stream,
    )
