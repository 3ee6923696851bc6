"""A language model is told of steps, categories, links and few changes, and keeps to them."""

import json
import re
from typing import Any

import numpy as np
import pytest

from recourse_bandits import AdviceOnly, Decision, LanguageModel, MemoryJournal, Study
from recourse_bandits.advisers.language_model import Parsed, Prompting, parsed
from recourse_bandits.advisers.language_model.reaching import along
from recourse_bandits.errors import AdviceError, InfeasibleAdvice, InvalidAdvice
from recourse_bandits.problem import Budget, Feature, Problem
from recourse_bandits.records import Advice
from recourse_bandits.study.checks import checked_advice
from recourse_bandits.testing import random_people
from recourse_bandits.testing.chat_server import Answers, ChatServer, Obliging
from recourse_bandits.testing.legality import assert_legal
from tests.problem.movable import PEOPLE, SMOKER, movable

STILL = {"portions": 3, "drinks": 7, "smoking": "current", "activity": 2}


def text_of(style: Any, problem: Problem | None = None, person: Any = None) -> str:
    problem = problem or movable()
    prompting = Prompting(style).checked(problem)
    return prompting.prompt_for(problem, problem.context(person or SMOKER)).text


def read(said: dict[str, Any] | str, style: Any = "point", **more: Any) -> Parsed:
    problem = more.pop("problem", None) or movable()
    key = {"point": "target", "direction": "direction"}[style]
    told = said if isinstance(said, str) else json.dumps({"treatment": "a", key: said})
    rounding = more.pop("rounding", {})
    context = problem.context(more.pop("person", SMOKER))
    found = parsed(told, Prompting(style, rounding=rounding), problem, context, **more)
    checked_advice(problem, Advice(found.arm, found.point), context)
    return found


def target_of(found: Parsed, problem: Problem | None = None, person: Any = None) -> dict[str, Any]:
    problem = problem or movable()
    return problem.raw_target(problem.context(person or SMOKER), found.point)[0]


def sign(way: str, importance: float = 5) -> dict[str, Any]:
    return {"sign": way, "importance": importance}


@pytest.mark.parametrize("style", ["point", "direction"])
def test_the_prompt_tells_what_may_be(style: str) -> None:
    lines = text_of(style).splitlines()
    for line in (
        '- "portions", now 3 "a day": may increase or decrease in steps of 0.5, from 0 at the '
        'lowest to 9 at the highest if nothing else changes; each "a day" of change takes 0.5 of '
        "effort",
        '- "drinks", now 7 "a week": may only be 0, 2, 4, 7 if nothing else changes; each "a week" '
        "of change takes 0.25 of effort",
        '- "smoking", now "current": may become "former", or stay; a change takes 1.5 of effort',
        '- "activity", now 2 "h/week": may increase or decrease, to anything from 0 to 7.625 if '
        'nothing else changes; each "h/week" of change takes 0.533333 of effort',
        '- "weight", now 90 "kg": follows "activity", by -0.4 "kg" for each "h/week" of its '
        "change, and changes with nothing else; you are not asked for it, and its effort is in "
        'that of "activity"',
        "The whole effort is the sum, over these features, of the size of (change × effort per "
        "unit). It must be at most 3.",
        "At most 2 of these features may change; those that follow others are not counted.",
    ):
        assert line in lines, line
    assert any(line.startswith("Effort has its price") for line in lines)
    (asked,) = (line for line in lines if line.startswith('{"treatment"'))
    assert '"smoking": CATEGORY' in asked
    assert '"weight"' not in asked
    assert any(
        line.startswith('- CATEGORY of "smoking" is one of "current", "former"') for line in lines
    )


def test_who_cannot_move_is_told_so() -> None:
    person = {**SMOKER, "smoking": "never"}
    assert '- "smoking", now "never": can only be "never"; a change' in text_of(
        "point", person=person
    )
    lines = text_of("point", person={**SMOKER, "drinks": 3}).splitlines()
    (line,) = (one for one in lines if one.startswith('- "drinks", now'))
    assert "may only be 0, 2, 4, 7 if nothing else changes; its present value is outside" in line


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget("lp", 3.0, power=3.0), "to the power 3, and of that the root"),
        (
            Budget("mahalanobis", 3.0, matrix=((1.0, 0.5), (0.5, 1.0))),
            "with C = [[1, 0.5], [0.5, 1]]. It must be at most 3.",
        ),
    ],
)
def test_every_norm_is_told(budget: Budget, words: str) -> None:
    features = [Feature(name, mutable=True, mean=0, scale=1) for name in ("x", "y")]
    problem = movable(features=features, budget=budget)
    assert words in text_of("point", problem, {"x": 0, "y": 0})


