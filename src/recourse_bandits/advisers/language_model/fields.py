"""The fields of a prompt's template: every text of others is quoted here, so none can be forgotten.

All values are texts ready to be printed, lists of such, or truth values; an empty text means that
there is nothing to say.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recourse_bandits.advisers.language_model.quoting import inwards, number_text, quoted
from recourse_bandits.advisers.language_model.seen import Seen
from recourse_bandits.problem import Arm, Feature, Problem, RawValue, Reward

Fields = dict[str, Any]
LINEAR_SCALES = {
    "logistic": "the log odds log(p / (1 - p))",
    "probit": "the probit of p (the standard normal quantile)",
    "log": "the natural logarithm log(m)",
}


def about(value: float) -> str:
    """Return a number to six digits.

    Parameters
    ----------
    value
        The number.
    """
    return f"{value:.6g}"


def _text(text: str | None) -> str:
    return quoted(text) if text else ""


def _end(value: float | None) -> str:
    return "" if value is None else number_text(value)


def _value(value: RawValue) -> str:
    if value is None:
        return ""
    return quoted(value) if isinstance(value, str) else number_text(value)


def arm_fields(arm: Arm) -> Fields:
    """Return the fields of a treatment, with the dose in which it is given at first.

    Parameters
    ----------
    arm
        The arm.
    """
    return {
        "name": quoted(arm.name),
        "description": _text(arm.description),
        "dose": "" if arm.dose is None else number_text(arm.dose.first),
        "unit": "" if arm.dose is None else _text(arm.dose.unit),
    }


def outcome_fields(reward: Reward) -> Fields:
    """Return the fields of the outcome, and how a measured value becomes the reward.

    Parameters
    ----------
    reward
        The reward.
    """
    low, high = reward.bounds
    if reward.link in ("logistic", "probit") and reward.transformation is None:
        low, high = max(low or 0.0, 0.0), 1.0 if high is None else min(high, 1.0)
    return {
        "name": quoted(reward.measure),
        "unit": _text(reward.unit),
        "formula": _text(reward.transformation),
        "better": "larger" if reward.direction == "increase" else "smaller",
        "low": _end(low),
        "high": _end(high),
    }


def scale_fields(reward: Reward) -> Fields:
    """Return the words for the scale on which effects add up; none for the identity link.

    Parameters
    ----------
    reward
        The reward.
    """
    if reward.link == "identity":
        return {}
    chance, words = " (a probability, or a share, between 0 and 1)", LINEAR_SCALES[reward.link]
    counts = reward.link == "log"
    return {"link": words, "of": "m" if counts else "p", "range": "" if counts else chance}


def feature_fields(feature: Feature) -> Fields:
    """Return the fields of a feature that hold for everybody.

    Parameters
    ----------
    feature
        The feature; if numeric, scaled.
    """
    typical, spread = feature.mean, feature.scale
    return {
        "name": quoted(feature.name),
        "unit": _text(feature.unit),
        "description": _text(feature.description),
        "typical": "" if typical is None else about(typical),
        "spread": "" if spread is None else about(spread),
        "low": _end(feature.bounds[0]),
        "high": _end(feature.bounds[1]),
        "categories": [quoted(name) for name in feature.categories or ()],
    }


def _changeable(problem: Problem, seen: Seen) -> list[Fields]:
    """Return the fields of the features that this person can change."""
    low, high = seen.raw_limits(problem)
    only, ties = seen.only(problem), problem.limits.ties
    effort = ties.alone_weight / ties.scale
    fields = []
    for feature in seen.changeable(problem):
        place = ties.features.index(feature)
        change = seen.feasible.lower[place], seen.feasible.upper[place]
        lowest, highest = "", ""
        if np.isfinite(low[place]) and np.isfinite(high[place]) and feature.name not in only:
            lowest, highest = inwards(low[place], high[place], ties.scale[place])
        told = {
            "name": quoted(feature.name),
            "unit": _text(feature.unit),
            "value": _value(seen.values[feature.name]),
            "lowest": lowest,
            "highest": highest,
            "stays": lowest == highest != "",
            "may": _may(*change),
            "must_change": change[0] > 0 or change[1] < 0,
            "effort": about(effort[place]) if effort[place] > 0 else "",
            "step": "",
            "allowed": [],
            "categories": [],
        }
        stepped = only.get(feature.name)
        fields.append(told if stepped is None else told | _stepped(feature, seen, stepped))
    return fields


def _stepped(feature: Feature, seen: Seen, only: Sequence[RawValue]) -> Fields:
    """Return the fields of a feature that has only some values to go to."""
    texts, now = [_value(value) for value in only], seen.values[feature.name]
    ends: Fields = {"lowest": texts[0], "highest": texts[-1], "stays": only == (now,)}
    if feature.categories:
        stays = ends if ends["stays"] else {}
        return {"may": "stay", "must_change": False, "categories": texts, **stays}
    numbers = np.array(only, np.float64) - np.float64(now)
    ends |= {"may": _may(numbers.min(), numbers.max()), "must_change": now not in only}
    if feature.step is not None:
        return ends | {"step": number_text(feature.step)}
    return ends | {"allowed": texts}


def _followers(problem: Problem, seen: Seen) -> list[Fields]:
    """Return the fields of the features that follow others; nobody is asked for them."""
    units = {feature.name: feature.unit for feature in problem.mutable}
    return [
        {
            "name": quoted(feature.name),
            "unit": _text(feature.unit),
            "value": _value(seen.values[feature.name]),
            "leader": quoted(feature.follows[0]),
            "leader_unit": _text(units[feature.follows[0]]),
            "share": number_text(feature.follows[1]),
        }
        for feature in problem.mutable
        if feature.follows is not None and feature.name not in seen.fixed
    ]


def _budget(problem: Problem, seen: Seen) -> Fields:
    """Return the fields of the budget, beside the norm and the radius."""
    budget = problem.budget
    return {
        "power": "" if budget.power is None else number_text(budget.power),
        "matrix": _correlations(problem, seen),
        "max_changed": "" if budget.max_changed is None else str(budget.max_changed),
        "price": number_text(budget.price) if budget.price else "",
    }


def _correlations(problem: Problem, seen: Seen) -> str:
    """Return C of the Mahalanobis norm sqrt(e'Ce), e the efforts of the features that are asked."""
    ties = problem.limits.ties
    if ties.metric is None:
        return ""
    places = [ties.features.index(feature) for feature in seen.changeable(problem)]
    columns = ties.metric[:, places] / ties.alone_weight[places]
    rows = [", ".join(about(each) for each in row) for row in columns.T @ columns]
    return f"[{', '.join(f'[{row}]' for row in rows)}]"


def _may(lower: float, upper: float) -> str:
    if lower >= 0 and upper <= 0:
        return "stay"
    if lower >= 0:
        return "increase"
    return "decrease" if upper <= 0 else "increase or decrease"


def person_fields(problem: Problem, seen: Seen) -> Fields:
    """Return the fields of a template that asks about one person.

    Parameters
    ----------
    problem
        The problem.
    seen
        What may be seen of the person.
    """
    features = [
        feature_fields(feature) | {"value": _value(seen.values[feature.name])}
        for feature in problem.features
        if feature.name in seen.values
    ]
    return {
        "arms": [arm_fields(problem.treatments[arm]) for arm in seen.arms],
        "outcome": outcome_fields(problem.reward),
        "features": features,
        "changeable": _changeable(problem, seen),
        "norm": problem.budget.norm,
        "radius": number_text(problem.budget.radius),
        "followers": _followers(problem, seen),
        **_budget(problem, seen),
    }
