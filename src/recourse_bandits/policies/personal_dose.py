"""The dose that is best for one person, as far as its effect is known (ours)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.parameters import require_not_negative, require_probability
from recourse_bandits.policies.dosing import SamplingDosingPolicy
from recourse_bandits.policies.dosing_state import MeasuredState
from recourse_bandits.policies.measured_doses import (
    SUB_OUTCOME,
    MeasuredDosingPolicy,
    expected_sub_outcomes,
    penalties_at,
    personal_doses,
)
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Key, Proposal

_FLAT = 1e-6  # of the ridge penalty: as good as no prior
_SMALLEST = 1e-12  # of the largest sum of squares: what rounding leaves of a penalty


@dataclass(frozen=True, kw_only=True)
class PersonalDose(MeasuredDosingPolicy[MeasuredState], SamplingDosingPolicy[MeasuredState]):
    r"""Thompson sampling over arms, each in the dose that is best for this person.

    The model is that of `SGDMAB`: an arm succeeds with the chance 1 / (1 + exp(f - x·theta)), and f
    is what the sub-outcome :math:`P = \psi\cdot\omega + \tau_k\,y_k / G_k + noise` costs by its
    distance from the target q. For drawn coefficients it is least at

    .. math:: y_k = clip\Big(G_k\,\frac{q - \psi\cdot\tilde\omega}{\tilde\tau_k}\Big),

    `kernels.dose.personal`, of several best doses at the one nearest to the arm's first dose. It is
    rounded in the direction that is declared safe, even where the other neighbour costs less. No
    dose is kept from one person to the next.

    Where the effect may be 0 this dose jumps from one end of the range to the other. An arm is
    therefore given *cautiously* until its effect is known: until tau_k, estimated from the
    sub-outcomes alone, differs from 0 by `sure` of its standard deviations. Cautious is the first
    dose a little more or less, by a coin: by `spread` of the range, or one step where that is more,
    inside the range. Without that change nothing would tell the effect of the dose from that of the
    features. The ridge must not tell it either (it splits a high value between the two), so it
    counts for a millionth in this question.

    Proposals tell the chance at the dose that is best for the expected coefficients, of a cautious
    arm at its first dose, ± 2·inflation standard deviations of x·theta. The trace holds the drawn
    coefficients, the side of the coin, and which arms' effects were `known`. The policy recommends
    no recourse.

    Parameters
    ----------
    penalty
        Prior precision > 0 of each coefficient of the log odds, where the problem's prior says
        nothing; a prior of correlated coefficients is refused.
    inflation
        Multiplier >= 0 of the standard deviations of both posteriors.
    effect_penalty
        Ridge penalty > 0 of the sub-outcome's coefficients, among them the effect of a whole range
        of doses: 0.01 expects them within some ten standard deviations of the noise.
    sure
        Standard deviations >= 0 by which an effect must differ from 0 before personal doses are
        given; 0: they are given from the first person on.
    spread
        By how much cautious doses differ from the first one, in (0, 1); share of the range.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    Ours, in the model of Keyvanshokooh, Zhalechian, Shi, Van Oyen, Kazemian (2025), *Contextual
    learning with online convex optimization*, Management Science.

    Examples
    --------
    >>> PersonalDose(sure=3.0).spread
    0.1
    """

    effect_penalty: float = 0.01
    sure: float = 2.0
    spread: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        require_not_negative(sure=self.sure)
        require_probability(spread=self.spread)

    def init(self, problem: Problem) -> MeasuredState:
        """State with the prior of the problem.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If it has no sub-outcome, or a prior of correlated coefficients.
        """
        return self.beliefs(problem)

    def propose(self, state: MeasuredState, context: Context, key: Key) -> Proposal:
        """Return the arm of the largest sampled chance, each in this person's dose.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Draws the coefficients, and the side on which cautious doses lie.
        """
        known = self.known(state)
        side = kernels.one_point_gradient.sign(*key)
        base, tau = self.sampled_effects(state, context.values, self.inflation, key)
        doses = self._doses(state, base, tau, known, np.asarray(side)[..., None])
        penalties = penalties_at(state, base, tau, doses), self.penalties(state, context.values)
        trace = {
            "base": base.tolist(),
            "tau": tau.tolist(),
            "side": side.tolist(),
            "known": np.broadcast_to(known, tau.shape).tolist(),
            SUB_OUTCOME: expected_sub_outcomes(state, context.values[..., None, :], doses),
        }
        return self.proposal(state, context, key, penalties, doses, trace)

    def known(self, state: MeasuredState) -> NDArray[np.bool_]:
        """Return whose effect is known well enough for personal doses, shape (K,).

        Parameters
        ----------
        state
            What has been learned.
        """
        factor, moment, estimate = state.effects
        first = state.judgement.columns.size
        if self.sure == 0.0:
            return np.ones(estimate.size - first, bool)
        with np.errstate(all="ignore"):  # of numbers too large to be squared nothing is known
            precision = factor.T @ factor
            diagonal = np.diagonal(precision)
            left = max(_FLAT * self.effect_penalty, _SMALLEST * float(diagonal.max()))
            ridge = (left - self.effect_penalty) * np.eye(diagonal.size)
            covariance = np.linalg.inv(precision + ridge)
            tau = (covariance @ (factor.T @ moment))[first:]
            deviation = state.judgement.noise * np.sqrt(np.diagonal(covariance)[first:])
            found: NDArray[np.bool_] = np.abs(tau) >= self.sure * deviation
        return found

    def penalties(self, state: MeasuredState, values: Array) -> Array:
        """Return the penalty of each arm at the best dose for the expected coefficients.

        Parameters
        ----------
        state
            What has been learned.
        values
            Columns, shape (..., d).
        """
        base, tau = self.expected_effects(state, values)
        doses = self._doses(state, base, tau, self.known(state), np.zeros(1))
        return penalties_at(state, base, tau, doses)

    def _doses(
        self,
        state: MeasuredState,
        base: Array,
        tau: Array,
        known: NDArray[np.bool_],
        side: Array,
    ) -> Array:
        """Return the issued dose of each arm, shape (..., K), NaN without one."""
        doses, span = state.doses, state.judgement.span
        further = side * np.maximum(self.spread * span, doses.step)
        best = personal_doses(state, base, tau)
        return doses.issued(np.where(known, best, doses.first + further))
