"""One feature of a person: its unit, its scale, and how far the person can change it."""

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

_LEAST_WEIGHT = 1e-9
_TEXTS = (str, bytes, bytearray)
Bounds = tuple[float | None, float | None]


def number_of(value: object) -> float:
    """Return a number or truth value as a float; raise TypeError for anything else, texts too.

    Parameters
    ----------
    value
        What should be a number.
    """
    if isinstance(value, _TEXTS):
        raise TypeError("a text is not a number")
    return float(value)  # type: ignore[arg-type]


def checked_bounds(bounds: Bounds, what: str) -> Bounds:
    """Return the bounds with infinities written as None, or raise ValueError.

    Parameters
    ----------
    bounds
        (low, high); None or an infinity leaves an end open.
    what
        What they are bounds of, for the error.
    """
    if bounds[0] == math.inf or bounds[1] == -math.inf:
        raise ValueError(f"{what} must be (low, high) with low < inf and high > -inf, got {bounds}")
    low, high = (None if end is None or math.isinf(end) else end for end in bounds)
    if any(end is not None and math.isnan(end) for end in (low, high)):
        raise ValueError(f"{what} must be numbers, got {bounds}")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{what} must be (low, high) with low <= high, got {bounds}")
    return low, high


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Feature:
    """A feature: what it is called, how it is scaled, and whether the person can change it.

    Parameters
    ----------
    name
        Name by which people's values are given.
    unit
        Unit of the raw values, for reports and prompts.
    description
        One line for the reader.
    mean, scale
        A raw value v enters the models as (v - mean) / scale; `scale` > 0. Leave both out to
        have them fitted by `Problem.fitted_to`.
    categories
        Names of the categories: the feature becomes one 0/1 column a category.
    transitions
        Of a mutable feature of categories: from each category the ones that can be reached, such as
        ``{"smoker": ["former smoker"]}``; staying is always allowed, and a category that is not
        named cannot be left. None: from each to every other.
    mutable
        Whether the person can change it.
    bounds
        Allowed raw values (low, high); None leaves an end open. A person may start outside a
        mutable feature's bounds, by at most the width of the interval; recourse then leads back
        inside or there is none. Values of immutable features outside are refused.
    max_step
        Largest change (down, up), both >= 0, in raw units; None leaves it open.
    step
        Changes are multiples of it, > 0, in raw units, at most 100,000 of them within the budget;
        None: any change.
    allowed_values
        The only raw values that recourse may lead to; as for bounds, whoever has another value
        must leave it. None: any value. Not together with `step`.
    follows
        (name, share): this feature changes by share times the change of another mutable feature,
        both in raw units, and not otherwise; it keeps its own bounds and direction, and its
        effort counts. Share is not 0.
    direction
        `increase` or `decrease` allows changes in one direction only.
    weight
        Effort of one scaled unit of change (of one raw unit where the budget is raw; of any change
        where there are categories), >= 0; 0 makes changes free, and then bounds or steps must
        limit them.
    missing
        What to do with an absent value: `refuse` the person, use a given value, or `indicator`:
        use the mean and set a column of its own. A mutable feature without a value is not
        changed by recourse.

    Raises
    ------
    pydantic.ValidationError
        If an attribute is unknown or contradicts another.

    Examples
    --------
    >>> Feature("activity", unit="h/week", mutable=True, mean=3, scale=2, bounds=(0, 20)).scale
    2.0
    """

    name: str
    unit: str = field(default="", kw_only=True)
    description: str = field(default="", kw_only=True)
    mean: float | None = field(default=None, kw_only=True)
    scale: float | None = field(default=None, kw_only=True)
    categories: tuple[str, ...] | None = field(default=None, kw_only=True)
    transitions: Mapping[str, tuple[str, ...]] | None = field(
        default=None, kw_only=True, hash=False
    )
    mutable: bool = field(default=False, kw_only=True)
    bounds: Bounds = field(default=(None, None), kw_only=True)
    max_step: tuple[float | None, float | None] = field(default=(None, None), kw_only=True)
    step: float | None = field(default=None, kw_only=True)
    allowed_values: tuple[float, ...] | None = field(default=None, kw_only=True)
    follows: tuple[str, float] | None = field(default=None, kw_only=True)
    direction: Literal["both", "increase", "decrease"] = field(default="both", kw_only=True)
    weight: float = field(default=1.0, kw_only=True)
    missing: Literal["refuse", "indicator"] | float | str = field(default="refuse", kw_only=True)

    @model_validator(mode="after")
    def _check(self) -> "Feature":
        if not self.name:
            raise ValueError("a feature needs a name")
        if (self.mean is None) != (self.scale is None):
            raise ValueError(f"feature {self.name!r}: give both mean and scale, or neither")
        if self.scale is not None and not (self.scale > 0 and math.isfinite(self.scale)):
            raise ValueError(f"feature {self.name!r}: scale must be positive, got {self.scale}")
        if self.mean is not None and not math.isfinite(self.mean):
            raise ValueError(f"feature {self.name!r}: mean must be finite, got {self.mean}")
        object.__setattr__(
            self, "bounds", checked_bounds(self.bounds, f"feature {self.name!r}: bounds")
        )
        self._check_missing()
        if self.categories is not None:
            self._check_categorical()
        if self.mutable:
            self._check_mutable()
        else:
            self._check_immutable()
        return self

    def _check_missing(self) -> None:
        if isinstance(self.missing, str) and self.missing not in ("refuse", "indicator"):
            if self.categories is None or self.missing not in self.categories:
                raise ValueError(
                    f"feature {self.name!r}: missing must be 'refuse', 'indicator' or a value of "
                    f"the feature, got {self.missing!r}"
                )
        elif not isinstance(self.missing, str):
            if self.categories is not None:
                raise ValueError(
                    f"feature {self.name!r}: missing must name a category, got {self.missing!r}"
                )
            low, high = self.bounds
            if not math.isfinite(self.missing) or not (
                (low is None or self.missing >= low) and (high is None or self.missing <= high)
            ):
                raise ValueError(
                    f"feature {self.name!r}: missing must lie in the bounds {self.bounds}, got "
                    f"{self.missing}"
                )

    def _check_categorical(self) -> None:
        if len(set(self.categories or ())) < max(2, len(self.categories or ())):
            raise ValueError(
                f"feature {self.name!r}: categories must be at least two different names, got "
                f"{self.categories}"
            )
        if self.scale is not None or self.bounds != (None, None):
            raise ValueError(
                f"feature {self.name!r}: mean, scale and bounds do not apply to categories"
            )
        idle = self._given("max_step", "direction", "step", "allowed_values", "follows")
        if self.mutable and idle:
            raise ValueError(
                f"feature {self.name!r}: {', '.join(idle)} do not apply to categories; use "
                "transitions"
            )
        for source, targets in (self.transitions or {}).items():
            for name in (source, *targets):
                if name not in (self.categories or ()):
                    raise ValueError(
                        f"feature {self.name!r}: transitions name {name!r}, which is none of the "
                        f"categories {', '.join(self.categories or ())}"
                    )

    def _check_mutable(self) -> None:
        steps = tuple(None if end == math.inf else end for end in self.max_step)
        object.__setattr__(self, "max_step", steps)
        for end in self.max_step:
            if end is not None and not end >= 0:
                raise ValueError(
                    f"feature {self.name!r}: max_step must be (down, up), both >= 0, got "
                    f"{self.max_step}"
                )
        if not (self.weight >= 0 and math.isfinite(self.weight)):
            raise ValueError(f"feature {self.name!r}: weight must be >= 0, got {self.weight}")
        if 0 < self.weight < _LEAST_WEIGHT or self.weight > 1 / _LEAST_WEIGHT:
            raise ValueError(
                f"feature {self.name!r}: weight must be 0 or lie in [{_LEAST_WEIGHT:g}, "
                f"{1 / _LEAST_WEIGHT:g}], got {self.weight:g}"
            )
        self._check_steps()
        if self.weight == 0 and not (self.categories or self.follows):
            low, high = self.bounds
            down, up = self.max_step
            up_open = high is None and up is None and self.direction != "decrease"
            down_open = low is None and down is None and self.direction != "increase"
            if up_open or down_open:
                raise ValueError(
                    f"feature {self.name!r}: weight 0 makes changes free, so bounds, max_step or "
                    "direction must limit them on both sides"
                )

    def _check_steps(self) -> None:
        if self.transitions is not None and not self.categories:
            raise ValueError(f"feature {self.name!r}: transitions need categories")
        if self.step is not None and not (self.step > 0 and math.isfinite(self.step)):
            raise ValueError(f"feature {self.name!r}: step must be > 0, got {self.step}")
        if self.step is not None and self.allowed_values is not None:
            raise ValueError(f"feature {self.name!r}: give step or allowed_values, not both")
        if self.follows is not None:
            self._check_follows(*self.follows)
        if self.allowed_values is not None:
            self._check_allowed(self.allowed_values)

    def _check_allowed(self, values: tuple[float, ...]) -> None:
        low, high = self.bounds
        inside = [
            value
            for value in values
            if math.isfinite(value)
            and (low is None or value >= low)
            and (high is None or value <= high)
        ]
        if not values or len(inside) < len(values):
            raise ValueError(
                f"feature {self.name!r}: allowed_values must be one finite number at least, all in "
                f"the bounds {self.bounds}, got {values}"
            )
        object.__setattr__(self, "allowed_values", tuple(sorted(set(values))))

    def _check_follows(self, leader: str, share: float) -> None:
        idle = self._given("step", "allowed_values")
        if idle:
            raise ValueError(
                f"feature {self.name!r} follows {leader!r}, so {', '.join(idle)} would contradict "
                "it; leave it out"
            )
        if leader == self.name or share == 0 or not math.isfinite(share):
            raise ValueError(
                f"feature {self.name!r}: follows must name another feature and a share other than "
                f"0, got {self.follows}"
            )

    def _given(self, *names: str) -> list[str]:
        """Names among these whose value is not the default."""
        defaults = {"max_step": (None, None), "direction": "both", "weight": 1.0}
        return [name for name in names if getattr(self, name) != defaults.get(name)]

    def _check_immutable(self) -> None:
        idle = self._given(
            "max_step",
            "direction",
            "weight",
            "transitions",
            "step",
            "allowed_values",
            "follows",
        )
        if idle:
            raise ValueError(
                f"feature {self.name!r} is immutable, so {', '.join(idle)} would have no effect; "
                "set mutable=True or leave it out"
            )
