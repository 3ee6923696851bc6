"""Mean and scale taken from a table."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Feature
from tests.problem.builders import number, problem_of

PROBLEM = problem_of(
    Feature("age"),
    Feature("sex", categories=("f", "m")),
    number("diet", mean=5.0, scale=2.0),
    Feature("sport", mutable=True),
)
COLUMNS: dict[str, list[Any]] = {"age": [50, 70, 60], "sport": [1.0, None, 3.0]}


@pytest.mark.parametrize(
    "table",
    [
        COLUMNS,
        pl.DataFrame(COLUMNS),
        {"age": np.array([50, 70, 60]), "sport": np.array([1.0, math.nan, 3.0])},
        pl.DataFrame(COLUMNS | {"diet": [1.0, 2.0, 3.0], "other": ["x", "y", "z"]}),
    ],
    ids=["dict", "polars", "arrays", "more columns"],
)
def test_unscaled_features_are_fitted(table: Any) -> None:
    age, sex, diet, sport = PROBLEM.fitted_to(table).features
    assert age.mean == 60.0
    assert age.scale == pytest.approx(math.sqrt(200 / 3), rel=1e-15)
    assert (sport.mean, sport.scale) == (2.0, 1.0)
    assert sport.mutable
    assert (diet.mean, diet.scale) == (5.0, 2.0)
    assert sex == PROBLEM.features[1]


def test_fitting_leaves_the_problem_as_it_was() -> None:
    PROBLEM.fitted_to(COLUMNS)
    assert PROBLEM.features[0].mean is None


def test_a_fitted_problem_standardises_its_table() -> None:
    values = np.random.default_rng(1).normal(80.0, 12.0, 50)
    problem = problem_of(Feature("x")).fitted_to({"x": values})
    columns = np.array([problem.context([value]).values[1] for value in values])
    assert columns.mean() == pytest.approx(0.0, abs=1e-12)
    assert columns.std() == pytest.approx(1.0, rel=1e-12)


WRONG: dict[str, tuple[Any, str]] = {
    "no column": ({"sport": [1, 2]}, "feature 'age' cannot be fitted: the table has no numeric"),
    "no polars column": (pl.DataFrame({"sport": [1, 2]}), "feature 'age' cannot be fitted"),
    "a text": (COLUMNS | {"age": ["old", "young"]}, "'age' cannot be fitted: .* no numeric column"),
    "empty": (COLUMNS | {"sport": []}, "'sport' cannot be fitted: its column is empty or constant"),
    "missing throughout": (COLUMNS | {"sport": [None, math.nan]}, "'sport' .* empty or constant"),
    "constant": (COLUMNS | {"sport": [3, 3, 3]}, "'sport' .* empty or constant"),
    "one person": (COLUMNS | {"sport": [3]}, "'sport' .* empty or constant"),
    "infinite": (COLUMNS | {"age": [1.0, math.inf, 2.0]}, "'age' cannot be fitted: infinite"),
    "no table": (None, "'age' cannot be fitted"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_column_that_cannot_be_fitted_is_named(case: str) -> None:
    table, message = WRONG[case]
    with pytest.raises(DescriptionError, match=message):
        PROBLEM.fitted_to(table)


def test_almost_equal_values_are_not_constant() -> None:
    problem = problem_of(Feature("x")).fitted_to({"x": [1.0, 1.0 + 1e-12]})
    assert (problem.features[0].scale or 0.0) > 0.0
