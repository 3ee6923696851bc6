"""What is proved of safeguarded LIBRA, and of any policy that caps its questions (ours)."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_not_negative
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.glrb import glrb_regret
from recourse_bandits.theory.setting import Setting, checked_rounds


def question_cap(rounds: ArrayLike, budget: float | Callable[[int], float] | None = 2.0) -> Bound:
    r"""Questions that safeguarded LIBRA puts in T rounds at most: its *effort* (ours).

    .. math:: \min(T, \lceil C\log^2(1 + T)\rceil)

    for any adviser and any base policy: in round t (from 0) a question is put only while fewer than
    :math:`C\log^2(2 + t)` were. Nothing is assumed.

    Parameters
    ----------
    rounds
        T, one number or an array.
    budget
        C >= 0, or a function of the round that gives the most questions put so far, or None for no
        limit; as `consultation_budget` of `LIBRA`.

    Raises
    ------
    DescriptionError
        If a value is out of its range.

    Examples
    --------
    >>> question_cap([1, 500, 10_000]).values
    array([  1.,  78., 170.])
    """
    horizon = checked_rounds(rounds)
    if budget is None:
        cap = horizon.astype(np.float64)
    elif callable(budget):
        allowed = [budget(number) for number in range(int(horizon.max()))]
        cap = np.maximum.accumulate(np.ceil(np.maximum(allowed, 0.0)))[horizon - 1]
    else:
        if budget != math.inf:
            require_not_negative(consultation_budget=budget)
        cap = np.ceil(budget * np.log1p(horizon) ** 2)
    return Bound("question_cap", "Ours: questions put", np.minimum(cap, horizon))


def advised_regret(setting: Setting, questions: ArrayLike) -> Bound:
    r"""Regret of GLRB under an adviser who is asked a limited number of questions (ours).

    .. math:: \text{Theorem 2} + 2L_\mu\beta_\Theta\beta_X\,q_T

    for any adviser, however bad, who gives feasible advice and does not see the current noise: the
    *robustness* of safeguarded LIBRA, and of a `Mixture` with at most so many questions. It is a
    bound against GLRB's *bound*, not against GLRB's own run. The paper claims it without a limit.

    Parameters
    ----------
    setting
        Of the base policy, a GLRB.
    questions
        q_T >= 0, most questions in T rounds, in the shape of the setting's `rounds` or one for all;
        `question_cap` gives them.

    Raises
    ------
    DescriptionError
        If a number of questions is negative.

    Examples
    --------
    >>> setting = Setting(
    ...     dimension=2, arms=2, rounds=[100], noise=1, context_bound=1, coefficient_bound=1, gap=0
    ... )
    >>> advised_regret(setting, question_cap([100]).values).values.round(1)
    array([636.1])
    """
    asked: NDArray[np.float64] = np.asarray(questions, np.float64)
    if not np.all(asked >= 0.0):
        raise DescriptionError(f"questions must be >= 0, got {questions!r}")
    alone = glrb_regret(setting)
    return Bound(
        "advised_regret",
        "Ours: regret under any adviser",
        alone.values + setting.largest_round_regret * asked,
        alone.broken,
        (*alone.assumed, "advice is feasible, and does not see the current noise"),
    )


def followed_round_regret(
    setting: Setting, own_width: ArrayLike, advised_width: ArrayLike
) -> Bound:
    r"""Regret of one round of LIBRA in which the veto let advice through (ours).

    .. math:: \min(CI(B) + CI(L) + L_\mu\,gap,\; 2L_\mu\beta_\Theta\beta_X)

    with B the pair of GLRB and L that of the adviser. While the confidence sets hold, no pair is
    better than UCB(B) and the gap; L is worth LCB(L) or more; and the veto lets L through only if
    :math:`UCB(L) \ge LCB(B)`. Where advice is turned down, B is played, which costs CI(B) and the
    gap at most. Nothing is assumed of the adviser, and nothing follows for the sum over rounds:
    playing L need not shrink CI(B); see `advised_regret`.

    Parameters
    ----------
    setting
        Of the base policy, a GLRB.
    own_width, advised_width
        CI(B) and CI(L), widths of the intervals of both pairs when it was decided, >= 0; unit of
        the reward, any shape; infinite where the reward is unknown.

    Returns
    -------
    Bound
        One value for each round, in the shape of the widths.

    Raises
    ------
    DescriptionError
        If a width is negative or no number.

    Examples
    --------
    >>> setting = Setting(
    ...     dimension=2, arms=2, rounds=100, noise=1, context_bound=2, coefficient_bound=1, gap=0
    ... )
    >>> followed_round_regret(setting, [0.5, 3.0], [1.0, 2.0]).values
    array([1.5, 4. ])
    """
    own, advised = np.asarray(own_width, np.float64), np.asarray(advised_width, np.float64)
    for name, widths in (("own_width", own), ("advised_width", advised)):
        if not np.all(widths >= 0.0):
            raise DescriptionError(f"{name} must be >= 0, got {widths}")
    cost = own + advised + setting.largest_slope * (setting.gap or 0.0)
    return Bound(
        "followed_round_regret",
        "Ours: regret of a round in which advice was followed",
        np.minimum(cost, setting.largest_round_regret),
        setting.broken,
        (*setting.assumed, "advice is feasible"),
    )
