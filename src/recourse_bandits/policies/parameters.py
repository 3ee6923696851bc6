"""Checks of hyper-parameters, each naming the thing, the value and the rule."""

import math
from collections.abc import Collection

from recourse_bandits.errors import DescriptionError


def require_positive(**values: float) -> None:
    """Raise DescriptionError unless every value is finite and above 0.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not (value > 0 and math.isfinite(value)):
            raise DescriptionError(f"{name} must be positive and finite, got {value}")


def require_count(**values: int) -> None:
    """Raise DescriptionError unless every value is a whole number above 0.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not isinstance(value, int) or value < 1:
            raise DescriptionError(f"{name} must be a whole number above 0, got {value!r}")


def require_not_negative(**values: float) -> None:
    """Raise DescriptionError unless every value is finite and at least 0.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not (value >= 0 and math.isfinite(value)):
            raise DescriptionError(f"{name} must be finite and >= 0, got {value}")


def require_probability(**values: float) -> None:
    """Raise DescriptionError unless every value lies strictly between 0 and 1.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if not 0 < value < 1:
            raise DescriptionError(f"{name} must lie in (0, 1), got {value}")


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
