"""A prior that somebody states: the formula by hand, its ends, its errors, and who reads it."""

import json
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, LIBRA, AdviceOnly, LanguageModel, LinUCB, Mixture, RecourseTS
from recourse_bandits.errors import AdviserUnavailable, DescriptionError, InvalidAdvice
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Prior, Problem, Reward
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import Answers, Fails, Obliging, Truncated
from tests.contracts.problems import PROBLEMS
from tests.problem.builders import number, problem_of

# two arms, columns intercept and age; noise 6, so that noise² / sd² is 9 at sd 2
PROBLEM = problem_of(number("age"), reward=Reward("drop", noise=6.0, coefficient_bound=5.0))
OWN = Prior(mean={"a": {"age": -1.5}}, precision={"a": {"age": 4.0}, "b": {"intercept": 0.1}})
CORRELATED = Prior(
    mean_matrix=((1.0, 2.0), (3.0, 4.0)),
    precision_matrix=(((2.0, 0.5), (0.5, 1.0)), ((1.0, 0.0), (0.0, 1.0))),
)
MEAN, SD = [[10.0, 1.0], [-20.0, 2.0]], [[2.0, 12.0], [6.0, 0.1]]


def believing(problem: Problem, prior: Prior) -> Problem:
    return replace(problem, reward=replace(problem.reward, prior=prior))


def stated(problem: Problem = PROBLEM, **parts: Any) -> tuple[Any, Any]:
    described: dict[str, Any] = {"mean": MEAN, "sd": SD, "sample_size": 20}
    prior = Prior.stated(problem, **(described | parts))
    return prior.arrays(problem.arm_names, problem.columns, penalty=99.0)


@pytest.mark.parametrize(
    ("parts", "mean", "added"),
    [
        ({}, MEAN, [[9.0, 0.25], [1.0, 20.0]]),  # 36/0.01 = 3,600 gives way to 20
        ({"trust": 0.5}, [[5.0, 0.5], [-10.0, 1.0]], [[4.5, 0.125], [0.5, 10.0]]),
        ({"sample_size": 0.2}, MEAN, [[0.2, 0.2], [0.2, 0.2]]),
        ({"sample_size": 4, "trust": 0.25}, None, [[1.0, 0.0625], [0.25, 1.0]]),
    ],
)
@pytest.mark.parametrize("penalty", [1.0, 0.7])
def test_the_formula(parts: dict[str, Any], mean: Any, added: Any, penalty: float) -> None:
    centre, precision = stated(penalty=penalty, **parts)
    if mean is not None:
        assert centre.tolist() == mean
    expected = [np.diag(row) + penalty * np.eye(2) for row in added]
    np.testing.assert_allclose(precision, expected, rtol=1e-15)


def test_it_moves_the_problems_own_prior() -> None:
    centre, precision = stated(believing(PROBLEM, OWN), trust=0.5, penalty=2.0)
    assert centre.tolist() == [[5.0, -0.25], [-10.0, 1.0]]
    diagonals = np.einsum("kdd->kd", precision)
    np.testing.assert_allclose(diagonals, [[6.5, 4.125], [0.6, 12.0]])


def test_what_an_own_prior_says_of_two_columns_together_stays() -> None:
    problem = believing(PROBLEM, CORRELATED)
    before = problem.to_json()
    centre, precision = stated(problem)
    np.testing.assert_allclose(centre, MEAN)
    np.testing.assert_allclose(precision[0], [[11.0, 0.5], [0.5, 1.25]])
    np.testing.assert_allclose(precision[1], [[2.0, 0.0], [0.0, 21.0]])
    assert problem.to_json() == before


@pytest.mark.parametrize("name", PROBLEMS)
def test_without_trust_nothing_new_is_believed_to_the_last_bit(name: str) -> None:
    problem = PROBLEMS[name]
    shape = (len(problem.arms), problem.dimension)
    prior = Prior.stated(
        problem, np.full(shape, 1 / 3), np.full(shape, 0.1), 7, trust=0.0, penalty=0.3
    )
    told = prior.arrays(problem.arm_names, problem.columns, penalty=99.0)
    before = problem.reward.prior.arrays(problem.arm_names, problem.columns, penalty=0.3)
    for found, kept in zip(told, before, strict=True):
        assert found.tolist() == kept.tolist()


