"""Whether an answer keeps to steps, allowed values, categories, links and the number of changes."""

from collections.abc import Mapping, Sequence

import numpy as np

from recourse_bandits.errors import InfeasibleAdvice
from recourse_bandits.problem import Context, Feature, Problem, RawValue
from recourse_bandits.problem.feasible import FEASIBLE
from recourse_bandits.problem.moves import Moves
from recourse_bandits.records import Array

_AGREES = 1e-6  # scaled units by which what is said of a follower may miss where it goes


def require_reached(
    problem: Problem, context: Context, known: Mapping[str, RawValue], point: Array
) -> None:
    """Raise InfeasibleAdvice where a feature cannot get; the nearest values it may have are named.

    Parameters
    ----------
    problem
        The problem.
    context
        The person.
    known
        The advised values, of mutable features, that differ from the present ones.
    point
        Columns after the change, shape (d,), with followers led.
    """
    _require_categories(problem, context, known)
    moves = context.feasible.moves
    if moves is None:
        return
    change = (point - context.values)[context.feasible.mutable]
    before = problem.limits.raw_before(context.given)
    for place, feature in enumerate(problem.limits.ties.features):
        if feature.follows is not None and feature.name in known:
            _require_followed(problem, context, known, point, place)
        levels = moves.levels[place]
        if levels is not None and np.abs(levels - change[place]).min() > FEASIBLE:
            raise InfeasibleAdvice(_between(problem, place, before[place], change[place], levels))
    _require_few(problem, moves, change)


def _require_categories(problem: Problem, context: Context, known: Mapping[str, RawValue]) -> None:
    moves, ties = context.feasible.moves, problem.limits.ties
    for number, places in enumerate(ties.categorical):
        feature = ties.features[places[0]]
        if feature.name not in known:
            continue
        ways = () if moves is None else moves.alternatives[number].changes
        names = [(feature.categories or ())[int(np.argmax(way))] for way in ways if way.any()]
        if known[feature.name] not in names:
            now = context.given[feature.name]
            may = f"may become {_listed(names)}" if names else "cannot change"
            raise InfeasibleAdvice(
                f"{feature.name!r} cannot become {known[feature.name]!r}: from {now!r} it {may}"
            )


def _require_followed(
    problem: Problem, context: Context, known: Mapping[str, RawValue], point: Array, place: int
) -> None:
    limits = problem.limits
    feature = limits.ties.features[place]
    assert feature.follows is not None
    before = limits.raw_before(context.given)
    goes = limits.raw_after(before, (point - context.values)[limits.columns])[place]
    said = np.float64(known[feature.name])
    if abs(said - goes) <= _AGREES * limits.scale[place]:
        return
    leader, share = feature.follows
    unit = _unit(feature)
    raise InfeasibleAdvice(
        f"{feature.name!r} follows {leader!r}, {share:+g}{unit} for each unit of that: it goes to "
        f"{goes:.6g}{unit}, got {said:.6g}{unit}; leave it out"
    )


def _between(problem: Problem, place: int, before: float, change: float, levels: Array) -> str:
    """Say between which of the values that it may have a feature would be."""
    limits = problem.limits
    feature, scale = limits.ties.features[place], limits.scale[place]
    below, above = levels[levels < change], levels[levels > change]
    beside = limits.raw_alone(place, before, np.concatenate((below[-1:], above[:1])))
    nearest = " and ".join(f"{value:.10g}" for value in beside)
    rule = (
        f"changes in steps of {feature.step:g} from {before:.10g}"
        if feature.step is not None
        else f"may only be {_listed(feature.allowed_values or ())}"
    )
    unit = _unit(feature)
    return (
        f"{feature.name!r} would be {before + change * scale:.10g}{unit}, but {rule}; nearest that "
        f"this person may get to: {nearest}{unit}"
    )


def _require_few(problem: Problem, moves: Moves, change: Array) -> None:
    if moves.max_changed is None or moves.changed(change) <= moves.max_changed:
        return
    owner = problem.limits.ties.owner
    names = [
        feature.name
        for place, feature in enumerate(problem.mutable)
        if change[owner == place].any() and feature.follows is None
    ]
    raise InfeasibleAdvice(
        f"the answer changes {len(names)} features, {_listed(names, 'and')}; at most "
        f"{moves.max_changed} may change"
    )


def _listed(values: Sequence[float | str], last: str = "or") -> str:
    told = [repr(value) if isinstance(value, str) else f"{value:g}" for value in values]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} {last} {told[-1]}"


def _unit(feature: Feature) -> str:
    return f" {feature.unit}".rstrip()
