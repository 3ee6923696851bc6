"""What the policies share that choose doses: chances of success from which a penalty is taken."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.parameters import require_not_negative, require_positive
from recourse_bandits.policies.base import Policy
from recourse_bandits.policies.dosing_state import ChanceBelief
from recourse_bandits.problem import Context
from recourse_bandits.problem.reward import LINKS
from recourse_bandits.records import Array, Decision, Key, Outcome, Proposal, Trace

_INTERVAL_DEVIATIONS = 2.0
_LOGISTIC = LINKS["logistic"]


class _Dosed(Protocol):
    """A state that holds a belief about chances of success."""

    @property
    def chances(self) -> ChanceBelief:
        """The belief."""


State = TypeVar("State", bound=_Dosed)


@dataclass(frozen=True, kw_only=True)
class DosingPolicy(Policy[State]):
    """A policy that chooses an arm by its chance of success, and a dose.

    Success has the chance 1 / (1 + exp(f - x·theta)), where f is the penalty of the dose.

    Parameters
    ----------
    penalty
        Prior precision > 0 of each coefficient, where the problem's prior says nothing.
    """

    penalty: float = 1.0

    def __post_init__(self) -> None:
        require_positive(penalty=self.penalty)

    @abstractmethod
    def penalty_taken(self, state: State, outcome: Outcome) -> float:
        """Return the expected penalty of the dose that was taken; 0 without a dose.

        Parameters
        ----------
        state
            What has been learned.
        outcome
            What came of the dose.
        """

    def report(self, state: State, proposal: Proposal, arm: int, point: Array) -> Trace:
        """Return the proposal's trace: the step of a dose needs it, whoever chose the arm.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            What the policy proposed.
        arm
            Number of the arm that is issued.
        point
            The point that is issued, shape (d,).
        """
        return proposal.trace

    def observed(
        self,
        state: State,
        decision: Decision | None,
        outcome: Outcome,
        *,
        donate: bool = False,
    ) -> State:
        """State after one more success or failure, at the expected penalty of the dose taken.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored; not needed here.
        outcome
            What came of it.
        donate
            True: the memory of `state` is reused.
        """
        penalty = self.penalty_taken(state, outcome)
        chances = state.chances if donate else state.chances.copied()
        arm, success = outcome.arm, outcome.reward > 0.5
        kernels.logistic_belief.update(
            chances.means[arm], chances.precision[arm], outcome.point, penalty, success
        )
        whole: Any = state
        return state if donate else whole._replace(chances=chances)


@dataclass(frozen=True, kw_only=True)
class SamplingDosingPolicy(DosingPolicy[State]):
    """One that chooses the arm of the largest sampled chance.

    Parameters
    ----------
    penalty
        Prior precision > 0 of each coefficient, where the problem's prior says nothing.
    inflation
        Multiplier >= 0 of posterior standard deviations.
    """

    inflation: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_not_negative(inflation=self.inflation)

    @abstractmethod
    def penalties(self, state: State, values: Array) -> Array:
        """Return the expected penalty of each arm at its running dose, shape (..., K).

        Parameters
        ----------
        state
            What has been learned.
        values
            Columns, shape (..., d).
        """

    def proposal(
        self,
        state: State,
        context: Context,
        key: Key,
        penalties: tuple[Array, Array],
        doses: Array,
        trace: Trace,
    ) -> Proposal:
        """Return the arm of the largest sampled chance, without recourse.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Draws the coefficients.
        penalties
            Of each arm, shape (..., K): by which the arm is chosen, and expected ones, by which
            chances are told.
        doses
            In which each arm would be given, shape (..., K), NaN without one.
        trace
            Private numbers.
        """
        means, precision = state.chances
        x, eligible = context.values, context.eligible
        by_which, expected = penalties
        arm = kernels.chance_choice.best_sampled(
            means, precision, self.inflation, x, by_which, eligible, *key
        )[0]
        return self.told(state, context, arm, x[..., None, :], expected, doses, trace)

    def told(
        self,
        state: State,
        context: Context,
        arm: Any,
        points: Array,
        penalties: Array,
        doses: Array,
        trace: Trace,
    ) -> Proposal:
        """Return the proposal of a chosen arm, with the chances of all.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        arm
            Number of the chosen arm, shape (...).
        points
            Columns after the recourse of each arm, shape (..., K, d), or of all, (..., 1, d).
        penalties
            Expected penalty of each arm, shape (..., K).
        doses
            In which each arm would be given, shape (..., K), NaN without one.
        trace
            Private numbers.
        """
        eligible = context.eligible
        centre, deviation = kernels.logistic_belief.margin(*state.chances, points)
        margin = centre - penalties
        best = np.where(eligible, margin, -np.inf).max(axis=-1)
        which = (arm,) if margin.ndim == 1 else (np.arange(best.size), arm)
        chosen = margin[which]
        everywhere = np.broadcast_to(points, (*margin.shape, points.shape[-1]))
        width = self._width * deviation
        mean, low, high = chances_of(np.array((margin, margin - width, margin + width)))
        return Proposal(
            context,
            arm,
            np.array(everywhere[which]),  # of its own: what broadcasts may not be written
            mean,
            high,
            ~eligible,
            explored=chosen < best,
            trace=trace,
            low=low,
            doses=doses,
        )

    def interval(
        self, state: State, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        """Chance of success at the running dose, with its bounds.

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
        means, precision = state.chances
        centre, deviation = kernels.logistic_belief.margin(means[arm], precision[arm], point)
        margin, width = centre - self.penalties(state, point)[arm], self._width * deviation
        mean, low, high = chances_of(np.array((margin, margin - width, margin + width))).tolist()
        return mean, low, high

    @property
    def _width(self) -> float:
        return _INTERVAL_DEVIATIONS * self.inflation


def chances_of(margins: Array) -> Array:
    """Return the chances of success for log odds from which penalties were taken, same shape.

    Parameters
    ----------
    margins
        Log odds.
    """
    chances: Array = kernels.links.expected(_LOGISTIC, 1.0, margins)
    return chances
