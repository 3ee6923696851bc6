r"""People who deviate at random: LIBRA, section 4, robust-ORO and Remark 1.

What is realised is :math:`\bar x_M = \tilde x_M + e`. For the identity link the expected optimistic
reward of recommending :math:`\tilde x` is the optimistic reward at :math:`\tilde x` plus the mean
of e: plan for somebody who stands there, and recommend the same change. With another link each arm
is planned for like that, and arms are compared by the mean over the deviations that are kept.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_count
from recourse_bandits.policies.noncompliance.averaging import averaged_interval, compared
from recourse_bandits.policies.noncompliance.base import Behaviour, Planner, with_columns
from recourse_bandits.problem import Context, Problem
from recourse_bandits.problem.reward import LINKS
from recourse_bandits.records import Array, Decision, Key, Outcome, Proposal


class RandomState(NamedTuple):
    """Deviations seen, pooled over arms (ours; Remark 1 has them for each arm)."""

    counts: NDArray[np.int64]
    """How many were seen of each mutable column; (m,)."""
    total: Array
    """Their sum; (m,); scaled units."""
    recent: Array
    """The last of them, a ring; what was not seen counts as the mean; (memory, m)."""
    rows: int
    """How many were written into the ring."""


@dataclass(frozen=True, kw_only=True)
class Random(Behaviour[RandomState]):
    """People add a random deviation of unknown law, whose mean is learned and planned for.

    Exact for rewards that are linear in the features. With another link the intervals and the arm
    are of the mean over the kept deviations, while each arm's change is planned at their mean:
    the best change for given coefficients, only nearly the most optimistic one. Before anybody was
    seen the mean is 0. The law must not depend on what is recommended, nor on the person. Mutable
    features of categories are refused.

    Parameters
    ----------
    memory
        How many of the last deviations are kept, for their spread, >= 1; 1 tells no spread. The
        mean is over all.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    LIBRA paper, section 4 and Remark 1; pooling arms is ours.

    Examples
    --------
    >>> Random(memory=50)
    Random(memory=50)
    """

    memory: int = 200

    def __post_init__(self) -> None:
        require_count(memory=self.memory)

    def init(self, problem: Problem) -> RandomState:
        """State before anybody was seen.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If a mutable feature has categories.
        """
        _require_numbers(problem)
        size = len(problem.mutable_columns)
        zero = np.zeros(size)
        return RandomState(np.zeros(size, np.int64), zero, np.zeros((self.memory, size)), 0)

    def observed(
        self, state: RandomState, decision: Decision | None, outcome: Outcome
    ) -> RandomState:
        """State after one more deviation, of the features whose value was known.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision; None: an import.
        outcome
            What came of it.
        """
        if decision is None:
            return state
        feasible = decision.context.feasible
        known = ~feasible.held
        if not known.any():
            return state
        deviation = (outcome.point - decision.choice.point)[feasible.mutable]
        seen = np.where(known, deviation, 0.0)
        after = state._replace(counts=state.counts + known, total=state.total + seen)
        recent = state.recent.copy()
        recent[state.rows % self.memory] = np.where(known, deviation, self.mean(after))
        return after._replace(recent=recent, rows=state.rows + 1)

    def mean(self, state: RandomState) -> Array:
        """Return the mean deviation, shape (m,); 0 where none was seen.

        Parameters
        ----------
        state
            What has been seen.
        """
        mean: Array = state.total / np.maximum(state.counts, 1)
        return mean

    def planned(self, state: RandomState, context: Context) -> Context:
        """Return the person moved by the mean deviation.

        Parameters
        ----------
        state
            What has been seen.
        context
            The person, or a batch.
        """
        if not state.total.any():
            return context
        return replace(context, values=self.reached(state, context, context.values))

    def recommended(
        self, state: RandomState, context: Context, planned: Context, point: Array
    ) -> Array:
        """Return the planned point less the mean deviation.

        Parameters
        ----------
        state
            What has been seen.
        context
            The person, or a batch.
        planned
            The same, moved by the mean deviation.
        point
            The planned point, shape (..., d).
        """
        columns = context.feasible.mutable
        start, moved = context.values[..., columns], planned.values[..., columns]
        target = point[..., columns]
        # the change is kept, rather than the point: no change stays none
        return with_columns(
            context, point, np.where(moved == start, target, start + (target - moved))
        )

    def reached(self, state: RandomState, context: Context, point: Array) -> Array:
        """Return a recommended point plus the mean deviation.

        Parameters
        ----------
        state
            What has been seen.
        context
            The person, or a batch.
        point
            The recommended point, shape (..., d).
        """
        if not state.total.any():
            return point
        feasible = context.feasible
        mean = np.where(feasible.held, 0.0, self.mean(state))
        return with_columns(context, point, point[..., feasible.mutable] + mean)

    def proposal(
        self, state: RandomState, policy: Planner, learned: Any, plain: Proposal, key: Key
    ) -> Proposal:
        """Return what a policy proposes that plans for the deviations seen.

        Parameters
        ----------
        state
            What has been seen.
        policy
            The policy.
        learned
            Its state.
        plain
            What it proposes for people who comply.
        key
            Source of randomness.
        """
        if learned.link == LINKS["identity"] or not state.recent.any():
            return super().proposal(state, policy, learned, plain, key)
        planned = self.planned(state, plain.context)
        return compared(policy, learned, plain.context, planned, self.kept(state), key)

    def interval(
        self, state: RandomState, learned: Any, context: Context, arm: int, point: Array
    ) -> tuple[Any, Any, Any] | None:
        """Estimate and bounds of the mean reward over the kept deviations; None for the identity.

        Parameters
        ----------
        state
            What has been seen.
        learned
            The policy's state.
        context
            The person.
        arm
            Number of the arm.
        point
            The recommended point, shape (d,).
        """
        if learned.link == LINKS["identity"] or not state.recent.any():
            return None
        return averaged_interval(learned, context, self.kept(state), arm, point)

    def kept(self, state: RandomState) -> Array:
        """Return the deviations that are kept, shape (n, m).

        Parameters
        ----------
        state
            What has been seen.
        """
        return state.recent[: min(state.rows, self.memory)]

    def invalidation_rate(
        self, state: RandomState, context: Context, slope: Array, change: Array
    ) -> float:
        """Return the probability under a normal law with the mean and covariance of those seen.

        Parameters
        ----------
        state
            What has been seen.
        context
            The person.
        slope
            Estimated coefficients, shape (m,).
        change
            The recommended change, shape (m,).
        """
        felt = np.where(context.feasible.held, 0.0, slope)
        gain = float(change @ slope + self.mean(state) @ felt)
        effects = self.kept(state) @ felt
        deviation = float(effects.std(ddof=1)) if effects.size > 1 else 0.0
        return no_gain(gain, deviation)


def _require_numbers(problem: Problem) -> None:
    names = [feature.name for feature in problem.mutable if feature.categories]
    if names:
        raise DescriptionError(
            f"Random is for people who deviate by numbers, and the categories of "
            f"{', '.join(names)} have no mean: make that immutable, or leave noncompliance out"
        )


def no_gain(gain: float, deviation: float) -> float:
    """Return the probability that a normal gain is not above 0.

    Parameters
    ----------
    gain
        Its mean.
    deviation
        Its standard deviation; 0: the gain is certain.
    """
    if deviation <= 0.0 or not math.isfinite(gain / deviation):
        return float(gain <= 0.0)
    return float(ndtr(-gain / deviation))
