r"""The arm of the largest worst-case value, and the same for sampled coefficients.

The symbols are those of `cautious`; for an arm whose coefficients are theta, a change c is worth
x·theta + c·theta_M - eps·‖theta_M‖_*.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.cautious import cautious, is_boxed
from recourse_bandits.kernels.choice import best_arm
from recourse_bandits.kernels.draws import fill_normal
from recourse_bandits.kernels.feasible import best_change, best_gain
from recourse_bandits.kernels.least_squares import dot, solve, solve_transposed
from recourse_bandits.kernels.optimistic_choice import EQUAL, highest
from recourse_bandits.kernels.reach import reach_of
from recourse_bandits.kernels.region import simple, with_radius
from recourse_bandits.kernels.shapes import require_arms, require_box, require_each, require_fixed
from recourse_bandits.kernels.worst_deviation import dual_norm, free_columns

_FASTMATH = {"reassoc", "contract"}


@njit(
    "Tuple((int64, int64, float64[::1], float64[::1], float64[::1], boolean[::1], boolean, int64))("
    "float64[:, :, ::1], float64[:, ::1], float64[::1], float64[::1], float64[::1],"
    "int64[::1], float64[::1], float64[::1], float64[::1], float64, float64, boolean[::1],"
    "float64, boolean[::1], float64, int64, int64, int64, int64)",
    fastmath=_FASTMATH,
)
def _most_cautious(
    factor,
    estimate,
    rho,
    largest_variance,
    x,
    mutable,
    lower,
    upper,
    weight,
    radius,
    norm,
    fixed,
    eps,
    eligible,
    tolerance,
    max_iterations,
    seed,
    number,
    stream,
):
    require_arms(factor, estimate, x, eligible)
    require_each(rho, estimate)
    require_each(largest_variance, estimate)
    require_box(mutable, lower, upper, weight)
    region = simple(lower, upper, weight, radius, norm)
    require_fixed(fixed, mutable)
    arms, dimension = estimate.shape
    mean = np.full(arms, np.nan)
    high = np.full(arms, -math.inf)
    ruled_out = np.ones(arms, np.bool_)
    greedy = np.full(arms, -math.inf)
    columns, effort = free_columns(mutable, weight, fixed)
    planned, beyond = radius, eps
    if columns.size > 0 and not is_boxed(lower, upper, fixed):
        planned, beyond = max(radius - eps, 0.0), max(eps - radius, 0.0)
    reach = reach_of(simple(lower, upper, weight, planned, norm))
    anywhere = np.full(columns.size, math.inf)
    strayed = reach_of(simple(-anywhere, anywhere, effort, beyond, norm))
    rotated = np.empty(dimension)
    loss = np.empty(arms)
    for a in range(arms):
        slope = estimate[a][mutable]
        steepness = dual_norm(estimate[a][columns], effort, norm)
        loss[a] = eps * steepness
        if eligible[a]:
            gain = best_gain(slope, region)
            greedy[a] = dot(x, estimate[a]) + gain - loss[a]
            solve_transposed(factor[a], x, rotated)
            width = math.sqrt(dot(rotated, rotated)) + reach * math.sqrt(largest_variance[a])
            gain = best_gain(slope, with_radius(region, planned))
            least_loss = beyond * steepness - rho[a] * strayed * math.sqrt(largest_variance[a])
            high[a] = dot(x, estimate[a]) + gain + rho[a] * width - max(least_loss, 0.0)
    best = -math.inf
    candidates = np.empty((arms, dimension))
    untried = eligible.copy()
    iterations = 0
    while True:
        a = highest(high, untried)
        if a < 0 or high[a] < best - EQUAL * (1.0 + abs(best)):
            break
        untried[a] = False
        value, steps = cautious(
            factor[a],
            estimate[a],
            rho[a],
            x,
            mutable,
            region,
            fixed,
            eps,
            tolerance,
            max_iterations,
            candidates[a],
        )
        iterations += steps
        ruled_out[a] = False
        mean[a] = dot(candidates[a], estimate[a]) - loss[a]
        high[a] = max(value, mean[a])
        best = max(best, high[a])
    arm, ties = best_arm(high, ~ruled_out, seed, number, stream)
    explored = greedy[arm] < np.max(greedy)
    return arm, ties, candidates[arm].copy(), mean, high, ruled_out, explored, iterations


@guvectorize(
    [
        "void(float64[:, :, ::1], float64[:, ::1], float64[::1], float64[::1], float64[::1],"
        "int64[::1], float64[::1], float64[::1], float64[::1], float64, float64, boolean[::1],"
        "float64, boolean[::1], float64, int64, int64, int64, int64,"
        "int64[:], int64[:], float64[::1], float64[::1], float64[::1], boolean[::1], boolean[:],"
        "int64[:])"
    ],
    "(k,d,d),(k,d),(k),(k),(d),(m),(m),(m),(m),(),(),(m),(),(k),(),(),(),(),()"
    "->(),(),(d),(k),(k),(k),(),()",
    nopython=True,
    one=_most_cautious,
    told_by=4,
)
def most_cautious(
    factor,
    estimate,
    rho,
    largest_variance,
    x,
    mutable,
    lower,
    upper,
    weight,
    radius,
    norm,
    fixed,
    eps,
    eligible,
    tolerance,
    max_iterations,
    seed,
    number,
    stream,
    arm,
    ties,
    point,
    mean,
    high,
    ruled_out,
    explored,
    iterations,
):
    """The arm and recommended point of the largest worst-case value.

    As `optimistic_choice.most_optimistic`, arms are ruled out by the first of its bounds, less what
    the deviations cost whatever the coefficients: with e = eps, at least
    e·‖theta^_M‖_* - rho·max ‖u‖_V^-1 over deviations u of effort e. Without a box the bound is that
    at the radius gamma - eps, at least 0, and e = eps - gamma, at least 0.
    """
    found = _most_cautious(
        factor,
        estimate,
        rho,
        largest_variance,
        x,
        mutable,
        lower,
        upper,
        weight,
        radius,
        norm,
        fixed,
        eps,
        eligible,
        tolerance,
        max_iterations,
        seed,
        number,
        stream,
    )
    arm[0], ties[0], point[:], mean[:], high[:], ruled_out[:], explored[0], iterations[0] = found


@njit(
    "Tuple((int64, float64[::1], float64[::1], float64[::1], boolean))("
    "float64[:, :, ::1], float64[:, ::1], float64, float64, float64[::1], int64[::1],"
    "float64[::1], float64[::1], float64[::1], float64, float64, boolean[::1], float64,"
    "boolean[::1], int64, int64, int64)",
    fastmath=_FASTMATH,
)
def _best_sampled_cautiously(
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
    fixed,
    eps,
    eligible,
    seed,
    number,
    stream,
):
    require_arms(factor, estimate, x, eligible)
    require_box(mutable, lower, upper, weight)
    region = simple(lower, upper, weight, radius, norm)
    require_fixed(fixed, mutable)
    arms, dimension = estimate.shape
    drawn = np.empty((arms, dimension))
    fill_normal(seed, number, stream, drawn)
    columns, effort = free_columns(mutable, weight, fixed)
    sampled = np.empty(dimension)
    work = np.empty(dimension)
    change = np.empty(mutable.size)
    worst = np.empty(mutable.size)
    values = np.empty(arms)
    mean = np.empty(arms)
    high = np.empty(arms)
    greedy = np.full(arms, -math.inf)
    points = np.empty((arms, dimension))
    anywhere = np.where(fixed, 0.0, math.inf)
    for a in range(arms):
        slope = estimate[a][mutable]
        loss = eps * dual_norm(estimate[a][columns], effort, norm)
        if eligible[a]:
            gain = best_gain(slope, region)
            greedy[a] = dot(x, estimate[a]) + gain - loss
        solve(factor[a], drawn[a], work)
        sampled[:] = estimate[a] + deviation * work
        best_change(sampled[mutable], region, change)
        points[a] = x
        points[a, mutable] += change
        values[a] = dot(points[a], sampled) - eps * dual_norm(sampled[columns], effort, norm)
        mean[a] = dot(points[a], estimate[a]) - loss
        best_change(-slope, simple(-anywhere, anywhere, weight, eps, norm), worst)
        reached = points[a].copy()
        reached[mutable] += worst
        solve_transposed(factor[a], reached, work)
        high[a] = mean[a] + rho * math.sqrt(dot(work, work))
    arm, _ = best_arm(values, eligible, seed, number, stream)
    return arm, points[arm].copy(), mean, high, greedy[arm] < np.max(greedy)


@guvectorize(
    [
        "void(float64[:, :, ::1], float64[:, ::1], float64, float64, float64[::1], int64[::1],"
        "float64[::1], float64[::1], float64[::1], float64, float64, boolean[::1], float64,"
        "boolean[::1], int64, int64, int64, int64[:], float64[::1], float64[::1], float64[::1],"
        "boolean[:])"
    ],
    "(k,d,d),(k,d),(),(),(d),(m),(m),(m),(m),(),(),(m),(),(k),(),(),()->(),(d),(k),(k),()",
    nopython=True,
    one=_best_sampled_cautiously,
    told_by=4,
)
def best_sampled_cautiously(
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
    fixed,
    eps,
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
    """The arm and point of the largest sampled worst-case value, as `posterior.best_sampled`.

    The best change for sampled coefficients is that for people who comply: only the arm may be
    another. `high` is g at the deviation that is worst for the estimate, no less than in the worst
    case; `mean` is exact.
    """
    arm[0], point[:], mean[:], high[:], explored[0] = _best_sampled_cautiously(
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
        fixed,
        eps,
        eligible,
        seed,
        number,
        stream,
    )
