"""Whatever is wished of a person with steps, categories and links: legal, or refused."""

import json
from typing import Any

import numpy as np
import pytest

from recourse_bandits.advisers.human.checking import checked_answer
from recourse_bandits.advisers.language_model import Prompting, parsed
from recourse_bandits.errors import InfeasibleAdvice
from recourse_bandits.problem import Budget, Context, Problem
from recourse_bandits.problem.feasible import FEASIBLE
from recourse_bandits.records import Advice
from recourse_bandits.study.checks import checked_advice
from recourse_bandits.testing import random_people
from tests.problem.movable import PEOPLE, movable

_ROWS = tuple(tuple(1.0 if i == j else 0.3 for j in range(5)) for i in range(5))
BUDGETS = {
    "l1, two": Budget("l1", 3.0, max_changed=2),
    "l1, none": Budget("l1", 3.0, max_changed=0),
    "l2": Budget("l2", 2.0),
    "linf, one": Budget("linf", 1.6, max_changed=1),
    "lp": Budget("lp", 2.0, power=3.0),
    "mahalanobis": Budget("mahalanobis", 2.0, matrix=_ROWS),
    "raw": Budget("l1", 9.0, scaled=False),
    "nothing": Budget("l2", 0.0),
}
_STEP = {"portions": 0.5, "drinks": 1.0, "activity": 0.25}


def wish(rng: np.random.Generator, person: dict[str, Any]) -> dict[str, Any]:
    """Values on steps and beside them, near the present ones and far; categories of any kind."""
    found: dict[str, Any] = {}
    for name, step in _STEP.items():
        if rng.random() < 0.5:
            away = rng.integers(-6, 7) * step + (0.1 if rng.random() < 0.3 else 0.0)
            found[name] = max(0.0, round(person[name] + float(away), 6))
    if person["smoking"] is not None and rng.random() < 0.5:
        found["smoking"] = str(rng.choice(["never", "former", "current"]))
    return found


def cases(name: str, count: int = 60) -> list[tuple[Problem, Context, dict[str, Any]]]:
    problem, rng = movable(budget=BUDGETS[name]), np.random.default_rng(len(name))
    people = [*PEOPLE, *random_people(problem, count, 3)]
    return [(problem, problem.context(one), wish(rng, one)) for one in people for _ in range(3)]


@pytest.mark.parametrize("name", BUDGETS)
def test_people_are_refused_what_is_illegal_and_nothing_else(name: str) -> None:
    taken = refused = 0
    for problem, context, wished in cases(name):
        point = problem.realised_point(context, context.values, wished)
        excess = context.feasible.violation(
            context.values, context.feasible.led(context.values, point)
        )
        same = {key: value for key, value in wished.items() if value != context.given[key]}
        try:
            arm, _, point = checked_answer(problem, context, "b", wished)
        except InfeasibleAdvice:
            assert excess > FEASIBLE
            refused += 1
            continue
        assert excess <= FEASIBLE or not same
        checked_advice(problem, Advice(arm, point), context)
        taken += bool(same)
    assert refused
    assert taken or name in ("l1, none", "nothing")


@pytest.mark.parametrize("name", BUDGETS)
@pytest.mark.parametrize("rounding", [{}, {"portions": 1.0, "drinks": 2.0, "weight": 5.0}])
def test_models_are_led_to_what_is_legal(name: str, rounding: dict[str, float]) -> None:
    rng, legal = np.random.default_rng(5), 0
    for problem, context, wished in cases(name, 30):
        point, direction = (Prompting(style, rounding=rounding) for style in ("point", "direction"))
        seen = point.seen(problem, context)
        asked = [feature.name for feature in seen.changeable(problem)]
        said = {one: wished.get(one, seen.values[one]) for one in asked}
        answers = [(point, "target", said, True)]
        only = seen.only(problem)
        signs: dict[str, Any] = {
            one: only[one][-1]
            if one == "smoking"
            else {"sign": str(rng.choice(["increase", "decrease", "keep"])), "importance": 3}
            for one in asked
        }
        answers.append((direction, "direction", signs, False))
        for prompting, key, answer, pull_back in answers:
            text = json.dumps({"treatment": "a", key: answer})
            found = parsed(text, prompting, problem, context, pull_back=pull_back)
            checked_advice(problem, Advice(found.arm, found.point), context)
            legal += (found.point != context.values).any()
    assert legal or name in ("l1, none", "nothing")
