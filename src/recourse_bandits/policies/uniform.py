"""Uniform: a random arm and a random recourse, the baseline that learns nothing."""

from dataclasses import dataclass
from typing import NamedTuple

from recourse_bandits import kernels
from recourse_bandits.policies.base import Policy
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Decision, Key, Outcome, Proposal


class UniformState(NamedTuple):
    """Nothing is learned."""


@dataclass(frozen=True, kw_only=True)
class Uniform(Policy[UniformState]):
    """Each eligible arm equally likely, and a recourse drawn from the feasible set.

    Examples
    --------
    >>> Uniform()
    Uniform()
    """

    def init(self, problem: Problem) -> UniformState:
        """Return the empty state.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """
        return UniformState()

    def propose(self, state: UniformState, context: Context, key: Key) -> Proposal:
        """Draw arm and recourse.

        Parameters
        ----------
        state
            The empty state.
        context
            The person, or a batch.
        key
            Source of randomness.
        """
        feasible = context.feasible
        arm = kernels.uniform.arm(context.eligible, *key)
        change = kernels.uniform.change(
            *feasible.region,
            *key,
        )
        point = context.values.copy()
        point[..., feasible.mutable] += change
        mean, high = self.unknown(context)
        propensity = 1.0 / context.eligible.sum(axis=-1)
        return Proposal(
            context,
            arm,
            point,
            mean,
            high,
            ~context.eligible,
            explored=True,
            propensity=propensity,
        )

    def interval(
        self, state: UniformState, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        """Nothing is known: NaN within infinite bounds.

        Parameters
        ----------
        state
            The empty state.
        context
            The person.
        arm
            Number of the arm.
        point
            Columns after a recourse, shape (d,).
        """
        return float("nan"), float("-inf"), float("inf")

    def observed(
        self,
        state: UniformState,
        decision: Decision | None,
        outcome: Outcome,
        *,
        donate: bool = False,
    ) -> UniformState:
        """Return the empty state.

        Parameters
        ----------
        state
            The empty state.
        decision
            The decision, as stored.
        outcome
            What came of it.
        donate
            Without effect.
        """
        return state
