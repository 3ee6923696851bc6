"""Whom a router asks, what it learns, and what it refuses."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from recourse_bandits import (
    LIBRA,
    Advice,
    AdviceOnly,
    Adviser,
    AlwaysRandom,
    AlwaysWorst,
    Constant,
    FromFunction,
    Human,
    LinUCB,
    NoAdvice,
    Oracle,
    Quality,
    Router,
    Silent,
    Study,
)
from recourse_bandits.config.registry import adviser_of
from recourse_bandits.errors import DescriptionError
from recourse_bandits.exchanges import Attempt, Exchange
from recourse_bandits.records import Decision
from recourse_bandits.testing.states import through_json, through_npz
from tests.advisers.worlds import WORLD, Half, halves, known, lived, observe
from tests.study.builders import assert_same

ASKS = LIBRA(LinUCB(scale=0.2), threshold=0.0, consultation_budget=None)


@pytest.mark.parametrize("seed", range(3))
def test_each_is_asked_about_the_people_it_knows(seed: int) -> None:
    run = lived(halves(), AdviceOnly(), 300, seed=seed)
    side = np.array([decision.context.values[0] > 0.0 for decision in run.decisions])
    knows = (run.asked == "right") == side
    assert knows[100:].mean() > 0.9
    alone = [lived(Half(side), AdviceOnly(), 300, seed=seed).regret for side in (1.0, -1.0)]
    assert run.regret < 0.3 * min(alone)


@pytest.mark.parametrize("seed", range(3))
def test_the_dear_one_is_asked_only_where_it_is_better_by_more_than_its_price(seed: int) -> None:
    pair = {"nobody": Silent(), "oracle": Oracle(WORLD.best)}
    share = {}
    for price in (0.5, 5.0):  # the oracle is better than the policy by some 2
        run = lived(Router(pair, costs={"oracle": price}), ASKS, 300, seed=seed)
        share[price] = (run.asked[50:] == "oracle").mean()
    assert share[0.5] > 0.9
    assert share[5.0] < 0.05


def test_of_two_that_are_worth_the_same_the_cheaper_is_asked() -> None:
    pair = {"dear": Oracle(WORLD.best), "cheap": Oracle(WORLD.best)}
    run = lived(Router(pair, costs={"dear": 3.0}), AdviceOnly(), 200)
    assert (run.asked == "cheap").mean() > 0.95


@pytest.mark.parametrize("seed", range(3))
def test_one_that_always_fails_is_given_up(seed: int) -> None:
    router = Router({"silent": Silent(), "oracle": Oracle(WORLD.best)})
    run = lived(router, AdviceOnly(), 200, seed=seed)
    assert (run.asked[20:] == "oracle").mean() > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_one_that_is_always_vetoed_is_given_up(seed: int) -> None:
    router = Router({"bad": AlwaysWorst(WORLD.worst), "oracle": Oracle(WORLD.best)})
    run = lived(router, ASKS, 300, seed=seed)
    assert (run.asked[100:] == "oracle").mean() > 0.9
    assert seed == 0 or any(decision.vetoed for decision in run.decisions)  # 0: given up before


def test_without_outcomes_they_take_turns() -> None:
    run = lived(
        Router({"a": AlwaysRandom(), "b": Silent(), "c": Constant()}), AdviceOnly(), 6, order=()
    )
    assert run.asked.tolist() == ["a", "b", "c"] * 2
    assert known(run.study).asked.tolist() == [2, 2, 2]


def test_a_router_of_one_is_that_one() -> None:
    alone = lived(Quality(0.5, WORLD.best), ASKS, 40)
    routed = lived(Router([Quality(0.5, WORLD.best)]), ASKS, 40)
    for one, other in zip(alone.decisions, routed.decisions, strict=True):
        assert_same(one, other)


def test_late_and_shuffled_outcomes_teach_the_same() -> None:
    order = np.random.default_rng(1).permutation(60).tolist()
    states = [
        known(lived(halves(), AdviceOnly(), 60, order=numbers).study)
        for numbers in (range(60), order)
    ]
    assert states[0].observed.tolist() == states[1].observed.tolist()
    for one, other in zip(states[0].worth, states[1].worth, strict=True):
        assert np.abs(one) == pytest.approx(np.abs(other), rel=1e-7, abs=1e-9)


def test_what_another_arm_came_to_teaches_nothing() -> None:
    study = Study(WORLD.problem, AdviceOnly(), halves())
    decision = study.decide([1.0, 0.0, 0.0])
    assert isinstance(decision, Decision)
    other = next(name for name in WORLD.problem.arm_names if name != decision.arm)
    study.observe(decision.id, {"reward": 3.0}, arm=other)
    assert known(study).observed.sum() == 0
    assert known(study).worth.shared_moment.tolist() == [0.0] * 4


@dataclass(frozen=True)
class Answers(Adviser):
    """Answers alike every time, or raises."""

    answer: Any

    def advise(self, state: Any, question: Any, key: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ConnectionError("dead"), "ConnectionError: dead"),
        (NoAdvice("asleep"), "asleep"),
        ("advice", "the adviser returned 'advice', which is no answer"),
        (None, "the adviser returned None, which is no answer"),
        (Advice(9, np.zeros(3)), "UnknownArm: .*"),
    ],
)
def test_whatever_fails_it_is_known_who_was_asked(answer: Any, reason: str) -> None:
    run = lived(Router({"odd": Answers(answer)}), AdviceOnly(), 2)
    for decision in run.decisions:
        assert decision.failed
        assert decision.consultation is not None
        assert decision.consultation.exchange == Exchange("odd")
        assert decision.consultation.reason is not None
        assert np.char.startswith(decision.consultation.reason, reason.removesuffix(".*"))
    assert known(run.study).observed.tolist() == [2]


def test_an_exchange_keeps_what_passed() -> None:
    told = Exchange("model-1", digest="ab", attempts=(Attempt("refused", 0.5),))
    run = lived(Router({"model": Answers(NoAdvice("refused", told))}), AdviceOnly(), 1)
    consultation = run.decisions[0].consultation
    assert consultation is not None
    assert consultation.exchange == Exchange("model", digest="ab", attempts=told.attempts)


@dataclass(frozen=True)
class Counts(Adviser):
    """Remembers how often it was told of what."""

    label: str

    def init(self, problem: Any) -> tuple[int, int, int]:
        return 0, 0, 0

    def advise(self, state: Any, question: Any, key: Any) -> Advice:
        return Advice(0, question.context.values, f"{self.label} after {state}")

    def asked(self, state: Any, question: Any) -> tuple[int, int, int]:
        return state[0] + 1, *state[1:]

    def answered(self, state: Any, question: Any, decision: Any) -> tuple[int, int, int]:
        return state[0], state[1] + 1, state[2]

    def observed(self, state: Any, decision: Any, outcome: Any) -> tuple[int, int, int]:
        return *state[:2], state[2] + 1


def test_everyone_is_told_of_its_own_questions() -> None:
    run = lived(Router({"a": Counts("a"), "b": Counts("b")}), AdviceOnly(), 3, order=())
    notes = [decision.consultation.given.note for decision in run.decisions]  # type: ignore[union-attr]
    assert notes == ["a after (1, 0, 0)", "b after (1, 0, 0)", "a after (2, 1, 0)"]
    for decision in run.decisions:
        observe(run.study, decision)
    assert known(run.study).members == ((2, 2, 2), (1, 1, 1))


def test_its_state_is_stored_exactly() -> None:
    router = Router({"half": Half(1.0), "counts": Counts("a"), "nobody": Silent()})
    state = known(lived(router, AdviceOnly(), 9).study)
    assert_same(through_npz(state), state)
    assert_same(through_json(state), state)


def test_settings_may_name_a_router() -> None:
    settings = {
        "name": "Router",
        "advisers": {"model": {"name": "Quality", "q": 0.5}, "nobody": {"name": "Silent"}},
        "costs": {"model": 2},
    }
    assert adviser_of(settings, {"best": WORLD.best}) == Router(
        {"model": Quality(0.5, WORLD.best), "nobody": Silent()}, costs={"model": 2}
    )
    listed = {"name": "Router", "advisers": [{"name": "AlwaysRandom"}, {"name": "Silent"}]}
    assert adviser_of(listed, {}) == Router([AlwaysRandom(), Silent()])


@pytest.mark.parametrize(
    ("advisers", "parameters", "message"),
    [
        ({}, {}, "a router needs an adviser, got none"),
        ([Silent(), Silent()], {}, "two advisers are named 'Silent': give them labels"),
        ("Silent", {}, "advisers must be given by their labels, got 'Silent'"),
        ({"a": 3}, {}, "adviser 'a' must be an adviser object, got 3"),
        ([3], {}, "the label of an adviser must be a text, got 3"),
        ({1: Silent()}, {}, "the label of an adviser must be a text, got 1"),
        ({"a\ud800": Silent()}, {}, "the label of an adviser must be a text"),
        ({"": Silent()}, {}, "the label of an adviser must be a text, got ''"),
        (
            {"a": Human("sqlite:///q.db"), "b": Human("sqlite:///x/../q.db")},
            {},
            "'a' and 'b' share the queue 'sqlite:///x/../q.db': each needs a file of its own",
        ),
        ({"a": Router([Silent()])}, {}, "adviser 'a' is a router: name its advisers instead"),
        ([Silent()], {"costs": {"b": 1.0}}, "unknown adviser 'b'; known are Silent"),
        ([Silent()], {"costs": {"Silent": -1}}, "cost of Silent must be finite and >= 0, got -1"),
        ([Silent()], {"costs": 1.0}, "costs must be given by label, got 1.0"),
        ([Silent()], {"exploration": -0.1}, "exploration must be finite and >= 0, got -0.1"),
        ([Silent()], {"exploration": "x"}, "exploration must be finite and >= 0, got 'x'"),
        ([Silent()], {"penalty": 0.0}, "penalty must be positive and finite, got 0.0"),
    ],
)
def test_what_makes_no_sense_is_refused(advisers: Any, parameters: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        Router(advisers, **parameters)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize(
    "parameters",
    [{"penalty": 1e-320}, {"penalty": 1e308}, {"exploration": 1e308}, {"costs": {"Silent": 1e308}}],
)
def test_somebody_is_asked_whatever_the_parameters(parameters: Any) -> None:
    run = lived(Router([AlwaysRandom(), Silent()], **parameters), AdviceOnly(), 5)
    assert len(run.asked) == 5


def test_a_question_that_is_put_to_nobody_here_has_no_advice() -> None:
    class Renamed(Router):
        def addressee(self, state: Any, question: Any) -> str:
            return "somebody"

    run = lived(Renamed([FromFunction(lambda _: None)]), AdviceOnly(), 1)
    consultation = run.decisions[0].consultation
    assert consultation is not None
    assert consultation.reason == "LookupError: a question to 'somebody', who is no adviser here"
