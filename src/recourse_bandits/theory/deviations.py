"""Regret where people do not do as recommended: LIBRA paper, Theorems 7 and 8."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.parameters import require_not_negative, require_positive
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.glrb import glrb_regret
from recourse_bandits.theory.setting import Setting


def deviating(setting: Setting, deviation: float) -> Setting:
    """Return the setting whose columns are as long as deviations can make them: beta_X + eps.

    Parameters
    ----------
    setting
        Of people who do as recommended.
    deviation
        eps >= 0, largest Euclidean length of a deviation, scaled units.

    Raises
    ------
    DescriptionError
        If the deviation is out of its range.
    """
    require_not_negative(deviation=deviation)
    return replace(setting, context_bound=setting.context_bound + deviation)


def random_deviation_regret(setting: Setting, deviation: float) -> Bound:
    r"""Regret where people deviate at random: LIBRA paper, Theorem 7.

    Theorem 2 with :math:`\beta_X + \varepsilon` for :math:`\beta_X`, in rho_T too. Against the best
    expected reward given the law of the deviations, which the policy is taken to *know*; see
    `unknown_law_cost`. The paper's first display squares the norm under its sum.

    Parameters
    ----------
    setting
        Of people who do as recommended.
    deviation
        eps >= 0, largest Euclidean length of a deviation, scaled units.

    Raises
    ------
    DescriptionError
        If the deviation is out of its range.
    """
    bound = glrb_regret(deviating(setting, deviation))
    return Bound(
        "random_deviation_regret",
        "Theorem 7: regret under random deviations",
        bound.values,
        bound.broken,
        (*bound.assumed, f"no deviation is longer than {deviation:g}, and their law is known"),
    )


def unknown_law_cost(setting: Setting, deviation: float) -> NDArray[np.float64]:
    r"""Order of what estimating the law adds to Theorem 7 (ours; no constant, no proof).

    .. math:: L_\mu\,\beta_\Theta\,\varepsilon\,\sqrt T

    Parameters
    ----------
    setting
        The setting; result in the shape of its `rounds`.
    deviation
        eps >= 0, largest Euclidean length of a deviation, scaled units.

    Raises
    ------
    DescriptionError
        If the deviation is out of its range.
    """
    require_not_negative(deviation=deviation)
    rate = setting.largest_slope * setting.coefficient_bound * deviation
    return rate * np.sqrt(setting.horizon)


def adversarial_deviation_regret(setting: Setting, deviation: float, coverage: float) -> Bound:
    r"""Regret where people deviate as it hurts most: LIBRA paper, Theorem 8, corrected.

    .. math:: \text{Theorem 7} + 8L_\mu\rho_T\,\frac{\varepsilon}{\kappa}\sqrt{KT}

    Against the best worst case. The paper's proof drops :math:`\rho_T`, and has the recommended
    columns where the elliptical potential needs the realised ones. Its coverage condition must be
    on the Schur complement, the block :math:`(V_a^{-1})_{MM}`, not on :math:`V_{a,MM}`.

    Parameters
    ----------
    setting
        Of people who do as recommended.
    deviation
        eps >= 0, largest Euclidean length of a deviation, scaled units.
    coverage
        kappa > 0, constant of the coverage condition (the paper's gamma of Assumption 1).

    Raises
    ------
    DescriptionError
        If a value is out of its range.
    """
    require_positive(coverage=coverage)
    longer = deviating(setting, deviation)
    bound = glrb_regret(longer)
    spent = np.sqrt(setting.arms * setting.horizon) * deviation / coverage
    assumed = f"(V^-1)_MM is covered with constant {coverage:g} in every round"
    return Bound(
        "adversarial_deviation_regret",
        "Theorem 8, corrected: regret under adversarial deviations",
        bound.values + 8.0 * setting.largest_slope * longer.confidence_radius * spent,
        bound.broken,
        (*bound.assumed, f"no deviation is longer than {deviation:g}", assumed),
    )
