"""The people of the warfarin world, from a file that the project does not ship."""

import csv
import math
from typing import Any

from recourse_bandits.environments.datasets import DatasetError, read_text
from recourse_bandits.problem import Feature

_SOURCE = (
    "in R: install.packages('simsl'); data(warfarin, package = 'simsl'); write.csv("
    "with(warfarin, data.frame(dose_A = A, INR = INR, X)), 'WARFARIN.csv', row.names = FALSE)"
)
_COLUMNS = ("dose_A", "INR", *(f"X{i}" for i in range(1, 14)))
_NUMBERS = {"weight": "X1", "height": "X2", "age": "X3"}
_TRUTH_VALUES = {"enzyme_inducer": "X4", "amiodarone": "X5", "male": "X6"}
_CATEGORIES = {
    "race": {"other": "", "black": "X7", "asian": "X8"},
    "vkorc1": {"G/G": "", "A/G": "X9", "A/A": "X10"},
    "cyp2c9": {"*1/*1": "", "*1/*2": "X11", "*1/*3": "X12", "other": "X13"},
}
_DIGITS = 9  # files written by different programs differ in the last ones
FEATURES = (
    *(
        Feature(name, unit="sd", description="as standardised in the file", mean=0, scale=1)
        for name in _NUMBERS
    ),
    *(Feature(name, description="1 yes", mean=0, scale=1, bounds=(0, 1)) for name in _TRUTH_VALUES),
    *(Feature(name, categories=tuple(columns)) for name, columns in _CATEGORIES.items()),
)
"""What is known of people; of categories the first is the one that the file does not name."""


def warfarin_people(path: str | None) -> list[dict[str, Any]]:
    """Return people on warfarin: features, `dose` in mg/week and `inr`.

    They are 1,780 people of the International Warfarin Pharmacogenetics Consortium (2009;
    PharmGKB, CC BY-SA 4.0) without missing values, as the R package simsl has them.

    Parameters
    ----------
    path
        A CSV file with the header dose_A, INR, X1 to X13 of simsl's `warfarin`. There is no
        download: the public file is in R's own format.

    Raises
    ------
    DatasetError
        If there is no file, or it has other columns or values.
    """
    if path is None:
        raise DatasetError(
            "the warfarin data are not part of this package; write them to a file "
            f"({_SOURCE}) and give its path: --set environment.path=WARFARIN.csv"
        )
    rows = list(csv.DictReader(read_text(path).splitlines()))
    if not rows or set(rows[0]) != set(_COLUMNS):
        found = ", ".join(map(str, rows[0])) if rows else "no rows"
        raise DatasetError(f"{path}: expected the columns {', '.join(_COLUMNS)}, found {found}")
    return [_person(path, line, row) for line, row in enumerate(rows, start=2)]


def _person(path: str, line: int, row: dict[str, str]) -> dict[str, Any]:
    try:
        values = {name: round(float(row[name]), _DIGITS) for name in _COLUMNS}
    except (TypeError, ValueError) as error:
        raise DatasetError(f"{path}, line {line}: every value must be a number: {error}") from error
    for name, value in values.items():
        if not math.isfinite(value):
            raise DatasetError(f"{path}, line {line}: {name} must be finite, got {value}")
        if name not in (*_COLUMNS[:2], *_NUMBERS.values()) and value not in (0.0, 1.0):
            raise DatasetError(f"{path}, line {line}: {name} must be 0 or 1, got {value}")
    for name in _COLUMNS[:2]:
        if values[name] <= 0:
            raise DatasetError(f"{path}, line {line}: {name} must be positive, got {values[name]}")
    named = {**_NUMBERS, **_TRUTH_VALUES}
    return {
        **{name: values[column] for name, column in named.items()},
        **{name: _category(path, line, columns, values) for name, columns in _CATEGORIES.items()},
        "dose": values["dose_A"],
        "inr": values["INR"],
    }


def _category(path: str, line: int, columns: dict[str, str], values: dict[str, float]) -> str:
    first, *others = columns
    found = [category for category in others if values[columns[category]]]
    if len(found) > 1:
        names = ", ".join(columns[category] for category in found)
        raise DatasetError(f"{path}, line {line}: only one of {names} can be 1")
    return found[0] if found else first
