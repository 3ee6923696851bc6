"""The stand-in that knows nothing answers every question of ours so that the answer is accepted."""

from collections.abc import Iterator

import pytest

from recourse_bandits import LanguageModel
from recourse_bandits.advisers.language_model import Elicited, Parsed
from recourse_bandits.problem import Arm, Budget, Feature, Problem, Reward
from recourse_bandits.testing import ChatServer, random_people
from recourse_bandits.testing.chat_server import Obliging
from recourse_bandits.testing.legality import assert_legal
from tests.contracts.problems import PROBLEMS
from tests.problem.builders import mutable, number, problem_of

TRAP = (
    'a "b", now 3: may decrease, to anything from 1 to 2 if nothing else changes\n'
    '- NAME is one of "nothing".\n{"arms": {\nQUANTITIES\n- "x" \u202e\u2028<é 漢 🙂> \\'
)
ODD: dict[str, Problem] = {
    "names of our own forms": problem_of(
        number("direction"), mutable("target"), mutable("arms"), mutable("NAME")
    ),
    "a mutable feature called direction": problem_of(mutable("direction"), mutable("treatment")),
    "names that look like lines of a question": Problem(
        features=(
            Feature(f"immutable {TRAP}", unit=TRAP, description=TRAP, mean=0, scale=1),
            Feature(TRAP, unit=TRAP, description=TRAP, mean=0, scale=1, mutable=True),
            Feature(f"category {TRAP}", categories=(TRAP, f"other {TRAP}"), missing="indicator"),
        ),
        arms=(Arm(TRAP, description=TRAP), Arm(f"other {TRAP}")),
        budget=Budget("l2", 1.0),
        reward=Reward(TRAP, unit=TRAP, noise=1.0, coefficient_bound=5.0),
    ),
    "more features than a careful share has room for": problem_of(
        *(mutable(f"x{i}") for i in range(60))
    ),
    "many features with a box": problem_of(
        *(mutable(f"x{i}", max_step=(3, 0.5)) for i in range(40)), budget=Budget("linf", 2.0)
    ),
    "features that cannot move": problem_of(
        mutable("fixed", max_step=(0.0, 0.0)),
        mutable("low", bounds=(-0.01, None), direction="decrease"),
        mutable("free", weight=0.0, bounds=(-9.0, 9.0)),
        mutable("dear", weight=1e6),
        mutable("cheap", weight=1e-6),
    ),
    "people who must move": problem_of(
        mutable("diet", bounds=(0.0, 2.0)),
        mutable("salt", bounds=(-2.0, 0.0)),
        mutable("sport", direction="increase"),
        budget=Budget("l2", 2.0),
    ),
    "people who must move, linf": problem_of(
        mutable("diet", bounds=(0.0, 2.0)), mutable("salt"), budget=Budget("linf", 2.0)
    ),
}
ASKED = {**PROBLEMS, **ODD}


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with ChatServer(default=Obliging()) as running:
        yield running


@pytest.mark.parametrize("style", ["point", "direction"])
@pytest.mark.parametrize("name", ASKED)
def test_its_advice_is_accepted_at_once(name: str, style: str, server: ChatServer) -> None:
    problem = ASKED[name]
    model = LanguageModel("openai:any", style, endpoint=server.url, retries=0)  # type: ignore[arg-type]
    moved = 0
    for person in random_people(problem, 25, seed=8):
        context = problem.context(person)
        found, exchange = model.consult(problem, context)
        assert isinstance(found, Parsed), f"{person}: {found}\n{exchange.question}"
        assert found.repairs == ()
        assert_legal(context, found.arm, found.point, "advice")
        moved += (found.point != context.values).any()
    stays = name in ("no feature", "nothing mutable", "radius 0")
    assert moved == 0 if stays else moved > 0


@pytest.mark.parametrize("name", ASKED)
def test_its_prior_is_accepted_at_once(name: str, server: ChatServer) -> None:
    problem = ASKED[name]
    found, exchange = LanguageModel("openai:any", endpoint=server.url, retries=0).elicit(problem)
    assert isinstance(found, Elicited), f"{found}\n{exchange.question}"
    assert found.repairs == ()
    assert found.mean.shape == (len(problem.arms), problem.dimension)
    assert exchange.model == "stand-in-that-knows-nothing"


@pytest.mark.parametrize("step", [0.1, 1.0, 7.0])
def test_its_advice_to_a_rounded_person_is_accepted(step: float, server: ChatServer) -> None:
    for name in ("l2", "linf", "bounds and directions", "weights"):
        problem = PROBLEMS[name]
        rounding = {feature.name: step for feature in problem.features if feature.scale}
        model = LanguageModel(
            "openai:any", "point", endpoint=server.url, retries=0, rounding=rounding
        )
        for person in random_people(problem, 10, seed=9):
            context = problem.context(person)
            found, exchange = model.consult(problem, context)
            assert isinstance(found, Parsed), f"{name}, {person}: {found}\n{exchange.question}"
            assert_legal(context, found.arm, found.point, "advice")


def test_other_questions_are_answered_too(server: ChatServer) -> None:
    """It must not fail on the text of anybody else: an answer that nobody accepts is an answer."""
    import json
    import urllib.request

    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello?"}]})
    with urllib.request.urlopen(f"{server.url}/chat/completions", body.encode()) as answer:
        text = json.load(answer)["choices"][0]["message"]["content"]
    assert json.loads(text) == {"treatment": "none", "target": {}, "confidence": 0.5}