def test_a_legal_target_is_taken_to_the_letter() -> None:
    found = read({**STILL, "smoking": "former", "portions": 4.5})
    assert found.repairs == ()
    assert found.said["target"]["smoking"] == "former"
    assert target_of(found) == {**SMOKER, "smoking": "former", "portions": 4.5}


def test_what_follows_is_led() -> None:
    target = target_of(read({**STILL, "activity": 3, "drinks": 4}))
    assert target["weight"] == pytest.approx(89.6)
    assert (target["activity"], target["drinks"]) == (3.0, 4.0)


def test_the_plain_form_holds_categories() -> None:
    for name in ("former", '"former"', "Former"):
        said = f"treatment=a, portions=3, drinks=7, smoking={name}, activity=2.5"
        assert target_of(read(said))["smoking"] == "former"


ILLEGAL: dict[str, tuple[dict[str, Any], type[AdviceError], str]] = {
    "between steps": (
        {"portions": 3.3}, InfeasibleAdvice, '"portions" = 3.3 is none of its values; nearest are '
        "3 and 3.5",
    ),
    "between values": ({"drinks": 5}, InfeasibleAdvice, "nearest are 4 and 7"),
    "not reached": (
        {"smoking": "never"}, InfeasibleAdvice, '"smoking" = "never" cannot be reached from here: '
        'answer with one of "current", "former"',
    ),
    "no category": (
        {"smoking": "stopped"}, InvalidAdvice, '"smoking" has no category "stopped": answer with '
        'one of "never", "former", "current"',
    ),
    "a number": ({"smoking": 1}, InvalidAdvice, "must be the name of a category, got 1"),
    "too many": (
        {"smoking": "former", "portions": 3.5, "drinks": 4}, InfeasibleAdvice,
        "3 features change, of at most 2",
    ),
    "a follower": ({"weight": 80}, InvalidAdvice, '"weight" follows "activity", so it is not'),
    "text for a number": ({"portions": "four"}, InvalidAdvice, "number"),
}  # fmt: skip


@pytest.mark.parametrize("name", ILLEGAL)
def test_an_illegal_target_is_told_what_is_wrong(name: str) -> None:
    said, error, words = ILLEGAL[name]
    with pytest.raises(error, match=re.escape(words)):
        read({**STILL, **said})


@pytest.mark.parametrize("name", [n for n, one in ILLEGAL.items() if one[1] is InfeasibleAdvice])
def test_an_illegal_target_is_pulled_back_if_that_is_wished(name: str) -> None:
    found = read({**STILL, **ILLEGAL[name][0]}, pull_back=True)
    assert found.repairs[0].startswith("pulled back to the boundary: ")


def test_far_too_much_is_pulled_back() -> None:
    found = read({**STILL, "smoking": "former", "activity": 1e6}, pull_back=True)
    target = target_of(found)
    assert target["smoking"] == "former"
    assert target["activity"] == pytest.approx(2 + 1.5 / (0.5 + 0.4 / 12), abs=1e-6)


def test_a_direction_goes_as_far_as_it_may() -> None:
    said = {
        "portions": sign("keep"),
        "drinks": sign("keep"),
        "smoking": "former",
        "activity": sign("increase"),
    }
    target = target_of(read(said, "direction"))
    assert target["smoking"] == "former"
    assert target["activity"] == pytest.approx(2 + 1.5 / (0.5 + 0.4 / 12))
    assert target["weight"] == pytest.approx(90 - 0.4 * (target["activity"] - 2))


def test_only_the_most_important_features_change() -> None:
    said = {
        "portions": sign("increase", 1),
        "drinks": sign("decrease", 9),
        "smoking": "current",
        "activity": sign("increase", 3),
    }
    target = target_of(read(said, "direction"))
    assert target["portions"] == 3.0
    assert target["drinks"] == 0.0  # 9 of 12 parts of 3 would be 2.25; its limit takes 1.75
    assert target["activity"] == pytest.approx(2 + 1.25 / (0.5 + 0.4 / 12))


