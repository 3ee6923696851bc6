"""What is of the wrong kind altogether is refused by name, not by whatever breaks first."""

from typing import Any

import pytest

import recourse_bandits as rb
from recourse_bandits.errors import DescriptionError, InvalidMeasure, InvalidValue, UnknownArm


@pytest.fixture
def problem() -> rb.Problem:
    return rb.Problem(
        features=[rb.Feature("age", mean=60, scale=10)],
        arms=["a", "b"],
        budget=rb.Budget("l2", 1.0),
        reward=rb.Reward("drop", noise=1, coefficient_bound=5),
    )


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("problem", ({"age": 3}, rb.GLRB())),
        ("policy", (None, rb.GLRB)),
        ("adviser", (None, rb.GLRB(), 3)),
    ],
)
def test_a_study_of_something_else(
    problem: rb.Problem, what: str, arguments: tuple[Any, ...]
) -> None:
    first = problem if arguments[0] is None else arguments[0]
    with pytest.raises(DescriptionError, match=f"{what} must be a {what} object"):
        rb.Study(first, *arguments[1:])


@pytest.mark.parametrize("value", ["61", b"61", [61], {}])
def test_a_value_that_is_no_number(problem: rb.Problem, value: Any) -> None:
    with pytest.raises(InvalidValue, match="'age' must be a number"):
        problem.context({"age": value})


def test_a_truth_value_counts_as_0_or_1(problem: rb.Problem) -> None:
    assert problem.context({"age": True}).given == {"age": 1.0}


def test_a_text_of_eligible_arms(problem: rb.Problem) -> None:
    with pytest.raises(UnknownArm, match="the text 'ab'"):
        problem.context({"age": 61}, eligible="ab")


@pytest.mark.parametrize("measures", [3.0, ["drop"], {"drop": "3"}])
def test_measures_that_are_none(problem: rb.Problem, measures: Any) -> None:
    study = rb.Study(problem, rb.GLRB())
    decision = study.decide({"age": 61})
    assert isinstance(decision, rb.Decision)
    with pytest.raises(InvalidMeasure):
        study.observe(decision.id, measures)


@pytest.mark.parametrize("people", [None, "age", {"age": 61}, {"age": [61, 62], "b": [1]}])
def test_a_table_that_is_none(problem: rb.Problem, people: Any) -> None:
    with pytest.raises(DescriptionError):
        rb.Study(problem, rb.GLRB()).preview_many(people)


def test_the_interval_of_a_policy_without_a_model_is_unbounded(problem: rb.Problem) -> None:
    decision = rb.Study(problem, rb.Uniform()).decide({"age": 61})
    assert isinstance(decision, rb.Decision)
    assert decision.interval == (float("-inf"), float("inf"))
