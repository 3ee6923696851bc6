"""GLRB: for each arm the optimistic recourse, then the arm of the largest optimistic value."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_count, require_not_negative, require_one_of
from recourse_bandits.policies.linear_state import LinearState
from recourse_bandits.policies.noncompliance import Adversarial
from recourse_bandits.policies.optimistic import OptimisticPolicy
from recourse_bandits.policies.planning import PlanningPolicy
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key, Proposal
from recourse_bandits.solutions import GAP

SOLVERS = ("algorithm2", "certified")
MAX_NODES = 200
"""Most boxes for each arm; `certified_recourse` has 1,000, for it is called once, not in rounds."""


@dataclass(frozen=True, kw_only=True)
class GLRB(PlanningPolicy, OptimisticPolicy):
    """Generalised linear recourse bandit (here: linear), an optimistic policy.

    Parameters
    ----------
    penalty
        Ridge penalty lambda > 0, where the problem's prior says nothing.
    exact_rows
        Outcomes of an arm up to which its estimate is exact where the reward's link is not the
        identity; 0: one pass from the beginning, None: always exact. See `LinearPolicy`.
    scale
        Multiplier of the confidence radius, >= 0. Below 1 nothing is proved.
    failure
        Probability that the confidence sets fail, in (0, 1).
    form
        `determinant` (Abbasi-Yadkori et al. 2011, Theorem 2) or `lemma2` (LIBRA paper).
    context_bound
        Largest Euclidean norm of a person's columns after recourse, used by `lemma2`; None:
        sqrt(d) + the longest feasible change, which holds for a typical standardised person only:
        give a true bound where the proof matters.
    noncompliance
        What people are expected to do otherwise than recommended: `Random`, `Adversarial` or
        `Adherence`; None: they comply.
    tolerance
        Algorithm 2 stops when a step raises the value by less than tolerance·(1 + |value|).
    max_iterations
        Most steps of Algorithm 2 for an arm.
    solver
        `algorithm2`, or `certified`: the global maximum of every arm that may win, to a relative
        1e-6 (`certified_recourse`, which says for which feasible sets); where that is not proved
        after 200 boxes an arm, the best that is known. Not with `Adversarial`.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    LIBRA paper, Algorithms 1 and 2. Arms that cannot win are not solved (ours; same decision).
    Proposition 1 for `certified`; the algorithm is ours.

    Examples
    --------
    >>> GLRB(scale=0.2).penalty
    1.0
    """

    bounds_variance: ClassVar[bool] = True

    tolerance: float = 1e-9
    max_iterations: int = 500
    solver: str = "algorithm2"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_not_negative(tolerance=self.tolerance)
        require_count(max_iterations=self.max_iterations)
        require_one_of(SOLVERS, solver=self.solver)
        self.require_behaviour()
        if self.solver == "certified" and isinstance(self.noncompliance, Adversarial):
            raise DescriptionError(
                "solver must be 'algorithm2' with noncompliance=Adversarial, whose plans nothing "
                f"certifies yet, got {self.solver!r}"
            )

    def solved(self, state: LinearState, context: Context, key: Key) -> Proposal:
        """Return the pair of the largest optimistic value; ties are broken evenly.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Breaks ties.
        """
        feasible = context.feasible
        learned = state.factor, state.estimate, state.confidence_radius, state.largest_variance
        person = context.values, feasible.mutable
        search = context.eligible, self.tolerance, self.max_iterations
        if self.solver == "certified":
            region = kernels.region.Region(*feasible.region)
            found = kernels.certified_choice.most_certified(
                *learned, *person, region, *search, GAP, MAX_NODES, *key
            )
        else:
            found = kernels.optimistic_choice.most_optimistic(
                *learned, *person, *feasible.region, *search, *key
            )
        arm, ties, point, mean, high, ruled_out, explored, _ = found
        return self.proposal(
            state,
            context,
            arm,
            point,
            mean,
            high,
            ruled_out,
            explored=explored,
            propensity=1.0 / ties,
        )

    def candidates(self, state: LinearState, context: Context, key: Key) -> tuple[Array, Array]:
        """Return each arm's optimistic point; arms are compared by upper bounds.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Not used.
        """
        feasible, x = context.feasible, context.values[..., None, :]
        arguments = state.factor, state.estimate, state.confidence_radius, x, feasible.mutable
        if self.solver == "certified":
            points = kernels.certified.certified_point(
                *arguments, *feasible.region_of_arms, GAP, MAX_NODES
            )[0]
        else:
            search = self.tolerance, self.max_iterations
            points = kernels.optimistic.optimistic_point(
                *arguments, *feasible.region_of_arms, *search
            )[0]
        return points, np.empty(0)

    def cautious(self, state: LinearState, context: Context, eps: float, key: Key) -> Proposal:
        """Return the pair of the largest optimistic value of its worst case.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        eps
            Largest effort of a deviation, above 0.
        key
            Breaks ties.
        """
        feasible = context.feasible
        arm, ties, point, mean, high, ruled_out, explored, _ = (
            kernels.cautious_choice.most_cautious(
                state.factor,
                state.estimate,
                state.confidence_radius,
                state.largest_variance,
                context.values,
                feasible.mutable,
                *feasible.ball_and_box("noncompliance=Adversarial"),
                feasible.held,
                eps,
                context.eligible,
                self.tolerance,
                self.max_iterations,
                *key,
            )
        )
        return self.proposal(
            state,
            context,
            arm,
            point,
            mean,
            high,
            ruled_out,
            explored=explored,
            propensity=1.0 / ties,
        )
