r"""A belief about chances of success, kept as one mean and one precision a coefficient.

================  ====================================================================  ==========
symbol            meaning                                                               shape
================  ====================================================================  ==========
m, q              means and precisions of the coefficients, a row for each arm          (K, d)
x                 features; those of arm k stand in block k of phi, which is not built  (d,)
f                 offset: the penalty that is taken off the margin                      ()
z                 margin rho·phi - f; success has the chance 1 / (1 + exp(-z))          ()
s                 1 for a success, -1 for a failure                                     ()
v                 phi' diag(q)^-1 phi, the variance of the margin                       ()
================  ====================================================================  ==========

Laplace's approximation with a diagonal precision (Keyvanshokooh et al. 2025, step 6 of SGD-MAB;
Chapelle and Li 2011, *An empirical evaluation of Thompson sampling*, algorithm 3). An outcome
moves the means to

.. math:: m \leftarrow \arg\min_\rho \tfrac12\sum_l q_l(\rho_l - m_l)^2
          + \log(1 + \exp(-s\,(\rho\cdot\phi - f)))

and then adds to the precisions, :math:`q_l \leftarrow q_l + p\,(1 - p)\,\phi_l^2` with p the chance
at the new means. The source prints argmax of this convex function. The minimum lies on a line,

.. math:: \rho = m + s\,c\,diag(q)^{-1}\phi,\quad c = \mu(-s z),\quad
          s z = s z_0 + v\,\mu(-s z),\quad z_0 = m\cdot\phi - f,

one equation in one unknown: that of `one_pass` for y = -s·z and a reward of 0, in which nothing
cancels however certain the outcome was. It is solved to the last bits for v up to 1e40.

Outcomes are learned one by one, as they arrive. The source sums over those of the same round, which
would make the belief depend on how arrivals are grouped as well as on their order, as that of any
diagonal approximation does: turning 20 outcomes round moves means by some 0.7 of their standard
deviations if they are the first ones, by 0.15 after 50 others, by 0.01 after 500.
"""

import math

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.least_squares import dot
from recourse_bandits.kernels.links import LOGISTIC, mean, slope
from recourse_bandits.kernels.one_pass import root

_REASSOCIATE = {"reassoc", "contract"}


@njit("float64(float64[::1], float64[::1])", fastmath=_REASSOCIATE)
def margin_variance(precision, x):
    """Return v = sum of x²/q."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * x[i] / precision[i]
    return total


@njit("void(float64[::1], float64[::1], float64[::1], float64, boolean)")
def update(means, precision, x, offset, success):
    """Add one outcome to the row of its arm, in place: d operations and one root."""
    sign = 1.0 if success else -1.0
    before = sign * (offset - dot(x, means))
    y = root(LOGISTIC, before, margin_variance(precision, x), 0.0)
    pull = sign * mean(LOGISTIC, y)
    weight = slope(LOGISTIC, y)
    for i in range(x.size):
        means[i] += pull * x[i] / precision[i]
        precision[i] += weight * x[i] * x[i]


@guvectorize(
    ["void(float64[::1], float64[::1], float64[::1], float64, boolean, float64[::1],float64[::1])"],
    "(d),(d),(d),(),()->(d),(d)",
    nopython=True,
)
def updated(means, precision, x, offset, success, new_means, new_precision):
    """Return means and precisions after one outcome, as `update`; broadcasts."""
    new_means[:] = means
    new_precision[:] = precision
    update(new_means, new_precision, x, offset, success)


@guvectorize(
    ["void(float64[::1], float64[::1], float64[::1], float64[:], float64[:])"],
    "(d),(d),(d)->(),()",
    nopython=True,
)
def margin(means, precision, x, centre, deviation):
    """Mean and standard deviation of the margin before the offset is taken off."""
    centre[0] = dot(x, means)
    deviation[0] = math.sqrt(margin_variance(precision, x))


@njit("void(float64[:, ::1], float64[:, ::1], float64, float64[::1], float64[:, ::1])")
def sample(means, precision, inflation, drawn, out):
    """Leave draws from N(m, inflation²/q) in `out`, of K·d standard normal numbers."""
    arms, dimension = means.shape
    for k in range(arms):
        for i in range(dimension):
            spread = inflation / math.sqrt(precision[k, i])
            out[k, i] = means[k, i] + spread * drawn[k * dimension + i]
