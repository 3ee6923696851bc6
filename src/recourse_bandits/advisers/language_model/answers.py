"""What a language model has answered about one person.

Errors are written to be sent back to the model: they say what was found, the rule, and what to
answer instead. They hold little of the model's own text, and nothing of the person that the
prompt did not hold: limits are judged as the model saw them, from rounded values. The exact person
comes in last, in `Parsed.point`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.advisers.language_model.excess import excesses, require_categories
from recourse_bandits.advisers.language_model.naming import arm_meant, by_feature, category_meant
from recourse_bandits.advisers.language_model.plain_text import plain_form
from recourse_bandits.advisers.language_model.prompts import Prompting
from recourse_bandits.advisers.language_model.quoting import quoted, said
from recourse_bandits.advisers.language_model.reaching import (
    along,
    carried_over,
    pulled_back,
    reached_columns,
)
from recourse_bandits.advisers.language_model.seen import Seen
from recourse_bandits.advisers.language_model.strict_json import (
    an_object,
    check_keys,
    check_length,
    number,
    the_object,
)
from recourse_bandits.errors import InfeasibleAdvice, InvalidAdvice
from recourse_bandits.problem import Context, Problem

Array = NDArray[np.float64]

_SIGNS = {"increase": 1.0, "decrease": -1.0, "keep": 0.0}
_MOST_IMPORTANT = 10.0
_LARGEST = 1e100  # whose square is still a number
_SAME = 1e-9  # scaled units by which a target may miss the present value and still mean it


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """An answer, understood and legal for the person.

    Parameters
    ----------
    arm
        Number of the arm.
    point
        The point that recourse leads to, shape (d,), scaled units; feasible.
    confidence
        What the model claims, in [0, 1]; None if it does not say.
    repairs
        What had to be repaired, in words; for the record, not for the model.
    said
        Treatment, and target or direction, as the model gave them; JSON values.
    """

    arm: int
    point: Array
    confidence: float | None
    repairs: tuple[str, ...]
    said: dict[str, Any]


def parsed(
    text: str,
    prompting: Prompting,
    problem: Problem,
    context: Context,
    *,
    pull_back: bool = False,
) -> Parsed:
    """Return what a model's answer says, or raise what to tell the model.

    A target is judged against the person as the model sees them. One that keeps a present value,
    as shown, means no change of it. The exact person is then led to the same target, but never the
    other way than was asked, and not beyond their limits; where that differs, it is a repair.

    Parameters
    ----------
    text
        The model's answer.
    prompting
        How it was asked.
    problem
        The problem.
    context
        The person.
    pull_back
        Whether an infeasible target is moved to the nearest limits, as a repair.

    Raises
    ------
    InvalidAdvice
        If it cannot be understood.
    UnknownArm, IneligibleArm
        If the arm is unknown, or not for this person.
    InfeasibleAdvice
        If the change asked for is not feasible, and is not pulled back.
    """
    check_length(text)
    seen = prompting.seen(problem, context)
    answer, found = _read(text, prompting, problem)
    repairs = list(found)
    known = ("treatment", _KEYS[prompting.style], "confidence")
    remarks = [name for name in answer if name not in known and isinstance(answer[name], str)]
    repairs += [f"a remark was left out: {said(name)}" for name in remarks]
    answer = {name: answer[name] for name in answer if name not in remarks}
    check_keys(answer, ("treatment",), known[1:], _IT)
    arm = arm_meant(answer["treatment"], problem, seen.arms, repairs)
    confidence = _confidence(answer.get("confidence"))
    wishes = _wishes(answer, _KEYS[prompting.style], problem, seen, repairs)
    if prompting.style == "point":
        change = _change_to(wishes, problem, seen, context, repairs, pull_back=pull_back)
    else:
        categories = reached_columns(wishes, problem, seen)
        require_categories(wishes, problem, seen)
        change = along(context.feasible, _direction(wishes, problem), categories)
    say = {"treatment": problem.arm_names[arm], _KEYS[prompting.style]: wishes}
    point = context.feasible.moved(context.values, change)
    return Parsed(arm, point, confidence, tuple(repairs), say)


_IT = "the answer"
_KEYS = {"point": "target", "direction": "direction"}


def _read(
    text: str, prompting: Prompting, problem: Problem
) -> tuple[dict[str, Any], tuple[str, ...]]:
    plain = None
    if prompting.style == "point" and not text.lstrip().startswith("{"):
        plain = plain_form(text, problem)
    if plain is not None:
        return plain, ("read from plain text",)
    return the_object(text)


def _confidence(value: object) -> float | None:
    if value is None:
        return None
    confidence = number(value, '"confidence"')
    if not 0.0 <= confidence <= 1.0:
        raise InvalidAdvice(f'"confidence" must lie from 0 to 1, got {said(value)}')
    return confidence


def _wishes(
    answer: dict[str, Any], key: str, problem: Problem, seen: Seen, repairs: list[str]
) -> dict[str, Any]:
    """Return what is wished of each feature, checked as far as that needs no limits."""
    given = an_object(answer.get(key, {}), quoted(key))
    wishes = by_feature(given, problem, seen.values, seen.fixed, repairs)
    features = {feature.name: feature for feature in problem.mutable}
    for name, wish in wishes.items():
        if features[name].categories:
            wishes[name] = category_meant(wish, features[name], repairs)
        elif key == "target":
            _check_target(wish, quoted(name))
        else:
            _check_direction(an_object(wish, quoted(name)), quoted(name))
    return wishes


def _check_target(wish: object, what: str) -> None:
    if abs(number(wish, what)) > _LARGEST:
        raise InvalidAdvice(f"{what} must be a number of a usual size, got {said(wish)}")


def _check_direction(wish: dict[str, Any], what: str) -> None:
    check_keys(wish, ("sign",), ("importance",), what)
    sign = wish["sign"]
    if not isinstance(sign, str) or sign not in _SIGNS:
        raise InvalidAdvice(
            f'the "sign" of {what} must be "increase", "decrease" or "keep", got {said(sign)}'
        )
    if "importance" not in wish and sign != "keep":
        raise InvalidAdvice(f'{what} lacks "importance": give a number from 0 to 10')
    importance = number(wish.get("importance", 0), f'the "importance" of {what}')
    if not 0.0 <= importance <= _MOST_IMPORTANT:
        raise InvalidAdvice(
            f'the "importance" of {what} must lie from 0 to 10, got {said(wish["importance"])}'
        )


def _direction(wishes: dict[str, Any], problem: Problem) -> Array:
    """Effort wished on each mutable column, in proportion, shape (m,); none on categories."""
    efforts = {
        name: _SIGNS[wish["sign"]] * float(wish.get("importance", 0))
        for name, wish in wishes.items()
        if not isinstance(wish, str)
    }
    return np.array([efforts.get(name, 0.0) for name in problem.limits.names], np.float64)


def _change_to(
    wishes: dict[str, Any],
    problem: Problem,
    seen: Seen,
    context: Context,
    repairs: list[str],
    *,
    pull_back: bool,
) -> Array:
    """Return the exact person's change to the target values, shape (m,), scaled units."""
    limits = problem.limits
    targets = seen.raw_start(problem)
    change = reached_columns(wishes, problem, seen)
    for i, feature in enumerate(limits.ties.features):
        if feature.name in wishes and not feature.categories:
            targets[i] = float(wishes[feature.name])
            change[i] = (targets[i] - np.float64(feature.mean)) / limits.scale[i] - seen.start[i]
    change[np.abs(change) <= _SAME] = 0.0
    change = seen.feasible.followed(change)
    broken = excesses(problem, seen, wishes, targets, change)
    if broken and not pull_back:
        raise InfeasibleAdvice(
            f"the target is not allowed: {'; '.join(broken)}. Answer with values inside the limits "
            f"whose effort is at most {problem.budget.radius:g}"
        )
    if broken:
        repairs.append(f"pulled back to the boundary: {'; '.join(broken)}")
    change = pulled_back(seen.feasible, change)
    hidden = context.values[problem.mutable_columns] - seen.start
    if not hidden.any():
        return change
    carried = carried_over(context.feasible, hidden, change)
    asked = context.feasible.followed(np.where(change == 0.0, 0.0, change - hidden))
    if not np.allclose(carried, asked, rtol=0, atol=_SAME):
        repairs.append("fitted to the exact values, which the model saw rounded")
    return carried
