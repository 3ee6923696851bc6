r"""Mixture: ask the adviser with a probability that decays, or that is learned from outcomes.

From the paper (Chen, Zhang, Zhu 2024, with one language model and one bandit): toss a coin in each
round, follow the adviser or the bandit, and let the bandit learn from both (Algorithm 2); the two
decays, the log-barrier update (Algorithm 3), the clip of the adviser's weight at 1 - 0.2, the rate
0.05, and both ways to end at a number of questions (section 3.2).

*Ours*: the closed form of the update (`kernels.log_barrier`), by which outcomes may come late and
in any order; losses divided by the probability with which the coin *was* tossed, after clip and cap
(the paper prints the unclipped weight; CORRAL, its source, divides by the smoothed one); the map
from rewards to losses; the least weight; and what follows from failures, tables and overrides.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import (
    require_fraction,
    require_not_negative,
    require_one_of,
    require_positive,
    require_range,
    require_truth_value,
    require_whole,
)
from recourse_bandits.policies.base import AnyPolicy
from recourse_bandits.policies.coin import ASKING, CoinPolicy, MixtureState
from recourse_bandits.policies.consulting import require_asking_nobody
from recourse_bandits.records import Decision, Outcome


@dataclass(frozen=True)
class Mixture(CoinPolicy):
    r"""A base policy that asks an adviser by the toss of a coin, and follows what it says.

    In round t (from 1) the probability of asking is p, held between `lowest` and `highest`:

    - ``schedule="decay"``: :math:`p = C\,t^{-\alpha}e^{-\beta t}`. The paper has the polynomial
      (:math:`\beta = 0`) and the exponential one (:math:`\alpha = 0`).
    - ``schedule="learned"``: the adviser's weight of log-barrier online mirror descent over
      (adviser, base), from 1/2 on, with importance-weighted losses.

    A reward r is the loss (high - r) / (high - low), clipped to [0, 1]. The adviser's side is
    *asking, and the base where no advice comes*: an adviser who never answers does as well as the
    base, and is asked until the cap. What came of a recommendation counts for it, also if another
    arm was really given. Tables (where nobody is asked), imports and rounds after the cap teach
    nothing about the adviser. Outcomes may be missing, if they are on both sides alike.

    A decision's propensity is given what was asked and answered: 1 for followed advice. Its
    proposal's trace holds p as `asking`; p, or (1 - p) times the base's propensity, is the
    probability of coin and arm.

    No regret bound is proved: the paper has none, and CORRAL's needs rising rates and stable bases.
    With `max_questions` = B, on GLRB as for LIBRA, the regret is at most the base's *bound* plus B
    times the largest one-round regret.

    Parameters
    ----------
    base
        Any policy; it learns from the adviser's pairs too.
    schedule
        `decay` or `learned`.
    coefficient
        C >= 0 of the decay.
    power
        alpha >= 0 of the decay.
    rate
        beta >= 0 of the decay.
    learning_rate
        eta > 0 of the log-barrier update.
    reward_range
        Rewards (low, high) of loss 1 and 0; needed to learn.
    lowest
        Least probability of asking before the cap, in [0, 1].
    highest
        Largest probability of asking, in [0, 1], at least `lowest`.
    max_questions
        Largest number B of questions, answered or not; None: no limit.
    taper
        Whether p is multiplied by (B - questions)/B, rather than ending at once (the paper's
        equation 1 and early stopping).

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    Chen, Zhang, Zhu (2024), *Efficient Sequential Decision Making with Large Language Models*,
    EMNLP, arXiv 2406.12125; Agarwal, Luo, Neyshabur, Schapire (2017), *Corralling a Band of Bandit
    Algorithms*, COLT.

    Examples
    --------
    >>> from recourse_bandits.policies.glrb import GLRB
    >>> policy = Mixture(GLRB(scale=0.2), max_questions=50)
    >>> policy.probability(MixtureState(None, rounds=39, asked=12, lead=0.0))
    0.25
    """

    base: AnyPolicy
    schedule: str = "decay"
    coefficient: float = 10.0
    power: float = 1.0
    rate: float = 0.0
    learning_rate: float = 0.05
    reward_range: tuple[float, float] | None = None
    lowest: float = 0.0
    highest: float = 0.8
    max_questions: int | None = None
    taper: bool = False

    schedules: ClassVar[tuple[str, ...]] = ("decay", "learned")

    def __post_init__(self) -> None:
        require_asking_nobody(self.base)
        require_one_of(self.schedules, schedule=self.schedule)
        require_not_negative(coefficient=self.coefficient, power=self.power, rate=self.rate)
        require_positive(learning_rate=self.learning_rate)
        require_fraction(lowest=self.lowest, highest=self.highest)
        require_truth_value(taper=self.taper)
        if self.lowest > self.highest:
            raise DescriptionError(
                f"lowest must be at most highest, {self.highest!r}, got {self.lowest!r}"
            )
        if self.reward_range is not None:
            require_range(reward_range=self.reward_range)
            low, high = self.reward_range
            object.__setattr__(self, "reward_range", (low, high))  # a list, as JSON has it
        elif self.schedule == "learned":
            raise DescriptionError("reward_range must be (low, high) to learn from, got None")
        if self.max_questions is not None:
            require_whole(max_questions=self.max_questions)
        elif self.taper:
            raise DescriptionError("max_questions must be a number to taper to, got None")

    def probability(self, state: MixtureState) -> float:
        """Probability of asking in the next round.

        Parameters
        ----------
        state
            What has been learned.
        """
        limit = self.max_questions
        if limit is not None and state.asked >= limit:
            return 0.0
        if self.schedule == "learned":
            wanted = kernels.log_barrier.weight(state.lead)
        else:
            t = state.rounds + 1
            wanted = float(self.coefficient * t**-self.power * math.exp(-self.rate * t))
        clipped = min(max(wanted, self.lowest), self.highest)
        if limit is not None and self.taper:
            return float(clipped * (limit - state.asked) / limit)
        return float(clipped)

    def observed(
        self,
        state: MixtureState,
        decision: Decision | None,
        outcome: Outcome,
        *,
        donate: bool = False,
    ) -> MixtureState:
        """State after the base learned, and the weights did if they are learned.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        outcome
            What came of it.
        donate
            True: the memory of the base's state may be reused.
        """
        state = super().observed(state, decision, outcome, donate=donate)
        if self.reward_range is None or self.schedule != "learned" or decision is None:
            return state
        (low, high), asking = self.reward_range, float(decision.proposal.trace[ASKING])
        if (
            decision.batch is not None or not 0.0 < asking < 1.0
        ):  # nobody could, or had to, be asked
            return state
        loss = min(max((high - outcome.reward) / (high - low), 0.0), 1.0)
        advised = bool(decision.proposal.asks)
        chance = asking if advised else 1.0 - asking
        step = kernels.log_barrier.step(self.learning_rate, loss, chance, advised)
        return state._replace(lead=float(state.lead + step))
