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

LINKS = {"identity": 1, "logistic": 2, "probit": 3, "log": 4}  # as the kernels number them

_LARGEST = 1e100  # whose square, and the sums of such, are still numbers
_PROBIT_DISPERSION = math.sqrt(2.0 * math.pi) / 4.0  # see `kernels.links`


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
        unit of the reward. Needed with the identity link; with another one it may be left out, for
        half the range of possible values, which always holds.
    coefficient_bound
        Bound on the Euclidean norm of an arm's coefficients, > 0; per scaled unit, in the unit of
        the reward or, with another link, of its linear scale (log odds, probits, logarithms).
    link
        How the expected value mu follows from z = x'theta: `identity` (z), `logistic`
        (1/(1 + exp(-z))) and `probit` (the normal distribution function) for successes, 0 or 1,
        and for scores between 0 and 1; `log` (exp(z)) for counts. For a value of which less is
        better, z stands for fewer: the value is mu(-z), the reward -mu(-z).
    dispersion
        With the log link: how far counts scatter, see `kernels.links`; 1 for Poisson and binomial
        counts, the largest cluster for events in clusters. The variance is at most so many times
        the mean, which is not enough by itself. None: the largest possible count; always holds.
    direction
        `increase` if a larger measured value is better, else `decrease` (the reward is its
        negative). With a transformation, the direction of the transformed value.
    transformation
        Formula of the measure, e.g. ``"170 - sbp"``. Not with the log link.
    bounds
        Possible measured values (low, high); others are refused. None leaves an end open. The log
        link needs both: the largest count that can be.
    prior
        What is believed of the coefficients before any outcome.

    Examples
    --------
    >>> reward = Reward("sbp", noise=10, coefficient_bound=50, transformation="170 - sbp")
    >>> reward.value(150)
    20.0
    >>> falls = Reward(
    ...     "falls", link="log", bounds=(0, 12), direction="decrease", coefficient_bound=3
    ... )
    >>> falls.value(2), falls.noise
    (-2.0, 6.0)
    """

    measure: str
    unit: str = field(default="", kw_only=True)
    noise: float = field(default=None, kw_only=True)  # type: ignore[assignment]  # see _check
    coefficient_bound: float = field(kw_only=True)
    link: Literal["identity", "logistic", "probit", "log"] = field(default="identity", kw_only=True)
    dispersion: float | None = field(default=None, kw_only=True)
    direction: Literal["increase", "decrease"] = field(default="increase", kw_only=True)
    transformation: str | None = field(default=None, kw_only=True)
    bounds: Bounds = field(default=(None, None), kw_only=True)
    prior: Prior = field(default_factory=Prior, kw_only=True)

    @model_validator(mode="after")
    def _check(self) -> "Reward":
        if not self.measure:
            raise ValueError("a reward needs the name of its measure")
        object.__setattr__(self, "bounds", checked_bounds(self.bounds, "the measure's bounds"))
        self._check_link()
        for name in ("noise", "coefficient_bound"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be positive and finite, got {value}")
        if self.transformation is not None and names_in(self.transformation) != {self.measure}:
            raise ValueError(
                f"transformation {self.transformation!r} must be a formula of {self.measure!r}"
            )
        return self

    def _check_link(self) -> None:
        if self.link == "log":
            low, high = self.bounds
            if low is None or high is None or low < 0 or high < 1:
                raise ValueError(
                    "a log link needs bounds (low, high), the smallest and the largest count that "
                    f"can be, such as (0, 20); got {self.bounds}"
                )
            if self.smallest >= self.largest:
                raise ValueError(
                    "the bounds of a log link must leave two counts possible at least, such as "
                    f"(0, 20); got {self.bounds}"
                )
            if self.transformation is not None:
                raise ValueError(
                    "a log link is of the count itself: transformation must be None, got "
                    f"{self.transformation!r}"
                )
        if self.dispersion is not None:
            if self.link != "log":
                raise ValueError(
                    f"dispersion is a parameter of the log link; with {self.link!r} leave it out"
                )
            if not (self.dispersion > 0 and math.isfinite(self.dispersion)):
                raise ValueError(f"dispersion must be positive, got {self.dispersion}")
        if self.noise is None:
            if self.link == "identity":
                raise ValueError(
                    "noise is needed: the standard deviation of the reward given features and "
                    "treatment, in the reward's unit"
                )
            object.__setattr__(self, "noise", self.largest / 2.0)

    @property
    def largest(self) -> float:
        """Largest size that a reward can have by its link; infinite for the identity."""
        if self.link == "identity":
            return math.inf
        if self.link == "log" and self.bounds[1] is not None:
            return float(math.floor(self.bounds[1]))
        return 1.0

    @property
    def smallest(self) -> float:
        """Smallest size that a reward can have by its link and bounds; 0 but for counts."""
        if self.link == "log" and self.bounds[0] is not None:
            return float(math.ceil(self.bounds[0]))
        return 0.0

    @property
    def link_code(self) -> int:
        """The link as the kernels number it: negative where less is better."""
        code = LINKS[self.link]
        return -code if self.direction == "decrease" and code != LINKS["identity"] else code

    @cached_property
    def spread(self) -> float:
        """Square root of the dispersion, by which a loss is measured; `noise` for the identity."""
        if self.link == "identity":
            return self.noise
        if self.link == "log":
            return math.sqrt(self.largest if self.dispersion is None else self.dispersion)
        return math.sqrt(_PROBIT_DISPERSION) if self.link == "probit" else 1.0

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
            unit = f" {self.unit}" if self.unit else ""
            raise InvalidMeasure(
                f"{self.measure} must lie in [{low}, {high}]{unit}, got {value}; "
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
        if self.link != "identity":
            self._require_possible(value)
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
        self.value(value)  # transformation and link may refuse what the bounds allow
        return value

    def _require_possible(self, value: float) -> None:
        """Raise InvalidMeasure for a value, transformed, that the link excludes."""
        shown = self.measure if self.transformation is None else f"{self.transformation!r}"
        if self.link == "log":
            if value != math.floor(value):
                raise InvalidMeasure(
                    f"{shown} must be a whole number for a log link, which is for counts; got "
                    f"{value:g}"
                )
        elif not 0.0 <= value <= 1.0:
            raise InvalidMeasure(
                f"{shown} must lie in [0, 1] for a {self.link} link, got {value:g}: 1 is a "
                "success, 0 a failure; a score on another scale needs a transformation, such as "
                f'"{self.measure} / 10"'
            )

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
