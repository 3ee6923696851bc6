"""From the rows of a table to outcomes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from recourse_bandits.errors import SettingsError
from recourse_bandits.problem import Problem
from recourse_bandits.problem.dose import DOSE
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
        Raw features, and the dose, that came out differently.
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
    units = _units(problem)
    for name in given:
        if name not in units:
            are = "measure is" if len(units) == 1 else "measures are"
            raise SettingsError(
                f"measures.{name}: unknown measure{nearest(name, list(units))}; the {are} "
                f"{' and '.join(units)}"
            )
    found = {name: given.get(name, Column()) for name in units}
    for name, column in found.items():
        _check_column(column, f"measures.{name}", name, units[name])
    return found


def _units(problem: Problem) -> dict[str, str]:
    sub = problem.sub_outcome
    units = {problem.reward.measure: problem.reward.unit}
    return units if sub is None else units | {sub.measure: sub.unit}


def require_dose_column(problem: Problem, column: Column, key: str) -> None:
    """Raise SettingsError if a column cannot hold the doses of the problem's arms.

    Parameters
    ----------
    problem
        A problem with doses.
    column
        Where the settings say that doses are found.
    key
        What says so, for the error.
    """
    units = sorted({arm.dose.unit for arm in problem.treatments if arm.dose is not None})
    if len(units) == 1:
        _check_column(column, key, DOSE, units[0])
        return
    _check_column(column, key, DOSE, column.unit or "")
    if column.unit is not None or column.unit_column is not None:
        raise SettingsError(
            f"{key}: the doses of the arms have the units {', '.join(map(repr, units))}, so that "
            "none fits all: write each dose in the unit of its arm, and leave unit out"
        )


def _check_column(column: Column, key: str, name: str, unit: str) -> None:
    if column.drawn is not None:
        raise SettingsError(f"{key}: what happened cannot be drawn")
    try:
        column.require_unit(name, unit)
    except ValueError as error:
        raise SettingsError(f"{key}: {error}") from error


def _check_realized(problem: Problem, realized: Mapping[str, Column]) -> None:
    units = {feature.name: feature.unit for feature in problem.features}
    for name, column in realized.items():
        key = f"outcomes.realized.{name}"
        if name == DOSE and problem.doses is not None:
            require_dose_column(problem, column, key)
        elif name not in units:
            raise SettingsError(f"{key}: unknown feature{nearest(name, list(units))}")
        else:
            _check_column(column, key, name, units[name])


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
        If a measure or feature is unknown, or of another unit than its column.
    TableError
        If a column is absent, or the condition selects no row.
    """
    measures = measure_columns(problem, columns.measures)
    _check_realized(problem, columns.realized)
    features = {feature.name: feature for feature in problem.features}
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
