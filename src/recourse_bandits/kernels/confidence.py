r"""Radius of the ellipsoid that holds the true coefficients of every arm at all times.

=====================  ==================================================  ==============
symbol                 meaning                                             unit
=====================  ==================================================  ==============
noise                  sub-Gaussian scale of the reward noise              reward
failure                probability that some arm's ellipsoid fails         1
arms                   K, number of arms                                   1
dimension              d, number of coefficients                           1
count                  n_a, outcomes seen for the arm                      1
growth                 beta_X² / lambda: context bound over penalty        1
log_det_gain           log det V_a - log det(prior precision); with         1
                       another link the sum of `gain` of `one_pass`
bias                   bound on the prior's error in the prior's norm;     reward
                       sqrt(lambda)·beta_Theta for the plain ridge prior
=====================  ==================================================  ==============

The ellipsoid is ``‖theta - estimate‖_V <= scale · radius``; nothing is proved below scale 1.
"""

import math

from recourse_bandits.compilation import njit

LEMMA_2, DETERMINANT, POSTERIOR, CURVATURE = 0, 1, 2, 3


@njit()
def lemma_2_radius(count, dimension, arms, noise, failure, growth, bias):
    """LIBRA paper, Lemma 2, with the square root around both logarithms (App. A.2)."""
    inner = dimension * (math.log1p(growth * count) + math.log(arms / failure))
    return noise * math.sqrt(inner) + bias


@njit()
def determinant_radius(log_det_gain, arms, noise, failure, bias):
    """Abbasi-Yadkori, Pal, Szepesvari (2011), Theorem 2, with a union over the arms."""
    inner = 2.0 * (0.5 * log_det_gain + math.log(arms / failure))
    return noise * math.sqrt(inner) + bias


@njit()
def curvature_radius(gain, arms, noise, failure, bias):
    """The same for any link, see `one_pass` (ours); `noise` is the root of the dispersion."""
    return math.sqrt(
        noise * noise * (max(gain, 0.0) + 2.0 * math.log(arms / failure)) + bias * bias
    )


@njit(
    "float64(int64, float64, int64, float64, int64, int64, float64, float64, float64, float64)",
)
def radius(form, scale, count, log_det_gain, dimension, arms, noise, failure, growth, bias):
    """Radius of the chosen form: a proved form times `scale`, or `scale` posterior sds."""
    if form == LEMMA_2:
        return scale * lemma_2_radius(count, dimension, arms, noise, failure, growth, bias)
    if form == DETERMINANT:
        return scale * determinant_radius(log_det_gain, arms, noise, failure, bias)
    if form == CURVATURE:
        return scale * curvature_radius(log_det_gain, arms, noise, failure, bias)
    return scale * noise
