"""Exact comparison of records and states, which hold arrays and so have no plain equality."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np


def difference(left: Any, right: Any, where: str = "it") -> str | None:
    """Say where two records, states or values differ, or None if they are the same.

    Numbers must be equal to the last bit, NaN counts as equal to NaN, and types must agree.

    Parameters
    ----------
    left, right
        Arrays, numbers, texts, tuples, mappings and dataclasses, nested as they may be.
    where
        What they are called in the answer.

    Examples
    --------
    >>> difference({"a": 1.0}, {"a": 2.0})
    "it['a']: 1.0 is not 2.0"
    """
    if type(left) is not type(right):
        return f"{where}: {type(left).__name__} is not {type(right).__name__}"
    if isinstance(left, np.ndarray):
        return _arrays(left, right, where)
    if isinstance(left, Mapping):
        return _mappings(left, right, where)
    if isinstance(left, list | tuple):
        return _sequences(left, right, where)
    if dataclasses.is_dataclass(left):
        names = [field.name for field in dataclasses.fields(left)]
        found = (difference(getattr(left, n), getattr(right, n), f"{where}.{n}") for n in names)
        return next((text for text in found if text is not None), None)
    both_nan = left != left and right != right
    return None if both_nan or left == right else f"{where}: {left!r} is not {right!r}"


def _arrays(left: Any, right: Any, where: str) -> str | None:
    if left.dtype != right.dtype or left.shape != right.shape:
        return f"{where}: {left.dtype} {left.shape} is not {right.dtype} {right.shape}"
    same = np.array_equal(left, right, equal_nan=left.dtype.kind == "f")
    return None if same else f"{where}: {left} is not {right}"


def _mappings(left: Mapping[Any, Any], right: Mapping[Any, Any], where: str) -> str | None:
    if list(left) != list(right):
        return f"{where}: keys {list(left)} are not {list(right)}"
    found = (difference(value, right[key], f"{where}[{key!r}]") for key, value in left.items())
    return next((text for text in found if text is not None), None)


def _sequences(left: Any, right: Any, where: str) -> str | None:
    if len(left) != len(right):
        return f"{where}: {len(left)} parts are not {len(right)}"
    names = getattr(left, "_fields", None) or range(len(left))
    found = (
        difference(a, b, f"{where}.{name}") for name, a, b in zip(names, left, right, strict=True)
    )
    return next((text for text in found if text is not None), None)
