"""Treatment, change and dose chosen together (ours)."""

from dataclasses import dataclass

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_one_of
from recourse_bandits.plans import DoseEffects, planned_apart, planned_together
from recourse_bandits.policies.dosing import SamplingDosingPolicy
from recourse_bandits.policies.dosing_state import MeasuredState
from recourse_bandits.policies.measured_doses import (
    SUB_OUTCOME,
    MeasuredDosingPolicy,
    expected_sub_outcomes,
)
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Key, Proposal

_ORDERS = {"together": planned_together, "apart": planned_apart}


@dataclass(frozen=True, kw_only=True)
class WholePlan(MeasuredDosingPolicy[MeasuredState], SamplingDosingPolicy[MeasuredState]):
    r"""Thompson sampling over whole plans: an arm, a change that the person can make, and a dose.

    Coefficients theta of the log odds and pi = (omega, tau) of the sub-outcome are drawn from what
    is believed of them. For each arm the feasible point p and the dose y of the largest

    .. math:: p\cdot\theta_k - f_k(\psi(p)\cdot\omega + \tau_k\,y/G_k)

    are found exactly (`plans`), where a change moves the sub-outcome too; the arm of the largest
    value is given, in its dose as it is rounded. With a budget of 0 this is `PersonalDose` without
    its caution, without doses Thompson sampling of a recourse.

    Chances are told for the dose that is best by what is expected, and not for the one that suits
    the drawn coefficients: they are of pairs, whatever was drawn.

    Nothing keeps doses from the ends of their range while little is known of tau: let `WarmUp` or
    past treatments go before.

    Parameters
    ----------
    penalty
        Prior precision > 0 of each coefficient of the log odds, where the problem's prior says
        nothing; a prior of correlated coefficients is refused.
    inflation
        Multiplier >= 0 of the standard deviations of both posteriors.
    effect_penalty
        Ridge penalty > 0 of the sub-outcome's coefficients; the effect of a whole range of doses is
        one coefficient.
    order
        `together`, or `apart`: the change that is best for the log odds alone, then the best dose
        for it, for comparison.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> WholePlan(order="apart").order
    'apart'
    """

    order: str = "together"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_one_of(_ORDERS, order=self.order)

    def init(self, problem: Problem) -> MeasuredState:
        """State with the prior of the problem.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If it has no sub-outcome, a prior of correlated coefficients, or changes that are
            limited by more than a budget and bounds.
        """
        state = self.beliefs(problem)
        if not problem.limits.ties.only_box:
            raise DescriptionError(
                "WholePlan is for changes within a budget and bounds: leave out step, "
                "allowed_values, mutable categories, follows and max_changed, or use another policy"
            )
        return state

    def propose(self, state: MeasuredState, context: Context, key: Key) -> Proposal:
        """Return the arm with the change and the dose that are best for sampled coefficients.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Draws the coefficients.
        """
        pi, theta = self._drawn(state, key)
        plans = _ORDERS[self.order](context, theta, _effects(state, pi, theta.shape[-1]))
        issued = state.doses.issued(plans.doses * state.judgement.span)
        sampled = np.vecdot(plans.points, theta) - _penalties(state, plans.points, issued, pi)
        arm, _ = kernels.choice.best(sampled, context.eligible, *key)
        expected = self.penalties(state, plans.points)
        trace = {SUB_OUTCOME: expected_sub_outcomes(state, plans.points, issued)}
        return self.told(state, context, arm, plans.points, expected, issued, trace)

    def penalties(self, state: MeasuredState, values: Array) -> Array:
        """Return the expected penalty of each arm at the dose that is best by what is expected.

        Parameters
        ----------
        state
            What has been learned.
        values
            Columns of one point for all arms, shape (..., 1, d) or (d,), or of each, (..., K, d).
        """
        points = values[None] if values.ndim == 1 else values
        effects = _effects(state, state.effects.estimate, points.shape[-1])
        base = np.vecdot(points, effects.omega)
        best = kernels.dose.personal(base, *effects[1:])
        issued = state.doses.issued(best * state.judgement.span)
        return _penalties(state, points, issued, state.effects.estimate)

    def _drawn(self, state: MeasuredState, key: Key) -> tuple[Array, Array]:
        """Return sampled coefficients of the sub-outcome, (..., e + K), and theta, (..., K, d)."""
        factor, _, estimate = state.effects
        deviations = self.inflation * state.judgement.noise
        pi = kernels.dose_response.sampled(factor, estimate, deviations, *key)
        means, precision = state.chances
        places = np.arange(means.size).reshape(means.shape)
        number = np.asarray(key.number)[..., None, None]
        drawn = kernels.draws.normal(key.seed, number, key.stream, places)
        return pi, means + self.inflation / np.sqrt(precision) * drawn


def _effects(state: MeasuredState, pi: Array, dimension: int) -> DoseEffects:
    """Return coefficients of the sub-outcome with doses counted in ranges."""
    columns, span, target, over, under, _ = state.judgement
    omega = np.zeros((*pi.shape[:-1], dimension))
    omega[..., columns] = pi[..., : columns.size]
    lower, upper, start = (
        ends / span for ends in (state.doses.lower, state.doses.upper, state.doses.start)
    )
    return DoseEffects(omega, pi[..., columns.size :], target, over, under, lower, upper, start)


def _penalties(state: MeasuredState, points: Array, doses: Array, pi: Array) -> Array:
    """Return the penalty of each arm at its point and dose for coefficients, shape (..., K)."""
    columns, span, target, over, under, _ = state.judgement
    base = np.vecdot(points[..., columns], pi[..., None, : columns.size])
    dose = np.where(state.doses.given, doses, 0.0) / span
    tau = pi[..., columns.size :]
    penalties: Array = kernels.dose.penalty(dose, base, tau, target, over, under)
    return penalties
