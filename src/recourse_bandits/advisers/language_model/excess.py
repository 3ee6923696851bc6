"""By what a wish of a model breaks the limits, in words and raw units."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.advisers.language_model.quoting import listed, number_text, quoted, said
from recourse_bandits.advisers.language_model.seen import Seen
from recourse_bandits.errors import InfeasibleAdvice
from recourse_bandits.problem import Problem, RawValue

Array = NDArray[np.float64]

SLACK = 1e-6
"""Excess over a limit that is taken for rounding: relative to the radius, or to a scaled unit."""


def excesses(
    problem: Problem, seen: Seen, wishes: Mapping[str, object], targets: Array, change: Array
) -> list[str]:
    """Return by what a change breaks the limits, in words and raw units; empty if it keeps them.

    Parameters
    ----------
    problem
        The problem.
    seen
        The person as the model sees them.
    wishes
        What was said of each feature.
    targets
        Raw values after the change, shape (m,).
    change
        The change, shape (m,).
    """
    feasible, found, only = seen.feasible, [], seen.only(problem)
    end_low, end_high = problem.limits.raw_after(
        seen.raw_start(problem), np.stack([feasible.lower, feasible.upper])
    )
    names = [feature.name for feature in problem.limits.ties.features]
    asked = [feature.name for feature in seen.changeable(problem) if not feature.categories]
    for i, name in enumerate(names):
        if name not in asked:
            continue
        low, high = feasible.lower[i], feasible.upper[i]
        what = f"{quoted(name)} = {number_text(targets[i])}"
        if change[i] < low - SLACK * (1.0 + abs(low)):
            found.append(f"{what} is below the lowest value allowed, {end_low[i]:.7g}")
        elif change[i] > high + SLACK * (1.0 + abs(high)):
            found.append(f"{what} is above the highest value allowed, {end_high[i]:.7g}")
        elif name in only and not _on_level(seen, change, i):
            found.append(
                f"{what} is none of its values; nearest are {_nearest(only[name], targets[i])}"
            )
    found += _unreached(problem, seen, wishes)
    effort = feasible.effort(change)
    if effort > feasible.radius * (1.0 + SLACK):
        found.append(f"effort {effort:.7g} of {feasible.radius:.7g}")
    most = None if feasible.moves is None else feasible.moves.max_changed
    if feasible.moves is not None and most is not None and feasible.moves.changed(change) > most:
        found.append(f"{feasible.moves.changed(change)} features change, of at most {most}")
    return found


def require_categories(wishes: Mapping[str, object], problem: Problem, seen: Seen) -> None:
    """Raise InfeasibleAdvice if a category is wished that the person cannot be brought to.

    Parameters
    ----------
    wishes
        What was said of each feature.
    problem
        The problem.
    seen
        The person as the model sees them.
    """
    broken = _unreached(problem, seen, wishes)
    if broken:
        raise InfeasibleAdvice(f"the direction is not allowed: {'; '.join(broken)}")


def _unreached(problem: Problem, seen: Seen, wishes: Mapping[str, object]) -> list[str]:
    only = seen.only(problem)
    return [
        f"{quoted(feature.name)} = {said(wishes[feature.name])} cannot be reached from here: "
        f"answer with one of {listed([str(name) for name in only[feature.name]])}"
        for feature in seen.changeable(problem)
        if feature.categories and wishes.get(feature.name) not in (None, *only[feature.name])
    ]


def _on_level(seen: Seen, change: Array, place: int) -> bool:
    levels = None if seen.feasible.moves is None else seen.feasible.moves.levels[place]
    return levels is None or bool(np.abs(levels - change[place]).min(initial=np.inf) <= SLACK)


def _nearest(values: tuple[RawValue, ...], target: float) -> str:
    numbers = np.array(values, np.float64)
    beside = [*numbers[numbers < target][-1:], *numbers[numbers > target][:1]]
    return " and ".join(number_text(value) for value in beside)
