"""Short ways to answer a question about a patient."""

import json
from typing import Any

from recourse_bandits.advisers.language_model import Parsed, Prompting, parsed
from recourse_bandits.problem import Problem
from tests.advisers.asking import PATIENT, clinic


def point(
    said: object,
    problem: Problem | None = None,
    person: dict[str, Any] | None = None,
    rounding: dict[str, float] | None = None,
    *,
    pull_back: bool = False,
) -> Parsed:
    problem = problem or clinic()
    text = said if isinstance(said, str) else json.dumps(said)
    context = problem.context(person or PATIENT)
    prompting = Prompting("point", rounding=rounding or {})
    return parsed(text, prompting, problem, context, pull_back=pull_back)


def direction(
    said: object, problem: Problem | None = None, person: dict[str, Any] | None = None
) -> Parsed:
    problem = problem or clinic()
    text = said if isinstance(said, str) else json.dumps(said)
    return parsed(text, Prompting("direction"), problem, problem.context(person or PATIENT))


def to(arm: str = "tablet", **target: object) -> dict[str, object]:
    return {"treatment": arm, "target": target}


def towards(**wishes: tuple[str, float]) -> dict[str, object]:
    said = {name: {"sign": sign, "importance": size} for name, (sign, size) in wishes.items()}
    return {"treatment": "tablet", "direction": said}
