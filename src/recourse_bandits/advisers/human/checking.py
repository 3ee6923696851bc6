"""Whether an answer can be followed: said in raw units, to the person who gives it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from recourse_bandits.advisers.human.steps import require_reached
from recourse_bandits.errors import IneligibleArm, InfeasibleAdvice
from recourse_bandits.problem import Context, Problem, RawValue
from recourse_bandits.problem.feasible import FEASIBLE
from recourse_bandits.records import Array


def checked_answer(
    problem: Problem, context: Context, arm: str, target: Mapping[str, Any]
) -> tuple[int, dict[str, RawValue], Array]:
    """Return the arm's number, the advised values as numbers, and the columns after the change.

    Parameters
    ----------
    problem
        The problem.
    context
        The person.
    arm
        Name of the advised arm.
    target
        Raw values that features should reach; those left out stay as they are, or follow others.

    Raises
    ------
    AdviceError
        If the arm is unknown or may not be given, or a feature cannot get there; by how much, or
        with the nearest values that it may have.
    PersonError
        If a feature is unknown or its value is no number.
    """
    number = problem.arm_index(arm)
    if not context.eligible[number]:
        allowed = [
            name for name, may in zip(problem.arm_names, context.eligible, strict=True) if may
        ]
        raise IneligibleArm(
            f"arm {arm!r} may not be given to this person; those that may are {', '.join(allowed)}"
        )
    known = problem.realised_values(target)
    known = {name: value for name, value in known.items() if value != context.given[name]}
    mutable = [feature.name for feature in problem.mutable]
    for name in known:
        if name not in mutable:
            raise InfeasibleAdvice(
                f"{name!r} is not a feature that can change: it stays {context.given[name]!r}"
            )
        if name in context.imputed:
            raise InfeasibleAdvice(
                f"{name!r} is not known of this person, so that it cannot change"
            )
    typed = problem.realised_point(context, context.values, known)
    point = context.feasible.led(context.values, typed)
    if known:
        require_reached(problem, context, known, point)
        _require_feasible(problem, context, known, point)
    return number, known, point


def _require_feasible(
    problem: Problem, context: Context, known: Mapping[str, RawValue], point: Array
) -> None:
    feasible, limits = context.feasible, problem.limits
    change = (point - context.values)[feasible.mutable]
    alone = np.full(change.shape, np.inf)  # what the whole budget allows one feature
    np.divide(feasible.radius, feasible.weight, out=alone, where=feasible.weight > 0)
    lower, upper = np.maximum(feasible.lower, -alone), np.minimum(feasible.upper, alone)
    tied = np.zeros(change.shape, np.bool_) if feasible.moves is None else feasible.moves.tied
    for place, feature in enumerate(limits.ties.features):
        over, under = change[place] - upper[place], lower[place] - change[place]
        if max(over, under) <= FEASIBLE or tied[place]:
            continue
        side, limit = ("highest", upper) if over > under else ("lowest", lower)
        scale, unit = limits.scale[place], f" {feature.unit}".rstrip()
        before = np.float64(context.given[feature.name])
        raise InfeasibleAdvice(
            f"{feature.name!r} would be {known.get(feature.name, before):g}{unit}, "
            f"{max(over, under) * scale:.4g}{unit} beyond the {side} that it may be, "
            f"{before + limit[place] * scale:.6g}{unit}"
        )
    effort = feasible.effort(change)
    if effort - feasible.radius > FEASIBLE:
        owner = limits.ties.owner
        parts = ", ".join(
            f"{feature.name!r} {feasible.effort(np.where(owner == place, change, 0.0)):.4g}"
            for place, feature in enumerate(limits.mutable)
            if change[owner == place].any() and feature.follows is None
        )
        raise InfeasibleAdvice(
            f"the change takes an effort of {effort:.6g}, {effort - feasible.radius:.4g} more than "
            f"the budget of {feasible.radius:g} ({feasible.norm} of {parts})"
        )
