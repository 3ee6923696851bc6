"""Which column of a table is what: names, units, recodings, and what stands in for a blank."""

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

_STRICT = ConfigDict(extra="forbid")
Code = float | str


@dataclass(frozen=True, config=_STRICT)
class Drawn:
    """A feature that no column holds, drawn at random instead: for simulations and examples.

    Parameters
    ----------
    mean, scale
        Of the normal distribution that is drawn from; the feature's unit.
    low, high
        What is drawn is clipped to them.
    decimals
        To how many decimals it is rounded.
    """

    mean: float
    scale: float
    low: float = -math.inf
    high: float = math.inf
    decimals: int = 2

    @model_validator(mode="after")
    def _check(self) -> "Drawn":
        if not (self.scale >= 0 and math.isfinite(self.scale) and math.isfinite(self.mean)):
            raise ValueError(f"mean must be finite and scale >= 0, got {self.mean}, {self.scale}")
        if not self.low <= self.high:
            raise ValueError(f"low must be at most high, got {self.low} and {self.high}")
        return self


@dataclass(frozen=True, config=_STRICT)
class Column:
    """Where the raw value of a feature or measure is found, and how it is converted.

    In this order: a blank becomes `blank`; a code of `recode` becomes what it stands for; a number
    in the column's unit becomes ``factor``·value + ``offset`` in the feature's.

    Parameters
    ----------
    column
        Name of the column; None: that of the feature.
    unit
        The column's unit; if it differs from the feature's, `factor` is needed.
    factor, offset
        Conversion to the feature's unit.
    unit_column
        Name of a column that tells each row's unit.
    factors
        Factor of each unit that the unit column may tell.
    recode
        What the codes of the column stand for: numbers, names of categories, or "" for a blank.
    blank
        What a blank stands for; None: a missing value, which the feature has a rule for.
    drawn
        Draw the feature instead of reading a column.
    """

    column: str | None = None
    unit: str | None = None
    factor: float = 1.0
    offset: float = 0.0
    unit_column: str | None = None
    factors: Mapping[str, float] = field(default_factory=dict)
    recode: Mapping[str, Code] = field(default_factory=dict)
    blank: Code | None = None
    drawn: Drawn | None = None

    @model_validator(mode="after")
    def _check(self) -> "Column":
        if (self.unit_column is None) != (not self.factors):
            raise ValueError("unit_column and factors belong together")
        if self.unit_column is not None and (self.factor, self.offset) != (1.0, 0.0):
            raise ValueError("give either factor and offset, or unit_column and factors")
        for factor in (self.factor, *self.factors.values()):
            if factor == 0 or not math.isfinite(factor):
                raise ValueError(f"factors must be finite and not 0, got {factor}")
        if not math.isfinite(self.offset):
            raise ValueError(f"offset must be finite, got {self.offset}")
        read = self.column or self.unit or self.recode or self.converts or self.blank is not None
        if self.drawn is not None and read:
            raise ValueError("a feature that is drawn has no column")
        return self

    @property
    def converts(self) -> bool:
        """Whether numbers are converted."""
        return (self.factor, self.offset) != (1.0, 0.0) or bool(self.factors)

    @property
    def recoded(self) -> bool:
        """Whether what is used is not simply what stands in the column."""
        return bool(self.recode) or self.blank is not None

    def require_unit(self, what: str, unit: str) -> None:
        """Raise ValueError if the column has another unit and nothing converts it.

        Parameters
        ----------
        what
            The feature or measure.
        unit
            Its unit.
        """
        if self.unit is not None and self.unit != unit and not self.converts:
            raise ValueError(
                f"{what} has the unit {unit!r}, its column {self.unit!r}: give factor (and offset)"
            )

    def value(self, row: Mapping[str, Any], default: str, *, text: bool = False) -> Any:
        """Return the raw value in a row; what cannot be converted is returned as it stands.

        Parameters
        ----------
        row
            The row.
        default
            Name of the feature or measure.
        text
            Whether the values are names, of categories or arms, though they look like numbers.
        """
        unit = None if self.unit_column is None else row.get(self.unit_column)
        return self.converted(row.get(self.column or default), unit, text=text)

    def converted(self, cell: Any, unit: Any = None, *, text: bool = False) -> Any:
        """Return the raw value of a cell; what cannot be converted is returned as it stands.

        Parameters
        ----------
        cell
            What stands in the column.
        unit
            What stands in the column of units, if there is one.
        text
            Whether the values are names, of categories or arms, though they look like numbers.
        """
        if cell is None or cell == "" or cell != cell:
            return self.blank
        if self.recode:
            code = self.recode.get(_code(cell), cell)
            if code is not cell:
                return None if code == "" else code
        number = None if text else _number(cell)
        if number is None:
            return str(cell) if text else cell
        if self.unit_column is not None:
            known = self.factors.get(str(unit))
            return f"{cell} {unit}" if known is None else number * known
        if self.converts:
            return number * self.factor + self.offset
        return number if isinstance(cell, str) else cell


def _code(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value).removesuffix(".0")


def _number(value: Any) -> float | None:
    if isinstance(value, str) and "_" in value:  # which Python takes for a number
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


Key = str | tuple[str, ...]


@dataclass(frozen=True, config=_STRICT)
class PeopleColumns:
    """Where a table has what is needed to decide for its people.

    Parameters
    ----------
    request_id
        Column, or columns, that tell one decision from another; a rerun then decides nothing twice.
    subject
        Column of the opaque reference to the person; None: none is kept.
    features
        Where each feature is found; one that is left out is found in the column of its name.
    where
        Which rows are used: a condition in SQL on the table's columns, e.g. ``age >= 18 AND
        treated = 'Yes'``; None: all.
    """

    request_id: Key | None = None
    subject: str | None = None
    features: Mapping[str, Column] = field(default_factory=dict)
    where: str | None = None


@dataclass(frozen=True, config=_STRICT)
class OutcomeColumns:
    """Where a table has the outcomes of decisions.

    Parameters
    ----------
    request_id
        Column, or columns, of the decision's request.
    decision
        Column of the decision's number, instead of the request.
    measures
        Where each measure is found; one that is left out is found in the column of its name.
    realized
        Where features, and the ``dose``, are found that came out differently; blanks mean: as
        recommended.
    arm
        Where the arm is found that was really given; blanks mean: as recommended.
    reason
        Column that says why something came out differently; blanks: nothing is said.
    where
        Which rows are used, as for people.
    """

    request_id: Key | None = None
    decision: str | None = None
    measures: Mapping[str, Column] = field(default_factory=dict)
    realized: Mapping[str, Column] = field(default_factory=dict)
    arm: Column | None = None
    reason: str | None = None
    where: str | None = None

    @model_validator(mode="after")
    def _check(self) -> "OutcomeColumns":
        if (self.request_id is None) == (self.decision is None):
            raise ValueError("give either request_id or decision: the column that names it")
        return self


@dataclass(frozen=True, config=_STRICT)
class PastColumns:
    """Where a table has past treatments; features, subject and request as in `PeopleColumns`.

    Parameters
    ----------
    arm
        Where the arm is found that was given.
    measures
        Where each measure is found; one that is left out is found in the column of its name.
    dose
        Where the dose is found that was taken, needed if arms have doses; blank for an arm that has
        none.
    where
        Which rows are used, instead of those of the people.
    """

    arm: Column
    measures: Mapping[str, Column] = field(default_factory=dict)
    dose: Column | None = None
    where: str | None = None
