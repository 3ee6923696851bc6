"""A question as an expert reads it: raw units, names and limits, as JSON."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from recourse_bandits.advisers.base import Question
from recourse_bandits.problem import Context, Problem, Reward

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
        `arms` that may be given (name, description); `limits` of each feature that can change
        (name, unit, value, lowest, highest, effort of one unit), each limit as far as the feature
        can go alone; `budget` (norm, radius); `reward` (measure, unit, transformation; with a link
        also `expects`, what mean, low and high are, in words);
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
            {"name": arm.name, "description": arm.description}
            for arm, eligible in zip(problem.treatments, context.eligible, strict=True)
            if eligible
        ],
        "limits": _limits(problem, context),
        "budget": {"norm": problem.budget.norm, "radius": problem.budget.radius},
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
    feasible, rules = context.feasible, problem.limits
    found = []
    for place, feature in enumerate(problem.mutable):
        value, scale, weight = context.given[feature.name], rules.scale[place], rules.weight[place]
        if not isinstance(value, int | float) or feature.name in context.imputed:
            continue  # nobody can be told how far to go from where they may not be
        alone = feasible.radius / weight if weight > 0 else math.inf
        low = value + scale * max(float(feasible.lower[place]), -alone)
        high = value + scale * min(float(feasible.upper[place]), alone)
        step = _step(low, high)
        found.append(
            {
                "name": feature.name,
                "unit": feature.unit,
                "value": value,
                "lowest": _finite(
                    -_rounded_down(-low, step, scale) + 0.0
                ),  # no minus before a zero
                "highest": _finite(_rounded_down(high, step, scale) + 0.0),
                "effort": float(weight / scale),
            }
        )
    return found


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
    moved = {name: value for name, value in change.items() if value != 0.0}
    mean, low, high = proposal.interval
    difference = (proposal.point - context.values)[context.feasible.mutable]
    return {
        "arm": question.problem.arm_names[int(proposal.arm)],
        "target": {name: target[name] for name in moved},
        "change": moved,
        "effort": context.feasible.effort(difference),
        "mean": _finite(mean),
        "low": _finite(low),
        "high": _finite(high),
    }
