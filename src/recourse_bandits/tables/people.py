"""From the rows of a table to persons."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from recourse_bandits import kernels
from recourse_bandits.errors import SettingsError
from recourse_bandits.problem import Problem
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.tables.columns import Column, Drawn, Key, PeopleColumns
from recourse_bandits.tables.files import ROW, require_columns, selected

_STREAM = 4  # of the draws that stand in for a column; `records.Stream` has the others


@dataclass(frozen=True)
class People:
    """Persons of a table, ready to be decided for.

    Parameters
    ----------
    rows
        Number of each person's row in the table, from 1.
    persons
        Raw values of each feature, one a person.
    request_ids
        One a person, None where the table has no value.
    subjects
        Opaque references, or None.
    cells
        What stands in the table for each feature that has a column, before any conversion.
    """

    rows: Sequence[int]
    persons: Mapping[str, Sequence[Any]]
    request_ids: Sequence[str | None]
    subjects: Sequence[str | None]
    cells: Mapping[str, pl.Series] = field(default_factory=dict)


def texts_of(problem: Problem, columns: PeopleColumns) -> list[str]:
    """Columns that hold identifiers or codes, so that a file's reader must not make them numbers.

    Parameters
    ----------
    problem
        The problem.
    columns
        Where things are found.
    """
    texts = [*key_columns(columns.request_id)]
    texts += [columns.subject] if columns.subject is not None else []
    for feature in problem.features:
        where = columns.features.get(feature.name, Column())
        if feature.categories or where.recode:
            texts.append(where.column or feature.name)
    return list(dict.fromkeys(texts))


def people_of(
    frame: pl.DataFrame, problem: Problem, columns: PeopleColumns, *, seed: int
) -> People:
    """Return the persons of a table.

    Values that cannot be converted are kept as they stand: the problem refuses them by name.

    Parameters
    ----------
    frame
        The table.
    problem
        The problem.
    columns
        Where things are found.
    seed
        Of the features that are drawn; each person's follows from the request and the feature.

    Raises
    ------
    SettingsError
        If a feature is unknown, or of another unit than its column.
    TableError
        If a column is absent, or the condition selects no row.
    """
    found = _checked(problem, columns)
    needed = [where.column or name for name, where in found.items() if where.drawn is None]
    needed += [where.unit_column for where in found.values() if where.unit_column is not None]
    require_columns(frame, needed, "the problem")
    keys = key_columns(columns.request_id)
    require_columns(frame, keys, "request_id")
    if columns.subject is not None:
        require_columns(frame, [columns.subject], "subject")
    kept = selected(frame, columns.where)
    request_ids = keys_of(kept, keys)
    rows = kept[ROW].to_list()
    categorical = {feature.name for feature in problem.features if feature.categories}
    persons: dict[str, Sequence[Any]] = {}
    for name, where in found.items():
        if where.drawn is None:
            persons[name] = _converted(kept, where, name, text=name in categorical)
        else:
            known = (
                request_id or str(row) for row, request_id in zip(rows, request_ids, strict=True)
            )
            persons[name] = [_draw(where.drawn, name, key, seed) for key in known]
    subjects = keys_of(kept, [] if columns.subject is None else [columns.subject])
    cells = {
        name: kept[where.column or name] for name, where in found.items() if where.drawn is None
    }
    return People(rows, persons, request_ids, subjects, cells)


def _converted(frame: pl.DataFrame, where: Column, name: str, *, text: bool) -> list[Any]:
    cells = frame[where.column or name].to_list()
    if where.unit_column is None:
        return [where.converted(cell, text=text) for cell in cells]
    units = frame[where.unit_column].to_list()
    return [where.converted(cell, unit, text=text) for cell, unit in zip(cells, units, strict=True)]


def statement(problem: Problem, columns: PeopleColumns) -> dict[str, list[str]]:
    """Say which features are as measured, recoded, converted or drawn.

    Parameters
    ----------
    problem
        The problem.
    columns
        Where things are found.
    """
    said: dict[str, list[str]] = {"as_measured": [], "converted": [], "recoded": [], "drawn": []}
    for name, where in _checked(problem, columns).items():
        source = where.column or name
        if where.drawn is not None:
            draw = where.drawn
            said["drawn"].append(f"{name}: normal, mean {draw.mean:g}, scale {draw.scale:g}")
        elif where.recoded:
            codes = [f"{code} = {_short(meaning)}" for code, meaning in where.recode.items()]
            codes += [] if where.blank is None else [f"blank = {_short(where.blank)}"]
            said["recoded"].append(f"{name}: {source} ({', '.join(codes)})")
        elif where.converts:
            said["converted"].append(f"{name}: {source}")
        else:
            said["as_measured"].append(name if name == source else f"{name}: {source}")
    return {kind: names for kind, names in said.items() if names}


def _short(code: float | str) -> str:
    return f"{code:g}" if isinstance(code, float) else code or "blank"


def key_columns(key: Key | None) -> list[str]:
    """Names of the columns of a key.

    Parameters
    ----------
    key
        One name, several, or None.
    """
    if key is None:
        return []
    return [key] if isinstance(key, str) else list(key)


def keys_of(frame: pl.DataFrame, columns: Sequence[str]) -> list[str | None]:
    r"""Each row's key: the values joined by a hyphen; None where one of them is blank.

    A hyphen inside one of several values is written ``\\-``, so that no two keys fall together.

    Parameters
    ----------
    frame
        The table.
    columns
        The key's columns; none: the keys are None.
    """
    if not columns:
        return [None] * frame.height
    texts = [pl.col(column).cast(pl.String).replace("", None) for column in columns]
    if len(texts) > 1:  # what separates the values may be part of one
        texts = [text.str.replace_all(r"([\\-])", r"\$1") for text in texts]
    return list(frame.select(pl.concat_str(texts, separator="-")).to_series().to_list())


def _checked(problem: Problem, columns: PeopleColumns) -> dict[str, Column]:
    for name in columns.features:
        if name not in problem.feature_names:
            raise SettingsError(
                f"people.features.{name}: unknown feature{nearest(name, problem.feature_names)}; "
                f"the features are {', '.join(problem.feature_names)}"
            )
    found = {}
    for feature in problem.features:
        found[feature.name] = columns.features.get(feature.name, Column())
        try:
            found[feature.name].require_unit(feature.name, feature.unit)
        except ValueError as error:
            raise SettingsError(f"people.features.{feature.name}: {error}") from error
    return found


def _draw(drawn: Drawn, feature: str, request_id: str, seed: int) -> float:
    digest = hashlib.sha256(f"{feature}\n{request_id}".encode()).digest()
    number = int.from_bytes(digest[:8], "little") >> 1
    value = drawn.mean + drawn.scale * float(kernels.draws.normal(seed, number, _STREAM, 0))
    return round(min(max(value, drawn.low), drawn.high), drawn.decimals)
