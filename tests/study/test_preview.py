"""Proposals for a table of people."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from recourse_bandits import GLRB, AlwaysRandom, LinUCB, RecourseTS, Study, Uniform
from recourse_bandits.errors import UnknownArm
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision
from recourse_bandits.testing import random_people
from tests.contracts.problems import PROBLEMS, measured
from tests.study.builders import (
    ASKS_ALWAYS,
    ASKS_SOMETIMES,
    PERSON,
    PROBLEM,
    assert_same,
    people,
    snapshot,
    study_of,
    taught,
)

_COLUMNS = [
    "row",
    "refused",
    "arm",
    "mean",
    "low",
    "high",
    "asks",
    "explored",
    "propensity",
    "no_recourse",
]
_POLICIES: dict[str, AnyPolicy] = {
    "GLRB": GLRB(scale=0.5),
    "LinUCB": LinUCB(),
    "RecourseTS": RecourseTS(),
    "Uniform": Uniform(),
    "LIBRA": ASKS_SOMETIMES,
}


@pytest.fixture
def study() -> Study:
    return taught(study_of())


def test_a_row_a_person_with_everything_that_would_be_told(study: Study) -> None:
    frame = study.preview_many(people(5))
    assert frame.columns == [*_COLUMNS, "target.diet", "target.activity"]
    assert frame["row"].to_list() == [0, 1, 2, 3, 4]
    assert frame["refused"].null_count() == 5
    assert frame["arm"].dtype == pl.Enum(PROBLEM.arm_names)
    assert (frame["low"] <= frame["mean"]).all()
    assert (frame["mean"] <= frame["high"]).all()


def test_a_table_may_come_in_many_forms(study: Study) -> None:
    persons = people(4)
    columns = {name: [person[name] for person in persons] for name in PERSON}
    matrix = np.array(list(columns.values())).T
    expected = study.preview_many(persons)
    tables: list[Any] = [
        columns,
        {name: np.array(values) for name, values in columns.items()},
        pl.DataFrame(columns),
        pl.DataFrame(columns).select("activity", "age", "diet"),
        matrix,
        matrix.tolist(),
        [tuple(row) for row in matrix],
        iter(persons),
        [PROBLEM.context(person) for person in persons],
    ]
    for table in tables:
        assert study.preview_many(table).equals(expected)


def test_bad_rows_are_refused_and_the_others_previewed(study: Study) -> None:
    table: list[Any] = [
        PERSON,
        {"age": 71.0, "diet": 4.0},
        {**PERSON, "diet": math.nan},
        [71.0, 4.0, 1.0],
        {**PERSON, "smoking": 1},
        [71.0],
        None,
        "somebody",
        {**PERSON, "activity": "much"},
        PERSON,
    ]
    frame = study.preview_many(table)
    assert frame["row"].to_list() == list(range(10))
    accepted = frame.filter(pl.col("refused").is_null())
    assert accepted["row"].to_list() == [0, 3, 9]
    assert accepted["arm"].null_count() == 0
    refused = frame.filter(pl.col("refused").is_not_null())
    assert refused.drop("row", "refused").null_count().sum_horizontal().item() == 7 * 10
    for row, reason in (
        (1, "'activity' has no value"),
        (2, "'diet' has no value"),
        (4, "unknown feature 'smoking'"),
        (5, "must have 3 values"),
        (6, "must be a mapping"),
        (8, "'activity' must be a number, got 'much'"),
    ):
        assert reason in frame["refused"][row]


def test_a_ragged_row_refuses_that_row_alone(study: Study) -> None:
    frame = study.preview_many([[71.0, 4.0, 1.0], [71.0, [4.0], 1.0]])
    assert frame["refused"].is_null().to_list() == [True, False]


def test_somebody_without_an_arm_is_refused() -> None:
    study = Study(PROBLEMS["eligibility"], GLRB())
    table = [{"age": 60, "asthma": "no", "diet": 5}, {"age": 40, "asthma": None, "diet": 5}]
    frame = study.preview_many(table, eligible=["a", "c"])
    assert frame["refused"][0] is None
    assert "no arm may be given" in frame["refused"][1]


@pytest.mark.parametrize("table", [[], {"age": [], "diet": [], "activity": []}, np.empty((0, 3))])
def test_an_empty_table_has_no_rows_but_all_columns(study: Study, table: Any) -> None:
    frame = study.preview_many(table)
    assert frame.height == 0
    assert frame.columns == [*_COLUMNS, "target.diet", "target.activity"]


def test_nothing_is_recorded_and_nobody_asked() -> None:
    asks = taught(study_of(ASKS_ALWAYS, AlwaysRandom()))
    before = snapshot(asks)
    assert asks.preview_many(people(3))["asks"].to_list() == [True] * 3
    assert_same(snapshot(asks), before)


def test_only_offered_arms_are_proposed(study: Study) -> None:
    frame = study.preview_many(people(6), eligible=["combination"])
    assert frame["arm"].to_list() == ["combination"] * 6
    with pytest.raises(UnknownArm, match="placebo"):
        study.preview_many(people(1), eligible=["placebo"])


def told(decision: Decision, problem: Problem) -> dict[str, Any]:
    """What a preview would say of a decision that nobody advised on."""
    low, high = decision.interval
    numbers = {"mean": decision.predicted, "low": low, "high": high}
    known = not math.isnan(decision.predicted)
    recourse = decision.recourse
    return {
        "row": 0,
        "refused": None,
        "arm": decision.arm,
        **({} if problem.doses is None else {"dose": decision.dose}),
        **{n: pytest.approx(v, rel=1e-9, abs=1e-9) if known else None for n, v in numbers.items()},
        "asks": decision.asked,
        "explored": decision.explored,
        "propensity": decision.propensity,
        "no_recourse": decision.no_recourse,
        **{
            f"target.{name}": recourse.target[name]
            if recourse and decision.context.given[name] is not None
            else None
            for name in (feature.name for feature in problem.mutable)
        },
    }


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", _POLICIES)
def test_row_0_is_what_would_be_decided_next(name: str, problem: str) -> None:
    described = PROBLEMS[problem]
    study = Study(described, _POLICIES[name], seed=4)
    for number, person in enumerate(random_people(described, 8, seed=2)):
        row = study.preview_many([person]).row(0, named=True)
        decision = study.decide(person)
        if not isinstance(decision, Decision):
            assert row["asks"]
            decision = study.settle(decision.id, None)
        assert row == told(decision, described)
        study.observe(decision.id, {described.reward.measure: measured(described, number)})


def test_a_preview_does_not_depend_on_how_many_are_previewed(study: Study) -> None:
    whole = study.preview_many(people(6))
    assert study.preview_many(people(6)[:2]).equals(whole.head(2))


def test_a_long_table_is_worked_off_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    study = taught(study_of(RecourseTS()))  # every person has draws of their own
    table: list[Any] = people(10)
    table[4] = table[5] = table[9] = None
    whole = study.preview_many(table)
    monkeypatch.setattr("recourse_bandits.study.preview._CHUNK", 3)
    assert study.preview_many(table).equals(whole)


def test_what_is_no_table_is_refused(study: Study) -> None:
    uneven = {"age": [71.0], "diet": [4.0, 5.0], "activity": [1.0]}
    with pytest.raises(ValueError, match=r"longer|length"):
        study.preview_many(uneven)