@pytest.mark.parametrize("norm", ["l1", "l2", "linf", "lp"])
def test_what_a_category_leaves_is_shared(norm: str) -> None:
    more: dict[str, Any] = {"power": 3.0} if norm == "lp" else {}
    problem = movable(budget=Budget(norm, 3.0, **more))  # type: ignore[arg-type]
    feasible = problem.context(SMOKER).feasible
    chosen = np.array([0, 0, 0, 1, -1, 0, 0], np.float64)
    change = along(feasible, np.array([0, 0, 0, 0, 0, 1.0, 0]), chosen)
    np.testing.assert_array_equal(change[2:5], [0, 1, -1])
    power = {"l1": 1.0, "l2": 2.0, "lp": 3.0}.get(norm)
    left = 3.0 if power is None else (3.0**power - 1.5**power) ** (1 / power)
    assert change[5] * feasible.weight[5] == pytest.approx(left, rel=1e-9)


def test_a_direction_to_a_category_out_of_reach_is_refused() -> None:
    said = {name: sign("keep") for name in ("portions", "drinks", "activity")}
    with pytest.raises(InfeasibleAdvice, match='answer with one of "current", "former"'):
        read({**said, "smoking": "never"}, "direction")


def test_every_direction_is_legal() -> None:
    rng = np.random.default_rng(3)
    moved = 0
    for norm in ("l1", "l2", "linf"):
        problem = movable(budget=Budget(norm, 2.5, max_changed=2))
        for person in [*PEOPLE, *random_people(problem, 30, 6)]:
            context = problem.context(person)
            said: dict[str, Any] = {
                name: sign(str(rng.choice(["increase", "decrease"])), float(rng.uniform(0, 10)))
                for name in ("portions", "drinks", "activity")
            }
            if person["smoking"] is not None:
                stops = person["smoking"] == "current" and rng.random() < 0.5
                said["smoking"] = "former" if stops else person["smoking"]
            found = read(said, "direction", problem=problem, person=person)
            assert_legal(context, found.arm, found.point, "advice")
            moved += (found.point != context.values).any()
    assert moved > 60


def test_a_rounded_person_is_brought_to_values_of_their_own() -> None:
    person = {**SMOKER, "portions": 3.2, "weight": 91.3}
    rounding = {"portions": 0.5, "drinks": 3.0, "weight": 5.0}
    problem = movable()
    seen = Prompting("point", rounding=rounding).seen(problem, problem.context(person))
    assert (seen.values["portions"], seen.values["drinks"]) == (3.0, 7.0)  # 6 is not allowed
    said = {**STILL, "portions": 4.5, "drinks": 7}
    found = read(said, rounding=rounding, person=person)
    target = target_of(found, person=person)
    assert target["portions"] == 4.7  # steps of their own
    assert found.repairs == ("fitted to the exact values, which the model saw rounded",)
    led = read({**STILL, "activity": 3}, rounding=rounding, person=person)
    assert target_of(led, person=person)["weight"] == pytest.approx(90.9)
    assert led.repairs == ()


@pytest.mark.parametrize("style", ["point", "direction"])
def test_a_study_is_advised_and_replayed(style: Any) -> None:
    journal = MemoryJournal()
    with ChatServer(default=Obliging()) as server:
        model = LanguageModel("openai:any", style, endpoint=server.url, retries=0)
        study = Study(movable(), AdviceOnly(), model, journal=journal, seed=1)
        for person in PEOPLE:
            decision = study.decide(person)
            assert isinstance(decision, Decision)
            assert decision.followed, decision.consultation
            assert decision.consultation is not None
            exchange = decision.consultation.exchange
            assert exchange is not None
            assert exchange.repairs == ()
    again = Study(movable(), AdviceOnly(), model, journal=journal, seed=1)  # nobody is there to ask
    assert again.verify().passed
    stored = again.decision(0)
    assert isinstance(stored, Decision)
    assert stored.recourse is not None
    if style == "direction":
        assert stored.recourse.target["smoking"] == "former"
        assert "smoking: current → former" in again.explain(0)
    else:  # it moves one feature, alone
        assert stored.recourse.target["portions"] == 9.0


def test_a_model_is_told_and_asked_once_more() -> None:
    wrong, right = ({"treatment": "a", "target": {**STILL, "portions": x}} for x in (3.2, 3.5))
    with ChatServer([Answers(json.dumps(wrong)), Answers(json.dumps(right))]) as server:
        model = LanguageModel("openai:any", "point", endpoint=server.url, retries=1)
        decision = Study(movable(), AdviceOnly(), model).decide(SMOKER)
        assert isinstance(decision, Decision)
        assert decision.followed
        assert decision.recourse is not None
        assert decision.recourse.target["portions"] == 3.5
        assert "nearest are 3 and 3.5" in server.requests[-1].prompt
