"""A prior from simulated treatments is what a linear policy learns from those rows."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, LinUCB, RecourseTS, Study
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Prior, Problem, Reward
from recourse_bandits.testing import random_people
from tests.contracts.problems import PROBLEMS
from tests.problem.builders import number, problem_of

_POLICIES: dict[str, AnyPolicy] = {
    "LinUCB": LinUCB(penalty=0.7),
    "GLRB": GLRB(penalty=0.7, scale=0.2),
    "RecourseTS": RecourseTS(penalty=0.7),
}
_SMALL = problem_of(number("age"), reward=Reward("drop", noise=1.0, coefficient_bound=5.0))


def believing(problem: Problem, prior: Prior) -> Problem:
    return replace(problem, reward=replace(problem.reward, prior=prior))


def rows_of(problem: Problem, count: int = 40) -> list[tuple[Any, str, float]]:
    generator = np.random.default_rng(6)
    people = random_people(problem, count, seed=6)
    arms = generator.choice(problem.arm_names, count)
    rewards = generator.normal(3.0, 2.0, count)
    return [
        (person, str(arm), float(reward))
        for person, arm, reward in zip(people, arms, rewards, strict=True)
    ]


def measure_of(problem: Problem, reward: float) -> float:
    return 170.0 - reward if problem.reward.transformation else reward


@pytest.mark.parametrize("name", ["l2", "categories", "missing values", "no intercept", "prior"])
@pytest.mark.parametrize("policy", _POLICIES)
def test_full_trust_is_having_observed_the_rows(policy: str, name: str) -> None:
    problem, rows = PROBLEMS[name], rows_of(PROBLEMS[name])
    study = Study(problem, _POLICIES[policy], seed=1)
    for person, arm, reward in rows:
        study.import_past(person, arm, {problem.reward.measure: measure_of(problem, reward)})
    prior = Prior.simulated(problem, rows, trust=1.0, penalty=0.7)
    started = _POLICIES[policy].init(believing(problem, prior))
    np.testing.assert_allclose(started.estimate, study.state.estimate, rtol=1e-9, atol=1e-9)
    precision = np.einsum("kji,kjl->kil", study.state.factor, study.state.factor)
    np.testing.assert_allclose(np.array(prior.precision_matrix), precision, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("trust", [0.01, 0.3, 1.0])
def test_the_formula(trust: float) -> None:
    rows = [({"age": 50.0}, "a", 2.0), ({"age": 80.0}, "a", -1.0), ({"age": 65.0}, "b", 4.0)]
    prior = Prior.simulated(_SMALL, rows, trust=trust, penalty=2.0)
    for k, arm in enumerate(_SMALL.arm_names):
        mine = [(_SMALL.context(person).values, r) for person, name, r in rows if name == arm]
        X, r = np.array([x for x, _ in mine]), np.array([reward for _, reward in mine])
        V = 2.0 * np.eye(2) + trust * X.T @ X
        assert prior.precision_matrix is not None
        assert prior.mean_matrix is not None
        np.testing.assert_allclose(prior.precision_matrix[k], V, rtol=1e-12)
        np.testing.assert_allclose(prior.mean_matrix[k], np.linalg.inv(V) @ (trust * X.T @ r))


@pytest.mark.parametrize("name", ["l2", "prior"])
def test_without_trust_nothing_new_is_believed(name: str) -> None:
    problem = PROBLEMS[name]
    prior = Prior.simulated(problem, rows_of(problem), trust=0.0, penalty=3.0)
    told = prior.arrays(problem.arm_names, problem.columns, penalty=99.0)
    before = problem.reward.prior.arrays(problem.arm_names, problem.columns, penalty=3.0)
    for found, kept in zip(told, before, strict=True):
        assert found.tolist() == kept.tolist()


def test_it_is_kept_with_the_problem() -> None:
    problem = PROBLEMS["l2"]
    told = believing(problem, Prior.simulated(problem, rows_of(problem), trust=0.5))
    assert Problem.from_json(told.to_json()) == told


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trust": -0.1}, r"trust must lie in \[0, 1\], got -0.1"),
        ({"trust": 1.1}, r"trust must lie in \[0, 1\], got 1.1"),
        ({"trust": math.nan}, r"trust must lie in \[0, 1\], got nan"),
        ({"trust": "all"}, r"trust must lie in \[0, 1\], got 'all'"),
        ({"penalty": 0.0}, "penalty must be positive and finite, got 0.0"),
        ({"penalty": math.inf}, "penalty must be positive and finite, got inf"),
    ],
)
def test_a_wrong_weight_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        Prior.simulated(_SMALL, [], **({"trust": 0.5} | change))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (({"age": "old"}, "a", 1.0), "simulated treatment 1: .*age"),
        (({"aeg": 50}, "a", 1.0), "simulated treatment 1: .*aeg"),
        (({"age": 50}, "c", 1.0), "simulated treatment 1: unknown arm 'c'"),
        (({"age": 50}, "a", math.nan), "simulated treatment 1: reward must be a finite number"),
        (({"age": 50}, "a", "much"), "simulated treatment 1: .* number, got 'much'"),
    ],
)
def test_a_wrong_row_is_named(row: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        Prior.simulated(_SMALL, [({"age": 50}, "a", 1.0), row], trust=0.5)


@pytest.mark.parametrize("row", [None, ("person", "a"), 3.0])
def test_a_row_of_another_form_is_named(row: Any) -> None:
    with pytest.raises(DescriptionError, match=r"simulated treatment 0 must be \(person, arm, rew"):
        Prior.simulated(_SMALL, [row], trust=1.0)


@pytest.mark.parametrize("link", ["logistic", "probit", "log"])
def test_rewards_with_a_link_are_refused(link: Any) -> None:
    """Ridge regression on successes is not a prior of their log odds."""
    rule = Reward("y", link=link, coefficient_bound=5.0, bounds=(0, 1))
    problem = problem_of(number("age"), reward=rule)
    with pytest.raises(DescriptionError, match=f"the {link} link: use Prior.stated"):
        Prior.simulated(problem, [], trust=0.5)
