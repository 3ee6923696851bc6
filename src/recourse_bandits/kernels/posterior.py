r"""Thompson sampling with recourse (ours): draw coefficients, then the best recourse for them.

.. math:: \tilde\theta_a = \hat\theta_a + v\sigma R_a^{-1} n_a,\quad n_a \sim N(0, I),

so that the covariance is (v·sigma)² V_a^-1; `deviation` is v·sigma. Notation as in
`least_squares` and `feasible`.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize
from recourse_bandits.kernels.choice import best_arm
from recourse_bandits.kernels.draws import fill_normal
from recourse_bandits.kernels.feasible import best_change
from recourse_bandits.kernels.least_squares import dot, solve, solve_transposed

_REASSOCIATE = {"reassoc", "contract"}


@guvectorize(
    [
        "void(float64[:, :, ::1], float64[:, ::1], float64, float64, float64[::1], int64[::1],"
        "float64[::1], float64[::1], float64[::1], float64, int64, boolean[::1],"
        "int64, int64, int64, int64[:], float64[::1], float64[::1], float64[::1], boolean[:])"
    ],
    "(k,d,d),(k,d),(),(),(d),(m),(m),(m),(m),(),(),(k),(),(),()->(),(d),(k),(k),()",
    nopython=True,
    fastmath=_REASSOCIATE,
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
    arms, dimension = estimate.shape
    drawn = np.empty((arms, dimension))
    fill_normal(seed, number, stream, drawn)
    sampled = np.empty(dimension)
    work = np.empty(dimension)
    change = np.empty(mutable.size)
    values = np.empty(arms)
    greedy = np.empty(arms)
    points = np.empty((arms, dimension))
    for a in range(arms):
        slope = estimate[a][mutable]
        best_change(slope, lower, upper, weight, radius, norm, change)
        greedy[a] = dot(x, estimate[a]) + dot(slope, change) if eligible[a] else -math.inf
        solve(factor[a], drawn[a], work)
        for i in range(dimension):
            sampled[i] = estimate[a, i] + deviation * work[i]
        best_change(sampled[mutable], lower, upper, weight, radius, norm, change)
        points[a] = x
        for i in range(mutable.size):
            points[a, mutable[i]] += change[i]
        values[a] = dot(points[a], sampled)
        solve_transposed(factor[a], points[a], work)
        mean[a] = dot(points[a], estimate[a])
        high[a] = mean[a] + rho * math.sqrt(dot(work, work))
    arm[0], _ = best_arm(values, eligible, seed, number, stream)
    point[:] = points[arm[0]]
    explored[0] = greedy[arm[0]] < np.max(greedy)
