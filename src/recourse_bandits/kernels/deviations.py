r"""What recommending a point is worth with a link, where people deviate: a mean over those seen.

For the identity the mean over deviations e of a reward is that at the mean deviation. With a link,

.. math:: \frac1n\sum_i \mu\big((p + e_i)\cdot\hat\theta \pm \rho\,\|p + e_i\|_{V^{-1}}\big)

bounds the expected reward wherever theta is in its set (LIBRA paper, Remark 1; bounding each
deviation by itself is ours, and no narrower than the best theta for all of them together).
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize
from recourse_bandits.kernels.least_squares import dot, solve_transposed
from recourse_bandits.kernels.links import bounded_mean


@guvectorize(
    [
        "void(float64[:, ::1], float64[::1], float64[::1], float64, float64[::1], float64[:, ::1],"
        "int64, float64, float64[:], float64[:], float64[:], float64[:])"
    ],
    "(d,d),(d),(d),(),(d),(n,d),(),()->(),(),(),()",
    nopython=True,
)
def averaged(
    factor, estimate, theta, rho, point, deviations, link, largest, mean, low, high, value
):
    """Mean over deviations, shape (n, d), of the estimate, its bounds, and the reward under theta.

    One arm; `link` and `largest` are those of `links`.
    """
    reached, work = np.empty_like(point), np.empty_like(point)
    mean[0] = low[0] = high[0] = value[0] = 0.0
    count = deviations.shape[0]
    for i in range(count):  # divided at the end, so that no mean exceeds `largest`
        for j in range(point.size):
            reached[j] = point[j] + deviations[i, j]
        solve_transposed(factor, reached, work)
        centre, half_width = dot(reached, estimate), rho * math.sqrt(dot(work, work))
        mean[0] += bounded_mean(link, largest, centre)
        low[0] += bounded_mean(link, largest, centre - half_width)
        high[0] += bounded_mean(link, largest, centre + half_width)
        value[0] += bounded_mean(link, largest, dot(reached, theta))
    mean[0] /= count
    low[0] /= count
    high[0] /= count
    value[0] /= count
