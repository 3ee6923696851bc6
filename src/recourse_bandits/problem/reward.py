"""What is measured after a decision, and how good a measured value is."""

import math
from dataclasses import field
from functools import cached_property
from typing import Literal

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from recourse_bandits.errors import InvalidMeasure
from recourse_bandits.problem.expression import compiled, names_in
from recourse_bandits.problem.feature import Bounds, checked_bounds, number_of
from recourse_bandits.problem.prior import Prior

_LARGEST = 1e100  # whose square, and the sums of such, are still numbers


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Reward:
    """The measured outcome and the reward computed from it: larger is better.

    Parameters
    ----------
    measure
        Name of the measured outcome.
    unit
        Its unit.
    noise
        Standard deviation (sub-Gaussian scale) of the reward given features and treatment, > 0;
        unit of the reward.
    coefficient_bound
        Bound on the Euclidean norm of an arm's coefficients, > 0; reward per scaled unit.
    direction
        `increase` if a larger measured value is better, else `decrease` (the reward is its
        negative). With a transformation, the direction of the transformed value.
    transformation
        Formula of the measure, e.g. ``"170 - sbp"``.
    bounds
        Possible measured values (low, high); others are refused. None leaves an end open.
    prior
        What is believed of the coefficients before any outcome.

    Examples
    --------
    >>> reward = Reward("sbp", noise=10, coefficient_bound=50, transformation="170 - sbp")
    >>> reward.value(150)
    20.0
    """

    measure: str
    unit: str = field(default="", kw_only=True)
    noise: float = field(kw_only=True)
    coefficient_bound: float = field(kw_only=True)
    direction: Literal["increase", "decrease"] = field(default="increase", kw_only=True)
    transformation: str | None = field(default=None, kw_only=True)
    bounds: Bounds = field(default=(None, None), kw_only=True)
    prior: Prior = field(default_factory=Prior, kw_only=True)

    @model_validator(mode="after")
    def _check(self) -> "Reward":
        if not self.measure:
            raise ValueError("a reward needs the name of its measure")
        for name in ("noise", "coefficient_bound"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be positive and finite, got {value}")
        object.__setattr__(self, "bounds", checked_bounds(self.bounds, "the measure's bounds"))
        if self.transformation is not None and names_in(self.transformation) != {self.measure}:
            raise ValueError(
                f"transformation {self.transformation!r} must be a formula of {self.measure!r}"
            )
        return self

    @cached_property
    def _formula(self):  # type: ignore[no-untyped-def]
        return compiled(self.transformation) if self.transformation is not None else None

    def checked(self, measured: object) -> float:
        """Return the measured value as a number.

        Parameters
        ----------
        measured
            A value in the measure's unit.

        Raises
        ------
        InvalidMeasure
            If it is not a finite number within the declared bounds.
        """
        try:
            value = number_of(measured)
        except (TypeError, ValueError, OverflowError):
            raise InvalidMeasure(f"{self.measure} must be a number, got {measured!r}") from None
        if not math.isfinite(value):
            raise InvalidMeasure(f"{self.measure} must be finite, got {value}")
        if abs(value) > _LARGEST:
            raise InvalidMeasure(
                f"{self.measure} must be at most {_LARGEST:g} in size, got {value}; check the unit"
            )
        low, high = self.bounds
        if (low is not None and value < low) or (high is not None and value > high):
            raise InvalidMeasure(
                f"{self.measure} must lie in [{low}, {high}] {self.unit}, got {value}; "
                "check the unit, or the reward's bounds"
            )
        return value

    def value(self, measured: object) -> float:
        """Reward of a measured value; raises InvalidMeasure like `checked`.

        Parameters
        ----------
        measured
            A value in the measure's unit.
        """
        value = self.checked(measured)
        if self._formula is not None:
            value = self._transformed(value, measured)
        return value if self.direction == "increase" else -value

    def accepted(self, measured: object) -> float:
        """Return the measured value as a number for which there is a reward.

        Parameters
        ----------
        measured
            A value in the measure's unit.

        Raises
        ------
        InvalidMeasure
            If it is refused, as by `checked`, or the transformation refuses it.
        """
        value = self.checked(measured)
        if self._formula is not None:
            self._transformed(value, value)  # may refuse what the bounds allow
        return value

    def _transformed(self, value: float, measured: object) -> float:
        try:
            transformed = float(self._formula({self.measure: value}))
        except (ArithmeticError, TypeError, ValueError) as error:
            raise InvalidMeasure(
                f"{self.transformation!r} cannot be computed for {self.measure} = {measured}: "
                f"{error}"
            ) from None
        if not math.isfinite(transformed):
            raise InvalidMeasure(
                f"{self.transformation!r} is {transformed} for {self.measure} = {measured}; a "
                "reward must be finite"
            )
        return transformed
