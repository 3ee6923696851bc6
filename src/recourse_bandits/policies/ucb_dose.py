"""The arm of the largest optimistic chance of success, in its best dose (ours)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.parameters import require_not_negative, require_probability
from recourse_bandits.policies.dosing import chances_of
from recourse_bandits.policies.dosing_state import ChanceBelief, EffectBelief, Judgement
from recourse_bandits.policies.measured_doses import (
    SUB_OUTCOME,
    MeasuredDosingPolicy,
    expected_sub_outcomes,
    penalties_at,
    personal_doses,
)
from recourse_bandits.problem import Context, Problem
from recourse_bandits.problem.dose import Doses
from recourse_bandits.records import Array, Key, Proposal


class OptimisticDoseState(NamedTuple):
    """What UCBDose has learned."""

    chances: ChanceBelief
    """Of success."""
    effects: EffectBelief
    """Of the dose."""
    doses: Doses
    """Where doses may lie. Constant."""
    judgement: Judgement
    """By what they are judged. Constant."""
    log_prior: float
    """log det of the prior precision of the chances. Constant."""


class _Margins(NamedTuple):
    """Log odds of success with each arm's dose, shape (..., K)."""

    doses: Array
    expected: Array
    lower: Array
    upper: Array


@dataclass(frozen=True, kw_only=True)
class UCBDose(MeasuredDosingPolicy[OptimisticDoseState]):
    r"""The arm whose optimistic chance of success is largest.

    In the model of `SGDMAB`, with m_k, Q the means and precisions of the log odds and u, B those of
    the sub-outcome's coefficients, for :math:`\chi` = (psi, dose in slot k) and the larger cost
    c_k = max(over_k, under_k),

    .. math::

        score_k(y) &= x\cdot m_k + scale\,R_1\,\lVert x\rVert_{Q_k^{-1}}
            - \big(f_k(y; u) - scale\,c_k\,R_2\,\lVert\chi\rVert_{B^{-1}}\big)^+,\\
        R_1 &= \sqrt{\log\frac{\det Q}{\det Q_0} + 2\log\tfrac1{failure}} + \sqrt{penalty},\quad
        R_2 = noise\,\sqrt{\log\frac{\det B}{\det B_0} + 2\log\tfrac1{failure}}
            + noise\,\sqrt{effect\_penalty}.

    Each arm is given in the best dose for the expected coefficients (`kernels.dose.personal`),
    rounded. Where that reaches the target, no dose has a larger score; elsewhere it is an end of
    the range, and the score of another dose, about which less is known, may be a little larger. So
    optimism chooses arms, and doses vary because people do and estimates move.

    No dose waits until its effect is known: this policy is for simulations and comparisons,
    `PersonalDose` is cautious. Ties between arms are broken by the key.

    Proposals tell the expected chance at each arm's dose, within the bounds for this scale. The
    policy recommends no recourse.

    Parameters
    ----------
    penalty
        Prior precision > 0 of each coefficient of the log odds, where the problem's prior says
        nothing; a prior of correlated coefficients is refused.
    effect_penalty
        Ridge penalty > 0 of the sub-outcome's coefficients, as in `PersonalDose`.
    scale
        Multiplier >= 0 of both radii. Nothing is proved at any: see the references.
    failure
        Probability that a radius would fail at scale 1, in (0, 1).

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    Ours, after Keyvanshokooh, Zhalechian, Shi, Van Oyen, Kazemian (2025), *Contextual learning with
    online convex optimization*, Management Science, Proposition 5, whose radius is of V, the sum of
    all x x', over the least slope of the logistic function. Here each x x' is weighted by the slope
    that it had, and only the diagonal is kept; coefficients are taken to be at most as long as
    their prior expects.

    Examples
    --------
    >>> UCBDose(scale=0.05).failure
    0.05
    """

    effect_penalty: float = 0.01
    scale: float = 0.1
    failure: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        require_not_negative(scale=self.scale)
        require_probability(failure=self.failure)

    def init(self, problem: Problem) -> OptimisticDoseState:
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
        beliefs = self.beliefs(problem)
        return OptimisticDoseState(*beliefs, float(np.log(beliefs.chances.precision).sum()))

    def propose(self, state: OptimisticDoseState, context: Context, key: Key) -> Proposal:
        """Return the arm of the largest score, each in the dose of least expected penalty.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Breaks ties.
        """
        x, eligible = context.values, context.eligible
        margins = self._margins(state, x)
        arm, _ = kernels.choice.best(margins.upper, eligible, *key)
        greedy = np.where(eligible, margins.expected, -np.inf).max(axis=-1)
        chosen = np.take_along_axis(margins.expected, np.asarray(arm)[..., None], axis=-1)[..., 0]
        mean, low, high = chances_of(np.array(margins[1:]))
        return Proposal(
            context,
            arm,
            x,
            mean,
            high,
            ~eligible,
            explored=chosen < greedy,
            low=low,
            doses=margins.doses,
            trace={SUB_OUTCOME: expected_sub_outcomes(state, x[..., None, :], margins.doses)},
        )

    def interval(
        self, state: OptimisticDoseState, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        """Chance of success at the dose of least expected penalty, with its bounds.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person; not needed here.
        arm
            Number of the arm.
        point
            Columns after a recourse, shape (d,).
        """
        each = np.array(self._margins(state, point)[1:])
        mean, low, high = chances_of(each[:, arm]).tolist()
        return mean, low, high

    def radii(self, state: OptimisticDoseState) -> tuple[float, float]:
        """Return R_1 and R_2, before `scale`: of the log odds, and in the sub-outcome's unit.

        Parameters
        ----------
        state
            What has been learned.
        """
        factor = state.effects.factor
        gain = float(np.log(state.chances.precision).sum()) - state.log_prior
        effect_gain = kernels.least_squares.log_determinant(factor)
        effect_gain -= len(factor) * np.log(self.effect_penalty)
        noise, log = state.judgement.noise, -2.0 * np.log(self.failure)
        chance = np.sqrt(max(gain, 0.0) + log) + np.sqrt(self.penalty)
        effect = noise * (np.sqrt(max(effect_gain, 0.0) + log) + np.sqrt(self.effect_penalty))
        return float(chance), float(effect)

    def _margins(self, state: OptimisticDoseState, x: Array) -> _Margins:
        chance_radius, effect_radius = self.radii(state)
        centre, deviation = kernels.logistic_belief.margin(*state.chances, x[..., None, :])
        width = self.scale * chance_radius * deviation
        base, tau = self.expected_effects(state, x)
        doses = state.doses.issued(personal_doses(state, base, tau))
        expected = penalties_at(state, base, tau, doses)
        spread = self.scale * effect_radius * self._effect_deviation(state, x, doses)
        low, high = np.maximum(expected - spread, 0.0), expected + spread
        return _Margins(doses, centre - expected, centre - width - high, centre + width - low)

    def _effect_deviation(self, state: OptimisticDoseState, x: Array, doses: Array) -> Array:
        """Return the larger cost times the norm of chi in the inverse of B, shape (..., K)."""
        columns, span, _, over, under, _ = state.judgement
        factor, _, estimate = state.effects
        shares, arms = np.nan_to_num(doses) / span, np.arange(span.size)
        _, deviation = kernels.dose_response.effect(
            factor, estimate, x[..., None, columns], arms, shares
        )
        norms: Array = np.maximum(over, under) * deviation
        return norms
