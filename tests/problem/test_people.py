"""One person's raw values: what is accepted, what is refused and how."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from recourse_bandits.errors import (
    InvalidValue,
    MissingValue,
    PersonError,
    UnknownFeature,
)
from recourse_bandits.problem import Feature
from tests.problem.builders import mutable, number, problem_of

PROBLEM = problem_of(
    number("age", unit="years", mean=60.0, scale=8.0, bounds=(18, 120)),
    Feature("sex", categories=("female", "male")),
    mutable("diet_score", mean=5.0, scale=2.0, bounds=(0, 10)),
)
PERSON: dict[str, Any] = {"age": 68, "sex": "female", "diet_score": 4}


def changed(**values: object) -> dict[str, Any]:
    return PERSON | values


def test_values_become_scaled_columns() -> None:
    context = PROBLEM.context(PERSON)
    assert context.values.tolist() == [1.0, 1.0, 1.0, 0.0, -0.5]
    assert context.given == {"age": 68.0, "sex": "female", "diet_score": 4.0}
    assert context.imputed == ()
    assert context.eligible.tolist() == [True, True]
    assert not context.must_change
    assert context.no_recourse is None


@pytest.mark.parametrize(
    "person",
    [
        [68, "female", 4],
        (68, "female", 4.0),
        np.array([68, "female", 4], dtype=object),
        {"sex": "female", "diet_score": np.float32(4), "age": np.int64(68)},
        pl.DataFrame([PERSON]).row(0, named=True),
        pl.DataFrame([PERSON]).row(0),
    ],
    ids=["list", "tuple", "array", "another order", "named row", "row"],
)
def test_a_person_may_come_in_many_forms(person: Any) -> None:
    context = PROBLEM.context(person)
    assert context.given == PROBLEM.context(PERSON).given
    assert context.values.tolist() == PROBLEM.context(PERSON).values.tolist()


def test_a_numeric_array_is_a_person() -> None:
    problem = problem_of(number("x", mean=1.0, scale=2.0), mutable("y"))
    assert problem.context(np.array([3.0, -1.0])).values.tolist() == [1.0, 1.0, -1.0]


def test_a_context_is_returned_as_it_is() -> None:
    context = PROBLEM.context(PERSON)
    assert PROBLEM.context(context) is context


def test_contexts_accepts_some_and_refuses_others() -> None:
    accepted, refused = PROBLEM.contexts([PERSON, changed(age=400), PERSON, changed(sex=None)])
    assert [context.given["age"] for context in accepted] == [68.0, 68.0]
    assert [(row, type(error)) for row, error in refused] == [(1, InvalidValue), (3, MissingValue)]


WRONG_SHAPES: dict[str, tuple[Any, str]] = {
    "too few": ([68, "female"], r"must have 3 values \(age, sex, diet_score\), got 2"),
    "too many": ([68, "female", 4, 5], "must have 3 values .*, got 4"),
    "a number": (68, "a person must be a mapping .* or a sequence .*; got int"),
    "a text": ("abc", "a person must be a mapping .*; got str"),
    "nothing": (None, "a person must be a mapping .*; got NoneType"),
    "a matrix": (np.zeros((2, 3)), "a person must be a mapping .*; got ndarray"),
    "a ragged list": ([68, ["female"], 4], "sex|a person must be a mapping"),
}


@pytest.mark.parametrize("case", WRONG_SHAPES)
def test_what_is_no_person_is_refused(case: str) -> None:
    person, message = WRONG_SHAPES[case]
    with pytest.raises(InvalidValue, match=message):
        PROBLEM.context(person)


WRONG_VALUES: dict[str, tuple[dict[str, Any], type[PersonError], str]] = {
    "absent": (
        {"age": 68, "sex": "male"},
        MissingValue,
        "feature 'diet_score' has no value; give one, or describe the feature with missing=",
    ),
    "None": (changed(diet_score=None), MissingValue, "'diet_score' has no value"),
    "NaN": (changed(age=math.nan), MissingValue, "'age' has no value"),
    "NumPy's NaN": (changed(age=np.float64("nan")), MissingValue, "'age' has no value"),
    "no category": (changed(sex=None), MissingValue, "'sex' has no value"),
    "NaN category": (changed(sex=math.nan), MissingValue, "'sex' has no value"),
    "infinite": (changed(age=math.inf), InvalidValue, "feature 'age' must be finite, got inf"),
    "infinite mutable": (
        changed(diet_score=-math.inf),
        InvalidValue,
        "feature 'diet_score' must be finite, got -inf",
    ),
    "text": (changed(age="old"), InvalidValue, "feature 'age' must be a number, got 'old'"),
    "list": (changed(age=[68]), InvalidValue, r"feature 'age' must be a number, got \[68\]"),
    "beyond all numbers": (changed(age=10**400), InvalidValue, "feature 'age' must be"),
    "unknown category": (
        changed(sex="femal"),
        InvalidValue,
        r"'sex' must be one of female, male, got 'femal' \(did you mean 'female'\?\)",
    ),
    "below the bounds": (
        changed(age=17.9),
        InvalidValue,
        r"feature 'age' must lie in \[18, 120\] years, got 17\.9; check its unit",
    ),
    "above the bounds": (changed(age=121), InvalidValue, r"'age' must lie in .*, got 121"),
    "far below": (
        changed(diet_score=-10.1),
        InvalidValue,
        r"'diet_score' must be at most 10 outside \[0, 10\], got -10\.1; check its unit",
    ),
    "far above": (changed(diet_score=20.1), InvalidValue, r"at most 10 .*, got 20\.1"),
    "another feature": (
        changed(weight=80),
        UnknownFeature,
        "unknown feature 'weight'; the features are age, sex, diet_score",
    ),
    "a misspelt one beside the right one": (
        changed(diet_scor=3),
        UnknownFeature,
        r"unknown feature 'diet_scor' \(did you mean 'diet_score'\?\)",
    ),
    "a misspelt one instead of the right one": (
        {"age": 68, "sex": "male", "diet_scor": 3},
        PersonError,
        r"'diet_scor' \(did you mean 'diet_score'\?\)",
    ),
}


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_a_wrong_value_is_refused(case: str) -> None:
    person, error, message = WRONG_VALUES[case]
    with pytest.raises(error, match=message):
        PROBLEM.context(person)


def test_an_error_carries_feature_and_value() -> None:
    with pytest.raises(InvalidValue) as refused:
        PROBLEM.context(changed(age=500))
    assert (refused.value.feature, refused.value.value) == ("age", 500.0)


@pytest.mark.parametrize("age", [18, 120])
def test_bounds_belong_to_the_possible_values(age: float) -> None:
    assert PROBLEM.context(changed(age=age)).given["age"] == age


@pytest.mark.parametrize("score", [-10.0, 20.0])
def test_a_mutable_value_may_be_outside_by_the_width_of_its_bounds(score: float) -> None:
    assert PROBLEM.context(changed(diet_score=score)).must_change


@pytest.mark.parametrize(
    ("bounds", "allowed", "refused"), [((0, None), -20.0, -20.1), ((None, 0), 20.0, 20.1)]
)
def test_a_mutable_value_may_be_outside_an_open_interval_by_ten_scales(
    bounds: Any, allowed: float, refused: float
) -> None:
    problem = problem_of(mutable("x", scale=2.0, bounds=bounds))
    assert problem.context([allowed]).must_change
    with pytest.raises(InvalidValue, match="be at most 20 "):
        problem.context([refused])


MISSING = problem_of(
    number("age", mean=60.0, scale=10.0, missing="indicator"),
    number("height", mean=170.0, scale=10.0, missing=160.0),
    Feature("sex", categories=("f", "m"), missing="indicator"),
    Feature("race", categories=("x", "y"), missing="y"),
    mutable("diet", missing=1.0),
    mutable("sport"),
)
_NOBODY: dict[str, Any] = {"sport": 0.5}


@pytest.mark.parametrize("absent", [None, math.nan, "left out"])
def test_absent_values_are_filled_in_as_declared(absent: Any) -> None:
    names = ("age", "height", "sex", "race", "diet")
    person = _NOBODY if absent == "left out" else {**dict.fromkeys(names, absent), **_NOBODY}
    context = MISSING.context(person)
    assert context.values.tolist() == [1, 0, 1, -1, 0, 0, 1, 0, 1, 1, 0.5]
    assert context.imputed == names
    assert context.given == {**dict.fromkeys(names), "sport": 0.5}


def test_indicators_are_0_where_values_are_given() -> None:
    context = MISSING.context([70, 180, "m", "x", 0, 0])
    assert context.values.tolist() == [1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0]
    assert context.imputed == ()


def test_a_mutable_feature_without_value_cannot_be_changed() -> None:
    feasible = MISSING.feasible_set(_NOBODY)
    assert (feasible.lower[0], feasible.upper[0]) == (0.0, 0.0)
    assert (feasible.lower[1], feasible.upper[1]) == (-math.inf, math.inf)


def test_unknown_features_are_found_among_missing_ones() -> None:
    with pytest.raises(UnknownFeature, match=r"'heigth' \(did you mean 'height'\?\)"):
        MISSING.context({**_NOBODY, "heigth": 170})
