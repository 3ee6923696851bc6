"""The laws of an adviser."""

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from recourse_bandits.advisers import Adviser, Question
from recourse_bandits.policies import AdviceOnly
from recourse_bandits.problem import Problem
from recourse_bandits.records import Advice, Decision, Key, Later, NoAdvice, Stream
from recourse_bandits.study import Study
from recourse_bandits.testing.comparison import difference
from recourse_bandits.testing.legality import assert_legal
from recourse_bandits.testing.people import random_people
from recourse_bandits.testing.rehearsal import Rehearsal, rehearse


def check_adviser(
    adviser: Adviser,
    problem: Problem,
    *,
    seed: int = 0,
    rounds: int = 12,
    repeatable: bool = True,
) -> None:
    """Assert that an adviser keeps every law on a problem.

    Parameters
    ----------
    adviser
        The adviser; it is really asked, so that one that costs money should be a stand-in.
    problem
        The problem.
    seed
        Draws persons.
    rounds
        Number of persons.
    repeatable
        Whether the same key must lead to the same answer.

    Raises
    ------
    AssertionError
        If a law is broken; the message says which.

    Examples
    --------
    >>> from recourse_bandits import AlwaysRandom, Hypertension
    >>> check_adviser(AlwaysRandom(), Hypertension().problem)
    """
    run = rehearse(AdviceOnly(), problem, None, seed, rounds)
    state = adviser.init(problem)
    later: list[Question] = []
    for number, proposal in enumerate(decision.proposal for decision in run.decisions):
        question = Question(number, problem, proposal)
        described = json.dumps(problem.to_json())
        key = Key(seed, number, Stream.ADVISER)
        unasked = copy.deepcopy((state, question.proposal))
        question = replace(question, addressee=adviser.addressee(state, question))
        again = adviser.addressee(state, question)
        assert again == question.addressee, "the same state led to another addressee"
        asked = adviser.asked(state, question)  # a study counts a question before it is put
        found = difference(unasked, (state, question.proposal), "(state, proposal)")
        assert found is None, f"an input was mutated: {found}"
        state = asked
        before = copy.deepcopy((state, question.proposal))
        answer = adviser.advise(state, question, key)
        _is_legal(answer, question)
        later += [question] if isinstance(answer, Later) else []
        if repeatable:
            found = difference(answer, adviser.advise(state, question, key), "answer")
            assert found is None, f"the same key led to another answer: {found}"
        found = difference(before, (state, question.proposal), "(state, proposal)")
        assert found is None, f"an input was mutated: {found}"
        assert json.dumps(problem.to_json()) == described, "the problem was mutated"
    _collects(adviser, later)
    _learns_without_mutation(adviser, state, run)
    _is_heard(adviser, problem, seed)


def _is_legal(answer: Any, question: Question) -> None:
    assert isinstance(answer, Advice | NoAdvice | Later), f"{answer!r} is no answer"
    if isinstance(answer, Advice):
        assert_legal(question.context, answer.arm, answer.point, "advice")
    elif isinstance(answer, NoAdvice):
        assert answer.reason, "no advice needs a reason"


def _collects(adviser: Adviser, questions: Sequence[Question]) -> None:
    by_number = {question.number: question for question in questions}
    for number, answer in adviser.collect(questions, None).items():
        assert number in by_number, f"collect answered question {number}, which was not put"
        assert not isinstance(answer, Later), "what is collected is an answer"
        _is_legal(answer, by_number[number])


def _learns_without_mutation(adviser: Adviser, state: Any, run: Rehearsal) -> None:
    for decision, outcome in zip(run.decisions, run.outcomes, strict=True):
        before = copy.deepcopy((state, decision, outcome))
        after = adviser.observed(state, decision, outcome)
        found = difference(before, (state, decision, outcome), "(state, decision, outcome)")
        assert found is None, f"observed mutated an input: {found}"
        state = after


def _is_heard(adviser: Adviser, problem: Problem, seed: int) -> None:
    study = Study(problem, AdviceOnly(), adviser, seed=seed)
    for person in random_people(problem, 3, seed):
        decision = study.decide(person)
        if isinstance(decision, Decision):
            assert decision.asked, "the adviser was not asked"
            assert decision.followed != decision.failed, "neither followed nor failed"
