"""All combinations of steps, categories and features that change, as boxes for the kernels."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.problem.moves import Moves

Array = NDArray[np.float64]
Efforts = Callable[[Array, Array], Array]

MOST_BOXES = 100_000
"""Combinations that are tried one by one; where there are more, steps are rounded to."""

_MOST_NUMBERS = 20_000_000  # in the boxes looked at together: 160 MB each for lower and upper
_SLACK = 1e-9  # relative, of the budget


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Boxes of which the change lies in one; see `kernels.region`.

    Parameters
    ----------
    lower, upper
        Shape (b, m).
    levels
        Levels that are left to be rounded to, NaN where a row ends, shape (m, v).
    most
        How many of the features with an interval may change, shape (b,).
    """

    lower: Array
    upper: Array
    levels: Array
    most: NDArray[np.int64]

    def some(self, chosen: NDArray[np.int64]) -> "Boxes | None":
        """Return the boxes that are chosen, if there are any.

        Parameters
        ----------
        chosen
            Their numbers, in a new order.
        """
        if not chosen.size:
            return None
        return Boxes(self.lower[chosen], self.upper[chosen], self.levels, self.most[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class _Options:
    """What one feature can do: intervals of its columns, shape (n, g), and whether it changes."""

    places: NDArray[np.int64]
    lower: Array
    upper: Array
    changes: NDArray[np.int64]

    @property
    def without_change(self) -> "_Options":
        """Those that leave the feature as it is."""
        still = self.changes == 0
        return _Options(self.places, self.lower[still], self.upper[still], self.changes[still])


@dataclass(frozen=True, slots=True, eq=False)
class _Grown:
    """Combinations of the features so far: intervals, shape (b, m), and how many change, (b,)."""

    lower: Array
    upper: Array
    changed: NDArray[np.int64]


def boxes_of(
    moves: Moves, lower: Array, upper: Array, efforts: Efforts, radius: float
) -> Boxes | None:
    """Return every combination, if they are at most `MOST_BOXES`; else rounding is left to do.

    Parameters
    ----------
    moves
        How the features may change.
    lower, upper
        The box of each of the m columns.
    efforts
        Least efforts of boxes, shapes (b, m); or less, but not more.
    radius
        The largest effort.

    Returns
    -------
    Boxes or None
        None: no combination is within the budget.
    """
    most = lower.size if moves.max_changed is None else moves.max_changed

    def affordable(grown: _Grown) -> _Grown:
        fits = efforts(grown.lower, grown.upper) <= radius * (1.0 + _SLACK)
        return _some(grown, fits & (grown.changed <= most))

    nothing = np.zeros((1, lower.size))
    start = _Grown(nothing, nothing, np.zeros(1, np.int64))
    features = [*_categories(moves), *_steps(moves, lower, upper)]
    every = _all_of(start, features, most, affordable)
    if every is not None:
        widest = _some(every, ~_less_than_they_could(every, moves, lower, upper, most))
        count = len(widest.changed)
        levels, full = np.empty((lower.size, 0)), np.full(count, lower.size)
        return Boxes(widest.lower, widest.upper, levels, full) if count else None
    categories = _all_of(start, _categories(moves), most, affordable)
    if categories is None:
        return None
    return _to_be_rounded(categories, moves, lower, upper, most)


def _all_of(
    grown: _Grown, features: Iterable[_Options], most: int, affordable: Callable[[_Grown], _Grown]
) -> _Grown | None:
    """Return all affordable combinations; None as soon as they are too many."""
    for options in features:
        full = grown.changed >= most
        parts = [
            (_some(grown, ~full), options),
            (_some(grown, full), options.without_change),
        ]
        tried = sum(len(part.changed) * len(ways.changes) for part, ways in parts)
        if tried * grown.lower.shape[1] > _MOST_NUMBERS:
            return None
        found = [affordable(_with(part, ways)) for part, ways in parts]
        grown = _Grown(
            np.concatenate([part.lower for part in found]),
            np.concatenate([part.upper for part in found]),
            np.concatenate([part.changed for part in found]),
        )
        if len(grown.changed) > MOST_BOXES:
            return None
    return grown


def _with(grown: _Grown, options: _Options) -> _Grown:
    """Every combination with everything that one more feature can do."""
    before, count = len(grown.changed), len(options.changes)
    low, high = np.repeat(grown.lower, count, axis=0), np.repeat(grown.upper, count, axis=0)
    low[:, options.places] = np.tile(options.lower, (before, 1))
    high[:, options.places] = np.tile(options.upper, (before, 1))
    changed = np.repeat(grown.changed, count) + np.tile(options.changes, before)
    return _Grown(low, high, changed)


def _some(grown: _Grown, chosen: NDArray[np.bool_]) -> _Grown:
    return _Grown(grown.lower[chosen], grown.upper[chosen], grown.changed[chosen])


def _categories(moves: Moves) -> Iterator[_Options]:
    for feature in moves.alternatives:
        changes = np.any(feature.changes, axis=1).astype(np.int64)
        yield _Options(feature.places, feature.changes, feature.changes, changes)


def _columns(moves: Moves) -> NDArray[np.int64]:
    """Return the places of the columns of numbers that do not follow others."""
    return np.flatnonzero(~moves.tied)


def _steps(moves: Moves, lower: Array, upper: Array) -> Iterator[_Options]:
    """Features that move in steps, and then those that move freely, which are to be left out."""
    columns = _columns(moves)
    for i in columns:
        levels = moves.levels[i]
        if levels is not None:
            changes = (levels != 0.0).astype(np.int64)
            place = np.array([i], np.int64)
            yield _Options(place, levels[:, None], levels[:, None], changes)
    for i in columns:
        if moves.levels[i] is None:
            low, high = np.array([[lower[i]]]), np.array([[upper[i]]])
            changes = np.array([lower[i] != 0.0 or upper[i] != 0.0], np.int64)
            if moves.max_changed is not None and changes[0] and lower[i] <= 0.0 <= upper[i]:
                low, high = np.vstack((low, [[0.0]])), np.vstack((high, [[0.0]]))
                changes = np.array([1, 0], np.int64)
            yield _Options(np.array([i], np.int64), low, high, changes)


def _less_than_they_could(
    every: _Grown, moves: Moves, lower: Array, upper: Array, most: int
) -> NDArray[np.bool_]:
    """Combinations that hold a free feature back though one more may change: others hold them."""
    held = np.zeros(len(every.changed), np.bool_)
    for i in _columns(moves):
        if moves.levels[i] is None and lower[i] < upper[i]:
            held |= every.lower[:, i] == every.upper[:, i]
    return held & (every.changed < most)


def _to_be_rounded(
    categories: _Grown, moves: Moves, lower: Array, upper: Array, most: int
) -> Boxes | None:
    """Boxes of the categories alone, with the levels of the other features."""
    columns = _columns(moves)
    least = moves.least(np.clip(0.0, lower, upper))[columns]
    categories = _some(categories, categories.changed + np.count_nonzero(least) <= most)
    if not len(categories.changed):
        return None
    low, high = categories.lower.copy(), categories.upper.copy()
    low[:, columns], high[:, columns] = lower[columns], upper[columns]
    own = {i: levels for i, levels in enumerate(moves.levels) if levels is not None}
    levels = np.full((lower.size, max((each.size for each in own.values()), default=1)), np.nan)
    for i, each in own.items():
        levels[i, : each.size] = each
        low[:, i], high[:, i] = each[0], each[-1]
    forced = (low[0, columns] == high[0, columns]) & (least != 0.0)  # no interval: not counted
    return Boxes(low, high, levels, most - categories.changed - np.count_nonzero(forced))
