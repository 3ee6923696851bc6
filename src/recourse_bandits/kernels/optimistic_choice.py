r"""Algorithm 1's choice: the arm of the largest optimistic value, without solving hopeless arms.

The symbols are those of `optimistic`; r is the longest feasible change.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.choice import best_arm
from recourse_bandits.kernels.effort import price_of
from recourse_bandits.kernels.feasible import best_gain
from recourse_bandits.kernels.least_squares import dot, solve, solve_transposed
from recourse_bandits.kernels.optimistic import ascend
from recourse_bandits.kernels.reach import reach_of
from recourse_bandits.kernels.region import LAYOUT, TYPES, Region
from recourse_bandits.kernels.shapes import require_arms, require_each, require_region

_FASTMATH = {"reassoc", "contract"}
EQUAL = 1e-12  # bounds and values this close may be of equal arms, which must not be ruled out


@njit()
def _tangent_slope(factor, estimate, rho, mutable, rotated, stretch):
    """Slopes of the second bound: theta^ + (rho / s) V^-1 x, s² = ‖x‖²_V^-1 + stretch²."""
    slope = estimate[mutable]
    s = math.hypot(math.sqrt(dot(rotated, rotated)), stretch)
    if s > 0.0:
        widths = np.empty(estimate.size)
        solve(factor, rotated, widths)
        slope += rho / s * widths[mutable]
    return slope


@njit()
def highest(values, among):
    """The place of the largest value among some; -1 if there are none."""
    best = -1
    for place in range(values.size):
        if among[place] and (best < 0 or values[place] > values[best]):
            best = place
    return best


@njit(
    "Tuple((int64, int64, float64[::1], float64[::1], float64[::1], boolean[::1], boolean, int64))("
    "float64[:, :, ::1], float64[:, ::1], float64[::1], float64[::1], float64[::1],"
    f"int64[::1], {TYPES}, boolean[::1],"
    "float64, int64, int64, int64, int64)",
    fastmath=_FASTMATH,
)
def _most_optimistic(
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
    metric,
    links,
    levels,
    most,
    price,
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
    region = Region(lower, upper, weight, radius, norm, metric, links, levels, most, price)
    require_region(mutable, region)
    arms, dimension = estimate.shape
    mean = np.full(arms, np.nan)
    high = np.full(arms, -math.inf)
    ruled_out = np.ones(arms, np.bool_)
    greedy = np.full(arms, -math.inf)
    rotated = np.empty((arms, dimension))
    reach = reach_of(region)
    stretch = reach * np.sqrt(largest_variance)
    for a in range(arms):
        if eligible[a]:
            slope = estimate[a][mutable]
            gain = best_gain(slope, region)
            solve_transposed(factor[a], x, rotated[a])
            width = math.sqrt(dot(rotated[a], rotated[a])) + stretch[a]
            greedy[a] = dot(x, estimate[a]) + gain
            high[a] = greedy[a] + rho[a] * width
    best = -math.inf
    candidates = np.empty((arms, dimension))
    untried = eligible.copy()
    iterations = 0
    while True:
        a = highest(high, untried)
        least = best - EQUAL * (1.0 + abs(best))
        if a < 0 or high[a] < least:
            break
        untried[a] = False
        if best > -math.inf:
            slope = _tangent_slope(factor[a], estimate[a], rho[a], mutable, rotated[a], stretch[a])
            gain = best_gain(slope, region)
            width = math.hypot(math.sqrt(dot(rotated[a], rotated[a])), stretch[a])
            high[a] = min(high[a], dot(x, estimate[a]) + gain + rho[a] * width)
            if high[a] < least:
                continue
        value, steps = ascend(
            factor[a],
            estimate[a],
            rho[a],
            x,
            mutable,
            region,
            tolerance,
            max_iterations,
            candidates[a],
        )
        iterations += steps
        ruled_out[a] = False
        high[a] = value
        mean[a] = dot(candidates[a], estimate[a])
        best = max(best, value)
    arm, ties = best_arm(high, ~ruled_out, seed, number, stream)
    explored = greedy[arm] < np.max(greedy)
    for a in range(arms):
        if price > 0.0 and not ruled_out[a]:
            high[a] += price_of((candidates[a] - x)[mutable], region)
    return arm, ties, candidates[arm].copy(), mean, high, ruled_out, explored, iterations


@guvectorize(
    [
        "void(float64[:, :, ::1], float64[:, ::1], float64[::1], float64[::1], float64[::1],"
        f"int64[::1], {TYPES}, boolean[::1],"
        "float64, int64, int64, int64, int64,"
        "int64[:], int64[:], float64[::1], float64[::1], float64[::1], boolean[::1], boolean[:],"
        "int64[:])"
    ],
    f"(k,d,d),(k,d),(k),(k),(d),(m),{LAYOUT},(k),(),(),(),(),()->(),(),(d),(k),(k),(k),(),()",
    nopython=True,
    one=_most_optimistic,
    told_by=4,
)
def most_optimistic(
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
    metric,
    links,
    levels,
    most,
    price,
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
    r"""Algorithm 1's choice: the arm and point of the largest optimistic value.

    Arms are tried in the order of a cheap upper bound and ruled out, without solving them, once a
    bound is below the best value found: the decision is the same. Then `high` holds the bound
    and `mean` is NaN; otherwise they belong to the arm's own best point. `explored` says
    that the chosen arm is not the best one for the estimates alone. Where effort has a price, arms
    are compared by their values less it, and so are the bounds of arms that are ruled out; `mean`
    and `high` of the others are rewards. The bounds:

    .. math::

        g(p) &\le \max_p p\cdot\hat\theta
                  + \rho\,(\|x\|_{V^{-1}} + r\sqrt{\lambda_{\max}(V^{-1})}) \\
        g(p) &\le \max_p p\cdot\hat\theta + \tfrac{\rho}{s}\,(p - x)\cdot V^{-1}x
                  + \tfrac{\rho}{2s}(\|x\|^2_{V^{-1}} + r^2\lambda_{\max}(V^{-1}) + s^2)

    with r the longest feasible change and any s > 0 (the square root lies below its tangents; we
    take s² = ‖x‖² + r²·lambda_max, which makes the last term rho·s).
    """
    found = _most_optimistic(
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
        metric,
        links,
        levels,
        most,
        price,
        eligible,
        tolerance,
        max_iterations,
        seed,
        number,
        stream,
    )
    arm[0], ties[0], point[:], mean[:], high[:], ruled_out[:], explored[0], iterations[0] = found
