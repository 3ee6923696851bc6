"""Every scripted adviser keeps the laws on every problem."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recourse_bandits import advisers
from recourse_bandits.advisers import (
    Adviser,
    AlwaysRandom,
    AlwaysWorst,
    Believer,
    Constant,
    FromFunction,
    Human,
    LanguageModel,
    NoisyPair,
    Oracle,
    Quality,
    Question,
    Router,
    Silent,
    Stale,
)
from recourse_bandits.testing import ChatServer, check_adviser
from recourse_bandits.testing.chat_server import Obliging
from tests.contracts.problems import PROBLEMS
from tests.contracts.worlds import World


def _proposed(question: Question) -> tuple[str, dict[str, float]]:
    """Advise the policy's own arm and no change."""
    return question.problem.arm_names[int(question.proposal.arm)], {}


def advisers_of(
    world: World, folder: Path = Path(), endpoint: str = "http://127.0.0.1:9/v1"
) -> dict[str, Adviser]:
    """Every adviser, and each parameter of the simulated ones with more than one value."""
    size = len(world.problem.mutable_columns)
    return {
        "Oracle": Oracle(world.best),
        "Quality 0": Quality(0.0, world.best),
        "Quality 0.5": Quality(0.5, world.best),
        "Quality 1": Quality(1.0, world.best),
        "AlwaysRandom": AlwaysRandom(),
        "AlwaysWorst": AlwaysWorst(world.worst),
        "Constant": Constant(),
        "Constant, last arm": Constant(len(world.problem.arms) - 1),
        "Constant with a change": Constant(0, (5.0,) * size),
        "Stale": Stale(4, world.best, world.worst),
        "NoisyPair": NoisyPair(0.5, (0.2,) * size, 0.3, world.best),
        "NoisyPair, exact": NoisyPair(1.0, (-9.0,) * size, 0.0, world.best),
        "Silent": Silent(),
        "Believer": Believer(world.theta),
        "Believer, wrong": Believer(world.theta, "reversed", 0.7, 0.4, 2),
        "LanguageModel": LanguageModel("openai:any", endpoint=endpoint),
        "LanguageModel, point": LanguageModel("openai:any", "point", endpoint, max_calls=30),
        "Human": Human(f"sqlite:///{folder / 'questions.db'}"),
        "Human, for a day": Human(f"sqlite:///{folder / 'questions.db'}", 86400.0, "withdraw"),
        "Router": Router({"good": Oracle(world.best), "bad": AlwaysWorst(world.worst)}),
        "Router of a sequence": Router([AlwaysRandom(), Silent()]),
        "Router with prices": Router(
            {"good": Oracle(world.best), "nobody": Silent()},
            costs={"good": 2.0},
            exploration=0.3,
            penalty=5.0,
        ),
        "FromFunction": FromFunction(_proposed),
        "FromFunction without an answer": FromFunction(lambda _: None),
    }


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that answers in the form that is asked for."""
    with ChatServer(default=Obliging()) as server:
        yield server.url


_NAMES = list(advisers_of(World("l2")))


def test_every_public_adviser_is_covered() -> None:
    public = [getattr(advisers, name) for name in advisers.__all__]
    kinds = {one for one in public if isinstance(one, type) and issubclass(one, Adviser)}
    assert kinds - {Adviser} == {type(adviser) for adviser in advisers_of(World("l2")).values()}


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", _NAMES)
def test_adviser_keeps_the_laws(name: str, problem: str, tmp_path: Path, endpoint: str) -> None:
    adviser = advisers_of(World(problem), tmp_path, endpoint)[name]
    timed = isinstance(adviser, LanguageModel)  # its exchanges hold seconds
    check_adviser(adviser, PROBLEMS[problem], seed=6, repeatable=not timed)
