"""What policies share that wrap another one, which learns all that comes."""

from typing import Any, Protocol, TypeVar

from recourse_bandits.policies.base import AnyPolicy, Policy
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Decision, Effect, Outcome


class _Wrapping(Protocol):
    """A state, a NamedTuple, that holds the base policy's."""

    @property
    def base(self) -> Any:
        """The base policy's state."""


Wrapped = TypeVar("Wrapped", bound=_Wrapping)


class WrappingPolicy(Policy[Wrapped]):
    """A policy whose base knows intervals, and learns from rewards and sub-outcomes."""

    base: AnyPolicy

    def interval(
        self, state: Wrapped, context: Context, arm: int, point: Array
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

    def effect_observed(
        self, state: Wrapped, decision: Decision | None, effect: Effect, *, donate: bool = False
    ) -> Wrapped:
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
        return _with_base(state, base)

    def observed(
        self, state: Wrapped, decision: Decision | None, outcome: Outcome, *, donate: bool = False
    ) -> Wrapped:
        """State after the base learned from an outcome, whoever chose what was given.

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
        return _with_base(state, base)


def _with_base(state: Wrapped, base: Any) -> Wrapped:
    whole: Any = state
    after: Wrapped = whole._replace(base=base)
    return after
