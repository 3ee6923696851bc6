"""What a policy expects of people who do not do what they were told, and plans for."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np

from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Decision, Key, Outcome, Proposal

State = TypeVar("State")


class Planner(Protocol):
    """A policy that can plan for people who comply, for the worst, and on average over many."""

    def solved(self, state: Any, context: Context, key: Key) -> Proposal:
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

    def cautious(self, state: Any, context: Context, eps: float, key: Key) -> Proposal:
        """Return the pair for people who make the worst of it.

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

    def candidates(self, state: Any, context: Context, key: Key) -> tuple[Array, Array]:
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


class Behaviour(ABC, Generic[State]):
    """What people are expected to do with a recommendation, and how that is learned.

    A frozen dataclass of hyper-parameters with pure methods, like a policy. Its state is a
    NamedTuple of arrays of fixed shapes; the policy's state carries it. All is on the linear scale,
    in scaled units of the m mutable columns. Where a person's value is unknown, or no recourse is
    possible (`FeasibleSet.fixed`), nobody deviates and nothing is learned.

    With nothing learned yet, the plan is exactly that for people who comply.
    """

    algorithm_version: ClassVar[int] = 1
    """Raised whenever the same journal would lead to other decisions."""

    symmetric: bool = True
    """Whether the interval of a pair is its estimate plus and minus the same number."""

    @abstractmethod
    def init(self, problem: Problem) -> State:
        """State before anybody was seen.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If the problem is none for which this can be planned.
        """

    @abstractmethod
    def observed(self, state: State, decision: Decision | None, outcome: Outcome) -> State:
        """State after what somebody made of a recommendation was seen.

        Parameters
        ----------
        state
            The state before, which is left alone.
        decision
            The decision, as stored; None for an import, of which nothing is learned.
        outcome
            What came of it: `outcome.point` is what was done.
        """

    def planned(self, state: State, context: Context) -> Context:
        """Return whom the policy shall plan for as if they complied; by default the person.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        """
        return context

    def recommended(self, state: State, context: Context, planned: Context, point: Array) -> Array:
        """Return what to recommend so that a planned point is reached; by default that point.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        planned
            What `planned` made of it.
        point
            The planned point, shape (..., d).
        """
        return point

    def reached(self, state: State, context: Context, point: Array) -> Array:
        """Return the point that a recommended one is expected to lead to; by default the same.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person.
        point
            The recommended point, shape (d,).
        """
        return point

    def proposal(
        self, state: State, policy: Planner, learned: Any, plain: Proposal, key: Key
    ) -> Proposal:
        """Return what a policy proposes that plans for this.

        Parameters
        ----------
        state
            What has been learned of people.
        policy
            The policy.
        learned
            Its state.
        plain
            What it proposes for people who comply.
        key
            Source of randomness.
        """
        context = plain.context
        planned = self.planned(state, context)
        if planned is context:
            return plain
        proposal = policy.solved(learned, planned, key)
        point = self.recommended(state, context, planned, proposal.point)
        return replace(proposal, context=context, point=point)

    def interval(
        self, state: State, learned: Any, context: Context, arm: int, point: Array
    ) -> tuple[Any, Any, Any] | None:
        """Estimate and bounds of the reward of a pair; None (the default): those at `reached`.

        Parameters
        ----------
        state
            What has been learned of people.
        learned
            The policy's state.
        context
            The person, or a batch.
        arm
            Number of the arm, shape (...).
        point
            The recommended point, shape (..., d).
        """
        return None

    @abstractmethod
    def invalidation_rate(
        self, state: State, context: Context, slope: Array, change: Array
    ) -> float:
        """Return the probability that what is done is estimated no better than no change at all.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person.
        slope
            Estimated coefficients of the mutable columns, shape (m,).
        change
            The recommended change, shape (m,).
        """


def with_columns(context: Context, point: Array, columns: Array) -> Array:
    """Return a point whose mutable columns are replaced, shape (..., d).

    Parameters
    ----------
    context
        The person, or a batch.
    point
        The point, shape (..., d).
    columns
        The mutable columns, shape (..., m).
    """
    found: Array = np.array(point)
    found[..., context.feasible.mutable] = columns
    return found
