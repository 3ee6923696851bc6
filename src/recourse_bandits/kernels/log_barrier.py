r"""Log-barrier online mirror descent over two alternatives, adviser and base.

================  ===========================================================
symbol            meaning
================  ===========================================================
p                 weight of the adviser; 1 - p that of the base
eta               learning rate
loss              of the alternative that was chosen, in [0, 1]
q                 probability with which it was chosen
lead              :math:`1/(1-p) - 1/p`, any real number
================  ===========================================================

One step (Agarwal, Luo, Neyshabur, Schapire 2017; Chen, Zhang, Zhu 2024, Algorithm 3) takes the
losses :math:`\bar\ell_i`, loss/q for the chosen alternative and 0 for the other one, and returns
the weights with :math:`1/p_i' = 1/p_i + \eta(\bar\ell_i - \nu)`, the constant nu such that their
sum is 1. The difference of the two equations is free of nu:

.. math:: lead' = lead + \eta\,(\bar\ell_{base} - \bar\ell_{adviser}).

So with two alternatives the steps *add up*, in whatever order, and no root is searched. The weight
solves :math:`1/(1-p) - 1/p = lead`, which is a quadratic equation in p.
"""

import math

from recourse_bandits.compilation import njit


@njit("float64(float64)")
def weight(lead):
    """Weight of the adviser: 1 / (1 + exp(-asinh(lead/2))), exact in both tails."""
    return 1.0 / (1.0 + math.exp(-math.asinh(0.5 * lead)))


@njit("float64(float64, float64, float64, boolean)")
def step(eta, loss, probability, advised):
    """What one outcome adds to the lead."""
    weighted = eta * loss / probability
    return -weighted if advised else weighted
