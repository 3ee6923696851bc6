"""Checks of hyper-parameters, each naming the thing, the value and the rule."""

import math
from collections.abc import Collection, Sequence
from numbers import Real

from recourse_bandits.errors import DescriptionError


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def require_truth_value(**values: bool) -> None:
    """Raise DescriptionError unless every value is True or False.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not isinstance(value, bool):
            raise DescriptionError(f"{name} must be true or false, got {value!r}")


def require_positive(**values: float) -> None:
    """Raise DescriptionError unless every value is finite and above 0.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not (_is_number(value) and value > 0 and _is_finite(value)):
            raise DescriptionError(f"{name} must be positive and finite, got {value!r}")


def require_count(**values: int) -> None:
    """Raise DescriptionError unless every value is a whole number above 0.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise DescriptionError(f"{name} must be a whole number above 0, got {value!r}")


def require_finite(**values: float) -> None:
    """Raise DescriptionError unless every value is a finite number.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not (_is_number(value) and _is_finite(value)):
            raise DescriptionError(f"{name} must be a finite number, got {value!r}")


def require_not_negative(**values: float) -> None:
    """Raise DescriptionError unless every value is finite and at least 0.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not (_is_number(value) and value >= 0 and _is_finite(value)):
            raise DescriptionError(f"{name} must be finite and >= 0, got {value!r}")


def require_probability(**values: float) -> None:
    """Raise DescriptionError unless every value lies strictly between 0 and 1.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not (_is_number(value) and 0 < value < 1):
            raise DescriptionError(f"{name} must lie in (0, 1), got {value!r}")


def require_one_of(allowed: Collection[str], **values: str) -> None:
    """Raise DescriptionError unless every value is one of the allowed texts.

    Parameters
    ----------
    allowed
        The texts.
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if value not in allowed:
            raise DescriptionError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def require_fraction(**values: float) -> None:
    """Raise DescriptionError unless every value lies between 0 and 1, both allowed.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not (_is_number(value) and 0 <= value <= 1):
            raise DescriptionError(f"{name} must lie in [0, 1], got {value!r}")


def require_whole(**values: int) -> None:
    """Raise DescriptionError unless every value is a whole number of at least 0.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise DescriptionError(f"{name} must be a whole number >= 0, got {value!r}")


def require_range(**values: Sequence[float]) -> None:
    """Raise DescriptionError unless every value is (low, high), both finite and low below high.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        ends = tuple(value) if isinstance(value, list | tuple) else ()
        finite = len(ends) == 2 and all(_is_number(end) and math.isfinite(end) for end in ends)
        if not (finite and ends[0] < ends[1]):
            raise DescriptionError(f"{name} must be (low, high), low below high, got {value!r}")
