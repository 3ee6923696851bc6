"""K arms side by side: what one outcome changes, and the arm of the largest upper bound.

The arms are linear on the scale of z = x'theta; `links` leads from it to rewards.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels import curvature, one_pass
from recourse_bandits.kernels.choice import best_arm
from recourse_bandits.kernels.confidence import CURVATURE, DETERMINANT, POSTERIOR, radius
from recourse_bandits.kernels.least_squares import (
    dot,
    log_determinant,
    rotate_in,
    solve,
    solve_transposed,
)
from recourse_bandits.kernels.links import IDENTITY, mean, slope
from recourse_bandits.kernels.shapes import require_arms, require_each

_REASSOCIATE = {"reassoc", "contract"}
_LEAST_WEIGHT = 1e-30  # keeps working responses finite; adds nothing that can be seen


@njit()
def _spectrum_is_due(count, dimension):
    """Four times per doubling of the count, from the first full-rank design on."""
    if count < dimension:
        return False
    octave = 1
    while octave * 2 <= count:
        octave *= 2
    return count % max(octave // 4, 1) == 0


@njit("float64(float64[:, ::1], float64)")
def highest_variance(factor, bound):
    """An upper bound on the largest eigenvalue of V^-1, never above another bound."""
    eigenvalues = np.linalg.eigvalsh(factor.T @ factor)
    rounding = 1e-14 * factor.shape[0] * eigenvalues[-1]
    least = eigenvalues[0] - rounding
    return min(bound, 1.0 / least) if least > 0.0 else bound


@njit()
def _working_row(
    factor, estimate, link, dispersion, norm_bound, largest, rho, proved, x, work, reward
):
    """Weight, working response and gain of an outcome: what `one_pass` makes of it.

    `rho` is the radius as proved, which tells where x'theta lies; without a proof the weight is
    the slope itself, as in a Laplace approximation.
    """
    solve_transposed(factor, x, work)
    q = dot(work, work)
    z0 = dot(x, estimate)
    z = one_pass.root(link, z0, q, reward)
    if proved:
        low, high = curvature.known_range(
            link, norm_bound * math.sqrt(dot(x, x)), largest, z0, rho * math.sqrt(q)
        )
        weight = curvature.least(link, z, low, high)
    else:
        weight = slope(link, z)
    weight = max(weight, _LEAST_WEIGHT)
    response = z + (reward - mean(link, z)) / weight
    return weight, response, one_pass.gain(link, dispersion, z0, q, reward, z)


@njit(
    "void(float64[:, :, ::1], float64[:, ::1], float64[:, ::1], int64[::1], float64[::1],"
    "float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1],"
    "int64, float64, float64, int64, float64, float64, boolean, int64, float64[::1], float64)",
)
def learn(
    factor,
    moment,
    estimate,
    count,
    log_det,
    confidence_radius,
    largest_variance,
    prior_log_det,
    bias,
    noise,
    growth,
    link,
    norm_bound,
    largest,
    form,
    scale,
    failure,
    bound_variance,
    arm,
    x,
    reward,
):
    """Add one outcome to one arm, in place: d² operations, by ridge regression or `one_pass`.

    Arrays lead with the arms' axis; `x` is the point as it was realised, shape (d,). With
    `bound_variance`, the eigenvalue bound is renewed now and then: V only grows, so that it stays
    valid until the next one is due.
    """
    arms, dimension = estimate.shape
    if link == IDENTITY:
        rotate_in(factor[arm], moment[arm], x, reward)
    else:
        form = CURVATURE if form == DETERMINANT else form
        rho = radius(
            form,
            1.0,
            count[arm],
            log_det[arm],
            dimension,
            arms,
            noise[arm],
            failure,
            growth[arm],
            bias[arm],
        )
        weight, response, gain = _working_row(
            factor[arm],
            estimate[arm],
            link,
            noise[arm] ** 2,
            norm_bound,
            largest,
            rho,
            form != POSTERIOR,
            x,
            np.empty(dimension),
            reward,
        )
        root = math.sqrt(weight)
        rotate_in(factor[arm], moment[arm], root * x, root * response)
        log_det[arm] += gain
    solve(factor[arm], moment[arm], estimate[arm])
    count[arm] += 1
    if link == IDENTITY:
        log_det[arm] = log_determinant(factor[arm]) - prior_log_det[arm]
    confidence_radius[arm] = radius(
        form,
        scale,
        count[arm],
        log_det[arm],
        dimension,
        arms,
        noise[arm],
        failure,
        growth[arm],
        bias[arm],
    )
    if bound_variance and _spectrum_is_due(count[arm], dimension):
        largest_variance[arm] = highest_variance(factor[arm], largest_variance[arm])


@njit(
    "Tuple((int64, int64, float64[::1], float64[::1], boolean))("
    "float64[:, :, ::1], float64[:, ::1], float64[::1], float64[::1], boolean[::1],"
    "int64, int64, int64)",
    fastmath=_REASSOCIATE,
)
def _largest_upper_bound(factor, estimate, rho, x, eligible, seed, number, stream):
    require_arms(factor, estimate, x, eligible)
    require_each(rho, estimate)
    work = np.empty_like(x)
    mean = np.empty(rho.size)
    high = np.empty(rho.size)
    greedy = -math.inf
    for a in range(rho.size):
        solve_transposed(factor[a], x, work)
        mean[a] = dot(x, estimate[a])
        high[a] = mean[a] + rho[a] * math.sqrt(dot(work, work))
        if eligible[a]:
            greedy = max(greedy, mean[a])
    arm, ties = best_arm(high, eligible, seed, number, stream)
    return arm, ties, mean, high, mean[arm] < greedy


@guvectorize(
    [
        "void(float64[:, :, ::1], float64[:, ::1], float64[::1], float64[::1], boolean[::1], int64,"
        "int64, int64, int64[:], int64[:], float64[::1], float64[::1], boolean[:])"
    ],
    "(k,d,d),(k,d),(k),(d),(k),(),(),()->(),(),(k),(k),()",
    nopython=True,
    one=_largest_upper_bound,
    told_by=3,
)
def largest_upper_bound(
    factor,
    estimate,
    rho,
    x,
    eligible,
    seed,
    number,
    stream,
    arm,
    ties,
    mean,
    high,
    explored,
):
    """The eligible arm that maximises x'estimate + rho·sqrt(x' V^-1 x), ties broken evenly.

    `explored` says that its estimate alone is not the largest.
    """
    arm[0], ties[0], mean[:], high[:], explored[0] = _largest_upper_bound(
        factor, estimate, rho, x, eligible, seed, number, stream
    )
