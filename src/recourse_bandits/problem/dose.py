"""How much of a treatment may be given."""

import math
from collections.abc import Sequence
from dataclasses import field
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from recourse_bandits import kernels
from recourse_bandits.errors import InvalidMeasure
from recourse_bandits.problem.arithmetic import numbers_in
from recourse_bandits.problem.feature import number_of

DIRECTIONS = {
    "down": kernels.dose_grid.DOWN,
    "nearest": kernels.dose_grid.NEAREST,
    "up": kernels.dose_grid.UP,
}
DOSE = "dose"
"""The name under which the dose that was really taken is reported."""

_IMPLAUSIBLE = 10.0  # times the largest dose: a unit was mistaken
_MOST_STEPS = 2.0**53  # whole numbers up to it are exact


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Dose:
    """The doses in which an arm may be given.

    Parameters
    ----------
    unit
        Unit of the dose, e.g. ``"mg/week"``.
    lower, upper
        Least and largest dose, lower < upper; no other is ever issued.
    step
        Doses that can be given are its multiples; None: all in the range.
    start
        Dose before anything is learned, and for policies that choose no dose; None: the middle of
        the range. It is rounded like any other.
    rounding
        `down`, `up` or `nearest`: which multiple of the step is safe for a dose between two. The
        range comes first: at its ends it is the last multiple inside.
    penalty
        Cost >= 0 of a dose, log odds, for policies that see its value alone: a formula of `dose`
        and features of numbers, raw, with + - * /, e.g. ``"0.002 * (dose - weight) * (dose -
        weight)"``. None: there is none.

    Examples
    --------
    >>> dose = Dose("mg", 10, 45, step=10, rounding="down")
    >>> dose.issued(39.0), dose.issued(1e9), dose.first
    (30.0, 40.0, 20.0)
    """

    unit: str
    lower: float
    upper: float
    step: float | None = field(default=None, kw_only=True)
    start: float | None = field(default=None, kw_only=True)
    rounding: Literal["down", "nearest", "up"] = field(default="down", kw_only=True)
    penalty: str | None = field(default=None, kw_only=True)

    @model_validator(mode="after")
    def _check(self) -> "Dose":
        if not (math.isfinite(self.lower) and math.isfinite(self.upper - self.lower)):
            raise ValueError(
                f"lower and upper dose must be finite, got {self.lower} and {self.upper}"
            )
        if not self.lower < self.upper:
            raise ValueError(
                f"the lower dose must be below the upper one, got [{self.lower}, {self.upper}] "
                f"{self.unit}"
            )
        if self.step is not None:
            if not (self.step > 0 and math.isfinite(self.step)):
                raise ValueError(f"step of a dose must be positive and finite, got {self.step}")
            if not max(abs(self.lower), abs(self.upper)) / self.step <= _MOST_STEPS:
                raise ValueError(
                    f"step of a dose is too small beside [{self.lower}, {self.upper}] "
                    f"{self.unit}, got {self.step}; leave it out, if all doses can be given"
                )
            if math.floor(self.upper / self.step) < math.ceil(self.lower / self.step):
                raise ValueError(
                    f"no multiple of the step {self.step} lies in [{self.lower}, {self.upper}] "
                    f"{self.unit}: no dose could be given"
                )
        if self.start is not None and not self.lower <= self.start <= self.upper:
            raise ValueError(
                f"start must lie in [{self.lower}, {self.upper}] {self.unit}, got {self.start}"
            )
        if self.penalty is not None:
            numbers_in(self.penalty)
        return self

    @cached_property
    def first(self) -> float:
        """Dose that is issued before anything is learned."""
        return self.issued(self.middle if self.start is None else self.start)

    @property
    def middle(self) -> float:
        """Middle of the range, not rounded."""
        return 0.5 * self.lower + 0.5 * self.upper

    def issued(self, dose: float) -> float:
        """Return the dose that is given for one that was computed: inside the range, on the grid.

        Parameters
        ----------
        dose
            Any number.
        """
        step, direction = self.step or 0.0, DIRECTIONS[self.rounding]
        return float(kernels.dose_grid.rounded(dose, 0.0, step, self.lower, self.upper, direction))

    def taken(self, reported: object) -> float:
        """Return a dose that somebody took, as a number; it may lie outside the range.

        Parameters
        ----------
        reported
            The dose in its unit.

        Raises
        ------
        InvalidMeasure
            If it is no finite number, negative where no dose is, or ten times larger than any dose
            can be.
        """
        try:
            dose = number_of(reported)
        except (TypeError, ValueError, OverflowError):
            raise InvalidMeasure(
                f"dose must be a number of {self.unit}, got {reported!r}"
            ) from None
        most = _IMPLAUSIBLE * max(abs(self.lower), abs(self.upper))
        if not abs(dose) <= most:
            raise InvalidMeasure(
                f"dose must be at most {most:g} {self.unit} in size, ten times the largest that is "
                f"issued, got {dose:g}; check the unit"
            )
        if dose < 0 <= self.lower:
            raise InvalidMeasure(f"dose must be at least 0 {self.unit}, got {dose:g}")
        return dose


class Doses(NamedTuple):
    """The doses of all arms as arrays, each of shape (K,); see `kernels.dose_grid`."""

    given: NDArray[np.bool_]
    """Which arms have a dose; of the others lower, upper and start are 0."""
    lower: NDArray[np.float64]
    """Least dose."""
    upper: NDArray[np.float64]
    """Largest dose."""
    step: NDArray[np.float64]
    """Step of the grid; 0: none."""
    start: NDArray[np.float64]
    """Dose before anything is learned, not rounded."""
    direction: NDArray[np.int64]
    """Which neighbour on the grid is safe."""

    @staticmethod
    def of(doses: Sequence[Dose | None]) -> "Doses":
        """Return the doses of arms as arrays.

        Parameters
        ----------
        doses
            The dose of each arm; None of an arm that has none.
        """
        rows = [
            (False, 0.0, 0.0, 0.0, 0.0, 0)
            if dose is None
            else (
                True,
                dose.lower,
                dose.upper,
                dose.step or 0.0,
                dose.middle if dose.start is None else dose.start,
                DIRECTIONS[dose.rounding],
            )
            for dose in doses
        ]
        given, lower, upper, step, start, direction = zip(*rows, strict=True)
        return Doses(
            np.array(given),
            np.array(lower, np.float64),
            np.array(upper, np.float64),
            np.array(step, np.float64),
            np.array(start, np.float64),
            np.array(direction, np.int64),
        )

    @property
    def first(self) -> NDArray[np.float64]:
        """Dose that each arm is given in before anything is learned, NaN without a dose."""
        return self.issued(self.start)

    def issued(self, dose: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the doses that are given for those that were computed, NaN without a dose.

        Parameters
        ----------
        dose
            Computed doses, shape (..., K).
        """
        rounded = kernels.dose_grid.rounded(
            dose, 0.0, self.step, self.lower, self.upper, self.direction
        )
        return np.where(self.given, rounded, np.nan)
