"""People who make the worst of a recommendation: LIBRA, section 4, ORO-NC and Lemma 4."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_not_negative
from recourse_bandits.policies.noncompliance.base import Behaviour, Planner
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Decision, Key, Outcome, Proposal


class AdversarialState(NamedTuple):
    """Nothing is learned: the worst is expected."""


@dataclass(frozen=True)
class Adversarial(Behaviour[AdversarialState]):
    r"""People deviate by an effort of at most eps, as it hurts most.

    A pair is worth :math:`\tilde x\cdot\theta - \epsilon\,\|\theta_M\|_*`. Deviations are measured
    like the budget, weights included; bounds, steps and directions limit what is recommended, not
    what people do. The upper bound of an interval is exact, the lower one may be too low, so the
    estimate need not be in the middle.

    `docs/noncompliance.md` says how each case is solved, and which solutions are local.

    Parameters
    ----------
    eps
        Largest effort of a deviation, >= 0; 0: people comply. A feature of weight 0, in which
        deviations would take no effort, is refused.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    LIBRA paper, section 4, Lemma 4 and Algorithm 4; the cases eps > gamma and with a box are ours.

    Examples
    --------
    >>> Adversarial(0.5)
    Adversarial(eps=0.5)
    """

    eps: float

    def __post_init__(self) -> None:
        require_not_negative(eps=self.eps)

    @property
    def symmetric(self) -> bool:  # type: ignore[override]
        """Whether people comply after all."""
        return self.eps == 0.0

    def init(self, problem: Problem) -> AdversarialState:
        """Return the empty state.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If a mutable feature has weight 0.
        """
        limits = problem.limits
        if self.eps > 0.0:
            limits.everywhere.ball_and_box("Adversarial")
        free = [
            name for name, weight in zip(limits.names, limits.weight, strict=True) if weight == 0.0
        ]
        if free and self.eps > 0.0:
            raise DescriptionError(
                f"eps must be 0 where a feature has weight 0, got {self.eps:g}: deviations of "
                f"{', '.join(free)} take no effort, so nothing bounds what people may do; give it "
                "a weight"
            )
        return AdversarialState()

    def observed(
        self, state: AdversarialState, decision: Decision | None, outcome: Outcome
    ) -> AdversarialState:
        """Return the empty state.

        Parameters
        ----------
        state
            The empty state.
        decision
            The decision.
        outcome
            What came of it.
        """
        return state

    def proposal(
        self, state: AdversarialState, policy: Planner, learned: Any, plain: Proposal, key: Key
    ) -> Proposal:
        """Return the pair of the largest worst-case value.

        Parameters
        ----------
        state
            The empty state.
        policy
            The policy.
        learned
            Its state.
        plain
            What it proposes for people who comply.
        key
            Source of randomness.
        """
        if self.eps == 0.0:
            return plain
        return policy.cautious(learned, plain.context, float(self.eps), key)

    def interval(
        self, state: AdversarialState, learned: Any, context: Context, arm: int, point: Array
    ) -> tuple[Any, Any, Any] | None:
        """Worst-case estimate and bounds of recommending a pair.

        Parameters
        ----------
        state
            The empty state.
        learned
            The policy's state.
        context
            The person, or a batch.
        arm
            Number of the arm, shape (...).
        point
            The recommended point, shape (..., d).
        """
        if self.eps == 0.0:
            return None
        feasible = context.feasible
        bounds = kernels.worst_deviation.bounds(
            learned.factor[arm],
            learned.estimate[arm],
            learned.confidence_radius[arm],
            point,
            feasible.mutable,
            feasible.weight,
            feasible.held,
            self.eps,
            feasible.norm_power,
        )
        mean, low, high = kernels.links.expected(learned.link, learned.largest, np.stack(bounds))
        return mean, low, high

    def invalidation_rate(
        self, state: AdversarialState, context: Context, slope: Array, change: Array
    ) -> float:
        """Return 1 if the worst case is no better than no change at all, else 0.

        Parameters
        ----------
        state
            The empty state.
        context
            The person.
        slope
            Estimated coefficients, shape (m,).
        change
            The recommended change, shape (m,).
        """
        feasible, free = context.feasible, ~context.feasible.held
        parts = np.abs(slope[free]) / np.where(feasible.weight[free] > 0, feasible.weight[free], 1)
        worst = parts.sum() if feasible.norm == "linf" else np.linalg.norm(parts)
        return float(change @ slope - self.eps * worst <= 0.0)
