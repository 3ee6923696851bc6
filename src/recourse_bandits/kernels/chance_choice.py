r"""Thompson sampling over arms by their chance of success, where each arm has an offset.

.. math:: arm = \arg\max_k\ x\cdot\tilde\theta_k - f_k,\quad
          \tilde\theta_k \sim N(m_k, inflation^2\,diag(q_k)^{-1})

(Keyvanshokooh et al. 2025, step 3 of SGD-MAB: the chance rises with this margin.) Notation as in
`logistic_belief`; the offset f_k is the penalty of what arm k would be given with, its dose.
Coefficients are drawn rather than margins, so that whoever needs them can draw the same ones.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.choice import best_arm
from recourse_bandits.kernels.draws import fill_normal
from recourse_bandits.kernels.least_squares import dot
from recourse_bandits.kernels.logistic_belief import margin_variance, sample


@njit()
def _require(means, precision, x, offset, eligible):
    arms, dimension = means.shape
    if precision.shape != (arms, dimension):
        raise ValueError("precision must have the shape of means, (K, d)")
    if x.size != dimension or offset.size != arms or eligible.size != arms:
        raise ValueError("x must have shape (d,), offset and eligible (K,), where means has (K, d)")


@njit(
    "Tuple((int64, int64, float64[::1], float64[::1], boolean))("
    "float64[:, ::1], float64[:, ::1], float64, float64[::1], float64[::1], boolean[::1],"
    "int64, int64, int64)"
)
def _best_sampled(means, precision, inflation, x, offset, eligible, seed, number, stream):
    _require(means, precision, x, offset, eligible)
    arms, dimension = means.shape
    drawn = np.empty(arms * dimension)
    fill_normal(seed, number, stream, drawn)
    theta = np.empty((arms, dimension))
    sample(means, precision, inflation, drawn, theta)
    values = np.empty(arms)
    centre = np.empty(arms)
    deviation = np.empty(arms)
    greedy = -math.inf
    for k in range(arms):
        values[k] = dot(x, theta[k]) - offset[k]
        centre[k] = dot(x, means[k]) - offset[k]
        deviation[k] = math.sqrt(margin_variance(precision[k], x))
        if eligible[k]:
            greedy = max(greedy, centre[k])
    arm, ties = best_arm(values, eligible, seed, number, stream)
    return arm, ties, centre, deviation, centre[arm] < greedy


@guvectorize(
    [
        "void(float64[:, ::1], float64[:, ::1], float64, float64[::1], float64[::1],"
        "boolean[::1], int64, int64, int64, int64[:], int64[:], float64[::1], float64[::1],"
        "boolean[:])"
    ],
    "(k,d),(k,d),(),(d),(k),(k),(),(),()->(),(),(k),(k),()",
    nopython=True,
    one=_best_sampled,
    told_by=3,
)
def best_sampled(
    means,
    precision,
    inflation,
    x,
    offset,
    eligible,
    seed,
    number,
    stream,
    arm,
    ties,
    centre,
    deviation,
    explored,
):
    """The eligible arm of the largest sampled margin, ties broken evenly.

    `centre` and `deviation` are mean and standard deviation of each arm's margin at its offset;
    `explored` says that the arm of the largest mean is another.
    """
    arm[0], ties[0], centre[:], deviation[:], explored[0] = _best_sampled(
        means, precision, inflation, x, offset, eligible, seed, number, stream
    )
