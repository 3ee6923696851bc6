r"""Radii of chances of success with late outcomes: [S], Propositions 4 and 5.

[S] as in `delays`. A radius bounds, for one person and one medication, by how much the estimated
chance of success :math:`\sigma(\phi\cdot\hat\theta - f(\hat\pi))` is wrong. The slope of the
logistic function is at most 1/4, that of the penalty f in the effect at most its larger cost.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_positive
from recourse_bandits.theory.assumptions import AssumptionWarning, BeforeWarmUp, WarmUpUnknown
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.dosing import STEEPEST, DoseSetting


def late_radius(
    setting: DoseSetting,
    outstanding: ArrayLike,
    *,
    feature_width: ArrayLike,
    effect_width: ArrayLike,
    cost: ArrayLike,
    warm_up: float | None = None,
) -> Bound:
    r"""Radius of one medication's chance of success where outcomes are late: [S], Proposition 4.

    .. math::

        &\tfrac14\lVert\phi\rVert_{V^{-1}}\Big(\tfrac1{c_\sigma}
          \sqrt{d_1\log\tfrac{(t - N)c_\phi^2}{d_1} + 2\log\tfrac1\delta} + c_\phi\sqrt N\Big) \\
        +\ &\tfrac{cost}4\lVert\chi\rVert_{U^{-1}}\Big(\lambda
          \sqrt{(d_2 + K)\log\tfrac{(t - N)c_\chi^2}{d_2 + K} + 2\log\tfrac1\delta}
          + c_\chi\sqrt N\Big)

    from round t0 on, with probability 1 - 4·failure. V and U sum over *all* decisions, those whose
    outcome is outstanding too, without ridge; over the arrived ones alone, the roots of N may be
    left out (set `outstanding` to 0 and count only these as rounds). [S] prints :math:`c_\phi` for
    :math:`c_\sigma` in its (24).

    Parameters
    ----------
    setting
        Its rounds are t.
    outstanding
        N(t) >= 0, or a bound of it as `delays.outstanding`.
    feature_width
        Norm of phi in V^-1, >= 0.
    effect_width
        Norm of chi in U^-1, >= 0.
    cost
        max(alpha, beta) >= 0 of the medication, per unit of the sub-outcome.
    warm_up
        t0; None: nobody knows, and `WarmUpUnknown` is listed.

    Raises
    ------
    DescriptionError
        If a value is negative.
    """
    late, width, effect, price = _not_negative(
        outstanding=outstanding, feature_width=feature_width, effect_width=effect_width, cost=cost
    )
    arrived = setting.horizon - late
    log = 2.0 * np.log(1.0 / setting.failure)
    chance_logs, effect_logs = setting.logarithms(arrived)
    chance_part = np.sqrt(chance_logs + log) / setting.least_slope
    effect_part = setting.effect_noise * np.sqrt(effect_logs + log)
    values = STEEPEST * width * (chance_part + setting.feature_bound * np.sqrt(late))
    values = values + STEEPEST * price * effect * (
        effect_part + setting.effect_bound * np.sqrt(late)
    )
    return Bound(
        "late_radius",
        "Proposition 4: radius of the chance of success with late outcomes",
        np.where(arrived > 0.0, values, np.inf),
        _warming_up(setting, warm_up),
        (
            *_assumed(setting),
            f"neither estimate is wrong by more than 1; with probability "
            f"{1.0 - 4.0 * setting.failure:g}",
        ),
    )


def constant_delay_radius(
    setting: DoseSetting,
    *,
    feature_width: ArrayLike,
    effect_width: ArrayLike,
    feature_gain: ArrayLike,
    effect_gain: ArrayLike,
    cost: ArrayLike,
    feature_penalty: float = 1.0,
    effect_penalty: float = 1.0,
) -> Bound:
    r"""Radius of one medication's chance of success under a constant delay: [S], Proposition 5.

    .. math::

        &\tfrac1{4c_\sigma}\lVert\phi\rVert_{V^{-1}}\Big(
          \sqrt{2\log\tfrac{\det(V/g)^{1/2}}\delta} + c_\sigma g\Big) \\
        +\ &\tfrac{cost}4\lVert\chi\rVert_{U^{-1}}\Big(\lambda
          \sqrt{2\log\tfrac{\det(U/h)^{1/2}}\delta} + \sqrt h\Big)

    with probability 1 - 2·failure, without a warm-up. V and U, with ridges g and h, and the
    estimates are of the outcomes that have arrived; the widths are those of the person of *this*
    round ([S] prints the features of the round whose outcome arrived last).

    Parameters
    ----------
    setting
        Its rounds do not enter; the estimates say what has arrived.
    feature_width
        Norm of phi in V^-1, >= 0.
    effect_width
        Norm of chi in U^-1, >= 0.
    feature_gain, effect_gain
        log det(V/g) and log det(U/h), >= 0.
    cost
        max(alpha, beta) >= 0 of the medication, per unit of the sub-outcome.
    feature_penalty
        g >= 1.
    effect_penalty
        h > 0.

    Raises
    ------
    DescriptionError
        If a value is out of its range.
    """
    require_positive(feature_penalty=feature_penalty, effect_penalty=effect_penalty)
    if feature_penalty < 1.0:
        raise DescriptionError(f"feature_penalty must be at least 1, got {feature_penalty}")
    width, effect, v_gain, u_gain, price = _not_negative(
        feature_width=feature_width,
        effect_width=effect_width,
        feature_gain=feature_gain,
        effect_gain=effect_gain,
        cost=cost,
    )
    log = 2.0 * np.log(1.0 / setting.failure)
    slope = setting.least_slope
    chance = np.sqrt(v_gain + log) / slope + feature_penalty
    shift = setting.effect_noise * np.sqrt(u_gain + log) + np.sqrt(effect_penalty)
    return Bound(
        "constant_delay_radius",
        "Proposition 5: radius of the chance of success under a constant delay",
        np.asarray(STEEPEST * (width * chance + price * effect * shift)),
        (),
        (
            *_assumed(setting),
            f"coefficients are no longer than 1; with probability {1.0 - 2.0 * setting.failure:g}",
        ),
    )


def _not_negative(**values: ArrayLike) -> list[NDArray[np.float64]]:
    found = []
    for name, value in values.items():
        numbers: NDArray[np.float64] = np.asarray(value, np.float64)
        if not np.all(numbers >= 0.0):
            raise DescriptionError(f"{name} must be >= 0, got {value!r}")
        found.append(numbers)
    return found


def _warming_up(setting: DoseSetting, warm_up: float | None) -> tuple[AssumptionWarning, ...]:
    if warm_up is None:
        return (
            WarmUpUnknown(
                "the radius holds from some round t0 on, and nobody says which: [S] leaves the "
                "constants of Remark 2 open"
            ),
        )
    least = float(setting.horizon.min())
    if least < warm_up:
        return (
            BeforeWarmUp(f"round {least:g} is before the end of the warm-up, t0 = {warm_up:g}"),
        )
    return ()


def _assumed(setting: DoseSetting) -> tuple[str, ...]:
    return (
        f"no features are longer than {setting.feature_bound:g}, no rows of the sub-outcome "
        f"longer than {setting.effect_bound:g}",
        f"noise of the sub-outcome is sub-Gaussian with scale {setting.effect_noise:g}",
        f"the logistic function is nowhere flatter than {setting.least_slope:g}",
        "the chances are estimated with the true penalties, not those at the estimated effects",
    )
