r"""LIBRA: one round (Theorem 3), questions (Theorem 4) and regret as printed (Theorem 5).

Theorems 4 and 5 do not hold for LIBRA as printed. Step (11) of the proof sums the widths of the
pairs that were *played*; the rule tests the width of GLRB's own pair, which playing the adviser's
need not shrink. The counterexample that keeps :math:`\Delta\ge\eta`: an adviser who always names
arm 0, eta-suboptimal, while GLRB's own pair is of arm 1, is asked for ever, at a regret of eta·T.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_not_negative, require_positive
from recourse_bandits.theory.assumptions import (
    AssumptionWarning,
    EtaUnknown,
    PlayedPairNotTested,
    ThresholdBelowEta,
)
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.glrb import glrb_regret
from recourse_bandits.theory.setting import Setting


def round_regret(width: ArrayLike, threshold: float, eta: float) -> NDArray[np.float64]:
    r"""Regret of one round of LIBRA: LIBRA paper, Theorem 3.

    .. math:: \max(1, \eta/\Delta)\,\min(\Delta, CI)

    For rounds in which advice was asked for (vetoed ones too), and for rounds with
    :math:`CI\le\Delta`. Once the budget of questions is spent, a wide round costs at most its CI.
    On GLRB of scale >= 1, solved globally, while the confidence sets hold.

    Parameters
    ----------
    width
        CI, width of the interval of GLRB's pair, >= 0; unit of the reward; any shape.
    threshold
        Delta > 0, width above which advice is asked for; unit of the reward.
    eta
        How much worse than the best pair the advice is at most, >= 0; unit of the reward.

    Raises
    ------
    DescriptionError
        If a value is out of its range.

    Examples
    --------
    >>> round_regret([0.5, 4.0], threshold=1.0, eta=2.0)
    array([1., 2.])
    """
    _require(threshold, eta)
    widths = np.asarray(width, np.float64)
    if not np.all(widths >= 0.0):
        raise DescriptionError(f"width must be >= 0, got {width!r}")
    regret: Any = max(1.0, eta / threshold) * np.minimum(threshold, widths)
    return np.asarray(regret)


def wide_adoptions(setting: Setting, threshold: float) -> Bound:
    r"""Rounds in which a pair was played whose interval was wider than the threshold (ours).

    .. math:: \frac{8L_\mu^2}{\Delta^2}\max\Big(\rho_T, \frac{\Delta}{2L_\mu}\Big)^2
        dK\log\Big(1 + \frac{\beta_X^2T}{\lambda dK}\Big)

    It is the number of Theorem 4 where :math:`\Delta\le 2L_\mu\rho_T`, and what its proof shows:
    advice that is *followed* while the interval of the advised pair is wide comes to an end;
    questions need not. It holds at every scale (above 1 the radius has it
    as a factor) and for every way to solve ORO-Arm: nothing in it is probable or optimistic.

    Parameters
    ----------
    setting
        The setting.
    threshold
        Delta > 0; unit of the reward.

    Raises
    ------
    DescriptionError
        If the threshold is out of its range.
    """
    statement = "Ours: rounds in which the played pair is wider than the threshold"
    require_positive(threshold=threshold)
    radius = np.maximum(setting.confidence_radius, threshold / (2.0 * setting.largest_slope))
    columns, _, _, in_order, *_ = setting.assumed
    return Bound(
        "wide_adoptions", statement, _wide(setting, threshold, radius), (), (columns, in_order)
    )


def questions_as_printed(setting: Setting, threshold: float) -> Bound:
    r"""Questions of LIBRA as printed: LIBRA paper, Theorem 4, which does not hold.

    .. math:: \frac{8L_\mu^2}{\Delta^2}\rho_T^2\,dK\log\Big(1 + \frac{\beta_X^2T}{\lambda dK}\Big)

    See the head of this module for why; `wide_adoptions` is what the proof shows, and
    `question_cap` what holds of the safeguarded form.

    Parameters
    ----------
    setting
        The setting.
    threshold
        Delta > 0; unit of the reward.

    Raises
    ------
    DescriptionError
        If the threshold is out of its range.
    """
    broken = (*setting.broken, _not_tested("questions may be more"))
    values = _wide(setting, threshold, setting.confidence_radius)
    return Bound(
        "questions_as_printed",
        "Theorem 4: questions of LIBRA as printed",
        values,
        broken,
        setting.assumed,
    )


def libra_regret_as_printed(setting: Setting, threshold: float, eta: float | None = None) -> Bound:
    r"""Regret of LIBRA as printed: LIBRA paper, Theorem 5, which holds in part.

    .. math:: \max(1, \eta/\Delta)\,\min(\Delta T, \text{Theorem 2})

    The first part of the minimum holds (Theorem 3, summed). The second does not: it sums widths of
    pairs that were not played. So `PlayedPairNotTested` is listed where the second one is smaller.

    Parameters
    ----------
    setting
        The setting.
    threshold
        Delta > 0; unit of the reward.
    eta
        How much worse than the best pair the advice is at most, >= 0; unit of the reward. None:
        nobody knows; the figure is for the threshold, and `EtaUnknown` is listed.

    Raises
    ------
    DescriptionError
        If the threshold or eta is out of its range.
    """
    theorem_2 = glrb_regret(setting)
    worst = threshold if eta is None else eta
    _require(threshold, worst)
    values = max(1.0, worst / threshold) * np.minimum(threshold * setting.horizon, theorem_2.values)
    broken: list[AssumptionWarning] = list(theorem_2.broken)
    if np.any(theorem_2.values < threshold * setting.horizon):
        broken.append(_not_tested("regret may be more, up to max(Delta, eta)·T"))
    if eta is None:
        broken.append(
            EtaUnknown(
                "nobody says how much worse than the best pair the advice is at most: the figure "
                f"takes the threshold, {threshold:g}"
            )
        )
    if worst > threshold:
        broken.append(
            ThresholdBelowEta(
                f"the threshold {threshold:g} is below eta {worst:g}: advice may cost more than "
                "the interval it is asked for"
            )
        )
    assumed = (*setting.assumed, f"advice is at most {worst:g} worse than the best pair")
    return Bound(
        "libra_regret_as_printed",
        "Theorem 5: regret of LIBRA as printed",
        values,
        tuple(broken),
        assumed,
    )


def _require(threshold: float, eta: float) -> None:
    require_positive(threshold=threshold)
    require_not_negative(eta=eta)


def _wide(setting: Setting, threshold: float, radius: NDArray[np.float64]) -> NDArray[np.float64]:
    require_positive(threshold=threshold)
    size = setting.dimension * setting.arms
    logarithms = size * np.log1p(setting.growth * setting.horizon / size)
    ratio = setting.largest_slope * radius / threshold
    return np.asarray(8.0 * ratio**2 * logarithms)


def _not_tested(what: str) -> PlayedPairNotTested:
    return PlayedPairNotTested(
        f"step (11) of the proof takes the width of the pair that was played, LIBRA tests that of "
        f"GLRB's own: {what}"
    )
