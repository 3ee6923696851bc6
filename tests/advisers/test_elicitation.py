import json
from typing import Any

import numpy as np
import pytest

from recourse_bandits.advisers.language_model import elicitation_prompt, parsed_elicitation
from recourse_bandits.errors import DescriptionError, InvalidAdvice, UnknownArm
from recourse_bandits.problem import Feature, Problem, Reward
from tests.advisers.asking import AGE, clinic

_DIGEST = "b35451f2a7b6ae5034f1a2336ea0239f5fbbb3394b2a965b3245923d20e9e8b6"


def answer(problem: Problem, size: object = 20) -> dict[str, Any]:
    """A different number for every arm and column."""
    arms = {
        arm: {
            column: {"mean": 10 * k + j, "sd": 0.5 + j} for j, column in enumerate(problem.columns)
        }
        for k, arm in enumerate(problem.arm_names)
    }
    return {"arms": arms, "effective_sample_size": size}


def test_the_question_states_every_quantity_in_its_unit() -> None:
    text = elicitation_prompt(clinic()).text
    for line in (
        '- "tablet": "one a day"',
        '- "intercept": what everybody gets: the score at typical values, before any amount below '
        "is added",
        '- "age": what is added for each 8 "years" by which the person\'s value is above the '
        "typical 62",
        '- "sex=male": what is added if "sex" is "male"',
        '- "sex is missing": what is added if "sex" is not known',
        '- "diet is missing": what is added if "diet" is not known (it then counts as typical)',
    ):
        assert line in text.splitlines(), line
    for column in clinic().columns:
        assert f'\n- "{column}": what' in text


def test_the_score_is_the_reward() -> None:
    def said(**parts: Any) -> str:
        reward = Reward("drop", unit="mmHg", noise=1, coefficient_bound=1, **parts)
        return elicitation_prompt(clinic(reward=reward)).text

    assert 'The score is that value, in "mmHg".' in said()
    assert 'The score is minus that value, in "mmHg".' in said(direction="decrease")
    assert 'The score is the formula "2 * drop".' in said(transformation="2 * drop")
    formula = said(transformation="2 * drop", direction="decrease")
    assert 'The score is minus the value of the formula "2 * drop".' in formula


def test_the_question_needs_scales() -> None:
    with pytest.raises(DescriptionError, match="'age' has no mean and scale"):
        elicitation_prompt(clinic(Feature("age"), arms=("a",)))


def test_an_answer_becomes_arrays() -> None:
    problem = clinic(AGE, arms=("a", "b"))
    found = parsed_elicitation(json.dumps(answer(problem)), problem)
    np.testing.assert_array_equal(found.mean, [[0, 1], [10, 11]])
    np.testing.assert_array_equal(found.sd, [[0.5, 1.5], [0.5, 1.5]])
    assert (found.sample_size, found.repairs) == (20.0, ())
    fenced = f"```json\n{json.dumps(answer(problem))}\n```"
    assert parsed_elicitation(fenced, problem).repairs == ("taken out of a code fence",)


def test_the_order_of_an_answer_has_no_meaning() -> None:
    problem = clinic(arms=("a", "b"))
    said = answer(problem)
    turned = {
        "effective_sample_size": 20,
        "arms": {
            arm: dict(reversed(row.items())) for arm, row in reversed(list(said["arms"].items()))
        },
    }
    first, second = (parsed_elicitation(json.dumps(text), problem) for text in (said, turned))
    np.testing.assert_array_equal(first.mean, second.mean)


@pytest.mark.parametrize("size", [0, -1, "20", True, None, 1e200])
def test_a_sample_size_is_positive(size: object) -> None:
    problem = clinic(AGE, arms=("a",))
    with pytest.raises(InvalidAdvice, match='"effective_sample_size" must'):
        parsed_elicitation(json.dumps(answer(problem, size)), problem)


@pytest.mark.parametrize(
    ("pair", "match"),
    [
        ({"mean": 1}, '"age" of "a" lacks "sd"'),
        ({"mean": 1, "sd": 0}, 'the "sd" of "age" of "a" must be > 0'),
        ({"mean": 1, "sd": -2}, "must be > 0"),
        ({"mean": "1", "sd": 1}, "must be a plain number"),
        ({"mean": 1e200, "sd": 1}, "too large"),
        ({"mean": 1, "sd": 1, "n": 3}, 'the unknown key "n"'),
        (3, '"age" of "a" must be a JSON object, got 3'),
    ],
)
def test_pairs_that_are_refused(pair: object, match: str) -> None:
    problem = clinic(AGE, arms=("a",))
    said = answer(problem)
    said["arms"]["a"]["age"] = pair
    with pytest.raises(InvalidAdvice, match=match):
        parsed_elicitation(json.dumps(said), problem)


def test_every_arm_and_column_once() -> None:
    problem = clinic(AGE, arms=("a", "b"))
    said = answer(problem)
    for arms, error, match in (
        ({"a": said["arms"]["a"]}, InvalidAdvice, '"arms" lacks "b"'),
        (said["arms"] | {"c": {}}, UnknownArm, 'no treatment "c"'),
        (said["arms"] | {"A": said["arms"]["a"]}, InvalidAdvice, '"A" is given twice'),
        (said["arms"] | {"a": {"age": {}}}, InvalidAdvice, '"a" lacks "intercept"'),
        (
            said["arms"] | {"a": said["arms"]["a"] | {"x": {}}},
            InvalidAdvice,
            'the unknown key "x"',
        ),
        ([], InvalidAdvice, '"arms" must be a JSON object, got a list'),
    ):
        with pytest.raises(error, match=match):
            parsed_elicitation(json.dumps({"arms": arms, "effective_sample_size": 3}), problem)
    with pytest.raises(InvalidAdvice, match="NaN"):
        parsed_elicitation(json.dumps(answer(problem, float("nan"))), problem)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"link": "logistic"},
            "The score is the log odds log(p / (1 - p)), where p is the expected value of what is "
            "measured (a probability, or a share, between 0 and 1).",
        ),
        (
            {"link": "logistic", "direction": "decrease"},
            "The score is minus the log odds log(p / (1 - p)), where p is",
        ),
        (
            {"link": "probit", "transformation": "drop / 10"},
            "The score is the probit of p (the standard normal quantile), where p is the expected "
            'value of the formula "drop / 10" (a probability',
        ),
        (
            {"link": "log", "bounds": (0, 9), "direction": "decrease"},
            "The score is minus the natural logarithm log(m), where m is the expected value of "
            "what is measured.\n",
        ),
    ],
)
def test_with_a_link_the_score_is_on_the_linear_scale(parts: dict[str, Any], said: str) -> None:
    reward = Reward("drop", coefficient_bound=1, **parts)
    text = elicitation_prompt(clinic(reward=reward)).text
    assert said in text
    assert "The larger the score, the better. All amounts below are in units of the score." in text
    assert "that value" not in text


def test_without_a_link_the_question_is_the_one_it_always_was() -> None:
    """A changed text would put a question again whose answer was kept, and paid for."""
    assert elicitation_prompt(clinic()).digest == _DIGEST
