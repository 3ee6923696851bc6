"""An expert is told what an expected reward is, where it is no amount of the measure."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from recourse_bandits import GLRB, Key, Reward, Stream
from recourse_bandits.advisers import AskedQuestion, Question
from recourse_bandits.advisers.human.content import content_of
from recourse_bandits.operations.question import show_question
from tests.study.builders import PERSON, PROBLEM

CASES: list[tuple[dict[str, Any], str | None]] = [
    ({"link": "logistic"}, "the probability, or expected share, of y"),
    (
        {"link": "probit", "direction": "decrease"},
        "minus the probability, or expected share, of y",
    ),
    (
        {"link": "logistic", "transformation": "y / 10"},
        "the probability, or expected share, of y / 10",
    ),
    (
        {"link": "log", "bounds": (0, 9), "direction": "decrease"},
        "minus the expected count of y",
    ),
    ({"link": "identity", "noise": 1.0}, None),
]


@pytest.mark.parametrize(("parts", "said"), CASES)
def test_a_question_says_what_is_expected(parts: dict[str, Any], said: str | None) -> None:
    problem = replace(PROBLEM, reward=Reward("y", coefficient_bound=2.0, **parts))
    policy = GLRB()
    key = Key(1, 0, Stream.POLICY)
    proposal = policy.propose(policy.init(problem), problem.context(PERSON), key)
    content = content_of(Question(0, problem, proposal))
    if said is None:
        assert list(content["reward"]) == ["measure", "unit", "transformation"]
    else:
        assert content["reward"]["expects"] == said
    console = Console(record=True, width=200)
    show_question(AskedQuestion(0, "", datetime(2026, 1, 1, tzinfo=UTC), None, content), console)
    assert f"(larger is better; reward = {said or 'y'})" in console.export_text()