@pytest.mark.parametrize("sd", [1e-200, 5e-324, 1e200])
def test_no_claim_is_too_bold_to_be_read(sd: float) -> None:
    precision = stated(sd=np.full((2, 2), sd))[1]
    np.testing.assert_allclose(np.einsum("kdd->kd", precision), 21.0 if sd < 1 else 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": [[1.0, 2.0]]}, r"stated mean must be finite, of shape \(2, 2\); got \(1, 2\)"),
        ({"mean": 1.0}, r"stated mean .* got \(\)"),
        ({"mean": [[1.0], [1.0, 2.0]]}, "stated mean .* rows differ in length"),
        ({"mean": [["x", 1.0], [1.0, 2.0]]}, "stated mean .* hold something that is no number"),
        ({"mean": [[{}, 1.0], [1.0, 2.0]]}, "stated mean .* hold something that is no number"),
        ({"mean": [[math.nan, 1.0], [1.0, 2.0]]}, "stated mean must be finite"),
        ({"mean": [[math.inf, 1.0], [1.0, 2.0]]}, "stated mean must be finite"),
        ({"sd": [[1.0, 2.0, 3.0]] * 2}, r"stated sd must be .* got \(2, 3\)"),
        ({"sd": [[1.0, 0.0], [1.0, 2.0]]}, "stated sd must be > 0, got 0"),
        ({"sd": [[1.0, -3.0], [1.0, 2.0]]}, "stated sd must be > 0, got -3"),
        ({"sd": [[1.0, math.nan], [1.0, 2.0]]}, "stated sd must be finite"),
        ({"trust": -0.1}, r"trust must lie in \[0, 1\], got -0.1"),
        ({"trust": 1.1}, r"trust must lie in \[0, 1\], got 1.1"),
        ({"trust": math.nan}, r"trust must lie in \[0, 1\], got nan"),
        ({"sample_size": 0}, "sample_size must be positive and finite, got 0"),
        ({"sample_size": math.inf}, "sample_size must be positive and finite, got inf"),
        ({"sample_size": True}, "sample_size must be positive and finite, got True"),
        ({"penalty": 0.0}, "penalty must be positive and finite, got 0.0"),
    ],
)
def test_what_cannot_be_believed_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        stated(**change)


def test_it_is_kept_with_the_problem() -> None:
    told = believing(PROBLEM, Prior.stated(PROBLEM, MEAN, SD, 20, trust=0.3))
    assert Problem.from_json(json.loads(json.dumps(told.to_json()))) == told


@pytest.mark.parametrize(
    ("parts", "dispersion"),
    [
        ({"link": "logistic"}, 1.0),
        ({"link": "logistic", "noise": 0.2}, 1.0),
        ({"link": "probit"}, math.sqrt(2.0 * math.pi) / 4.0),
        ({"link": "log", "bounds": (0, 9)}, 9.0),
        ({"link": "log", "bounds": (0, 9), "dispersion": 2.0, "direction": "decrease"}, 2.0),
    ],
)
def test_with_a_link_the_dispersion_is_what_a_statement_is_weighed_against(
    parts: dict[str, Any], dispersion: float
) -> None:
    problem = problem_of(number("age"), reward=Reward("y", coefficient_bound=5.0, **parts))
    centre, precision = stated(problem, sample_size=20)
    assert centre.tolist() == MEAN
    expected = [np.diag(1.0 + np.minimum(dispersion / np.square(row), 20.0)) for row in SD]
    np.testing.assert_allclose(precision, expected, rtol=1e-14)


