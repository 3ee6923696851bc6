"""What a policy is: frozen hyper-parameters and pure functions of an explicit state."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import (
    Advice,
    Array,
    Choice,
    Decision,
    Effect,
    Key,
    Outcome,
    Proposal,
    Trace,
)

State = TypeVar("State")


class Policy(ABC, Generic[State]):
    """A rule that chooses arm and recourse, and learns from outcomes.

    A policy is a frozen dataclass of hyper-parameters. Its state is a NamedTuple of arrays; no
    method changes it in place, unless `observed` is told that it may. `propose` and `settle` only
    read; randomness comes from the key alone.
    """

    algorithm_version: ClassVar[int] = 1
    """Raised whenever the same journal would lead to other decisions."""

    @abstractmethod
    def init(self, problem: Problem) -> State:
        """State before any outcome.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """

    @abstractmethod
    def propose(self, state: State, context: Context, key: Key) -> Proposal:
        """Return the policy's own choice, and whether it asks for advice.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch with leading axes.
        key
            Source of randomness; its number may be an array for a batch.
        """

    def settle(self, state: State, proposal: Proposal, advice: Advice | None) -> Choice:
        """Return the final choice; by default the proposal's, whatever was advised.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            The policy's own choice, for one person.
        advice
            A legal pair, or None if nobody was asked or nobody answered.
        """
        mean, low, high = proposal.interval
        return Choice(
            proposal.arm,
            proposal.point,
            mean,
            low,
            high,
            explored=proposal.explored,
            propensity=proposal.propensity,
            trace=proposal.trace,
            dose=proposal.dose_of(proposal.arm),
        )

    @abstractmethod
    def interval(
        self, state: State, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        """Estimate, lower and upper bound of the reward of any pair.

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

    def report(self, state: State, proposal: Proposal, arm: int, point: Array) -> Trace:
        """Return what is kept with a choice about the pair that is issued; by default nothing.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            What the policy proposed.
        arm
            Number of the arm that is issued, the policy's own or the adviser's.
        point
            The point that is issued, shape (d,).
        """
        return {}

    def asked(self, state: State, proposal: Proposal) -> State:
        """State after a question was put, answered or not; by default unchanged.

        Parameters
        ----------
        state
            The state before.
        proposal
            The proposal that asked.
        """
        return state

    def committed(self, state: State, decision: Decision) -> State:
        """State after a decision was made; by default unchanged.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        """
        return state

    def effect_observed(
        self, state: State, decision: Decision | None, effect: Effect, *, donate: bool = False
    ) -> State:
        """State after the sub-outcome of an earlier decision arrived; by default unchanged.

        It arrives before or after the reward, or never.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored. None for a past treatment that was imported.
        effect
            The sub-outcome of an arm that has a dose.
        donate
            True: the caller gives `state` up, and its memory may be reused for the result.
        """
        return state

    @abstractmethod
    def observed(
        self, state: State, decision: Decision | None, outcome: Outcome, *, donate: bool = False
    ) -> State:
        """State after the outcome of an earlier decision arrived.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored; others may have been made since. None for a past treatment
            that was imported.
        outcome
            What came of it.
        donate
            True: the caller gives `state` up, and its memory may be reused for the result.
        """

    def unknown(self, context: Context) -> tuple[Array, Array]:
        """`mean` and `high` of a proposal for a policy without a model: NaN and infinity.

        Parameters
        ----------
        context
            The person, or a batch.
        """
        shape = context.eligible.shape
        return np.full(shape, np.nan), np.where(context.eligible, np.inf, -np.inf)


AnyPolicy = Policy[Any]
