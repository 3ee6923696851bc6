"""What came of a treatment: as it was recorded, and in numbers from which policies learn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recourse_bandits.events import Observed
from recourse_bandits.problem import Problem
from recourse_bandits.problem.dose import DOSE
from recourse_bandits.records import Array, Decision, Effect, Outcome


@dataclass(frozen=True, slots=True)
class Recorded:
    """What has been recorded of the outcome of a decision.

    Parameters
    ----------
    measures
        Measures, raw.
    realized
        Raw features that came out differently.
    arm
        Name of the arm that was really given; None: as recommended.
    reason
        Why something came out differently; None: none was stated.
    """

    measures: Mapping[str, float] = field(default_factory=dict)
    realized: Mapping[str, Any] = field(default_factory=dict)
    arm: str | None = None
    reason: str | None = None

    def after(self, observed: Observed) -> "Recorded":
        """Return what is known after a further observation.

        Parameters
        ----------
        observed
            The observation.
        """
        return Recorded(
            {**self.measures, **observed.measures},
            {**self.realized, **(observed.realized or {})},
            observed.arm or self.arm,
            observed.reason or self.reason,
        )


NOTHING_YET = Recorded()


def wanted(problem: Problem, decision: Decision) -> set[str]:
    """Return the measures that close a decision: with a dose all, else only that of the reward.

    It is the recommended dose that counts, so that a correction of what was given opens and closes
    nothing.

    Parameters
    ----------
    problem
        The problem.
    decision
        The decision.
    """
    return set(problem.measures if decision.dose is not None else problem.measures[:1])


class Happened(NamedTuple):
    """A treatment as it really was."""

    problem: Problem
    """The problem."""
    arm: int
    """Number of the arm that was given."""
    point: Array
    """Columns as they were, shape (d,)."""
    dose: float | None
    """Dose that was taken; None if the arm has none."""

    @staticmethod
    def of(problem: Problem, decision: Decision, known: Recorded) -> "Happened":
        """Put what happened after a decision into numbers.

        Parameters
        ----------
        problem
            The problem.
        decision
            The decision, as stored.
        known
            What was realized.
        """
        choice = decision.choice
        arm, point, dose = choice.arm, choice.point, choice.dose
        features = {name: value for name, value in known.realized.items() if name != DOSE}
        if features:
            point = problem.realised_point(decision.context, point, features)
        if known.arm is not None:
            arm = problem.arm_index(known.arm)
        given = problem.treatments[arm].dose is not None
        return Happened(problem, arm, point, known.realized.get(DOSE, dose) if given else None)

    def outcome(self, measures: Mapping[str, float]) -> Outcome | None:
        """Return what is learned from the reward; None if it is not among the measures.

        Parameters
        ----------
        measures
            Measured values by name, raw.
        """
        reward = self.problem.reward
        if reward.measure not in measures:
            return None
        return Outcome(self.arm, self.point, reward.value(measures[reward.measure]), self.dose)

    def effect(self, measures: Mapping[str, float]) -> Effect | None:
        """Return what is learned from the sub-outcome; None if it is not among the measures.

        Parameters
        ----------
        measures
            Measured values by name, raw.
        """
        sub = self.problem.sub_outcome
        if sub is None or self.dose is None or sub.measure not in measures:
            return None
        return Effect(self.arm, self.point, measures[sub.measure], self.dose)
