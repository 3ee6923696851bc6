"""Recourse Thompson sampling (ours): sampled coefficients, then the best recourse for them."""

from dataclasses import dataclass

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.parameters import require_not_negative
from recourse_bandits.policies.linear_state import (
    FORMS,
    ConfidenceRadius,
    LinearState,
)
from recourse_bandits.policies.planning import PlanningPolicy
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key, Proposal

_INTERVAL_DEVIATIONS = 2.0


@dataclass(frozen=True, kw_only=True)
class RecourseTS(PlanningPolicy):
    """Thompson sampling over arms and recourses; the published papers have no such policy.

    The interval of a pair is its estimate ± 2·inflation posterior standard deviations.

    Parameters
    ----------
    penalty
        Ridge penalty lambda > 0, where the problem's prior says nothing.
    exact_rows
        Outcomes of an arm up to which its estimate is exact where the reward's link is not the
        identity; 0: one pass from the beginning, None: always exact. See `LinearPolicy`.
    noncompliance
        What people are expected to do otherwise than recommended: `Random`, `Adversarial` or
        `Adherence`; None: they comply.
    inflation
        Multiplier v >= 0 of the posterior's standard deviation noise·V^-1/2.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    Agrawal, Goyal (2013) for linear Thompson sampling; recourse by LIBRA's Corollary 1.

    Examples
    --------
    >>> RecourseTS(inflation=0.5).inflation
    0.5
    """

    inflation: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_not_negative(inflation=self.inflation)
        self.require_behaviour()

    @property
    def confidence(self) -> ConfidenceRadius:
        """Two posterior standard deviations."""
        return ConfidenceRadius(
            FORMS["posterior"], _INTERVAL_DEVIATIONS * self.inflation, 0.5, False
        )

    def solved(self, state: LinearState, context: Context, key: Key) -> Proposal:
        """Return the pair of the largest sampled value; its propensity has no closed form.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Draws the coefficients.
        """
        feasible = context.feasible
        arm, point, mean, high, explored = kernels.posterior.best_sampled(
            state.factor,
            state.estimate,
            self.inflation * state.noise[0],
            state.confidence_radius[0],
            context.values,
            feasible.mutable,
            *feasible.region,
            context.eligible,
            *key,
        )
        return self.proposal(
            state, context, arm, point, mean, high, ~context.eligible, explored=explored
        )

    def candidates(self, state: LinearState, context: Context, key: Key) -> tuple[Array, Array]:
        """Return each arm's best point for sampled coefficients, and these.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Draws the coefficients.
        """
        seed, number, stream = key
        place = np.arange(state.estimate.size).reshape(state.estimate.shape)
        drawn = kernels.draws.normal(seed, np.asarray(number)[..., None, None], stream, place)
        around = np.linalg.solve(state.factor, drawn[..., None])[..., 0]
        theta = state.estimate + self.inflation * state.noise[0] * around
        feasible = context.feasible
        change = kernels.feasible.maximise(
            theta[..., feasible.mutable],
            *feasible.region_of_arms,
        )
        start = np.broadcast_to(context.values[..., None, :], theta.shape)
        return feasible.moved(start, change), theta

    def cautious(self, state: LinearState, context: Context, eps: float, key: Key) -> Proposal:
        """Return the pair of the largest sampled value of its worst case.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        eps
            Largest effort of a deviation, above 0.
        key
            Draws the coefficients.
        """
        feasible = context.feasible
        arm, point, mean, high, explored = kernels.cautious_choice.best_sampled_cautiously(
            state.factor,
            state.estimate,
            self.inflation * state.noise[0],
            state.confidence_radius[0],
            context.values,
            feasible.mutable,
            *feasible.ball_and_box("noncompliance=Adversarial"),
            feasible.held,
            eps,
            context.eligible,
            *key,
        )
        return self.proposal(
            state, context, arm, point, mean, high, ~context.eligible, explored=explored
        )
