"""The hypertension world of the LIBRA paper, section 5, from its Table 1."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.environments.base import LinearEnvironment
from recourse_bandits.problem import Arm, Budget, Feature, Person, Problem, Reward
from recourse_bandits.records import Array, Key

_REFERENCE = 170.0

# expected change of the next systolic blood pressure per standard deviation: (beta-blocker, combo)
_TABLE_1 = {
    "female": (-0.51, 2.73),
    "age": (1.91, -1.51),
    "cvd_history": (0.29, 1.09),
    "race": (0.0, 0.0),
    "cigarette": (1.43, -1.78),
    "diet_score": (-2.12, -2.18),
    "activity_hours": (-0.48, -1.02),
    "current_sbp": (8.79, 10.82),
}
_MUTABLE = ("diet_score", "activity_hours")


@dataclass(frozen=True)
class Hypertension(LinearEnvironment):
    """Two treatments, eight standardised features of which diet and activity can be changed.

    Parameters
    ----------
    seed
        Not used: the truth is fixed. Every environment takes one.
    noise
        Standard deviation of the next blood pressure, mmHg; ours.
    intercept
        Mean drop of an average person under both arms, mmHg; ours, calibrated to Table 2.
    radius
        Budget of recourse, l2, standard deviations.

    Examples
    --------
    >>> Hypertension().problem.reward.transformation
    '170 - next_sbp'
    """

    seed: int = 0
    noise: float = 1.0
    intercept: float = 42.0
    radius: float = 3.0

    note: ClassVar[str] = (
        "Coefficients: LIBRA paper, Table 1. Simulated: the persons (independent standard normal "
        "features), the noise, and the intercept of 42 mmHg (ours, calibrated to Table 2)."
    )

    @cached_property
    def problem(self) -> Problem:
        """The problem: reward is 170 mmHg minus the next systolic blood pressure."""
        return Problem(
            features=tuple(
                Feature(name, unit="sd", mean=0, scale=1, mutable=name in _MUTABLE)
                for name in _TABLE_1
            ),
            arms=(
                Arm("beta_blocker", description="beta-blocker alone"),
                Arm("combination", description="ACE inhibitor, calcium blocker and diuretic"),
            ),
            budget=Budget("l2", self.radius),
            reward=Reward(
                "next_sbp",
                unit="mmHg",
                noise=self.noise,
                coefficient_bound=44.0,
                transformation=f"{_REFERENCE:g} - next_sbp",
            ),
        )

    @cached_property
    def theta(self) -> Array:  # type: ignore[override]
        """True coefficients, shape (2, 9); mmHg of drop per standard deviation."""
        effects = np.array(list(_TABLE_1.values())).T
        return np.column_stack([np.full(2, self.intercept), -effects])

    def measured(self, reward: float) -> float:
        """Return the next systolic blood pressure, mmHg.

        Parameters
        ----------
        reward
            Drop from 170 mmHg.
        """
        return _REFERENCE - reward

    def person(self, key: Key) -> Person:
        """Standard normal features.

        Parameters
        ----------
        key
            Source of randomness; its number is the round.
        """
        return np.asarray(kernels.draws.normal(*key, np.arange(len(_TABLE_1))))
