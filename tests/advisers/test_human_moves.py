"""People answer within steps, allowed values, categories, links and a number of changes."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from recourse_bandits import AdviceOnly, Decision, Human, Pending, QuestionQueue, Study
from recourse_bandits.errors import InfeasibleAdvice, InvalidValue
from recourse_bandits.operations.answering import Given, answer
from recourse_bandits.problem import Budget, Feature, Problem
from tests.problem.movable import ABSTAINER, SMOKER, movable


class Room:
    """A study whose first question waits, and the queue."""

    def __init__(self, folder: Path, problem: Problem, person: dict[str, Any]) -> None:
        self.where = f"sqlite:///{folder / 'questions.db'}"
        self.queue = QuestionQueue(self.where)
        journal = f"sqlite:///{folder / 'study.db'}"
        self.study = Study(problem, AdviceOnly(), Human(self.where), journal=journal, seed=1)
        assert isinstance(self.study.decide(person), Pending)

    def collected(self) -> Decision:
        (decision,) = self.study.collect()
        return decision

    def limits(self) -> dict[str, dict[str, Any]]:
        return {limit["name"]: limit for limit in self.queue.question(0).content["limits"]}

    def printed(self, given: Given = Given(), typed: Any = None) -> tuple[bool, str]:  # noqa: B008
        console = Console(file=io.StringIO(), width=110, force_terminal=False)
        done = answer(self.where, 0, given, typed, console)
        text = console.file.getvalue()  # type: ignore[attr-defined]
        return done, re.sub(r"\s+", " ", text)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    opened = Room(tmp_path, movable(), SMOKER)
    yield opened
    opened.study.close()


def test_the_question_names_what_may_be(room: Room) -> None:
    limits = room.limits()
    assert set(limits) == {"portions", "drinks", "smoking", "activity"}  # not what follows
    assert limits["smoking"] == {
        "name": "smoking",
        "unit": "",
        "value": "current",
        "lowest": None,
        "highest": None,
        "effort": 1.5,
        "values": ["current", "former"],
    }
    assert limits["drinks"]["values"] == [0.0, 2.0, 4.0, 7.0]
    portions = limits["portions"]
    assert (portions["lowest"], portions["highest"], portions["step"]) == (0.0, 9.0, 0.5)
    assert "step" not in limits["activity"]
    content = room.queue.question(0).content
    assert content["budget"] == {"norm": "l1", "radius": 3.0, "max_changed": 2, "price": 0.1}
    (following,) = content["following"]
    assert (following["name"], following["leader"], following["share"]) == (
        "weight", "activity", -0.4,
    )  # fmt: skip


def test_who_cannot_change_a_category_is_told_so(tmp_path: Path) -> None:
    room = Room(tmp_path, movable(budget=Budget("l1", 1.0)), SMOKER)
    assert room.limits()["smoking"]["values"] == ["current"]  # to stop takes 1.5
    other = tmp_path / "other"
    other.mkdir()
    assert Room(other, movable(), ABSTAINER).limits()["smoking"]["values"] == ["never"]


def test_a_legal_answer_is_followed_and_what_follows_is_led(room: Room) -> None:
    room.queue.answer(0, "b", {"smoking": "former", "activity": 3})
    decision = room.collected()
    assert decision.followed
    assert decision.recourse is not None
    target = decision.recourse.target
    assert (target["smoking"], target["activity"], target["portions"]) == ("former", 3.0, 3.0)
    assert target["weight"] == pytest.approx(89.6)
    assert decision.consultation is not None
    exchange = decision.consultation.exchange
    assert exchange is not None
    assert exchange.said is not None
    assert exchange.said["target"] == {"smoking": "former", "activity": 3.0}
    assert "smoking: current → former" in room.study.explain(0)
    assert room.study.verify().passed


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "between two steps": (
        {"portions": 3.3},
        r"'portions' would be 3\.3 a day, but changes in steps of 0\.5 from 3; nearest that this "
        r"person may get to: 3 and 3\.5 a day$",
    ),
    "beyond the last step": ({"portions": 9.5}, r"nearest that this person may get to: 9 a day$"),
    "between allowed values": (
        {"drinks": 3},
        r"'drinks' would be 3 a week, but may only be 0, 2, 4 or 7; nearest .*: 2 and 4 a week$",
    ),
    "a category that is not reached": (
        {"smoking": "never"},
        r"'smoking' cannot become 'never': from 'current' it may become 'former'$",
    ),
    "against a link": (
        {"activity": 3, "weight": 85},
        r"'weight' follows 'activity', -0\.4 kg for each unit of that: it goes to 89\.6 kg, got 85",
    ),
    "a follower alone": ({"weight": 85}, r"it goes to 90 kg, got 85 kg; leave it out$"),
    "too many": (
        {"smoking": "former", "portions": 3.5, "drinks": 4},
        r"changes 3 features, 'portions', 'drinks' and 'smoking'; at most 2 may change$",
    ),
    "too much": (
        {"smoking": "former", "drinks": 0},
        r"0\.25 more than the budget of 3 \(l1 of 'drinks' 1\.75, 'smoking' 1\.5\)$",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_illegal_answers_are_refused_with_the_rule(name: str, room: Room) -> None:
    target, said = REFUSED[name]
    with pytest.raises(InfeasibleAdvice, match=said):
        room.queue.answer(0, "a", target)
    assert room.queue.question(0).reply is None


def test_an_unknown_category_is_no_value(room: Room) -> None:
    with pytest.raises(InvalidValue, match="must be one of never, former, current"):
        room.queue.answer(0, "a", {"smoking": "stopped"})


def test_what_follows_may_be_said_if_it_agrees(room: Room) -> None:
    room.queue.answer(0, "a", {"activity": 3, "weight": 89.6})
    assert room.collected().followed


def test_nobody_without_recourse_is_changed(tmp_path: Path) -> None:
    person = {**SMOKER, "drinks": 5.0}
    room = Room(tmp_path, movable(budget=Budget("l1", 0.2)), person)
    assert room.queue.question(0).content["no_recourse"] is not None
    for target in ({"smoking": "former"}, {"drinks": 4}, {"activity": 2.1}):
        with pytest.raises(InfeasibleAdvice):
            room.queue.answer(0, "a", target)
    room.queue.answer(0, "a")
    assert room.collected().no_recourse is not None


def test_the_terminal_shows_and_takes_categories(room: Room) -> None:
    done, text = room.printed()
    assert done
    for words in (
        "current, former", "in steps of 0.5", "0, 2, 4, 7", "sum of efforts",
        "at most 2 of them may change", "weight follows activity: -0.4 kg for each unit of that",
    ):  # fmt: skip
        assert words in text
    done, text = room.printed(Given("b", {"smoking": "never"}))
    assert not done
    assert "from 'current' it may become 'former'" in text
    done, _ = room.printed(Given("b", {"smoking": "former", "portions": "3.5"}))
    assert done
    recourse = room.collected().recourse
    assert recourse is not None
    assert (recourse.target["smoking"], recourse.target["portions"]) == ("former", 3.5)


def test_somebody_at_a_terminal_is_asked_for_each(room: Room) -> None:
    asked: list[str] = []

    def typed(question: str, now: str) -> str:
        asked.append(question)
        said = {"Arm": "a", "smoking": "former"}
        return next((said[word] for word in said if question.startswith(word)), now)

    assert room.printed(typed=typed)[0]
    assert [one for one in asked if one.startswith(("por", "dri", "smo", "act", "wei"))] == [
        "portions, 0 to 9 a day in steps of 0.5",
        "drinks, one of 0, 2, 4, 7 a week",
        "smoking, one of current, former",
        "activity, 0 to 7.625 h/week",
    ]
    assert room.collected().followed


def test_names_of_categories_may_look_like_numbers(tmp_path: Path) -> None:
    stage = Feature("stage", categories=("1", "2", "3"), mutable=True)
    room = Room(tmp_path, movable(features=(stage,), budget=Budget("l2", 1.0)), {"stage": "3"})
    assert room.printed(Given("a", {"stage": "2"}))[0]
    recourse = room.collected().recourse
    assert recourse is not None
    assert recourse.target == {"stage": "2"}


@pytest.mark.parametrize("norm", ["lp", "mahalanobis"])
def test_other_norms_are_told(norm: str, tmp_path: Path) -> None:
    rows = tuple(tuple(float(i == j) for j in range(5)) for i in range(5))
    more: dict[str, Any] = {"power": 3.0} if norm == "lp" else {"matrix": rows}
    room = Room(tmp_path, movable(budget=Budget(norm, 3.0, **more)), SMOKER)  # type: ignore[arg-type]
    done, text = room.printed()
    assert done
    assert ("power 3.0" if norm == "lp" else "u'Au") in text
