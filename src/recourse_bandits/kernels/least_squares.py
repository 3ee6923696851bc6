r"""Ridge regression kept as a triangular factor: no inverse is ever formed, nothing drifts.

================  =============================================================  ========
symbol            meaning                                                        shape
================  =============================================================  ========
V                 prior precision + sum of x x'                                  (d, d)
factor            R, upper triangular with V = R'R; rows are contiguous          (d, d)
moment            z = R'^-1 (prior precision·prior mean + sum of reward·x)       (d,)
estimate          R^-1 z, the penalised least-squares estimate                   (d,)
================  =============================================================  ========

One outcome appends the row [x, reward] to [R, z]; Givens rotations make it triangular again
(Golub and Van Loan, *Matrix Computations*, section 6.5.4; the square-root information filter).
Carrying the rotated moment z instead of the sum of reward·x costs the same and keeps the
condition number of the data from being squared.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit

_REASSOCIATE = {"reassoc", "contract"}  # lets sums use vector registers; NaN and inf keep meaning


@njit(inline="always")
def span(start, stop):
    """Places start, ..., stop - 1, counted without a sign.

    A place that might be negative counts from the end in Python. Having to test for that keeps a
    compiler from using vector registers in loops that start anywhere but at 0.
    """
    return range(np.uint64(start), np.uint64(stop))


@njit()
def rotate_in(factor, moment, x, reward):
    """Add one row [x, reward] to the factor and the rotated moment, in place: d² operations."""
    dimension = x.size
    row = x.copy()
    for j in range(dimension):
        entry = row[j]
        if entry == 0.0:
            continue
        diagonal = factor[j, j]
        length = math.sqrt(diagonal * diagonal + entry * entry)
        cosine = diagonal / length
        sine = entry / length
        factor[j, j] = length
        for i in span(j + 1, dimension):
            old, new = factor[j, i], row[i]
            factor[j, i] = cosine * old + sine * new
            row[i] = cosine * new - sine * old
        old = moment[j]
        moment[j] = cosine * old + sine * reward
        reward = cosine * reward - sine * old


@njit(fastmath=_REASSOCIATE)
def solve_transposed(factor, x, out):
    """Solve R' out = x by forward substitution; then ‖out‖² = x' V^-1 x.

    Four rows at a time, so that each pass over `out` does four times the work.
    """
    size = x.size
    out[:] = x
    whole = size - size % 4
    for j in range(0, whole, 4):
        row_0, row_1, row_2, row_3 = factor[j], factor[j + 1], factor[j + 2], factor[j + 3]
        z_0 = out[j] / row_0[j]
        z_1 = (out[j + 1] - z_0 * row_0[j + 1]) / row_1[j + 1]
        z_2 = (out[j + 2] - z_0 * row_0[j + 2] - z_1 * row_1[j + 2]) / row_2[j + 2]
        z_3 = out[j + 3] - z_0 * row_0[j + 3] - z_1 * row_1[j + 3] - z_2 * row_2[j + 3]
        z_3 /= row_3[j + 3]
        out[j], out[j + 1], out[j + 2], out[j + 3] = z_0, z_1, z_2, z_3
        for i in span(j + 4, size):
            out[i] -= z_0 * row_0[i] + z_1 * row_1[i] + z_2 * row_2[i] + z_3 * row_3[i]
    for j in range(whole, size):
        out[j] /= factor[j, j]
        for i in range(j + 1, size):
            out[i] -= out[j] * factor[j, i]


@njit(fastmath=_REASSOCIATE)
def solve(factor, z, out):
    """Solve R out = z by back substitution, four rows at a time."""
    size = z.size
    whole = size - size % 4
    for j in range(size - 1, whole - 1, -1):
        total = z[j]
        for i in range(j + 1, size):
            total -= factor[j, i] * out[i]
        out[j] = total / factor[j, j]
    for j in range(whole - 4, -1, -4):
        row_0, row_1, row_2, row_3 = factor[j], factor[j + 1], factor[j + 2], factor[j + 3]
        t_0, t_1, t_2, t_3 = z[j], z[j + 1], z[j + 2], z[j + 3]
        for i in span(j + 4, size):
            known = out[i]
            t_0 -= row_0[i] * known
            t_1 -= row_1[i] * known
            t_2 -= row_2[i] * known
            t_3 -= row_3[i] * known
        x_3 = t_3 / row_3[j + 3]
        x_2 = (t_2 - row_2[j + 3] * x_3) / row_2[j + 2]
        x_1 = (t_1 - row_1[j + 3] * x_3 - row_1[j + 2] * x_2) / row_1[j + 1]
        x_0 = (t_0 - row_0[j + 3] * x_3 - row_0[j + 2] * x_2 - row_0[j + 1] * x_1) / row_0[j]
        out[j], out[j + 1], out[j + 2], out[j + 3] = x_0, x_1, x_2, x_3


@njit(fastmath=_REASSOCIATE)
def dot(x, y):
    """Inner product."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@njit("float64(float64[:, ::1])")
def log_determinant(factor):
    """Return log det V = 2·sum log R_jj."""
    total = 0.0
    for j in range(factor.shape[0]):
        total += math.log(factor[j, j])
    return 2.0 * total


@guvectorize(
    ["void(float64[:, ::1], float64[::1], float64, float64[::1], float64[:], float64[:])"],
    "(d,d),(d),(),(d)->(),()",
    nopython=True,
)
def predict(factor, estimate, confidence_radius, point, mean, half_width):
    """Mean and half width of the confidence interval of the reward at a point.

    mean = point'estimate; half_width = confidence_radius·sqrt(point' V^-1 point).
    """
    work = np.empty_like(point)
    solve_transposed(factor, point, work)
    mean[0] = dot(point, estimate)
    half_width[0] = confidence_radius * math.sqrt(dot(work, work))
