"""A linear world for any problem, so that advisers who know the truth can be asked; a cohort."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from recourse_bandits.config import experiment
from recourse_bandits.environments import Cohort, LinearEnvironment
from recourse_bandits.problem import Person, Problem
from recourse_bandits.records import Array, Key
from recourse_bandits.testing import random_people
from tests.contracts.problems import PROBLEMS, coefficients


@dataclass(frozen=True)
class World(LinearEnvironment):
    """Made-up persons and coefficients for one of the problems."""

    name: str

    note: ClassVar[str] = "Everything is made up."

    @property
    def problem(self) -> Problem:
        return PROBLEMS[self.name]

    @cached_property
    def theta(self) -> Array:  # type: ignore[override]
        return coefficients(self.problem)

    @cached_property
    def people(self) -> list[Person]:
        return list(random_people(self.problem, 50, seed=5))

    def measured(self, reward: float) -> float:
        formula = self.problem.reward.transformation
        if formula == "170 - sbp":
            return 170.0 - reward
        value = super().measured(reward)
        return value if formula is None else 10.0 * value  # "score / 10"

    def person(self, key: Key) -> Person:
        return self.people[int(key.number) % len(self.people)]


NHANES_MADE_UP = Path(__file__).parent / "nhanes_made_up.csv"
EXAMPLE = Path(__file__).parents[2] / "examples" / "hypertension-nhanes"


def cohort_of(path: Path | None = NHANES_MADE_UP, **reward: Any) -> Cohort:
    """The cohort of the example, with made-up persons and, if given, another reward."""
    settings = experiment(str(EXAMPLE / "experiment.toml")).environment.parameters
    problem = dict(settings["study"]["problem"])
    if reward:
        changed = {"direction": "decrease", "bounds": [-300, 300]} | reward
        problem["reward"] = {**problem["reward"], **changed}
    return Cohort(
        study={**settings["study"], "problem": problem},
        path=None if path is None else str(path),
        coefficients=settings["coefficients"],
    )
