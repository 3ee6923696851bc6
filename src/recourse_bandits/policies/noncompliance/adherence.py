r"""People who make a part of each advised change, which is learned for each feature (ours).

With c the advised change of feature j and made the change that came of it, the share is

.. math:: a_j = \operatorname{clip}\Bigl(\frac{w + \sum c\cdot made}{w + \sum c^2}, 0, 1\Bigr),

the least-squares slope with w units of prior that people comply. What is realised is A·c: plan over
the realised changes, whose box is a·[lower, upper] and whose effort is weight/a, and recommend
:math:`A^{-1}` times the planned change.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_positive
from recourse_bandits.policies.noncompliance.base import Behaviour, with_columns
from recourse_bandits.policies.noncompliance.random_deviations import no_gain
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Decision, Outcome

_NOTHING = 1e-3
"""A smaller share counts as 0: dividing by it would lose the digits of the change."""


class AdherenceState(NamedTuple):
    """Sums over the changes that were advised, each of shape (m,); squared scaled units."""

    advised: Array
    """Sum of c²."""
    kept: Array
    """Sum of c·made."""
    made: Array
    """Sum of made²."""


@dataclass(frozen=True, kw_only=True)
class Adherence(Behaviour[AdherenceState]):
    """People make a part of the advised change; the part is learned for each feature.

    A share does not depend on the person or the size of the change. Where it is 0, nothing is
    advised that need not be. Steps, allowed values, categories, links and the norm `mahalanobis`
    are refused.

    Parameters
    ----------
    prior_weight
        How much evidence the prior that people comply is worth: a sum of squared advised changes,
        scaled units, > 0.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> Adherence()
    Adherence(prior_weight=10.0)
    """

    prior_weight: float = 10.0

    def __post_init__(self) -> None:
        require_positive(prior_weight=self.prior_weight)

    def init(self, problem: Problem) -> AdherenceState:
        """State before anybody was seen.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If a feature cannot be changed in parts, or the norm is `mahalanobis`.
        """
        _require_parts(problem)
        size = len(problem.mutable_columns)
        return AdherenceState(np.zeros(size), np.zeros(size), np.zeros(size))

    def observed(
        self, state: AdherenceState, decision: Decision | None, outcome: Outcome
    ) -> AdherenceState:
        """State after one more person's changes; features without advice teach nothing.

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
        columns, start = decision.context.feasible.mutable, decision.context.values
        advised = (decision.choice.point - start)[columns]
        made = np.where(advised == 0.0, 0.0, (outcome.point - start)[columns])
        return AdherenceState(
            state.advised + advised * advised, state.kept + advised * made, state.made + made * made
        )

    def shares(self, state: AdherenceState) -> Array:
        """Return the share of each feature's advised change that is made, shape (m,).

        Parameters
        ----------
        state
            What has been seen.
        """
        weight = self.prior_weight
        share = np.clip((weight + state.kept) / (weight + state.advised), 0.0, 1.0)
        return np.where(share < _NOTHING, 0.0, share)

    def planned(self, state: AdherenceState, context: Context) -> Context:
        """Return the person with the set of changes that will be made.

        A feature that people do not move keeps its place among the realised points: where a change
        of it must be advised, that change is taken off the person's value beforehand.

        Parameters
        ----------
        state
            What has been seen.
        context
            The person, or a batch.
        """
        share = self.shares(state)
        if (share == 1.0).all():
            return context
        feasible = context.feasible
        moves, divisor = share > 0.0, np.where(share > 0.0, share, 1.0)
        least = np.clip(0.0, feasible.lower, feasible.upper)
        start = context.values[..., feasible.mutable]
        return replace(
            context,
            values=with_columns(context, context.values, np.where(moves, start, start - least)),
            feasible=replace(
                feasible,
                lower=np.where(moves, feasible.lower * divisor, least),
                upper=np.where(moves, feasible.upper * divisor, least),
                weight=feasible.weight / divisor,
            ),
        )

    def recommended(
        self, state: AdherenceState, context: Context, planned: Context, point: Array
    ) -> Array:
        """Return the point whose change leads to the planned change.

        Parameters
        ----------
        state
            What has been seen.
        context
            The person, or a batch.
        planned
            The same with the set of changes that will be made.
        point
            The planned point, shape (..., d).
        """
        share, feasible = self.shares(state), context.feasible
        start, target = context.values[..., feasible.mutable], point[..., feasible.mutable]
        realised = target - planned.values[..., feasible.mutable]
        change = np.clip(
            realised / np.where(share > 0.0, share, 1.0), feasible.lower, feasible.upper
        )
        return with_columns(context, point, np.where(share == 1.0, target, start + change))

    def reached(self, state: AdherenceState, context: Context, point: Array) -> Array:
        """Return the point after the shares of the change to a recommended one.

        Parameters
        ----------
        state
            What has been seen.
        context
            The person.
        point
            The recommended point, shape (d,).
        """
        share = self.shares(state)
        if (share == 1.0).all():
            return point
        columns = context.feasible.mutable
        start, target = context.values[..., columns], point[..., columns]
        done = np.where(share == 1.0, target, start + share * (target - start))
        return with_columns(context, point, done)

    def invalidation_rate(
        self, state: AdherenceState, context: Context, slope: Array, change: Array
    ) -> float:
        """Return the probability if shares vary normally, each feature's on its own.

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
        share = self.shares(state)
        left = state.made - 2.0 * share * state.kept + share * share * state.advised
        variance = np.maximum(left, 0.0) / (self.prior_weight + state.advised)
        gain = float((share * change) @ slope)
        return no_gain(gain, float(np.sqrt(variance @ (change * slope) ** 2)))


def _require_parts(problem: Problem) -> None:
    """Raise DescriptionError where a part of a change is none, or does not scale its effort."""
    leaders = {feature.follows[0] for feature in problem.mutable if feature.follows}
    for feature in problem.mutable:
        ways = {
            "has categories": feature.categories is not None,
            "has a step": feature.step is not None,
            "has allowed values": feature.allowed_values is not None,
            "follows another": feature.follows is not None,
            "is followed": feature.name in leaders,
        }
        for way, here in ways.items():
            if here:
                raise DescriptionError(
                    f"Adherence is for people who make a part of a change, and {feature.name!r} "
                    f"{way}: leave that out, or noncompliance"
                )
    if problem.budget.matrix is not None:
        raise DescriptionError(
            "Adherence is for norms of single efforts, which scale with the parts that are made; "
            "got 'mahalanobis'"
        )
