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
