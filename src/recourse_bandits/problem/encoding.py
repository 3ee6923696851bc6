"""From a person's raw values to numbers: one small encoder a feature."""

import difflib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.errors import DescriptionError, InvalidValue, MissingValue, UnknownFeature
from recourse_bandits.problem.context import RawValue
from recourse_bandits.problem.feature import Feature, number_of

_ORDINARY = frozenset({float, int, np.float64, np.int64})  # types that need no second look
_FARTHEST_SCALES = 1e6  # a value so many scales from the mean is in another unit
_OPEN_SCALES = 10.0  # how far outside a one-sided bound a mutable value may start, in scales


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the known name nearest to a wrong one, or nothing.

    Parameters
    ----------
    name
        The wrong name.
    known
        The right ones.
    """
    found = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""


def refuse_unknown(given: Collection[str], known: Collection[str]) -> None:
    """Raise UnknownFeature for the first given name that is not known.

    Parameters
    ----------
    given
        Names as given.
    known
        Names of the features.
    """
    for name in given:
        if name not in known:
            raise UnknownFeature(
                f"unknown feature {name!r}{nearest(str(name), known)}; the features are "
                f"{', '.join(known)}",
                feature=str(name),
            )


def columns_of(feature: Feature) -> tuple[str, ...]:
    """Names of the columns that a feature becomes.

    Parameters
    ----------
    feature
        The feature.
    """
    columns: tuple[str, ...] = (feature.name,)
    if feature.categories:
        columns = tuple(f"{feature.name}={category}" for category in feature.categories)
    missing_too = feature.missing == "indicator"
    return (*columns, f"{feature.name} is missing") if missing_too else columns


@dataclass(frozen=True, slots=True)
class NumberEncoder:
    """Encodes a numeric feature as one column, and one more if a missing value is indicated.

    Parameters
    ----------
    feature
        The feature.
    mean, scale
        Its scaling; the raw value v becomes (v - mean) / scale.
    low, high
        Bounds on the raw value; where open, a million scales from the mean.
    slack
        How far outside the bounds a value may start.
    """

    feature: Feature
    mean: float
    scale: float
    low: float
    high: float
    slack: float

    @staticmethod
    def of(feature: Feature) -> "NumberEncoder":
        """Encoder of a numeric feature; raises DescriptionError if it has no scale yet."""
        if feature.mean is None or feature.scale is None:
            raise DescriptionError(
                f"feature {feature.name!r} has no mean and scale: give them, or fit them with "
                "problem.fitted_to(table)"
            )
        low, high = feature.bounds
        closed = low is not None and high is not None
        far = _FARTHEST_SCALES * feature.scale
        low = feature.mean - far if low is None else low
        high = feature.mean + far if high is None else high
        slack = high - low if closed else _OPEN_SCALES * feature.scale
        return NumberEncoder(
            feature, feature.mean, feature.scale, low, high, slack if feature.mutable else 0.0
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return columns_of(self.feature)

    def encode(self, value: object, out: list[float]) -> tuple[RawValue, bool]:
        """Append the columns of a raw value to `out`.

        Parameters
        ----------
        value
            The raw value; None or NaN is missing.
        out
            Columns so far.

        Returns
        -------
        tuple
            The raw value as used, and whether it was filled in.

        Raises
        ------
        PersonError
            If the description refuses the value.
        """
        try:
            number = number_of(value)
        except (TypeError, ValueError, OverflowError):
            if value is not None:
                raise InvalidValue(
                    f"feature {self.feature.name!r} must be a number, got {value!r}",
                    feature=self.feature.name,
                    value=value,
                ) from None
            number = math.nan
        if math.isnan(number):
            return self._missing(out)
        if not self.low <= number <= self.high:
            self._check_range(number)
        out.append((number - self.mean) / self.scale)
        if self.feature.missing == "indicator":
            out.append(0.0)
        return number, False

    def _missing(self, out: list[float]) -> tuple[RawValue, bool]:
        rule = self.feature.missing
        if rule == "refuse":
            raise missing(self.feature.name)
        if rule == "indicator":
            out += (0.0, 1.0)
            return None, True
        out.append((float(rule) - self.mean) / self.scale)
        return None, True

    def _check_range(self, number: float) -> None:
        name, unit = self.feature.name, f" {self.feature.unit}".rstrip()
        if not math.isfinite(number):
            raise InvalidValue(
                f"feature {name!r} must be finite, got {number}", feature=name, value=number
            )
        if not self.low - self.slack <= number <= self.high + self.slack:
            rule = "lie in" if self.slack == 0 else f"be at most {self.slack:g}{unit} outside"
            raise InvalidValue(
                f"feature {name!r} must {rule} [{self.low:g}, {self.high:g}]{unit}, got "
                f"{number:g}; check its unit",
                feature=name,
                value=number,
            )


@dataclass(frozen=True, slots=True, eq=False)
class PlainNumbers:
    """Encodes a person all of whose values are ordinary numbers, in one step.

    Whatever is absent, not a number, or not well inside the description is left to the encoders of
    the features, which know what to do and what to say.

    Parameters
    ----------
    names
        Names of the n features.
    front
        ``[1.0]`` for a problem with an intercept, which is encoded like a value; else empty.
    low, high
        Values that need no second look, shape (d,).
    mean, scale
        Scaling, shape (d,).
    """

    names: tuple[str, ...]
    front: list[float]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    @staticmethod
    def of(encoders: Collection["Encoder"], *, intercept: bool) -> "PlainNumbers | None":
        """Return the quick encoder of these features, or None if one of them needs its own.

        Parameters
        ----------
        encoders
            One a feature.
        intercept
            Whether a column of ones comes first.
        """
        numbers = [e for e in encoders if isinstance(e, NumberEncoder) and len(e.columns) == 1]
        if len(numbers) < len(encoders) or not numbers:
            return None
        front = [1.0] if intercept else []
        return PlainNumbers(
            tuple(encoder.feature.name for encoder in numbers),
            front,
            np.array(front + [encoder.low for encoder in numbers]),
            np.array(front + [encoder.high for encoder in numbers]),
            np.array([0.0 for _ in front] + [encoder.mean for encoder in numbers]),
            np.array(front + [encoder.scale for encoder in numbers]),
        )

    def encode(
        self, given: Mapping[str, Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Return raw values and columns of a person; None if a value needs a closer look.

        Parameters
        ----------
        given
            Raw values by feature name.
        """
        values = self._ordinary(given)
        if values is None:
            return None
        try:
            raw = np.array(self.front + values, dtype=np.float64)
        except OverflowError:
            return None
        if np.count_nonzero((raw >= self.low) & (raw <= self.high)) < raw.size:
            return None
        return raw[1:] if self.front else raw, (raw - self.mean) / self.scale

    def encode_again(self, used: Mapping[str, RawValue]) -> NDArray[np.float64] | None:
        """Return the columns of a person who was encoded before; None if a value was missing.

        Parameters
        ----------
        used
            Raw values by feature name, as `encode` returned them.
        """
        values = self._values(used)
        if values is None or None in values:
            return None
        columns: NDArray[np.float64] = np.array(self.front + values, dtype=np.float64)
        return (columns - self.mean) / self.scale

    def encode_many(
        self, people: Sequence[Any]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Encode those persons who need no closer look.

        Parameters
        ----------
        people
            Raw values by feature name, one mapping a person; what is no mapping is left out.

        Returns
        -------
        tuple
            Places of the people, their raw values and their columns; the last two in one row each.
        """
        given = [self._ordinary(person) if type(person) is dict else None for person in people]
        places = np.array([i for i, values in enumerate(given) if values is not None], np.int64)
        try:
            raw = np.array([self.front + given[i] for i in places], dtype=np.float64)
        except OverflowError:
            places, raw = places[:0], np.empty(0)
        raw = raw.reshape(places.size, self.low.size)
        inside = ((raw >= self.low) & (raw <= self.high)).all(axis=1)
        places, raw = places[inside], raw[inside]
        return places, raw[:, len(self.front) :], (raw - self.mean) / self.scale

    def _ordinary(self, given: Mapping[str, Any]) -> list[float] | None:
        """Return the values in the features' order if all are there and ordinary numbers."""
        values = self._values(given)
        return values if values and _ORDINARY.issuperset(map(type, values)) else None

    def _values(self, given: Mapping[str, Any]) -> list[Any] | None:
        """Return the values in the features' order if these and no others are there."""
        if len(given) != len(self.names):
            return None
        try:
            return list(map(given.__getitem__, self.names))
        except KeyError:
            return None


@dataclass(frozen=True, slots=True)
class CategoryEncoder:
    """Encodes a categorical feature as one 0/1 column a category.

    Parameters
    ----------
    feature
        The feature.
    """

    feature: Feature

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return columns_of(self.feature)

    def encode(self, value: object, out: list[float]) -> tuple[RawValue, bool]:
        """Append the columns of a raw value; parameters, returns and errors as for numbers.

        Parameters
        ----------
        value
            The name of a category; None or NaN is missing.
        out
            Columns so far.
        """
        categories = self.feature.categories or ()
        indicated = self.feature.missing == "indicator"
        if value is None or (isinstance(value, float) and math.isnan(value)):
            if self.feature.missing == "refuse":
                raise missing(self.feature.name)
            filled = self.feature.missing
            out += [1.0 if category == filled else 0.0 for category in categories]
            out += [1.0] if indicated else []
            return None, True
        name = str(value)
        if name not in categories:
            raise InvalidValue(
                f"feature {self.feature.name!r} must be one of {', '.join(categories)}, got "
                f"{value!r}{nearest(name, categories)}",
                feature=self.feature.name,
                value=value,
            )
        out += [1.0 if category == name else 0.0 for category in categories]
        out += [0.0] if indicated else []
        return name, False


def missing(name: str) -> MissingValue:
    """Return the error for an absent value of a feature that refuses that.

    Parameters
    ----------
    name
        Name of the feature.
    """
    return MissingValue(
        f"feature {name!r} has no value; give one, or describe the feature with "
        "missing='indicator' or a value to use instead",
        feature=name,
    )


Encoder = NumberEncoder | CategoryEncoder


def encoder_of(feature: Feature) -> Encoder:
    """Encoder of a feature.

    Parameters
    ----------
    feature
        The feature.
    """
    return CategoryEncoder(feature) if feature.categories else NumberEncoder.of(feature)
