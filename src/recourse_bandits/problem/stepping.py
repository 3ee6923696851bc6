"""Which changes a feature's steps, allowed values and transitions leave one person."""

import math

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.problem.feature import Feature
from recourse_bandits.problem.moves import Alternatives, Moves
from recourse_bandits.problem.ties import Ties

Array = NDArray[np.float64]

_ROUNDING = 1e-9  # relative slack of a step at the end of what is allowed
_SAME = 1e-12  # relative difference of equal values
_DIGITS = 12  # of a raw value that steps lead to: 3 + 3 · 0.1 is 3.3
MOST_STEPS = 100_000
"""Of one feature, between its limits."""


def moves_of(
    ties: Ties,
    lower: Array,
    upper: Array,
    start: Array,
    held: NDArray[np.bool_] | None = None,
) -> Moves | None:
    """Return how a person's features may change beside the box; None: as it allows.

    Parameters
    ----------
    ties
        The features.
    lower, upper
        Box of each column, shape (m,).
    start
        The person's m columns, scaled.
    held
        Columns that stay whatever their value, because it is unknown, shape (m,); None: none.
    """
    if ties.only_box:
        return None
    movable = upper > lower
    lower, upper = ties.led(lower, upper)
    levels = tuple(
        np.zeros(1)
        if held is not None and held[place]
        else _levels(ties, place, float(lower[place]), float(upper[place]), float(start[place]))
        for place in range(lower.size)
    )
    alternatives = tuple(
        _alternatives(ties, places, start[places], movable[places]) for places in ties.categorical
    )
    return Moves(levels, alternatives, ties.links, ties.budget.max_changed)


def _levels(ties: Ties, place: int, lower: float, upper: float, start: float) -> Array | None:
    """The changes of a column that its steps or allowed values leave; None: any."""
    feature, scale, weight = ties.features[place], ties.scale[place], ties.weight[place]
    if feature.step is None and feature.allowed_values is None:
        return None
    reach = ties.budget.radius / weight if weight > 0.0 else math.inf
    low, high = max(lower, -reach), min(upper, reach)
    slack = _ROUNDING * (1.0 + max(abs(low), abs(high)))
    if feature.step is not None:
        if not math.isfinite(high - low):  # free changes: each person's bounds limit them
            return np.zeros(1)
        step = feature.step / scale
        first, last = math.ceil((low - slack) / step), math.floor((high + slack) / step)
        steps: Array = np.arange(first, last + 1, dtype=np.float64) * step
        return steps
    changes = to_allowed(feature, start)
    found: Array = changes[(changes >= low - slack) & (changes <= high + slack)]
    return found


def to_allowed(feature: Feature, start: float) -> Array:
    """Return the changes to the allowed values, scaled units; 0 where one is there already.

    Parameters
    ----------
    feature
        The feature, which has allowed values.
    start
        The person's value, scaled.
    """
    changes = (np.array(feature.allowed_values) - (feature.mean or 0.0)) / (
        feature.scale or 1.0
    ) - start
    return np.where(np.abs(changes) <= _SAME * (1.0 + abs(start)), 0.0, changes)


def too_fine(ties: Ties) -> str | None:
    """Return what is wrong with the first feature that has more than `MOST_STEPS` steps, or None.

    Parameters
    ----------
    ties
        The features; those without a scale yet are not looked at.
    """
    for place, feature in enumerate(ties.features):
        if feature.step is None or feature.scale is None:
            continue
        count = most_steps(ties, place)
        if count > MOST_STEPS:
            return (
                f"feature {feature.name!r}: step {feature.step:g} leaves {count:.3g} steps within "
                f"the budget, more than the {MOST_STEPS} that are looked at; take a larger step, "
                "or leave it out"
            )
    return None


def most_steps(ties: Ties, place: int) -> float:
    """Return how many steps a column has within budget and limits at most, none not counted.

    Parameters
    ----------
    ties
        The features.
    place
        The column of a feature with a step.
    """
    feature, weight = ties.features[place], ties.weight[place]
    low, high = feature.bounds
    ends = [math.inf if end is None else end for end in feature.max_step]
    reach = ties.budget.radius / weight * ties.scale[place] if weight > 0.0 else math.inf
    width = math.inf if low is None or high is None else high - low
    return float(min(sum(min(end, reach) for end in ends), width) / (feature.step or 1.0))


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
