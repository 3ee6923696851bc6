"""The whole description: what contradicts what, and which columns follow."""

from typing import Any

import pytest
from pydantic import ValidationError

from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Arm, Budget, Feature, Problem
from tests.problem.builders import mutable, number, problem_of

REFUSED: dict[str, tuple[tuple[Feature, ...], dict[str, Any], str]] = {
    "a feature twice": (
        (number("x"), number("y"), mutable("x")),
        {},
        r"feature names must differ, got \['x'\] more than once",
    ),
    "an arm twice": ((), {"arms": ["a", Arm("a")]}, r"arm names must differ, got \['a'\]"),
    "no arm": ((), {"arms": []}, "a problem needs at least one arm"),
    "arms as a text": ((), {"arms": "ab"}, "arms must be a list of names or of Arm objects"),
    "arms as a number": ((), {"arms": 2}, "arms must be a list of names or of Arm objects"),
    "an unnamed arm": ((), {"arms": ["a", ""]}, "an arm needs a name"),
    "nothing to learn from": (
        (),
        {"intercept": False},
        "a problem without features needs the intercept",
    ),
    "a feature named intercept": (
        (number("intercept"),),
        {},
        "a feature is named 'intercept': rename it, or set intercept=False",
    ),
    "an unknown attribute": ((), {"outcomes": 1}, "outcomes"),
    "an indicator's column twice": (
        (number("x", missing="indicator"), mutable("x is missing")),
        {},
        "x is missing",
    ),
    "a category's column twice": (
        (Feature("sex", categories=("f", "m")), mutable("sex=m")),
        {},
        "sex=m",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_contradictory_problem_is_refused(case: str) -> None:
    features, parts, message = REFUSED[case]
    with pytest.raises(ValidationError, match=message):
        problem_of(*features, **parts)


def test_every_part_but_the_intercept_must_be_given() -> None:
    parts: dict[str, Any] = {}
    with pytest.raises(ValidationError) as refused:
        Problem(**parts)
    assert {error["loc"][0] for error in refused.value.errors()} == {
        "features",
        "arms",
        "budget",
        "reward",
    }


def test_columns_follow_from_the_features() -> None:
    problem = problem_of(
        number("age"),
        Feature("sex", categories=("f", "m"), missing="indicator"),
        mutable("diet", missing="indicator"),
        mutable("sport"),
    )
    assert problem.columns == (
        "intercept",
        "age",
        "sex=f",
        "sex=m",
        "sex is missing",
        "diet",
        "diet is missing",
        "sport",
    )
    assert problem.dimension == 8
    assert problem.mutable_columns.tolist() == [5, 7]
    assert [feature.name for feature in problem.mutable] == ["diet", "sport"]


def test_without_intercept_columns_start_with_the_features() -> None:
    problem = problem_of(mutable("x"), number("intercept"), intercept=False)
    assert problem.columns == ("x", "intercept")
    assert problem.mutable_columns.tolist() == [0]


def test_a_text_stands_for_an_arm() -> None:
    problem = problem_of(arms=["a", Arm("b", description="the other")])
    assert problem.arm_names == ("a", "b")
    assert problem.arm_index("b") == 1


def test_parts_may_be_given_as_mappings() -> None:
    described: dict[str, Any] = {
        "features": [{"name": "x", "mean": 0, "scale": 1}],
        "arms": [{"name": "a", "eligible": "x > 1"}, "b"],
        "budget": {"norm": "linf", "radius": 2},
        "reward": {"measure": "drop", "noise": 1, "coefficient_bound": 5},
    }
    arms = [Arm("a", eligible="x > 1"), "b"]
    assert Problem(**described) == problem_of(number("x"), arms=arms, budget=Budget("linf", 2.0))


def test_a_problem_does_not_change() -> None:
    problem: Any = problem_of(number("x"))
    with pytest.raises(AttributeError):
        problem.intercept = False
    assert isinstance(problem.features, tuple)
    assert isinstance(problem.arms, tuple)


def test_an_unscaled_feature_is_named_when_numbers_are_needed() -> None:
    problem = problem_of(number("x"), Feature("age"))
    with pytest.raises(
        DescriptionError, match="feature 'age' has no mean and scale: give them, or"
    ):
        problem.context({"x": 0, "age": 3})


def test_effort_counts_weights_and_the_budgets_units() -> None:
    features = (mutable("x", scale=2.0, weight=3.0), mutable("y", scale=0.5))
    scaled = problem_of(*features).limits.weight
    raw = problem_of(*features, budget=Budget("l2", 1.0, scaled=False)).limits.weight
    assert scaled.tolist() == [3.0, 1.0]
    assert raw.tolist() == [6.0, 0.5]
