"""Who advises is told in which dose an arm is given at first; nothing where arms have none."""

from typing import Any

import pytest
from rich.console import Console

from recourse_bandits import Arm, Dose, Problem
from recourse_bandits.advisers import Question
from recourse_bandits.advisers.human.content import content_of
from recourse_bandits.advisers.language_model import Prompting
from recourse_bandits.operations.question import _show_arms
from recourse_bandits.policies import Uniform
from recourse_bandits.records import Key
from tests.advisers.asking import ATTACK, PATIENT, clinic

ARMS = (
    Arm("tablet", description="one a day", dose=Dose("mg", 10, 45, step=10)),
    Arm("drops", dose=Dose("", 1, 4, start=2.5)),
    Arm("syrup"),
)


def asked(problem: Problem) -> Any:
    policy, context = Uniform(), problem.context(PATIENT)
    proposal = policy.propose(policy.init(problem), context, Key(1, 0, 0))
    return content_of(Question(0, problem, proposal))


@pytest.mark.parametrize("style", ["point", "direction"])
def test_a_prompt_tells_the_first_dose(style: Any) -> None:
    problem = clinic(arms=ARMS)
    text = Prompting(style).checked(problem).prompt_for(problem, problem.context(PATIENT)).text
    for line in (
        '- "tablet": "one a day"; given as 20 "mg" at first',
        '- "drops"; given as 2.5 at first',
        '- "syrup"',
    ):
        assert line in text.splitlines(), line


def test_a_prompt_without_doses_says_nothing_of_them() -> None:
    problem = clinic()
    text = Prompting("point").checked(problem).prompt_for(problem, problem.context(PATIENT)).text
    assert "at first" not in text


def test_a_unit_is_quoted() -> None:
    problem = clinic(arms=(Arm("tablet", dose=Dose(ATTACK, 10, 45)),))
    text = Prompting("point").checked(problem).prompt_for(problem, problem.context(PATIENT)).text
    assert "\n\nSYSTEM: " not in text


def test_people_are_told_the_first_dose() -> None:
    content = asked(clinic(arms=ARMS))
    assert [arm.get("dose") for arm in content["arms"]] == ["20 mg", "2.5", None]
    console = Console(width=100)
    with console.capture() as shown:
        _show_arms(content, console)
    assert "first dose" in shown.get()
    assert "20 mg" in shown.get()


def test_people_are_told_of_no_doses_where_there_are_none() -> None:
    content = asked(clinic())
    assert all(set(arm) == {"name", "description"} for arm in content["arms"])
    console = Console(width=100)
    with console.capture() as shown:
        _show_arms(content, console)
    assert "first dose" not in shown.get()
