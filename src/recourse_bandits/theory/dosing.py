"""What the propositions on dosing are made of, and their warm-up: [S], Remark 2.

[S] as in `delays`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_count, require_positive, require_probability
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.setting import checked_rounds

STEEPEST = 0.25
"""Largest slope of the logistic function."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DoseSetting:
    r"""A dosing problem as the propositions see it.

    Parameters
    ----------
    coefficients
        d1, number of coefficients theta of the chance of success, over all medications.
    effect_coefficients
        d2 + K, number of coefficients pi of the sub-outcome.
    rounds
        t or T, one number of rounds or an array of them, whole and >= 1.
    feature_bound
        c_phi > 0, largest Euclidean norm of a person's features phi.
    effect_bound
        c_chi > 0, largest Euclidean norm of a row chi = (psi, dose in its slot).
    effect_noise
        lambda > 0, sub-Gaussian scale of the sub-outcome's noise; unit of the sub-outcome.
    least_slope
        c_sigma in (0, 1/4], least slope of the logistic function where its argument can be.
    failure
        delta, in (0, 1); each statement says how often it occurs in its probability.

    Raises
    ------
    DescriptionError
        If a value is out of its range.
    """

    coefficients: int
    effect_coefficients: int
    rounds: ArrayLike
    feature_bound: float
    effect_bound: float
    effect_noise: float
    least_slope: float
    failure: float = 0.05

    def __post_init__(self) -> None:
        require_count(coefficients=self.coefficients, effect_coefficients=self.effect_coefficients)
        require_positive(
            feature_bound=self.feature_bound,
            effect_bound=self.effect_bound,
            effect_noise=self.effect_noise,
            least_slope=self.least_slope,
        )
        if self.least_slope > STEEPEST:
            raise DescriptionError(
                f"least_slope must be at most 1/4, the logistic function's, got {self.least_slope}"
            )
        require_probability(failure=self.failure)
        object.__setattr__(self, "rounds", checked_rounds(self.rounds))

    @property
    def horizon(self) -> NDArray[np.float64]:
        """Rounds as numbers."""
        return np.asarray(self.rounds, np.float64)

    def logarithms(self, arrived: ArrayLike) -> tuple[Any, Any]:
        r"""Return bounds of log det V and log det U after so many outcomes, without ridge.

        .. math:: d_1\log(n\,c_\phi^2/d_1),\quad (d_2 + K)\log(n\,c_\chi^2/(d_2 + K)),

        but 0 where they are negative: the design matrices are then too small for the propositions.

        Parameters
        ----------
        arrived
            n, number of outcomes, >= 0.
        """
        number: NDArray[np.float64] = np.maximum(np.asarray(arrived, np.float64), 0.0)
        d1, d2 = self.coefficients, self.effect_coefficients
        return (
            d1 * np.log(np.maximum(number * self.feature_bound**2 / d1, 1.0)),
            d2 * np.log(np.maximum(number * self.effect_bound**2 / d2, 1.0)),
        )


def warm_up_rounds(
    setting: DoseSetting, *, chance_constant: float, effect_constant: float
) -> Bound:
    r"""Rounds of warm-up before the radii hold: [S], Remark 2.

    .. math::

        t_0 = \max\big(c_1(d_1\log(Tc_\phi^2/d_1) + \log(1/\delta)),\
                       c_2((d_2 + K)\log(Tc_\chi^2/(d_2 + K)) + \log(1/\delta))\big)

    What it is for: that all eigenvalues of the design matrices V and U are at least 1, and that the
    estimates are at most 1 from the truth. The first can be looked up instead; rows of past
    treatments count.

    Parameters
    ----------
    setting
        Its rounds are T, how long the study lasts.
    chance_constant, effect_constant
        c1 and c2 > 0. [S] has no numbers for them; they grow as the least eigenvalues of the
        features' second moments get smaller.

    Raises
    ------
    DescriptionError
        If a constant is out of its range.

    Examples
    --------
    >>> setting = DoseSetting(
    ...     coefficients=8,
    ...     effect_coefficients=4,
    ...     rounds=[1_000, 100_000],
    ...     feature_bound=1,
    ...     effect_bound=1,
    ...     effect_noise=1,
    ...     least_slope=0.1,
    ... )
    >>> warm_up_rounds(setting, chance_constant=2, effect_constant=3).values.round()
    array([ 83., 157.])
    """
    require_positive(chance_constant=chance_constant, effect_constant=effect_constant)
    chance, effect = setting.logarithms(setting.horizon)
    log = np.log(1.0 / setting.failure)
    values = np.maximum(chance_constant * (chance + log), effect_constant * (effect + log))
    constants = (
        f"c1 = {chance_constant:g} and c2 = {effect_constant:g}, which the source leaves open"
    )
    return Bound(
        "warm_up_rounds", "Remark 2: rounds of warm-up", np.asarray(values), (), (constants,)
    )
