"""Where two records or states differ, and by how much."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def differences(stored: Any, again: Any, where: str) -> Iterator[tuple[str, float]]:
    """Yield what differs, and by how much, for all that is not equal.

    Parameters
    ----------
    stored, again
        Arrays, numbers, records, mappings and lists, nested as they may be; contexts are left out.
    where
        What they are called.

    Yields
    ------
    tuple
        Where and what, and the gap relative to the largest number beside it, or to 1; infinite for
        all but numbers.
    """
    if isinstance(stored, np.ndarray):
        yield from _array_differences(stored, np.asarray(again), where)
    elif isinstance(stored, float) and isinstance(again, float):
        yield from _number_differences(stored, again, where)
    elif is_dataclass(stored) and type(stored) is type(again):
        for part in fields(stored):
            if part.name != "context":
                mine, other = getattr(stored, part.name), getattr(again, part.name)
                yield from differences(mine, other, _inside(where, part.name))
    elif isinstance(stored, Mapping) and isinstance(again, Mapping):
        for name in {**stored, **again}:
            mine, other = stored.get(name), again.get(name)
            if type(mine) is not float or mine != other:
                yield from differences(mine, other, _inside(where, name))
    elif _alike(stored, again):
        for place, (one, other) in enumerate(zip(stored, again, strict=True)):
            yield from differences(one, other, f"{where}[{place}]")
    elif stored != again:
        yield _told(where, stored, again), math.inf


def described_differently(one: Any, other: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield where two descriptions, as JSON has them, differ, and what they say there.

    Parameters
    ----------
    one, other
        Mappings, lists and plain values, nested as they may be.
    where
        What they are called.

    Yields
    ------
    tuple
        Where, what the one says and what the other says; None for a key that is not there.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in {**one, **other}:
            yield from described_differently(one.get(key), other.get(key), f"{where}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (theirs, ours) in enumerate(zip(one, other, strict=True)):
            yield from described_differently(theirs, ours, f"{where}.{place}")
    elif one != other:
        yield where, one, other


def _alike(stored: Any, again: Any) -> bool:
    lists = isinstance(stored, list) and isinstance(again, list)
    return lists and len(stored) == len(again)


def _number_differences(stored: float, again: float, where: str) -> Iterator[tuple[str, float]]:
    if stored == again or (math.isnan(stored) and math.isnan(again)):
        return
    gap = abs(stored - again) / max(1.0, abs(stored))
    yield _told(where, stored, again), math.inf if math.isnan(gap) else gap


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _told(where: str, stored: Any, again: Any) -> str:
    return f"{where} is stored as {stored!r}, and comes out as {again!r}"


def _array_differences(
    stored: np.ndarray[Any, Any], again: np.ndarray[Any, Any], where: str
) -> Iterator[tuple[str, float]]:
    if stored.shape != again.shape:
        yield f"{where} is stored with shape {stored.shape}, comes out with {again.shape}", math.inf
        return
    unequal = (stored != again) & ~((stored != stored) & (again != again))
    if not unequal.any():
        return
    one, other = stored[unequal], again[unequal]
    with np.errstate(invalid="ignore"):
        if stored.dtype.kind == "f":
            largest = np.abs(stored[np.isfinite(stored)]).max(initial=1.0)
            gap = np.abs(one - other) / largest
        else:
            gap = np.full(one.shape, math.inf)
    gap = np.where(np.isnan(gap), math.inf, gap)
    worst = int(gap.argmax())
    yield _told(where, one[worst].item(), other[worst].item()), float(gap[worst])
