"""What linear policies share that choose a recourse: plans for people who do otherwise."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies.linear import LinearPolicy
from recourse_bandits.policies.linear_state import LinearState
from recourse_bandits.policies.noncompliance import AnyBehaviour, Behaviour
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Advice, Array, Choice, Decision, Key, Outcome, Proposal, Trace

INVALIDATION_RATE = "invalidation_rate"
"""In the trace of a choice: see `docs/noncompliance.md`."""

PRICE_OF_ROBUSTNESS = "price_of_robustness"
"""In the trace of a choice: see `docs/noncompliance.md`."""

_IF_COMPLYING = "high_if_complying"  # of the plain plan, in a proposal's trace
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class PlanningPolicy(LinearPolicy):
    """A linear policy that can plan for people who do not do what they were told.

    Parameters
    ----------
    penalty
        Ridge penalty lambda > 0, where the problem's prior says nothing.
    exact_rows
        Outcomes of an arm up to which its estimate is exact with a link; see `LinearPolicy`.
    noncompliance
        What people are expected to do otherwise: `Random`, `Adversarial` or `Adherence`; None: they
        comply.
    """

    noncompliance: AnyBehaviour | None = None

    def require_behaviour(self) -> None:
        """Raise DescriptionError unless `noncompliance` is one, or None."""
        if self.noncompliance is not None and not isinstance(self.noncompliance, Behaviour):
            raise DescriptionError(
                "noncompliance must be None or what people do otherwise, such as Random() or "
                f"Adversarial(0.5), got {self.noncompliance!r}"
            )

    @abstractmethod
    def solved(self, state: LinearState, context: Context, key: Key) -> Proposal:
        """Return the pair for people who comply.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Source of randomness.
        """

    @abstractmethod
    def cautious(self, state: LinearState, context: Context, eps: float, key: Key) -> Proposal:
        """Return the pair for people who deviate as it hurts most.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        eps
            Largest effort of a deviation, above 0.
        key
            Source of randomness.
        """

    @abstractmethod
    def candidates(self, state: LinearState, context: Context, key: Key) -> tuple[Array, Array]:
        """Return each arm's point for people who comply, and the coefficients it is best for.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Source of randomness.

        Returns
        -------
        tuple
            Points, shape (..., K, d), and coefficients by which arms are compared; shape
            (..., K, d), empty if they are compared by upper bounds.
        """

    def init(self, problem: Problem) -> LinearState:
        """State before any outcome, of rewards and of people.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """
        state = super().init(problem)
        if self.noncompliance is None:
            return state
        return state._replace(people=self.noncompliance.init(problem))

    def propose(self, state: LinearState, context: Context, key: Key) -> Proposal:
        """Return the pair for people as they are expected to be.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Source of randomness.
        """
        plain, people = self.solved(state, context, key), self.noncompliance
        if people is None:
            return plain
        proposal = people.proposal(state.people, self, state, plain, key)
        if not people.symmetric:
            proposal = _with_bounds(people, state, proposal)
        if plain.high.ndim == 1:
            promised: Any = float(plain.high[plain.arm])
        else:
            promised = plain.high[np.arange(len(plain.high)), plain.arm]
        return replace(proposal, trace={**proposal.trace, _IF_COMPLYING: promised})

    def settle(self, state: LinearState, proposal: Proposal, advice: Advice | None) -> Choice:
        """Return the proposal's choice; where people may do otherwise, with a report on it.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            The policy's own choice, for one person.
        advice
            Not followed.
        """
        choice = super().settle(state, proposal, advice)
        if self.noncompliance is None:
            return choice
        arm, point = proposal.arm, proposal.point
        return replace(choice, trace=self.report(state, proposal, arm, point))

    def report(self, state: LinearState, proposal: Proposal, arm: int, point: Array) -> Trace:
        """Return how likely an issued pair fails people, and what planning for that costs.

        `invalidation_rate`, where a change is recommended: the probability that the estimated
        reward of what the person does is no better than with no change at all, for the same arm.
        `price_of_robustness` >= 0: by how much the upper bound of the plan for people who comply
        exceeds that of this pair, if people did comply; unit of the reward.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            What the policy proposed.
        arm
            Number of the arm that is issued.
        point
            The point that is issued, shape (d,).

        References
        ----------
        Pawelczyk, Datta, van den Heuvel, Kasneci, Lakkaraju (2023), *Probabilistically Robust
        Recourse*, ICLR, for the rate; its threshold here, the person as they are, is ours.
        """
        people = self.noncompliance
        if people is None:
            return super().report(state, proposal, arm, point)
        context, columns = proposal.context, proposal.context.feasible.mutable
        told: dict[str, Any] = {}
        change = (point - context.values)[columns]
        if change.any():
            slope = state.estimate[arm][columns]
            rate = people.invalidation_rate(state.people, context, slope, change)
            told[INVALIDATION_RATE] = rate
        promised = float(proposal.trace[_IF_COMPLYING])
        _, _, high = super().interval(state, context, arm, point)
        price = promised - high
        told[PRICE_OF_ROBUSTNESS] = price if price > _ROUNDING * (1.0 + abs(promised)) else 0.0
        return told

    def interval(
        self, state: LinearState, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        """Estimate, lower and upper bound of recommending any pair.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person.
        arm
            Number of the arm.
        point
            Columns after a recourse, shape (d,).
        """
        people = self.noncompliance
        if people is None:
            return super().interval(state, context, arm, point)
        own = people.interval(state.people, state, context, arm, point)
        if own is not None:
            mean, low, high = own
            return float(mean), float(low), float(high)
        return super().interval(state, context, arm, people.reached(state.people, context, point))

    def observed(
        self,
        state: LinearState,
        decision: Decision | None,
        outcome: Outcome,
        *,
        donate: bool = False,
    ) -> LinearState:
        """State after the outcome, of rewards and of people.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored; None: an import.
        outcome
            What came of it.
        donate
            True: the memory of `state` is reused.
        """
        after = super().observed(state, decision, outcome, donate=donate)
        if self.noncompliance is None:
            return after
        people = self.noncompliance.observed(state.people, decision, outcome)
        return after._replace(people=people)


def _with_bounds(people: AnyBehaviour, state: LinearState, proposal: Proposal) -> Proposal:
    """Return a proposal with both bounds of its own pair; lower ones of other arms are unknown."""
    arm: Any = proposal.arm
    bounds = people.interval(state.people, state, proposal.context, arm, proposal.point)
    if bounds is None:
        return proposal
    mean, high = proposal.mean.copy(), proposal.high.copy()
    low = np.full(mean.shape, np.nan)
    pair = arm if mean.ndim == 1 else (np.arange(len(mean)), arm)
    mean[pair], low[pair], high[pair] = bounds
    return replace(proposal, mean=mean, low=low, high=high)
