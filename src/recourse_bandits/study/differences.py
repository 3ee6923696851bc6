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
    elif is_dataclass(stored) and type(stored) is type(again):
        for part in fields(stored):
            if part.name != "context":
                inner = f"{where}.{part.name}".lstrip(".")
                yield from differences(getattr(stored, part.name), getattr(again, part.name), inner)
    elif isinstance(stored, Mapping) and isinstance(again, Mapping):
        for name in {**stored, **again}:
            inner = f"{where}.{name}".lstrip(".")
            yield from differences(stored.get(name), again.get(name), inner)
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for place, (one, other) in enumerate(zip(stored, again, strict=True)):
            yield from differences(one, other, f"{where}[{place}]")
    elif isinstance(stored, float) and isinstance(again, float | np.floating):
        yield from _array_differences(np.array([stored]), np.array([again]), where)
    elif stored != again:
        yield f"{where} is stored as {stored!r}, and comes out as {again!r}", math.inf


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
    yield (
        f"{where} is stored as {one[worst]!r}, and comes out as {other[worst]!r}",
        float(gap[worst]),
    )
