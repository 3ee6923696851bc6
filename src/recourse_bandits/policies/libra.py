r"""LIBRA: ask the adviser only while the interval of the base policy's own pair is wide.

As printed (LIBRA paper, Algorithm 3): with the base's pair (p^B, a^B), ask if
:math:`CI(p^B, a^B) > \Delta`, and play the adviser's pair whenever asked.

Printed, neither the number of questions nor the regret is bounded: playing the adviser's pair need
not shrink the interval that triggers the question (Theorem 4's step (11) fails). *Ours*, the
default:

1. Consultation budget: in round t (from 0) ask only while fewer than :math:`C\log^2(2+t)`
   questions were put, answered or not.
2. Veto: play the adviser's pair only if its upper bound reaches the lower bound of the base's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from recourse_bandits.parameters import require_not_negative, require_truth_value
from recourse_bandits.policies.base import AnyPolicy
from recourse_bandits.policies.consulting import (
    ConsultingState,
    CountingPolicy,
    require_asking_nobody,
)
from recourse_bandits.problem import Context
from recourse_bandits.records import Advice, Choice, Key, Proposal


@dataclass(frozen=True)
class LIBRA(CountingPolicy):
    r"""A base policy that asks an adviser while its own interval is wide.

    What is proved, with C the budget: at most :math:`\lceil C\log^2(2+T)\rceil` questions for any
    adviser. With probability 1 - failure, regret at most the base's *bound* plus the largest
    one-round regret times :math:`\lceil C\log^2(1+T)\rceil`, for any adviser that does not see the
    current noise, for GLRB at scale >= 1 solved to the global optimum. Below scale 1, or on a
    Thompson base, nothing is proved; `docs` show what was measured.

    Parameters
    ----------
    base
        Any policy; it needs an interval for every pair.
    threshold
        Delta >= 0: width of the interval above which advice is asked for; unit of the reward.
    consultation_budget
        C >= 0, or a function of the round that gives the most questions put so far, or None (or
        infinity) for no limit.
    veto
        Whether advice that the data contradict is turned down.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    LIBRA paper, Algorithm 3; budget and veto are ours.

    Examples
    --------
    >>> from recourse_bandits.policies.glrb import GLRB
    >>> LIBRA(GLRB(scale=0.2), threshold=1.0).allowed_questions(0)
    0.96
    >>> LIBRA.as_printed(GLRB(), threshold=1.0).veto
    False
    """

    base: AnyPolicy
    threshold: float
    consultation_budget: float | Callable[[int], float] | None = 2.0
    veto: bool = True

    def __post_init__(self) -> None:
        require_asking_nobody(self.base)
        require_not_negative(threshold=self.threshold)
        require_truth_value(veto=self.veto)
        if self.consultation_budget == math.inf:
            object.__setattr__(self, "consultation_budget", None)
        elif self.consultation_budget is not None and not callable(self.consultation_budget):
            require_not_negative(consultation_budget=self.consultation_budget)

    @classmethod
    def as_printed(cls, base: AnyPolicy, threshold: float) -> "LIBRA":
        """Algorithm 3 as the paper prints it: no budget, no veto.

        Parameters
        ----------
        base
            The base policy; GLRB in the paper.
        threshold
            Delta; unit of the reward.
        """
        return cls(base, threshold, consultation_budget=None, veto=False)

    def allowed_questions(self, rounds: int) -> float:
        """Number below which another question may be put after so many rounds.

        Parameters
        ----------
        rounds
            Decisions made before this one.
        """
        if self.consultation_budget is None:
            return math.inf
        if callable(self.consultation_budget):
            return self.consultation_budget(rounds)
        return self.consultation_budget * math.log(2 + rounds) ** 2

    def propose(self, state: ConsultingState, context: Context, key: Key) -> Proposal:
        """Return the base's pair; asks if its interval is wide and the budget allows.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Source of randomness.
        """
        proposal = self.base.propose(state.base, context, key)
        if not state.asked < self.allowed_questions(state.rounds):
            return self.asking(proposal, np.zeros(context.values.shape[:-1], dtype=bool)[()])
        # an unknown estimate (NaN) is as wide as can be
        return self.asking(proposal, ~(proposal.width <= self.threshold))

    def settle(self, state: ConsultingState, proposal: Proposal, advice: Advice | None) -> Choice:
        """Follow the advice, unless it is vetoed.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            The base's.
        advice
            A legal pair, or None.
        """
        own = self.base.settle(state.base, proposal, None)
        if advice is None:
            return own
        choice = self.followed(state, proposal, advice)
        if self.veto:
            _, low, _ = self.interval(state, proposal.context, proposal.arm, proposal.point)
            if choice.high < low:
                return replace(own, vetoed=True)
        return choice
