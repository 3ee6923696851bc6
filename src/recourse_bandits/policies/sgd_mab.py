"""SGD-MAB: Thompson sampling over arms, and a dose for each that follows a sub-gradient."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.policies.dosing import SamplingDosingPolicy
from recourse_bandits.policies.dosing_state import DosingState, RunningDoses
from recourse_bandits.policies.measured_doses import (
    SUB_OUTCOME,
    MeasuredDosingPolicy,
    expected_sub_outcomes,
    penalties_at,
)
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Decision, Key, Proposal


@dataclass(frozen=True, kw_only=True)
class SGDMAB(MeasuredDosingPolicy[DosingState], SamplingDosingPolicy[DosingState]):
    r"""Contextual learning with online convex optimisation of a dose for each arm.

    An arm succeeds with the chance 1 / (1 + exp(f - x·theta)), where f is what the sub-outcome's
    distance from its target costs (`SubOutcome`). The sub-outcome is linear in features and dose,

    .. math:: P = \psi\cdot\omega + \tau_k\,y_k / G_k + noise,

    y_k the dose and G_k the length of its range. For a person, coefficients theta and
    pi = (omega, tau) are drawn from what is believed of them, and the arm of the largest chance is
    given in its running dose, rounded. The decision itself moves the dose of the arm it gives,

    .. math:: y_k \leftarrow clip\Big(y_k - \frac{G_k}{\zeta_k\sqrt i}\,g\Big),\quad
              \zeta_k = \max_{s \le i}\ \max(over_k, under_k)\sqrt{E[\tau_k^2]_s},

    with g the sub-gradient of f at the dose before rounding, for the drawn coefficients, and i how
    often the arm was given. Outcomes and sub-outcomes update what is believed whenever they come:
    `kernels.logistic_belief`, `kernels.dose_response`, `kernels.dose`.

    The interval of a chance holds ± 2·inflation standard deviations of x·theta. It leaves out that
    the effect of the dose is uncertain too: f is that of the expected coefficients. The policy
    recommends no recourse; where advice does, the step of the dose is still for the person as they
    came.

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

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    Keyvanshokooh, Zhalechian, Shi, Van Oyen, Kazemian (2025), *Contextual learning with online
    convex optimization*, Management Science; only its appendices were at hand. The block form of
    the features, one logistic update for each outcome, and f at the expected coefficients in it are
    ours; and max(over, under) in the step, where it prints max(over, -under).

    Examples
    --------
    >>> SGDMAB(inflation=0.5).effect_penalty
    1.0
    """

    def init(self, problem: Problem) -> DosingState:
        """State with the prior of the problem, and every dose where it starts.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If it has no sub-outcome, or a prior of correlated coefficients.
        """
        chances, effects, doses, judgement = self.beliefs(problem)
        return DosingState(chances, effects, RunningDoses.of(doses), doses, judgement)

    def propose(self, state: DosingState, context: Context, key: Key) -> Proposal:
        """Return the arm of the largest sampled chance, each in its running dose.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Draws the coefficients.
        """
        inflation = self.inflation * state.judgement.noise
        base, tau = self.sampled_effects(state, context.values, self.inflation, key)
        issued = state.running.issued
        penalties = penalties_at(state, base, tau, issued), self.penalties(state, context.values)
        factor, _, estimate = state.effects
        first = state.judgement.columns.size
        sizes = [
            kernels.dose_response.slope_size(factor, estimate, inflation, place)
            for place in range(first, estimate.size)
        ]
        trace = {
            "base": base.tolist(),
            "tau": tau.tolist(),
            "slope_size": sizes if tau.ndim == 1 else [sizes] * len(tau),
            SUB_OUTCOME: expected_sub_outcomes(state, context.values[..., None, :], issued),
        }
        doses = np.where(state.doses.given, issued, np.nan)
        if tau.ndim > 1:
            doses = np.broadcast_to(doses, tau.shape)
        return self.proposal(state, context, key, penalties, doses, trace)

    def penalties(self, state: DosingState, values: Array) -> Array:
        """Return the penalty of each arm at its running dose, for the expected coefficients.

        Parameters
        ----------
        state
            What has been learned.
        values
            Columns, shape (..., d).
        """
        return penalties_at(state, *self.expected_effects(state, values), state.running.issued)

    def committed(self, state: DosingState, decision: Decision) -> DosingState:
        """State after the step of the dose of the arm that was issued.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        """
        arm = decision.choice.arm
        drawn = _drawn(decision.choice.trace, arm)
        if drawn is None or not state.doses.given[arm]:
            return state
        base, tau, size = drawn
        _, span, target, over, under, _ = state.judgement
        running, over, under = state.running, over[arm], under[arm]
        largest = kernels.dose.running_slope(running.largest_slope[arm], over, under, size)
        effect = base + running.dose[arm] / span[arm] * tau
        slope = kernels.dose.slope_of(effect, tau, target, over, under)
        return state._replace(running=running.stepped(state.doses, arm, slope, largest))


def _drawn(trace: Any, arm: int) -> tuple[float, float, float] | None:
    """Return what a step of the dose needs, or None if it is absent or not a number."""
    if "slope_size" not in trace:
        return None
    found = trace["base"], trace["tau"][arm], trace["slope_size"][arm]
    if not all(number is not None and math.isfinite(number) for number in found):
        return None  # a journal has no infinities: what is read again must lead to the same
    return found
