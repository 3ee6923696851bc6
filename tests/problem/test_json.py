"""A description survives JSON exactly."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from recourse_bandits.problem import Feature, Problem
from tests.contracts.problems import PROBLEMS
from tests.problem.builders import problem_of
from tests.problem.strategies import problems


def through_json(problem: Problem) -> Problem:
    return Problem.from_json(json.loads(json.dumps(problem.to_json(), allow_nan=False)))


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_description_survives_json(name: str) -> None:
    problem = PROBLEMS[name]
    read = through_json(problem)
    assert read == problem
    assert read.to_json() == problem.to_json()
    assert read.columns == problem.columns


@given(problem=problems())
def test_any_description_survives_json(problem: Problem) -> None:
    assert through_json(problem) == problem


@pytest.mark.parametrize(
    "feature",
    [
        Feature("x"),
        Feature("x", mean=0.1, scale=1 / 3, missing=0.7),
        Feature("x", mean=0, scale=1, missing=1),
        Feature("x", categories=("1", "2"), missing="2"),
        Feature("x", mutable=True, bounds=(-math.inf, 0.1), max_step=(None, 1e-300)),
        Feature("x", mutable=True, max_step=(math.inf, 1.0)),
    ],
)
def test_awkward_features_survive_json(feature: Feature) -> None:
    read = through_json(problem_of(feature)).features[0]
    assert read == feature
    assert type(read.missing) is type(feature.missing)


def test_a_fitted_description_survives_json() -> None:
    problem = problem_of(Feature("x")).fitted_to({"x": [0.1, 0.2, 0.7]})
    assert through_json(problem) == problem


def test_reading_checks_as_writing_does() -> None:
    description: dict[str, Any] = PROBLEMS["l2"].to_json()
    with pytest.raises(ValidationError, match="radius must be >= 0"):
        Problem.from_json(description | {"budget": {"norm": "l2", "radius": -1}})
    with pytest.raises(ValidationError, match="colour"):
        Problem.from_json(description | {"colour": "red"})


def test_reading_leaves_the_description_as_it_was() -> None:
    description = PROBLEMS["eligibility"].to_json()
    before = json.dumps(description)
    Problem.from_json(description)
    assert json.dumps(description) == before
