"""From the rows of a table to outcomes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from recourse_bandits.errors import SettingsError
from recourse_bandits.problem import Problem
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.tables.columns import Column, OutcomeColumns
from recourse_bandits.tables.files import ROW, require_columns, selected
from recourse_bandits.tables.people import key_columns, keys_of


@dataclass(frozen=True)
class OutcomeRow:
    """What a row says happened after a decision.

    Parameters
    ----------
    row
        Its number in the table, from 1.
    request_id
        The decision's request, or None.
    decision
        The decision's number as it stands in the table, or None.
    measures
        Measured values by name; blanks are left out.
    realized
        Raw features that came out differently.
    arm
        Name of the arm that was really given, or None.
    reason
        Why something came out differently, or None.
    """

    row: int
    request_id: str | None
    decision: Any
    measures: Mapping[str, Any]
    realized: Mapping[str, Any]
    arm: Any
    reason: str | None


def measure_columns(problem: Problem, given: Mapping[str, Column]) -> dict[str, Column]:
    """Where each of the problem's measures is found.

    Parameters
    ----------
    problem
        The problem.
    given
        Where the settings say they are found.

    Raises
    ------
    SettingsError
        If one is unknown, or of another unit than its column.
    """
    reward = problem.reward
    for name in given:
        if name != reward.measure:
            raise SettingsError(
                f"measures.{name}: unknown measure{nearest(name, [reward.measure])}; the measure "
                f"is {reward.measure}"
            )
    found = {reward.measure: given.get(reward.measure, Column())}
    _check_column(found[reward.measure], f"measures.{reward.measure}", reward.measure, reward.unit)
    return found


def _check_column(column: Column, key: str, name: str, unit: str) -> None:
    if column.drawn is not None:
        raise SettingsError(f"{key}: what happened cannot be drawn")
    try:
        column.require_unit(name, unit)
    except ValueError as error:
        raise SettingsError(f"{key}: {error}") from error


def outcomes_of(
    frame: pl.DataFrame, problem: Problem, columns: OutcomeColumns
) -> Iterator[OutcomeRow]:
    """Yield the outcomes of a table; those without any value are left out.

    Parameters
    ----------
    frame
        The table.
    problem
        The problem.
    columns
        Where things are found.

    Raises
    ------
    SettingsError
        If a measure or feature is unknown.
    TableError
        If a column is absent, or the condition selects no row.
    """
    measures = measure_columns(problem, columns.measures)
    for name in columns.realized:
        if name not in problem.feature_names:
            raise SettingsError(
                f"outcomes.realized.{name}: unknown feature{nearest(name, problem.feature_names)}"
            )
    features = {feature.name: feature for feature in problem.features}
    for name, column in columns.realized.items():
        _check_column(column, f"outcomes.realized.{name}", name, features[name].unit)
    categorical = {name for name, feature in features.items() if feature.categories}
    keys = key_columns(columns.request_id)
    needed = [*keys, *(name for name in (columns.decision, columns.reason) if name is not None)]
    everything = {**measures, **columns.realized}
    needed += [column.column or name for name, column in everything.items()]
    needed += [c.unit_column for c in everything.values() if c.unit_column is not None]
    if columns.arm is not None:
        needed.append(columns.arm.column or "arm")
    require_columns(frame, needed, "outcomes")
    kept = selected(frame, columns.where)
    for row, request_id in zip(kept.iter_rows(named=True), keys_of(kept, keys), strict=True):
        found = OutcomeRow(
            row[ROW],
            request_id,
            None if columns.decision is None else row[columns.decision],
            _present(row, measures),
            _present(row, columns.realized, categorical),
            None if columns.arm is None else columns.arm.value(row, "arm", text=True),
            None if columns.reason is None else (row[columns.reason] or "").strip() or None,
        )
        if found.measures or found.realized or found.arm is not None:
            yield found


def _present(
    row: Mapping[str, Any], columns: Mapping[str, Column], texts: Collection[str] = ()
) -> dict[str, Any]:
    values = {name: column.value(row, name, text=name in texts) for name, column in columns.items()}
    return {name: value for name, value in values.items() if value is not None}
