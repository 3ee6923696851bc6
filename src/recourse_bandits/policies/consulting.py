"""What policies share that wrap a base policy and ask for advice."""

from dataclasses import replace
from typing import Any, NamedTuple

from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies.base import Policy
from recourse_bandits.policies.wrapping import Wrapped, WrappingPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Advice, Choice, Decision, Proposal


class ConsultingState(NamedTuple):
    """The base policy's state and two counts."""

    base: Any
    rounds: int
    """Decisions made."""
    asked: int
    """Questions put, answered or not."""


class ConsultingPolicy(WrappingPolicy[Wrapped]):
    """A policy that wraps a base, and differs in whom it asks and believes."""

    def settle(self, state: Wrapped, proposal: Proposal, advice: Advice | None) -> Choice:
        """Follow the advice if there is any; by default without doubts.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            The base's.
        advice
            A legal pair, or None.
        """
        if advice is None:
            return self.base.settle(state.base, proposal, None)
        return self.followed(state, proposal, advice)

    def followed(self, state: Wrapped, proposal: Proposal, advice: Advice) -> Choice:
        """Return the choice that plays an adviser's pair, with the base's interval for it.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            What the base would have done.
        advice
            The pair. Given state, context and advice it is certain.
        """
        interval = self.interval(state, proposal.context, advice.arm, advice.point)
        explored: bool | None = None  # unless the best arm for the estimates follows
        if not proposal.explored:
            explored = bool(advice.arm != proposal.arm)
        elif advice.arm == proposal.arm:
            explored = True
        return Choice(
            advice.arm,
            advice.point,
            *interval,
            source="advice",
            explored=explored,
            propensity=1.0,
            trace=self.base.report(state.base, proposal, advice.arm, advice.point),
            dose=proposal.dose_of(advice.arm),
        )

    def asking(self, proposal: Proposal, asks: Any) -> Proposal:
        """Return the base's proposal with the question whether to ask decided.

        Parameters
        ----------
        proposal
            The base's.
        asks
            Whether advice is asked for, shape (...).
        """
        return replace(proposal, asks=asks)


def require_asking_nobody(base: object) -> None:
    """Raise DescriptionError unless the base of a policy is one that asks nobody.

    Parameters
    ----------
    base
        What was given as the base.
    """
    if not isinstance(base, Policy):
        raise DescriptionError(f"base must be a policy, such as GLRB(), got {base!r}")
    if isinstance(base, ConsultingPolicy):
        raise DescriptionError(
            f"base must be a policy that asks nobody, got {base!r}: its questions would never be "
            "put"
        )


class CountingPolicy(ConsultingPolicy[ConsultingState]):
    """A consulting policy that learns as its base does, and counts rounds and questions."""

    def init(self, problem: Problem) -> ConsultingState:
        """State of the base, and no rounds.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """
        return ConsultingState(self.base.init(problem), 0, 0)

    def asked(self, state: ConsultingState, proposal: Proposal) -> ConsultingState:
        """State with one more question counted.

        Parameters
        ----------
        state
            The state before.
        proposal
            The proposal that asked.
        """
        base = self.base.asked(state.base, proposal)
        return ConsultingState(base, state.rounds, state.asked + 1)

    def committed(self, state: ConsultingState, decision: Decision) -> ConsultingState:
        """State with one more round counted.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        """
        base = self.base.committed(state.base, decision)
        return ConsultingState(base, state.rounds + 1, state.asked)
