"""What one feature may become if nothing else changes: the values that steps and categories leave.

The values are named to whoever advises: people, language models.
"""

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.problem.context import RawValue
from recourse_bandits.problem.feasible import FEASIBLE, FeasibleSet
from recourse_bandits.problem.limits import Limits
from recourse_bandits.problem.moves import Alternatives

Array = NDArray[np.float64]


def values_alone(
    limits: Limits, feasible: FeasibleSet, before: Array
) -> dict[str, tuple[RawValue, ...]]:
    """Return the only values of each feature that moves in steps, to allowed values or categories.

    Parameters
    ----------
    limits
        The same rules for everybody.
    feasible
        Where the person's recourse may lead.
    before
        Raw values of the person's m mutable columns, as `Limits.raw_before` has them.

    Returns
    -------
    dict
        Values by feature name, rising; of categories the present one first. The present value is
        among them unless it must be left. Features whose value is unknown are left out.
    """
    found: dict[str, tuple[RawValue, ...]] = {}
    for place, feature in enumerate(limits.ties.features):
        if feature.categories:
            continue
        stepped = feature.step is not None or feature.allowed_values is not None
        if stepped and not np.isnan(before[place]):
            found[feature.name] = _levels(limits, feasible, before, place)
    for number, places in enumerate(limits.ties.categorical):
        if before[places].any():
            now = int(np.argmax(before[places]))
            moves = feasible.moves
            ways = None if moves is None else moves.alternatives[number]
            names = limits.ties.features[places[0]].categories or ()
            found[limits.ties.features[places[0]].name] = tuple(
                names[place] for place in (now, *_reached(limits, feasible, ways))
            )
    return found


def _levels(
    limits: Limits, feasible: FeasibleSet, before: Array, place: int
) -> tuple[RawValue, ...]:
    levels = None if feasible.moves is None else feasible.moves.levels[place]
    if levels is None:
        return (float(before[place]),)
    affordable = np.abs(levels) * limits.ties.alone_weight[place] <= _most(feasible)
    return tuple(limits.raw_alone(place, float(before[place]), levels[affordable]).tolist())


def _reached(limits: Limits, feasible: FeasibleSet, ways: Alternatives | None) -> list[int]:
    """Places, among its own columns, of the categories that a person may be brought to."""
    if ways is None or limits.ties.alone_weight[ways.places[0]] > _most(feasible):
        return []
    return [int(np.argmax(change)) for change in ways.changes if change.any()]


def _most(feasible: FeasibleSet) -> float:
    return feasible.radius * (1.0 + FEASIBLE)
