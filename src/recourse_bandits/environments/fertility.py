"""The fertility world of the LIBRA paper, Appendix D, from a hundred real people."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.environments.base import LinearEnvironment
from recourse_bandits.environments.datasets import digest, fertility_rows
from recourse_bandits.problem import Arm, Budget, Feature, Person, Problem, Reward
from recourse_bandits.records import Array, Key

_NORMAL_SCORE = 5.0  # expected outcome of a normal diagnosis; 0 of an altered one
_MOST_DRINKING = 1.2  # UCI codes alcohol from 0.2 (several times a day) to 1.0 (hardly ever)
_FEATURES = {
    "age": "18 to 36 years as 0.5 to 1",
    "childish_diseases": "1 yes",
    "accident": "1 yes",
    "high_fevers": "-1 under three months ago, 0 longer ago, 1 none",
    "drinking": "1.2 - UCI's alcohol: 0.2 hardly ever to 1.0 several times a day",
    "smoking": "-1 never, 0 occasional, 1 daily",
    "sitting": "hours a day / 16",
}
MUTABLE = ("drinking", "smoking", "sitting")
PAPER_COEFFICIENTS = {
    "surgery": (-0.31, -0.03, -0.15),
    "no_surgery": (-0.03, -0.17, -0.12),
}
"""What the paper prints for drinking, smoking and sitting."""


@dataclass(frozen=True)
class Fertility(LinearEnvironment):
    """Real persons, drawn with replacement; outcomes from a linear fit per surgery group.

    Parameters
    ----------
    seed
        Not used: the truth is fixed. Every environment takes one.
    path
        The UCI Fertility file as CSV; None: a checked download.
    noise
        Standard deviation added to outcomes.
    radius
        Budget of recourse, l2, standard deviations; the paper does not state it.

    Raises
    ------
    DatasetError
        If the file cannot be had.
    """

    seed: int = 0
    path: str | None = None
    noise: float = 1.0
    radius: float = 1.0

    note: ClassVar[str] = (
        "Real: the features of 100 men (UCI Fertility). Fitted to them: the coefficients, per "
        "surgery group, of the score 5·[normal diagnosis]. Simulated: who comes, the outcome and "
        "its noise. Recourse is not limited to the codes that occur, as in the paper."
    )

    @cached_property
    def rows(self) -> list[dict[str, float]]:
        """Raw features of the persons; `surgery` and `score` are what the fit uses."""
        return [
            {
                **{name: float(row[name]) for name in _FEATURES if name != "drinking"},
                "drinking": _MOST_DRINKING - float(row["alcohol"]),
                "surgery": float(row["surgical_intervention"]),
                "score": _NORMAL_SCORE * (row["diagnosis"] == "N"),
            }
            for row in fertility_rows(self.path)
        ]

    @cached_property
    def data_digest(self) -> str:
        """SHA-256 of the persons."""
        return digest(self.rows)

    @cached_property
    def problem(self) -> Problem:
        """The problem; features are standardised on all persons."""
        table = {name: [row[name] for row in self.rows] for name in _FEATURES}
        return Problem(
            features=tuple(
                Feature(name, description=text, mutable=name in MUTABLE)
                for name, text in _FEATURES.items()
            ),
            arms=(
                Arm("surgery", description="surgical intervention"),
                Arm("no_surgery", description="no surgical intervention"),
            ),
            budget=Budget("l2", self.radius),
            reward=Reward("score", noise=self.noise, coefficient_bound=6.0),
        ).fitted_to(table)

    @cached_property
    def theta(self) -> Array:  # type: ignore[override]
        """True coefficients, shape (2, 8): least squares in each surgery group."""
        points = np.array([self.problem.context(self.raw(row)).values for row in self.rows])
        score = np.array([row["score"] for row in self.rows])
        surgery = np.array([row["surgery"] for row in self.rows])
        fits = [
            np.linalg.lstsq(points[surgery == group], score[surgery == group])[0]
            for group in (1.0, 0.0)
        ]
        return np.array(fits)

    @staticmethod
    def raw(row: dict[str, float]) -> dict[str, float]:
        """Return the features of a row alone.

        Parameters
        ----------
        row
            A row of `rows`.
        """
        return {name: row[name] for name in _FEATURES}

    def coefficients(self) -> dict[str, tuple[float, ...]]:
        """Fitted coefficients of the mutable features by arm, to print beside the paper's."""
        columns = self.problem.mutable_columns
        return {
            arm: tuple(float(value) for value in self.theta[a, columns])
            for a, arm in enumerate(self.problem.arm_names)
        }

    def person(self, key: Key) -> Person:
        """One of the real persons.

        Parameters
        ----------
        key
            Draws who comes; its number is the round.
        """
        draw = float(kernels.draws.uniform(*key, 0))
        return self.raw(self.rows[int(draw * len(self.rows))])
