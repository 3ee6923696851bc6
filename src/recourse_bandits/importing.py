"""Objects of other packages by name: ``module:Name``."""

import importlib
from typing import Any

from recourse_bandits.errors import DescriptionError


def imported(name: str) -> Any:
    """Return what a module holds under a name.

    Parameters
    ----------
    name
        ``module:Name``; the name may be dotted.

    Raises
    ------
    DescriptionError
        If the module cannot be imported, or holds nothing callable of that name.

    Examples
    --------
    >>> imported("math:sqrt")(4)
    2.0
    """
    module, _, qualified = name.partition(":")
    try:
        target: Any = importlib.import_module(module)
        for part in qualified.split("."):
            target = getattr(target, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise DescriptionError(f"{name} cannot be imported: {error}") from error
    except (Exception, SystemExit) as error:  # whatever somebody else's module does
        raise DescriptionError(
            f"{name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    if not callable(target):
        raise DescriptionError(f"{name} is neither a class nor a function")
    return target


def importable_name(target: Any) -> str | None:
    """Return the name under which a class or function can be imported, or None.

    Parameters
    ----------
    target
        A class or a function.

    Examples
    --------
    >>> importable_name(importable_name)
    'recourse_bandits.importing:importable_name'
    >>> importable_name(lambda: 0)
    """
    name = f"{target.__module__}:{getattr(target, '__qualname__', '')}"
    try:
        return name if imported(name) is target else None
    except DescriptionError:
        return None