POLICIES: dict[str, AnyPolicy] = {
    "LinUCB": LinUCB(penalty=0.7),
    "GLRB": GLRB(penalty=0.7),
    "RecourseTS": RecourseTS(penalty=0.7),
    "LIBRA": LIBRA(GLRB(penalty=0.7), threshold=1.0),
    "AdviceOnly": AdviceOnly(GLRB(penalty=0.7)),
    "Mixture": Mixture(RecourseTS(penalty=0.7)),
}


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_that_learns_starts_from_it(name: str) -> None:
    told = believing(PROBLEM, Prior.stated(PROBLEM, MEAN, SD, 20, penalty=0.7))
    state: Any = POLICIES[name].init(told)
    state = getattr(state, "base", state)
    np.testing.assert_allclose(state.estimate, np.array(MEAN))
    precision = np.einsum("kji,kjl->kil", state.factor, state.factor)
    np.testing.assert_allclose(np.einsum("kdd->kd", precision), [[9.7, 0.95], [1.7, 20.7]])


# -- asking for it -------------------------------------------------------------------------------


@dataclass
class _Statement:
    mean: Any
    sd: Any
    sample_size: float


class _Somebody:
    """Anybody who can be asked; remembers for which problem."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.problems = answer, list[Problem]()

    def elicit(self, problem: Problem) -> tuple[Any, None]:
        self.problems.append(problem)
        return self.answer, None


def test_who_is_asked_need_be_no_model() -> None:
    somebody = _Somebody(_Statement(np.array(MEAN), np.array(SD), 20.0))
    prior = Prior.elicited(somebody, PROBLEM, trust=0.3, penalty=0.7)
    assert prior == Prior.stated(PROBLEM, MEAN, SD, 20, trust=0.3, penalty=0.7)
    assert somebody.problems == [PROBLEM]


def test_an_error_that_is_returned_is_raised() -> None:
    with pytest.raises(InvalidAdvice, match="no idea"):
        Prior.elicited(_Somebody(InvalidAdvice("no idea")), PROBLEM)


@pytest.mark.parametrize("wrong", [{"trust": 2.0}, {"penalty": -1.0}])
def test_nobody_is_asked_with_numbers_that_are_wrong(wrong: dict[str, float]) -> None:
    somebody = _Somebody(_Statement(np.array(MEAN), np.array(SD), 20.0))
    with pytest.raises(DescriptionError):
        Prior.elicited(somebody, PROBLEM, **wrong)
    assert somebody.problems == []


def answer() -> str:
    arms = {
        arm: {
            column: {"mean": MEAN[k][j], "sd": SD[k][j]} for j, column in enumerate(PROBLEM.columns)
        }
        for k, arm in enumerate(PROBLEM.arm_names)
    }
    return json.dumps({"arms": arms, "effective_sample_size": 20})


def model_at(server: ChatServer) -> LanguageModel:
    return LanguageModel("openai:any", endpoint=server.url, deadline=20.0)


def test_a_model_states_it() -> None:
    with ChatServer([Answers(answer())]) as server:
        prior = Prior.elicited(model_at(server), PROBLEM, trust=0.5)
        assert server.received == 1
    assert prior == Prior.stated(PROBLEM, MEAN, SD, 20, trust=0.5)


def test_the_stand_in_states_that_it_hardly_knows() -> None:
    with ChatServer(default=Obliging()) as server:
        prior = Prior.elicited(model_at(server), PROBLEM)
    # mean 0 ± 10, worth one patient: 36/100 of one
    assert prior == Prior.stated(PROBLEM, np.zeros((2, 2)), np.full((2, 2), 10.0), 1)


def test_an_answer_that_breaks_off_is_asked_for_once_more_and_then_refused() -> None:
    with ChatServer([Truncated(answer()), Answers(answer())]) as server:
        assert Prior.elicited(model_at(server), PROBLEM) == Prior.stated(PROBLEM, MEAN, SD, 20)
        assert server.received == 2
    with ChatServer([Truncated(answer())] * 2, default=Answers(answer())) as server:
        with pytest.raises(InvalidAdvice):
            Prior.elicited(model_at(server), PROBLEM)
        assert server.received == 2


def test_a_server_that_fails_is_named() -> None:
    with ChatServer(default=Fails(500)) as server:
        model = replace(model_at(server), retries=0)
        with pytest.raises(AdviserUnavailable, match="HTTP 500"):
            Prior.elicited(model, PROBLEM)
        assert server.received == 1
