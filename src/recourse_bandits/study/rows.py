"""Rows of a table of people: what was asked, what became of it, and all of them as a frame."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from recourse_bandits.errors import PersonError
from recourse_bandits.problem import Feature, Person, Problem
from recourse_bandits.records import Decision
from recourse_bandits.study.checks import writable


@dataclass(slots=True)
class Row:
    """A row of a table and what became of it.

    Parameters
    ----------
    number
        Its number, from 0.
    person
        Raw feature values.
    request_id
        The caller's name for the decision, or None.
    subject
        Opaque reference to the person, or None.
    refused
        Why there is no decision, or None.
    feature
        The feature that is to blame for that, if one is.
    value
        The value that was refused, if one was.
    decision
        The decision, made now or before.
    repeated
        Whether it was made before, for the same request.
    """

    number: int
    person: Person
    request_id: str | None
    subject: str | None
    refused: str | None = None
    feature: str | None = None
    value: object = None
    decision: Decision | None = None
    repeated: bool = False

    def refuse(self, error: Exception) -> None:
        """Note why there is no decision.

        Parameters
        ----------
        error
            The refusal.
        """
        self.refused = str(error)
        if isinstance(error, PersonError):
            self.feature, self.value = error.feature, error.value


def framed(problem: Problem, rows: Sequence[Row]) -> pl.DataFrame:
    """Return one row a person: the decision, or why there is none.

    Parameters
    ----------
    problem
        The problem.
    rows
        Rows of the table.
    """
    schema: dict[str, Any] = {
        "row": pl.Int64,
        "request_id": pl.String,
        "subject": pl.String,
        "decision": pl.Int64,
        "repeated": pl.Boolean,
        "refused": pl.String,
        "refused_feature": pl.String,
        "refused_value": pl.String,
        **choice_schema(problem),
    }
    records = [_described(row) | choice_of(row.decision, problem.mutable) for row in rows]
    return pl.DataFrame(records, schema=schema, orient="row")


def _described(row: Row) -> dict[str, Any]:
    return {
        "row": row.number,
        "request_id": row.request_id,
        "subject": row.subject,
        "decision": None if row.decision is None else row.decision.id,
        "repeated": row.repeated,
        "refused": row.refused,
        "refused_feature": row.feature,
        "refused_value": None if row.value is None else writable(row.value),
    }


def choice_schema(problem: Problem) -> dict[str, Any]:
    """Return the types of the columns that hold what was chosen.

    Parameters
    ----------
    problem
        The problem.
    """
    return {
        "arm": pl.Enum(problem.arm_names),
        **dose_schema(problem),
        "mean": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "unasked": pl.Boolean,
        "explored": pl.Boolean,
        "propensity": pl.Float64,
        "no_recourse": pl.String,
        "cost": pl.Float64,
        **target_schema(problem),
        **{f"change.{f.name}": pl.Float64 for f in problem.mutable if not f.categories},
    }


def dose_schema(problem: Problem) -> dict[str, Any]:
    """Return the type of the column that holds the dose; nothing if no arm has one.

    Parameters
    ----------
    problem
        The problem.
    """
    return {} if problem.doses is None else {"dose": pl.Float64}


def target_schema(problem: Problem) -> dict[str, Any]:
    """Return the types of the columns that hold what mutable features should reach.

    Parameters
    ----------
    problem
        The problem.
    """
    return {
        f"target.{feature.name}": pl.String if feature.categories else pl.Float64
        for feature in problem.mutable
    }


def choice_of(decision: Decision | None, mutable: Collection[Feature]) -> dict[str, Any]:
    """Return what was chosen, by column; nothing if there is no decision.

    Parameters
    ----------
    decision
        The decision, or None.
    mutable
        The mutable features.
    """
    if decision is None:
        return {}
    choice, recourse = decision.choice, decision.recourse
    described: dict[str, Any] = {
        "arm": decision.arm,
        "mean": _known(choice.mean),
        "low": _known(choice.low),
        "high": _known(choice.high),
        "unasked": decision.unasked,
        "explored": choice.explored,
        "propensity": choice.propensity,
        "no_recourse": decision.no_recourse,
    }
    if decision.dose is not None:
        described["dose"] = decision.dose
    if recourse is not None:
        described["cost"] = recourse.cost
        for feature in mutable:
            name = feature.name
            described[f"target.{name}"] = recourse.target[name]
            if not feature.categories:
                described[f"change.{name}"] = recourse.change.get(name)
    return described


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
