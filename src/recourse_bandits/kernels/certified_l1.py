r"""The vertices of an l1 ball within a box.

In each orthant the set is a box cut by one plane, :math:`\sum_i w_i |c_i| \le \gamma`. Its vertices
have all features at ends of their intervals, 0 among them, but for at most one, which takes what is
left of the budget. A function that is convex in each orthant has its maximum at one of them:
:math:`g(c)` has, and :math:`g(c) - price \cdot \sum_i w_i |c_i|` too. Ours.

Without a box these are the 2m points :math:`\pm\gamma/w_i` and 0.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_VERTICES = 20_000
_ROUNDING = 1e-12


class _Grown(NamedTuple):
    """Vertices as far as they are known: changes, what they use, and who takes what is left."""

    change: Array  # (n, m)
    used: Array  # (n,)
    taker: NDArray[np.int64]  # (n,), -1: nobody yet
    sign: Array  # (n,), where the taker goes


def vertices_l1(lower: Array, upper: Array, weight: Array, radius: float) -> Array | None:
    """Return a superset of the vertices, shape (n, m), all feasible; None if they are too many.

    The set is not empty; where the weight is 0, the box is finite.
    """
    size = weight.size
    nearest = np.clip(0.0, lower, upper)
    least = weight * np.abs(nearest)
    to_come = np.append(np.cumsum(least[::-1])[::-1], 0.0)
    allowed = radius * (1.0 + _ROUNDING)
    grown = _Grown(np.zeros((1, size)), np.zeros(1), np.full(1, -1, np.int64), np.zeros(1))
    for i in range(size):
        # what the others must use is theirs
        room = allowed - to_come[0] + least[i]
        grown = _with(grown, i, lower[i], upper[i], weight[i], room)
        fits = grown.used + to_come[i + 1] <= allowed
        grown = _some(grown, fits)
        if len(grown.used) > MOST_VERTICES:
            return None
    if not len(grown.used):  # but for rounding
        return np.asarray(nearest[None])
    return _taken(grown, lower, upper, weight, radius)


def _some(grown: _Grown, chosen: NDArray[np.bool_]) -> _Grown:
    fields: list[Any] = [field[chosen] for field in grown]
    return _Grown(*fields)


def _with(grown: _Grown, i: int, lower: float, upper: float, weight: float, room: float) -> _Grown:
    """Put every choice of feature i beside every vertex so far."""
    ends = {end for end in (lower, upper) if weight * abs(end) <= room}
    ends.add(min(max(0.0, lower), upper))
    parts = [_chosen(grown, i, end, weight * abs(end)) for end in sorted(ends)]
    if weight > 0.0:
        alone = _some(grown, grown.taker < 0)
        for sign, from_ in ((1.0, max(lower, 0.0)), (-1.0, min(upper, 0.0))):
            if sign * (upper if sign > 0.0 else lower) > sign * from_:
                some = _chosen(alone, i, from_, weight * abs(from_))
                taker = np.full(some.used.size, i, np.int64)
                parts.append(some._replace(taker=taker, sign=np.full(taker.size, sign)))
    together: list[Any] = [np.concatenate(fields) for fields in zip(*parts, strict=True)]
    return _Grown(*together)


def _chosen(grown: _Grown, i: int, end: float, effort: float) -> _Grown:
    change = grown.change.copy()
    change[:, i] = end
    return grown._replace(change=change, used=grown.used + effort)


def _taken(grown: _Grown, lower: Array, upper: Array, weight: Array, radius: float) -> Array:
    """Let the takers take what is left, if their interval has room for it."""
    rows = np.flatnonzero(grown.taker >= 0)
    who = grown.taker[rows]
    left = np.maximum(radius - grown.used[rows], 0.0)
    wished = grown.change[rows, who] + grown.sign[rows] * left / weight[who]
    fits = (wished >= lower[who]) & (wished <= upper[who])
    grown.change[rows[fits], who[fits]] = wished[fits]
    keep = np.ones(grown.taker.size, np.bool_)
    keep[rows[~fits]] = False
    return np.asarray(grown.change[keep])
