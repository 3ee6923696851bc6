"""A probability that features tell."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_finite
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.records import Array


@dataclass(frozen=True)
class LogOdds:
    """The probability 1 / (1 + exp(-level - coefficients'x)) of a person x.

    Parameters
    ----------
    columns
        Names of the columns.
    level
        Log odds of a person all of whose named columns are 0; `-inf`: never, `inf`: always.
    coefficients
        Log odds per scaled unit, by column; columns that are left out have 0.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range or a column is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> LogOdds(("intercept", "age"), 0.0, {"age": -1.0}).probability(np.array([1.0, 0.0]))
    0.5
    """

    columns: Sequence[str]
    level: float
    coefficients: Mapping[str, float]

    def __post_init__(self) -> None:
        if self.level not in (-math.inf, math.inf):
            require_finite(level=self.level)
        if not isinstance(self.coefficients, Mapping):
            raise DescriptionError(
                f"coefficients must be a table of numbers by column, got {self.coefficients!r}"
            )
        for column, value in self.coefficients.items():
            if column not in self.columns:
                raise DescriptionError(
                    f"coefficients.{column}: no such column"
                    f"{nearest(str(column), self.columns)}; they are {', '.join(self.columns)}"
                )
            require_finite(**{f"coefficients.{column}": value})

    @cached_property
    def _slope(self) -> Array:
        return np.array([self.coefficients.get(name, 0.0) for name in self.columns])

    @property
    def typical(self) -> float:
        """The probability where nothing but the level counts."""
        return float(expit(self.level))

    @property
    def reasons(self) -> str:
        """The features that it depends on, to be put after a word; empty if there are none."""
        return f", depending on {', '.join(self.coefficients)}" if self.coefficients else ""

    def probability(self, values: Array, further: float = 0.0) -> float:
        """Return the probability of a person.

        Parameters
        ----------
        values
            The person's columns, shape (d,).
        further
            Log odds that come from elsewhere.
        """
        return float(expit(self.level + float(values @ self._slope) + further))
