"""What policies share that wrap a base policy and ask for advice."""

from dataclasses import replace
from typing import Any, NamedTuple, Protocol, TypeVar

from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies.base import AnyPolicy, Policy
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Advice, Array, Choice, Decision, Effect, Outcome, Proposal


class ConsultingState(NamedTuple):
    """The base policy's state and two counts."""

    base: Any
    rounds: int
    """Decisions made."""
    asked: int
    """Questions put, answered or not."""


class _Consulting(Protocol):
    """A state that holds the base policy's."""

    @property
    def base(self) -> Any:
        """The base policy's state."""


Consulted = TypeVar("Consulted", bound=_Consulting)


class ConsultingPolicy(Policy[Consulted]):
    """A policy that wraps a base, and differs in whom it asks and believes."""

    base: AnyPolicy

    def require_base(self) -> None:
        """Raise DescriptionError unless the base is a policy."""
        if not isinstance(self.base, Policy):
            raise DescriptionError(f"base must be a policy, such as GLRB(), got {self.base!r}")
        if isinstance(self.base, ConsultingPolicy):
            raise DescriptionError(
                f"base must be a policy that asks nobody: the questions of {self.base!r} would "
                "never be put"
            )

    def settle(self, state: Consulted, proposal: Proposal, advice: Advice | None) -> Choice:
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

    def followed(self, state: Consulted, proposal: Proposal, advice: Advice) -> Choice:
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

    def interval(
        self, state: Consulted, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        """Interval of the base.

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
        return self.base.interval(state.base, context, arm, point)


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

    def effect_observed(
        self,
        state: ConsultingState,
        decision: Decision | None,
        effect: Effect,
        *,
        donate: bool = False,
    ) -> ConsultingState:
        """State after the base learned from a sub-outcome.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        effect
            The sub-outcome.
        donate
            True: the memory of `state` may be reused.
        """
        base = self.base.effect_observed(state.base, decision, effect, donate=donate)
        return ConsultingState(base, state.rounds, state.asked)

    def observed(
        self,
        state: ConsultingState,
        decision: Decision | None,
        outcome: Outcome,
        *,
        donate: bool = False,
    ) -> ConsultingState:
        """State after the base learned, from its own pairs and the adviser's alike.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        outcome
            What came of it.
        donate
            True: the memory of `state` may be reused.
        """
        base = self.base.observed(state.base, decision, outcome, donate=donate)
        return ConsultingState(base, state.rounds, state.asked)
