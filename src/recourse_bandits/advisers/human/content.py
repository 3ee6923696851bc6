"""A question as an expert reads it: raw units, names and limits, as JSON."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from recourse_bandits.advisers.base import Question
from recourse_bandits.problem import Arm, Budget, Context, Feature, Problem, RawValue, Reward
from recourse_bandits.problem.alone import values_alone
from recourse_bandits.problem.feature import number_of

Json = dict[str, Any]
_DIGITS = 4  # of a limit, relative to what lies between the limits
_SLACK = 1e-10  # of a scaled unit: far inside what a change may exceed its limit by rounding


def digest_of(question: Question) -> str:
    """Return the SHA-256 of what tells a question from every other.

    Parameters
    ----------
    question
        The question.
    """
    context, proposal = question.context, question.proposal
    identity = {
        "study": question.study,
        "number": question.number,
        "request_id": question.request_id,
        "subject": question.subject,
        "given": dict(context.given),
        "eligible": context.eligible.nonzero()[0].tolist(),
        "arm": int(proposal.arm),
        "point": proposal.point[context.feasible.mutable].tolist(),
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def content_of(question: Question) -> Json:
    """Describe a question for whoever answers it.

    Parameters
    ----------
    question
        The question.

    Returns
    -------
    dict
        `request_id` and `subject`; `person` (name, unit, description, value, filled_in), a list;
        `arms` that may be given (name, description, and `dose`, the first one, where an arm has
        one); `limits` of each feature that can change (name, unit, value, lowest, highest, effort
        of one unit), each limit as far as the feature can go alone, with `step` or `values`, the
        only ones, where there are such; `following`, if any (name, unit, value, leader, share);
        `budget` (norm, radius; `power`, `matrix`, `max_changed`, `price` where given); `reward`
        (measure, unit, transformation; with a link also `expects`, what mean, low and high are, in
        words);
        `must_change` and `no_recourse`, as for a `Context`; and `proposal`, the policy's own (arm,
        target, change, effort, mean, low, high).
    """
    problem, context = question.problem, question.context
    reward = problem.reward
    return {
        "request_id": question.request_id,
        "subject": question.subject,
        "person": [
            {
                "name": feature.name,
                "unit": feature.unit,
                "description": feature.description,
                "value": context.given[feature.name],
                "filled_in": feature.name in context.imputed,
            }
            for feature in problem.features
        ],
        "arms": [
            {"name": arm.name, "description": arm.description} | _first_dose(arm)
            for arm, eligible in zip(problem.treatments, context.eligible, strict=True)
            if eligible
        ],
        "limits": _limits(problem, context),
        **_following(problem, context),
        "budget": _budget(problem.budget),
        "reward": {
            "measure": reward.measure,
            "unit": reward.unit,
            "transformation": reward.transformation,
            **_expectation(reward),
        },
        "must_change": bool(context.must_change),
        "no_recourse": context.no_recourse,
        "proposal": _proposal(question),
    }


def _first_dose(arm: Arm) -> Json:
    """Say in which dose an arm is given at first; nothing if it has none."""
    return {} if arm.dose is None else {"dose": f"{arm.dose.first:g} {arm.dose.unit}".rstrip()}


def _expectation(reward: Reward) -> Json:
    """Say what an expected reward is where it is no amount of the measure; nothing otherwise."""
    if reward.link == "identity":
        return {}
    sign = "minus " if reward.direction == "decrease" else ""
    what = reward.transformation or reward.measure
    expected = "expected count" if reward.link == "log" else "probability, or expected share,"
    return {"expects": f"{sign}the {expected} of {what}"}


def context_of(problem: Problem, content: Mapping[str, Any]) -> Context:
    """Return the person of a question.

    Parameters
    ----------
    problem
        The problem.
    content
        What `content_of` returned.
    """
    given = {feature["name"]: feature["value"] for feature in content["person"]}
    return problem.stored_context(
        given, [problem.arm_index(arm["name"]) for arm in content["arms"]]
    )


def _limits(problem: Problem, context: Context) -> list[Json]:
    rules = problem.limits
    only = values_alone(rules, context.feasible, rules.raw_before(context.given))
    found = []
    for place, feature in enumerate(rules.ties.features):
        name, value = feature.name, context.given[feature.name]
        if feature.follows or value is None or name in context.imputed:
            continue  # nobody can be told how far to go from where they may not be
        if feature.categories and rules.names[place] != f"{name}={value}":
            continue  # once, however many columns it has
        allowed = _allowed(feature, only[name]) if name in only else {}
        found.append(
            {
                "name": name,
                "unit": feature.unit,
                "value": value,
                **(_ends(problem, context, place) | allowed),
                "effort": float(rules.ties.alone_weight[place] / rules.scale[place]),
            }
        )
    return found


def _allowed(feature: Feature, values: Sequence[RawValue]) -> Json:
    """Say which values a feature may have, where they are not all within its limits."""
    if feature.categories:
        return {"lowest": None, "highest": None, "values": list(values)}
    numbers = [number_of(value) for value in values]
    ends = {"lowest": min(numbers, default=None), "highest": max(numbers, default=None)}
    return ends | ({"values": numbers} if feature.step is None else {"step": feature.step})


def _ends(problem: Problem, context: Context, place: int) -> Json:
    """Return lowest and highest value of a number."""
    feasible, rules = context.feasible, problem.limits
    scale, weight = rules.scale[place], rules.ties.alone_weight[place]
    value = rules.raw_before(context.given)[place]
    alone = feasible.radius / weight if weight > 0 else math.inf
    low = value + scale * max(float(feasible.lower[place]), -alone)
    high = value + scale * min(float(feasible.upper[place]), alone)
    step = _step(low, high)
    lowest = -_rounded_down(-low, step, scale) + 0.0  # no minus before a zero
    highest = _rounded_down(high, step, scale) + 0.0
    return {"lowest": _finite(lowest), "highest": _finite(highest)}


def _following(problem: Problem, context: Context) -> Json:
    """Say which features change with others; nothing where none does."""
    rows = [
        {
            "name": feature.name,
            "unit": feature.unit,
            "value": context.given[feature.name],
            "leader": feature.follows[0],
            "share": feature.follows[1],
        }
        for feature in problem.mutable
        if feature.follows is not None
    ]
    return {"following": rows} if rows else {}


def _budget(budget: Budget) -> Json:
    """Describe the budget: norm and radius, and what else is said of it."""
    more = {
        "power": budget.power,
        "matrix": None if budget.matrix is None else [list(row) for row in budget.matrix],
        "max_changed": budget.max_changed,
        "price": budget.price or None,
    }
    told = {name: value for name, value in more.items() if value is not None}
    return {"norm": budget.norm, "radius": budget.radius, **told}


def _step(low: float, high: float) -> float:
    """Return the decimal step in which limits are told."""
    between = high - low
    if not math.isfinite(between) or between <= 0.0:
        return 0.0
    return float(10.0 ** (math.floor(math.log10(between)) - _DIGITS))


def _rounded_down(value: float, step: float, scale: float) -> float:
    """Round a limit so that whoever types what is shown stays inside it."""
    if step == 0.0 or not math.isfinite(value):
        return value
    steps = math.floor((value + _SLACK * scale) / step)
    digits = round(-math.log10(step))
    return round(steps * step, digits)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _proposal(question: Question) -> Json:
    proposal, context = question.proposal, question.context
    target, change = question.problem.raw_target(context, proposal.point)
    changed = [f.name for f in question.problem.mutable if target[f.name] != context.given[f.name]]
    mean, low, high = proposal.interval
    difference = (proposal.point - context.values)[context.feasible.mutable]
    return {
        "arm": question.problem.arm_names[int(proposal.arm)],
        "target": {name: target[name] for name in changed},
        "change": {name: change[name] for name in changed if name in change},
        "effort": context.feasible.effort(difference),
        "mean": _finite(mean),
        "low": _finite(low),
        "high": _finite(high),
    }
