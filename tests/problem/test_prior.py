"""What is believed before any outcome."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import LinUCB
from recourse_bandits.problem import Prior, Reward
from tests.problem.builders import number, problem_of

_ARMS, _COLUMNS = ("a", "b"), ("intercept", "age")
_EYE = ((1.0, 0.0), (0.0, 1.0))

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "two means": (
        {"mean": {"a": {"age": 1}}, "mean_matrix": _EYE},
        "give the prior's mean or its mean_matrix, not both",
    ),
    "two precisions": (
        {"precision": {"a": {"age": 1}}, "precision_matrix": (_EYE, _EYE)},
        "give the prior's precision or its precision_matrix, not both",
    ),
    "precision 0": (
        {"precision": {"a": {"age": 0}}},
        r"prior precision of 'age' under 'a' must be positive, got 0\.0",
    ),
    "precision NaN": (
        {"precision": {"a": {"age": math.nan}}},
        "prior precision of 'age' under 'a' must be positive, got nan",
    ),
    "precision infinite": ({"precision": {"a": {"age": math.inf}}}, "must be positive, got inf"),
    "mean NaN": ({"mean": {"a": {"age": math.nan}}}, "'age'.*got nan"),
    "mean infinite": ({"mean": {"a": {"age": math.inf}}}, "'age'.*got inf"),
    "unknown attribute": ({"variance": {}}, "variance"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_contradictory_prior_is_refused(case: str) -> None:
    parts, message = REFUSED[case]
    with pytest.raises(ValidationError, match=message):
        Prior(**parts)


def test_what_is_not_named_is_0_with_the_policys_penalty() -> None:
    prior = Prior(mean={"b": {"age": -1.9}}, precision={"a": {"intercept": 0.1}})
    mean, precision = prior.arrays(_ARMS, _COLUMNS, penalty=2.0)
    assert mean.tolist() == [[0.0, 0.0], [0.0, -1.9]]
    assert precision.tolist() == [[[0.1, 0.0], [0.0, 2.0]], [[2.0, 0.0], [0.0, 2.0]]]


@pytest.mark.parametrize(
    "prior", [Prior(mean={"b": {"age": -1e101}}), Prior(mean_matrix=((1.0, 2.0), (3.0, 1e308)))]
)
def test_a_mean_beyond_all_rewards_is_refused(prior: Prior) -> None:
    with pytest.raises(DescriptionError, match=r"means must be at most 1e\+100 in size"):
        prior.arrays(_ARMS, _COLUMNS, penalty=1.0)


def test_matrices_are_taken_as_they_are() -> None:
    correlated = ((2.0, 0.5), (0.5, 1.0))
    prior = Prior(mean_matrix=((1.0, 2.0), (3.0, 4.0)), precision_matrix=(correlated, _EYE))
    mean, precision = prior.arrays(_ARMS, _COLUMNS, penalty=7.0)
    assert mean.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert precision.tolist() == [[[2.0, 0.5], [0.5, 1.0]], [[1.0, 0.0], [0.0, 1.0]]]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "arm": ({"mean": {"c": {"age": 1}}}, r"prior mean\['c'\]\['age'\]: arms are a, b; columns are"),
    "column": ({"precision": {"a": {"aeg": 1}}}, r"prior precision\['a'\]\['aeg'\]: arms are a, b"),
    "mean shape": (
        {"mean_matrix": ((1.0,), (2.0,))},
        r"mean_matrix must be finite, of shape \(2, 2\); got \(2, 1\)",
    ),
    "ragged mean": ({"mean_matrix": ((1.0, 2.0), (2.0,))}, "mean_matrix must be finite, of shape"),
    "mean NaN": ({"mean_matrix": ((1.0, math.nan), (2.0, 1.0))}, "mean_matrix must be finite"),
    "precision shape": ({"precision_matrix": (_EYE,)}, r"of shape \(2, 2, 2\); got \(1, 2, 2\)"),
    "asymmetric precision": (
        {"precision_matrix": (_EYE, ((1.0, 0.5), (0.0, 1.0)))},
        "precision_matrix must be positive definite",
    ),
    "indefinite precision": (
        {"precision_matrix": (_EYE, ((1.0, 2.0), (2.0, 1.0)))},
        "precision_matrix must be positive definite",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_prior_for_another_problem_is_refused(case: str) -> None:
    parts, message = WRONG[case]
    with pytest.raises(DescriptionError, match=message):
        Prior(**parts).arrays(_ARMS, _COLUMNS, penalty=1.0)


def test_a_linear_policy_starts_from_the_prior() -> None:
    prior = Prior(mean={"a": {"age": -1.5}}, precision={"a": {"age": 4.0}})
    reward = Reward("drop", noise=1.0, coefficient_bound=5.0, prior=prior)
    state = LinUCB(penalty=9.0).init(problem_of(number("age"), reward=reward))
    assert state.estimate.tolist() == [[0.0, -1.5], [0.0, 0.0]]
    assert np.diagonal(state.factor, axis1=1, axis2=2).tolist() == [[3.0, 2.0], [3.0, 3.0]]
