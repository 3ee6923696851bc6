"""A simulated expert advises what is best for the world that it believes in."""

from typing import Any

import numpy as np
import pytest

from recourse_bandits import Study
from recourse_bandits.advisers import Believer, Question
from recourse_bandits.beliefs import _STREAM, believed
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import AdviceOnly
from recourse_bandits.problem import Budget, Problem
from recourse_bandits.records import Key, Pending, Stream
from tests.problem.builders import mutable, number, problem_of

# columns: intercept, age, diet, sport
TRUTH = np.array([[1.0, 0.0, 3.0, 4.0], [2.0, 1.0, 0.0, 0.0]])
PROBLEM = problem_of(number("age"), mutable("diet"), mutable("sport"), budget=Budget("l2", 5.0))
PRICED = problem_of(
    number("age"), mutable("diet"), mutable("sport"), budget=Budget("l2", 5.0, price=4.0)
)
BOXED = problem_of(
    number("age"),
    mutable("diet", bounds=(-1.0, 3.0)),
    mutable("sport", direction="decrease"),
    budget=Budget("linf", 2.0),
)


def question(problem: Problem, age: float, eligible: Any = None) -> Question:
    study = Study(problem, AdviceOnly())
    waiting = study.decide({"age": age, "diet": 0.0, "sport": 0.0}, eligible=eligible)
    assert isinstance(waiting, Pending)
    return Question(0, problem, waiting.proposal)


def advised(
    age: float = 0.0, problem: Problem = PROBLEM, eligible: Any = None, **parts: Any
) -> tuple[int, list[float]]:
    asked = question(problem, age, eligible)
    arm, point = Believer(TRUTH, **parts).pair(asked, Key(0, 0, Stream.ADVISER))
    return arm, [round(value, 9) for value in point]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, (0, [1.0, 0.0, 3.0, 4.0])),  # 1 + 25 of the first arm against 2 of the second
        ({"age": 30.0}, (1, [1.0, 30.0, 0.0, 0.0])),  # 26 against 2 + 30
        ({"age": 30.0, "effects": "reversed"}, (0, [1.0, 30.0, -3.0, -4.0])),  # against 2 - 30
        ({"reach": 0.5}, (0, [1.0, 0.0, 1.5, 2.0])),
        ({"reach": 0.0}, (0, [1.0, 0.0, 0.0, 0.0])),
        ({"eligible": ["b"]}, (1, [1.0, 0.0, 0.0, 0.0])),
        # 26 less 4 · 5 against 2 + 10
        ({"problem": PRICED, "age": 10.0}, (1, [1.0, 10.0, 0.0, 0.0])),
        ({"problem": BOXED}, (0, [1.0, 0.0, 2.0, 0.0])),
        ({"problem": BOXED, "effects": "reversed"}, (0, [1.0, 0.0, -1.0, -2.0])),
        ({"problem": BOXED, "effects": "reversed", "reach": 0.5}, (0, [1.0, 0.0, -0.5, -1.0])),
    ],
)
def test_the_best_pair_of_the_world_believed_in(parts: dict[str, Any], expected: Any) -> None:
    assert advised(**parts) == expected


def test_whoever_must_change_is_advised_to_although_the_expert_stops_early() -> None:
    forced = problem_of(
        number("age"), mutable("diet", bounds=(1.0, 4.0)), mutable("sport"), budget=Budget("l2", 5)
    )
    assert advised(problem=forced, reach=0.0) == (0, [1.0, 0.0, 1.0, 0.0])


def test_errors_have_the_stated_deviation_and_leave_the_intercept() -> None:
    wide = problem_of(*(number(f"x{i}") for i in range(2000)))
    truth = np.full((2, 2001), 3.0)
    theta = believed(truth, wide, "as they are", 2.0, 5)
    assert (theta[:, 0] == 3.0).all()
    errors = theta[:, 1:] - 3.0
    assert abs(errors.mean()) < 5 * 2.0 / np.sqrt(4000)
    assert errors.std() == pytest.approx(2.0, rel=5 / np.sqrt(2 * 4000))
    assert (truth == 3.0).all()
    turned = believed(truth, wide, "reversed", 2.0, 5)
    assert (turned[:, 0] == 3.0).all()
    np.testing.assert_allclose(turned[:, 1:], errors - 3.0)
    assert (believed(truth, wide, "as they are", 2.0, 6)[:, 1:] != theta[:, 1:]).all()


def test_without_intercept_every_effect_is_believed() -> None:
    problem = problem_of(number("age"), intercept=False)
    assert believed(np.array([[2.0], [-1.0]]), problem, "reversed", 0.0, 1).tolist() == [[-2], [1]]


def test_the_errors_are_those_of_nobody_else() -> None:
    assert _STREAM not in {int(stream) for stream in Stream}


def test_errors_change_the_advice_and_each_seed_is_another_expert() -> None:
    exact, blurred, other = (
        advised(error=error, seed=seed)[1] for error, seed in ((0.0, 1), (2.0, 1), (2.0, 2))
    )
    assert exact != blurred != other
    assert np.linalg.norm(blurred[2:]) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effects": "upside down"}, "effects must be one of as they are, reversed, got 'upside"),
        ({"error": -1.0}, "error must be finite and >= 0, got -1"),
        ({"error": float("nan")}, "error must be .* got nan"),
        ({"reach": 1.1}, r"reach must lie in \[0, 1\], got 1.1"),
        ({"seed": -1}, "seed must be a whole number >= 0, got -1"),
        ({"seed": 1.5}, "seed must be a whole number >= 0, got 1.5"),
    ],
)
def test_a_parameter_out_of_its_range_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        Believer(TRUTH, **change)


@pytest.mark.parametrize("truth", [np.zeros((2, 3)), np.zeros(4), np.full((2, 4), np.nan)])
def test_a_truth_of_another_problem_is_refused_before_anybody_is_asked(truth: Any) -> None:
    with pytest.raises(DescriptionError, match=r"finite, of shape \(2, 4\), got \("):
        Study(PROBLEM, AdviceOnly(), Believer(truth))
