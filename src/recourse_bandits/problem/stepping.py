"""Which changes a feature's steps, allowed values and transitions leave one person."""

import math

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.problem.feature import Feature
from recourse_bandits.problem.moves import Alternatives, Moves
from recourse_bandits.problem.ties import Ties

Array = NDArray[np.float64]

_ROUNDING = 1e-9  # relative slack of a step at the end of what is allowed
_DIGITS = 12  # of a raw value that steps lead to: 3 + 3 · 0.1 is 3.3
MOST_STEPS = 100_000


def moves_of(ties: Ties, lower: Array, upper: Array, start: Array) -> Moves | None:
    """Return how a person's features may change beside the box; None: as it allows.

    Parameters
    ----------
    ties
        The features.
    lower, upper
        Box of each column, shape (m,).
    start
        The person's m columns, scaled.
    """
    most = ties.budget.max_changed
    movable = upper > lower
    lower, upper = ties.led(lower, upper)
    levels = tuple(
        _levels(ties, place, float(lower[place]), float(upper[place]), float(start[place]))
        for place in range(lower.size)
    )
    stepped = any(each is not None for each in levels)
    if most is None and not (stepped or ties.categorical or ties.links.size):
        return None
    alternatives = tuple(
        _alternatives(ties, places, start[places], movable[places]) for places in ties.categorical
    )
    return Moves(levels, alternatives, ties.links, most)


def _levels(ties: Ties, place: int, lower: float, upper: float, start: float) -> Array | None:
    """The changes of a column that its steps or allowed values leave; None: any."""
    feature, scale, weight = ties.features[place], ties.scale[place], ties.weight[place]
    if feature.step is None and feature.allowed_values is None:
        return None
    reach = ties.budget.radius / weight if weight > 0.0 else math.inf
    low, high = max(lower, -reach), min(upper, reach)
    slack = _ROUNDING * (1.0 + max(abs(low), abs(high)))
    if feature.step is not None:
        step = feature.step / scale
        first, last = math.ceil((low - slack) / step), math.floor((high + slack) / step)
        steps: Array = np.arange(first, last + 1, dtype=np.float64) * step
        return steps
    changes = (np.array(feature.allowed_values) - (feature.mean or 0.0)) / scale - start
    found: Array = changes[(changes >= low - slack) & (changes <= high + slack)]
    return found


def _alternatives(
    ties: Ties, places: NDArray[np.int64], start: Array, movable: NDArray[np.bool_]
) -> Alternatives:
    """What a feature of categories may become; nothing else where its value is unknown."""
    feature = ties.features[places[0]]
    names = feature.categories or ()
    rows = [np.zeros(places.size)]
    if start.any() and movable.all():
        now = int(np.flatnonzero(start)[0])
        others = [name for name in names if name != names[now]]
        if feature.transitions is not None:
            others = [name for name in others if name in feature.transitions.get(names[now], ())]
        for name in others:
            rows.append(np.zeros(places.size))
            rows[-1][now], rows[-1][names.index(name)] = -1.0, 1.0
    return Alternatives(places, np.array(rows))


def on_grid(feature: Feature, before: Array, after: Array) -> Array:
    """Return raw values, those that are almost on steps or allowed values exactly there.

    Parameters
    ----------
    feature
        The feature.
    before, after
        Raw values before and after a change, shape (...).
    """
    if feature.step is not None:
        moved = before + np.round((after - before) / feature.step) * feature.step
        near = np.abs(moved - after) <= _ROUNDING * (1.0 + np.abs(after))
        return np.where(near, _to_digits(moved), after)
    if feature.allowed_values is not None:
        allowed = np.array(feature.allowed_values)
        nearest = allowed[np.argmin(np.abs(after[..., None] - allowed), axis=-1)]
        near = np.abs(nearest - after) <= _ROUNDING * (1.0 + np.abs(after))
        return np.where(near, nearest, after)
    return after


def _to_digits(values: Array) -> Array:
    rounded = [float(f"{value:.{_DIGITS}g}") for value in np.ravel(values)]
    return np.array(rounded, np.float64).reshape(np.shape(values))
