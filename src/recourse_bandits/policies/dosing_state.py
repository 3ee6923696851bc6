"""What policies know that choose doses: chances of success, a measured effect, running doses."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Problem, SubOutcome
from recourse_bandits.problem.dose import Doses
from recourse_bandits.records import Array


class ChanceBelief(NamedTuple):
    """Log odds of success before a penalty; the notation is that of `kernels.logistic_belief`."""

    means: Array
    """Coefficients; (K, d); log odds per scaled unit."""
    precision: Array
    """Their precisions; (K, d)."""

    @staticmethod
    def of(problem: Problem, penalty: float) -> "ChanceBelief":
        """Return the belief before any outcome: the prior of the reward.

        Parameters
        ----------
        problem
            The problem.
        penalty
            Precision of the coefficients of which the prior says nothing, > 0.

        Raises
        ------
        DescriptionError
            If the prior believes that coefficients go together.
        """
        mean, precision = problem.reward.prior.arrays(problem.arm_names, problem.columns, penalty)
        diagonal = np.einsum("kdd->kd", precision).copy()
        if np.count_nonzero(precision) > np.count_nonzero(diagonal):
            raise DescriptionError(
                "the prior's precision_matrix must be diagonal here, since one precision is kept "
                "for each coefficient: state precision={arm: {column: value}} instead"
            )
        return ChanceBelief(np.ascontiguousarray(mean), diagonal)

    def copied(self) -> "ChanceBelief":
        """Return the same in memory of its own."""
        return ChanceBelief(self.means.copy(), self.precision.copy())


class EffectBelief(NamedTuple):
    """The sub-outcome as linear in features and dose; as in `kernels.dose_response`.

    Doses are counted in ranges, y / (upper - lower), so that the unit of a dose matters to nothing.
    """

    factor: Array
    """R, upper triangular, B = R'R; (e + K, e + K)."""
    moment: Array
    """Rotated moment; (e + K,)."""
    estimate: Array
    """Coefficients of the e columns, and effects of each arm's range; (e + K,); its unit."""

    @staticmethod
    def of(size: int, penalty: float) -> "EffectBelief":
        """Return the belief before any sub-outcome.

        Parameters
        ----------
        size
            Number e + K of coefficients.
        penalty
            Ridge penalty > 0.
        """
        return EffectBelief(np.sqrt(penalty) * np.eye(size), np.zeros(size), np.zeros(size))

    def copied(self) -> "EffectBelief":
        """Return the same in memory of its own."""
        return EffectBelief(self.factor.copy(), self.moment.copy(), self.estimate.copy())


class Judgement(NamedTuple):
    """By what doses are judged: the numbers of a `SubOutcome`. Constant."""

    columns: NDArray[np.int64]
    """Columns on which the sub-outcome depends; (e,)."""
    span: Array
    """Length of each arm's range of doses, 1 without a dose; (K,)."""
    target: float
    """Where the sub-outcome should be."""
    over: Array
    """Cost of one unit above it, 0 without a dose; (K,)."""
    under: Array
    """Cost of one unit below it, 0 without a dose; (K,)."""
    noise: float
    """Standard deviation of the sub-outcome."""

    @staticmethod
    def of(problem: Problem, doses: Doses, sub_outcome: SubOutcome) -> "Judgement":
        """Return the numbers of a sub-outcome.

        Parameters
        ----------
        problem
            The problem.
        doses
            Its doses.
        sub_outcome
            Its sub-outcome.
        """
        over, under = sub_outcome.costs_of(problem.arm_names, doses.given)
        return Judgement(
            sub_outcome.rows(problem.columns),
            np.where(doses.given, doses.upper - doses.lower, 1.0),
            sub_outcome.target,
            over,
            under,
            sub_outcome.noise,
        )


class RunningDoses(NamedTuple):
    """The dose of each arm, which moves by a step whenever the arm is given."""

    dose: Array
    """Before rounding; (K,); in the arm's unit, 0 without a dose."""
    issued: Array
    """As it is given; (K,); 0 without a dose."""
    largest_slope: Array
    """Largest max(over, under)·sqrt(E[tau²]) so far; (K,); log odds per range."""
    steps: NDArray[np.int64]
    """Steps taken; (K,)."""

    @staticmethod
    def of(doses: Doses) -> "RunningDoses":
        """Return the doses before any step.

        Parameters
        ----------
        doses
            The doses of all arms.
        """
        start = np.where(doses.given, doses.start, 0.0)
        issued = np.where(doses.given, doses.first, 0.0)
        return RunningDoses(start, issued, np.zeros(start.size), np.zeros(start.size, np.int64))

    def stepped(self, doses: Doses, arm: int, slope: float, largest_slope: float) -> "RunningDoses":
        """Return the doses after a step of one arm, inside its range.

        Parameters
        ----------
        doses
            Where doses may lie.
        arm
            Number of the arm.
        slope
            Sub-gradient of the penalty; log odds per range.
        largest_slope
            Its largest size so far, this time included.
        """
        lower, upper = doses.lower[arm], doses.upper[arm]
        dose, issued = self.dose.copy(), self.issued.copy()
        largest, steps = self.largest_slope.copy(), self.steps.copy()
        steps[arm] += 1
        largest[arm] = largest_slope
        moved = kernels.dose.stepped(dose[arm], slope, largest_slope, steps[arm], lower, upper)
        dose[arm] = moved
        issued[arm] = kernels.dose_grid.on_grid(
            moved, 0.0, doses.step[arm], lower, upper, doses.direction[arm]
        )
        return RunningDoses(dose, issued, largest, steps)


class MeasuredState(NamedTuple):
    """What has been learned by a policy that keeps no doses."""

    chances: ChanceBelief
    """Of success."""
    effects: EffectBelief
    """Of the dose."""
    doses: Doses
    """Where doses may lie. Constant."""
    judgement: Judgement
    """By what they are judged. Constant."""


class DosingState(NamedTuple):
    """What SGD-MAB has learned."""

    chances: ChanceBelief
    """Of success."""
    effects: EffectBelief
    """Of the dose."""
    running: RunningDoses
    """The dose of each arm."""
    doses: Doses
    """Where doses may lie. Constant."""
    judgement: Judgement
    """By what they are judged. Constant."""
