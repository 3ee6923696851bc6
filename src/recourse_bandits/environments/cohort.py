"""Real people from a table, with outcomes simulated from stated coefficients."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from recourse_bandits import kernels
from recourse_bandits.environments.base import LinearEnvironment
from recourse_bandits.environments.datasets import DatasetError, cohort_people, digest
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Person, Problem
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.records import Array, Key
from recourse_bandits.tables import PeopleColumns

_PROBES = (0.0, 0.5, 1.0)  # of the way between two possible measurements
_LINEAR = 1e-9


@dataclass(frozen=True)
class Cohort(LinearEnvironment):
    """People drawn from a table of real persons; what comes of a decision is simulated.

    Parameters
    ----------
    seed
        Not used: the truth is stated. Every environment takes one.
    study
        The settings of a study: `problem`, `people` (which column is what), `seed` (of features
        that are drawn) and `note`.
    path
        The table, CSV or Parquet.
    coefficients
        The truth: for each arm, reward per scaled unit by column; columns that are left out have 0.

    Raises
    ------
    DescriptionError
        If an arm or column is unknown, or the reward is no linear function of its measure.
    DatasetError
        If the table cannot be had.
    """

    seed: int = 0
    study: Mapping[str, Any] = field(default_factory=dict)
    path: str | None = None
    coefficients: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @cached_property
    def problem(self) -> Problem:
        """The study's problem."""
        if "problem" not in self.study:
            raise DescriptionError("a cohort needs study: the settings with problem and people")
        try:
            return Problem.from_json(self.study["problem"])
        except ValidationError as error:
            raise DescriptionError(f"the cohort's problem is wrong: {error}") from error

    @cached_property
    def columns(self) -> PeopleColumns:
        """Which column of the table is what."""
        try:
            return TypeAdapter(PeopleColumns).validate_python(self.study.get("people", {}))
        except ValidationError as error:
            raise DescriptionError(f"the cohort's people are described wrongly: {error}") from error

    @cached_property
    def note(self) -> str:  # type: ignore[override]
        """What is real, recoded, drawn and simulated."""
        from recourse_bandits.tables.people import statement

        sources = [
            f"{kind.replace('_', ' ').capitalize()}: {'; '.join(names)}."
            for kind, names in statement(self.problem, self.columns).items()
        ]
        return " ".join(
            [
                f"Real: {len(self.people):,} persons of {self.path}.",
                *sources,
                "Simulated: who comes when, the outcomes (from the coefficients) and their noise.",
                str(self.study.get("note", "")),
            ]
        ).strip()

    @cached_property
    def people(self) -> list[dict[str, Any]]:
        """Raw values of the persons whom the problem accepts."""
        if self.path is None:
            raise DatasetError("a cohort needs its table: --set environment.path=FILE.csv")
        return cohort_people(self.path, json.dumps(dict(self.study), sort_keys=True))

    @cached_property
    def data_digest(self) -> str:
        """SHA-256 of the persons."""
        return digest(self.people)

    @cached_property
    def theta(self) -> Array:  # type: ignore[override]
        """True coefficients, shape (K, d); reward per scaled unit."""
        theta = np.zeros((len(self.problem.arm_names), self.problem.dimension))
        for arm, values in self.coefficients.items():
            row = theta[self.problem.arm_index(arm)]
            for column, value in values.items():
                if column not in self.problem.columns:
                    raise DescriptionError(
                        f"coefficients.{arm}.{column}: no such column"
                        f"{nearest(column, self.problem.columns)}; they are "
                        f"{', '.join(self.problem.columns)}"
                    )
                row[self.problem.columns.index(column)] = value
        missing = set(self.problem.arm_names) - set(self.coefficients)
        if missing:
            raise DescriptionError(f"coefficients are missing for {', '.join(sorted(missing))}")
        return theta

    def measured(self, reward: float) -> float:
        """Return the measured value that stands for a reward, within the measure's bounds.

        Parameters
        ----------
        reward
            A reward.
        """
        origin, slope = self._line
        low, high = self.problem.reward.bounds
        value = (reward - origin) / slope
        return min(max(value, -np.inf if low is None else low), np.inf if high is None else high)

    @cached_property
    def _line(self) -> tuple[float, float]:
        """Reward of a measured 0, and per unit measured."""
        rule = self.problem.reward
        low, high = rule.bounds
        start = low if low is not None else (1.0 if high is None else high) - 1.0
        end = high if high is not None else start + 1.0
        at = [start + share * (end - start) for share in _PROBES]
        first, middle, last = (rule.value(value) for value in at)
        if abs(first - 2.0 * middle + last) > _LINEAR * max(abs(first), abs(last), 1.0):
            raise DescriptionError(
                f"a cohort simulates what is measured from a reward, so {rule.transformation!r} "
                "must be a linear formula"
            )
        slope = (last - first) / (end - start)
        if slope == 0.0:
            raise DescriptionError(
                f"a cohort needs a reward that changes with {rule.measure}, got "
                f"{rule.transformation!r}"
            )
        return first - slope * start, slope

    def person(self, key: Key) -> Person:
        """One of the real persons.

        Parameters
        ----------
        key
            Draws who comes; its number is the round.
        """
        draw = float(kernels.draws.uniform(*key, 0))
        return self.people[int(draw * len(self.people))]
