"""What the policies share that learn from a sub-outcome what a dose does."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_positive
from recourse_bandits.policies.dosing import DosingPolicy
from recourse_bandits.policies.dosing_state import (
    ChanceBelief,
    EffectBelief,
    Judgement,
    MeasuredState,
)
from recourse_bandits.problem import Problem
from recourse_bandits.problem.dose import Doses
from recourse_bandits.records import Array, Decision, Effect, Key, Outcome


class _Measured(Protocol):
    """A state that holds beliefs about chances of success and about effects of doses."""

    @property
    def chances(self) -> ChanceBelief:
        """Of success."""

    @property
    def effects(self) -> EffectBelief:
        """Of the dose."""

    @property
    def doses(self) -> Doses:
        """Where doses may lie."""

    @property
    def judgement(self) -> Judgement:
        """By what doses are judged."""


State = TypeVar("State", bound=_Measured)
SUB_OUTCOME = "sub_outcome"
"""In a proposal's trace: what is expected to be measured under each arm, in its dose."""


@dataclass(frozen=True, kw_only=True)
class MeasuredDosingPolicy(DosingPolicy[State]):
    """One that learns from a sub-outcome, linear in features and dose, what a dose does.

    Parameters
    ----------
    penalty
        Prior precision > 0 of each coefficient of the log odds.
    effect_penalty
        Ridge penalty > 0 of the sub-outcome's coefficients; the effect of a whole range of doses is
        one coefficient.
    """

    effect_penalty: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive(effect_penalty=self.effect_penalty)

    def beliefs(self, problem: Problem) -> MeasuredState:
        """Return what is believed before any outcome: the prior of the problem.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If it has no sub-outcome, or a prior of correlated coefficients.
        """
        doses, sub_outcome = problem.doses, problem.sub_outcome
        if doses is None or sub_outcome is None:
            raise DescriptionError(
                f"{type(self).__name__} needs a sub-outcome by which doses are judged: give the "
                "problem sub_outcome=SubOutcome(...) and an arm a dose=Dose(...), or use another "
                "policy"
            )
        judgement = Judgement.of(problem, doses, sub_outcome)
        size = judgement.columns.size + len(problem.arms)
        return MeasuredState(
            ChanceBelief.of(problem, self.penalty),
            EffectBelief.of(size, self.effect_penalty),
            doses,
            judgement,
        )

    def sampled_effects(
        self, state: State, values: Array, inflation: float, key: Key
    ) -> tuple[Array, Array]:
        """Return drawn sub-outcomes without a dose, (...), and effects of ranges, (..., K).

        Parameters
        ----------
        state
            What has been learned.
        values
            Columns, shape (..., d).
        inflation
            Multiplier >= 0 of the posterior's standard deviations.
        key
            Draws the coefficients.
        """
        factor, _, estimate = state.effects
        deviations = inflation * state.judgement.noise
        pi = kernels.dose_response.sampled(factor, estimate, deviations, *key)
        psi = values[..., state.judgement.columns]
        first = psi.shape[-1]
        return np.vecdot(psi, pi[..., :first]), pi[..., first:]

    def expected_effects(self, state: State, values: Array) -> tuple[Array, Array]:
        """Return expected sub-outcomes without a dose, (...), and effects of ranges, (K,).

        Parameters
        ----------
        state
            What has been learned.
        values
            Columns, shape (..., d).
        """
        psi = values[..., state.judgement.columns]
        estimate, first = state.effects.estimate, psi.shape[-1]
        return np.vecdot(psi, estimate[:first]), estimate[first:]

    def penalty_taken(self, state: State, outcome: Outcome) -> float:
        """Return the penalty of the dose that was taken, for the expected coefficients.

        Parameters
        ----------
        state
            What has been learned.
        outcome
            What came of the dose.
        """
        arm, dose = outcome.arm, outcome.dose
        if dose is None:
            return 0.0
        columns, span, target, over, under, _ = state.judgement
        estimate = state.effects.estimate
        base = np.vecdot(outcome.point[columns], estimate[: columns.size])
        effect = base + dose / span[arm] * estimate[columns.size + arm]
        return float(kernels.dose.penalty_of(effect, target, over[arm], under[arm]))

    def effect_observed(
        self,
        state: State,
        decision: Decision | None,
        effect: Effect,
        *,
        donate: bool = False,
    ) -> State:
        """State after one more row in the model of the sub-outcome, with the dose really taken.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored; not needed here.
        effect
            The sub-outcome.
        donate
            True: the memory of `state` is reused.
        """
        effects = state.effects if donate else state.effects.copied()
        psi = effect.point[state.judgement.columns]
        dose = effect.dose / state.judgement.span[effect.arm]
        kernels.dose_response.learn(*effects, psi, effect.arm, dose, effect.value, 1.0)
        whole: Any = state
        return state if donate else whole._replace(effects=effects)


def personal_doses(state: _Measured, base: Array, tau: Array) -> Array:
    """Return the dose of least penalty for each arm, not rounded, shape (..., K); 0 without one.

    Parameters
    ----------
    state
        What has been learned.
    base
        Sub-outcome without a dose, shape (...).
    tau
        Effect of each arm's range, shape (..., K).
    """
    doses, (_, span, target, over, under, _) = state.doses, state.judgement
    first = np.where(doses.given, doses.first, 0.0)
    best: Array = kernels.dose.personal(
        base[..., None], tau / span, target, over, under, doses.lower, doses.upper, first
    )
    return best


def expected_sub_outcomes(state: _Measured, points: Array, doses: Array) -> list[Any]:
    """Return what is expected to be measured under each arm, for a trace; its unit.

    Parameters
    ----------
    state
        What has been learned.
    points
        Columns of each arm's point, shape (..., K, d), or of one for all arms, (..., 1, d).
    doses
        Their doses, shape (..., K); NaN without one, where the effect is that of no dose.
    """
    columns, span, *_ = state.judgement
    estimate = state.effects.estimate
    base = np.vecdot(points[..., columns], estimate[: columns.size])
    shares = np.where(state.doses.given, doses, 0.0) / span
    listed: list[Any] = (base + estimate[columns.size :] * shares).tolist()
    return listed


def penalties_at(state: _Measured, base: Array, tau: Array, doses: Array) -> Array:
    """Return the penalty of each arm at a dose, shape (..., K); 0 of an arm without one.

    Parameters
    ----------
    state
        What has been learned.
    base
        Sub-outcome without a dose, shape (...).
    tau
        Effect of each arm's range, shape (..., K).
    doses
        Their doses, shape (..., K); NaN without one.
    """
    _, span, target, over, under, _ = state.judgement
    shares = np.where(state.doses.given, doses, 0.0) / span
    penalties: Array = kernels.dose.penalty(shares, base[..., None], tau, target, over, under)
    return penalties
