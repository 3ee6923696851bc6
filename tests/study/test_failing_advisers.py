"""Whatever an adviser does, somebody decides, and the record says why."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from recourse_bandits import Adviser, FromFunction, NoAdvice, Question, Silent
from recourse_bandits.records import Advice, Later
from tests.study.builders import (
    ASKS_ALWAYS,
    PERSON,
    asking,
    assert_same,
    decided,
    people,
    study_of,
    taught,
)


@dataclass(frozen=True)
class Answers(Adviser):
    """Gives whatever a function makes of the question."""

    answer: Callable[[Question], Any]

    def advise(self, state: Any, question: Question, key: Any) -> Any:
        return self.answer(question)


def fails(question: Question) -> Any:
    raise ConnectionError("the line is dead")


class Unspeakable(Exception):
    """Cannot even be told."""

    def __str__(self) -> str:
        raise ValueError("no words")


def fails_without_words(question: Question) -> Any:
    raise Unspeakable


def moved(question: Question, column: int, step: float) -> Advice:
    point = question.context.values.copy()
    point[column] += step
    return Advice(0, point)


FAILURES: dict[str, tuple[Adviser, str]] = {
    "raises": (Answers(fails), "ConnectionError: the line is dead"),
    "raises what cannot be told": (
        Answers(fails_without_words),
        "Unspeakable, which cannot be told",
    ),
    "says that it has none": (Answers(lambda _: NoAdvice("asleep")), "asleep"),
    "is silent": (Silent(), "the adviser is silent"),
    "infeasible": (
        Answers(lambda question: moved(question, 3, 5.0)),
        r"InfeasibleAdvice: .*outside the feasible set by 3\.5",
    ),
    "immutable": (
        Answers(lambda question: moved(question, 1, 1e-12)),
        "InfeasibleAdvice: .*outside the feasible set by inf",
    ),
    "not a number": (
        Answers(lambda question: moved(question, 3, float("nan"))),
        "InfeasibleAdvice: .*by inf",
    ),
    "not offered": (
        Answers(lambda question: Advice(1, question.context.values)),
        "IneligibleArm: .*'combination' may not be given",
    ),
    "no such arm": (
        Answers(lambda question: Advice(7, question.context.values)),
        r"UnknownArm: advised arm 7 must lie in 0\.\.1",
    ),
    "wrong shape": (
        Answers(lambda _: Advice(0, np.zeros(3))),
        r"InfeasibleAdvice: an advised point must have shape \(4,\), got \(3,\)",
    ),
    "a text as a point": (
        Answers(lambda _: Advice(0, "nowhere")),  # type: ignore[arg-type]
        "DescriptionError: advice must hold a whole number and an array of numbers",
    ),
    "a text as an arm": (
        Answers(lambda q: Advice("combination", q.context.values)),  # type: ignore[arg-type]
        ".+",
    ),
    "nothing": (Answers(lambda _: None), ".+"),
    "a pair": (Answers(lambda question: (0, question.context.values)), ".+"),
    "a text": (Answers(lambda _: "combination"), ".+"),
    "a function without advice": (FromFunction(lambda _: None), "no advice"),
    "a function that fails": (FromFunction(fails), "ConnectionError: the line is dead"),
    "an unknown name": (FromFunction(lambda _: ("placebo", {})), "UnknownArm: unknown arm"),
    "an unknown feature": (
        FromFunction(lambda _: ("beta_blocker", {"diets": 5.0})),
        "UnknownFeature: unknown feature 'diets'",
    ),
    "too much asked for": (
        FromFunction(lambda _: ("beta_blocker", {"activity": 9.0})),
        "InfeasibleAdvice",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_when_advice_fails_the_policy_decides_and_the_reason_is_recorded(case: str) -> None:
    adviser, reason = FAILURES[case]
    study = taught(study_of(ASKS_ALWAYS, Silent()))
    study.adviser = adviser
    decision = decided(study, eligible=["beta_blocker"])
    assert (decision.asked, decision.failed, decision.followed) == (True, True, False)
    assert decision.source == "policy"
    assert_same(decision.choice.point, decision.proposal.point)
    assert decision.consultation is not None
    assert decision.consultation.given is None
    assert re.search(reason, decision.consultation.reason or ""), decision.consultation.reason
    assert study.pending == ()
    assert study.state.asked == 9
    study.observe(decision.id, {"drop": 1.0})


def test_legal_advice_is_followed() -> None:
    study = study_of(ASKS_ALWAYS, FromFunction(lambda _: ("combination", {"diet": 5.0})))
    decision = decided(study)
    assert (decision.arm, decision.followed, decision.failed) == ("combination", True, False)
    assert decision.recourse is not None
    assert decision.recourse.target == {**PERSON, "diet": 5.0}


def test_a_buffer_that_an_adviser_uses_again_does_not_change_the_past() -> None:
    buffer = np.empty(4)

    def reuses(question: Question) -> Advice:
        buffer[:] = question.context.values
        return Advice(0, buffer)

    study = study_of(ASKS_ALWAYS, Answers(reuses))
    first = decided(study, people(2)[0])
    before = first.choice.point.copy()
    decided(study, people(2)[1])
    assert_same(first.choice.point, before)


def test_nobody_is_asked_where_the_policy_does_not_want_to() -> None:
    study = study_of(adviser=Answers(fails))
    decision = decided(study)
    assert decision.consultation is None
    assert not decision.asked


def test_a_study_goes_on_after_every_failure() -> None:
    study = study_of(ASKS_ALWAYS, Answers(fails))
    assert [decided(study, person).id for person in people(4)] == [0, 1, 2, 3]
    assert taught(asking(), 4).decisions == 4


class Tired(Adviser):
    """Answers twice; its questions and outcomes are counted by the journal's fold."""

    def init(self, problem: Any) -> tuple[int, int]:
        return 0, 0

    def advise(self, state: Any, question: Question, key: Any) -> Any:
        questions, outcomes = state
        if questions > 2:
            return NoAdvice(f"tired after {questions - 1} questions and {outcomes} outcomes")
        return Advice(0, question.context.values)

    def asked(self, state: Any, question: Question) -> tuple[int, int]:
        return state[0] + 1, state[1]

    def observed(self, state: Any, decision: Any, outcome: Any) -> tuple[int, int]:
        return state[0], state[1] + 1


def test_an_advisers_memory_is_a_fold_of_the_journal() -> None:
    study = study_of(ASKS_ALWAYS, Tired())
    answers = [decided(study, person) for person in people(3)]
    assert [decision.followed for decision in answers] == [True, True, False]
    study.observe(0, {"drop": 1.0})
    again = study_of(ASKS_ALWAYS, Tired(), journal=study.journal)
    consultation = decided(again).consultation
    assert consultation is not None
    assert consultation.reason == "tired after 3 questions and 1 outcomes"


def test_a_later_answer_is_not_a_failure() -> None:
    study = study_of(ASKS_ALWAYS, Answers(lambda _: Later()))
    assert study.decide(PERSON).id == 0
    assert [waiting.id for waiting in study.pending] == [0]
