"""Persons of a file in a world whose truth is stated."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from recourse_bandits import Key, Stream
from recourse_bandits.environments import DatasetError
from recourse_bandits.errors import DescriptionError, UnknownArm
from recourse_bandits.records import Array
from tests.contracts.worlds import NHANES_MADE_UP, cohort_of


def test_persons_are_the_rows_that_are_selected_and_accepted() -> None:
    table = pl.read_csv(NHANES_MADE_UP, null_values=["", "NA"])
    chosen = table.filter(
        (pl.col("bp_sys_mean") >= 130)
        | (pl.col("bp_dia_mean") >= 80)
        | (pl.col("bp_med_use") == "Yes")
    ).drop_nulls(["bp_sys_mean", "cc_smoke"])
    people = cohort_of().people
    assert len(people) == chosen.height
    for person, row in zip(people, chosen.iter_rows(named=True), strict=True):
        assert person["female"] == (row["demo_gender"] == "Women")
        assert person["age"] == row["demo_age_years"]
        assert person["cvd_history"] == (row["cc_cvd_any"] == "Yes")
        assert person["cigarette"] == (row["cc_smoke"] == "Current")
        assert person["active_days"] == (row["PhysActiveDays"] or 0)
        assert person["current_sbp"] == row["bp_sys_mean"]
        assert 0 <= person["diet_score"] <= 10


def test_everybody_comes_and_who_comes_follows_from_the_key() -> None:
    world = cohort_of()
    keys = [Key(1, number, Stream.PERSON) for number in range(2000)]
    came = Counter(str(world.person(key)) for key in keys)
    assert len(came) == len(world.people)
    assert max(came.values()) < 4 * 2000 / len(world.people)
    assert [world.person(key) for key in keys[:9]] == [world.person(key) for key in keys[:9]]


def test_expected_rewards_are_the_stated_coefficients() -> None:
    world = cohort_of()
    context = world.problem.context(world.people[0])
    point = dict(zip(world.problem.columns, context.values, strict=True))
    stated = {"intercept": 42.0, "female": 0.51, "age": -1.91, "cvd_history": -0.29}
    stated |= {"cigarette": -1.43, "diet_score": 2.12, "active_days": 0.48, "current_sbp": -8.79}
    expected = sum(stated[name] * value for name, value in point.items())
    assert world.expected(context, 0, context.values) == pytest.approx(expected)


def test_what_is_measured_is_the_blood_pressure_that_gives_the_reward() -> None:
    world = cohort_of()
    assert world.measured(42.0) == pytest.approx(128.0)
    assert world.measured(1000.0) == 40.0
    assert world.measured(-1000.0) == 300.0
    assert cohort_of(transformation=None).measured(5.0) == pytest.approx(-5.0)


def test_a_reward_that_is_not_linear_cannot_be_simulated() -> None:
    world = cohort_of(transformation="next_sbp * next_sbp", direction="increase")
    with pytest.raises(DescriptionError, match="must be a linear formula"):
        world.measured(1.0)


def test_the_note_says_what_is_real_and_what_is_not() -> None:
    note = cohort_of().note
    for part in ("Real: ", "Recoded: ", "Drawn: diet_score", "Simulated: ", "nothing is advice"):
        assert part in note


def theta_of(**coefficients: Any) -> Array:
    return replace(cohort_of(), coefficients=coefficients).theta


def test_coefficients_left_out_are_0() -> None:
    theta = theta_of(beta_blocker={"age": 1.5}, combination={})
    assert np.flatnonzero(theta).tolist() == [2]


def test_wrong_coefficients_are_named() -> None:
    with pytest.raises(DescriptionError, match=r"beta_blocker.agee: .*did you mean 'age'"):
        theta_of(beta_blocker={"agee": 1.5}, combination={})
    with pytest.raises(DescriptionError, match="missing for combination"):
        theta_of(beta_blocker={})
    with pytest.raises(UnknownArm, match="did you mean 'combination'"):
        theta_of(beta_blocker={}, combinations={})


def test_a_table_that_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="a cohort needs its table: --set environment.path="):
        cohort_of(None).people  # noqa: B018
    with pytest.raises(DatasetError, match=r"absent.csv cannot be read"):
        cohort_of(tmp_path / "absent.csv").people  # noqa: B018
    (tmp_path / "other.csv").write_text("SEQN\n1\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="no column 'demo_gender'"):
        cohort_of(tmp_path / "other.csv").people  # noqa: B018


def test_nobody_accepted_is_an_error_with_the_first_reason(tmp_path: Path) -> None:
    pl.read_csv(NHANES_MADE_UP).with_columns(cc_smoke=pl.lit(None, dtype=pl.String)).write_csv(
        tmp_path / "nobody.csv"
    )
    with pytest.raises(DatasetError, match="no person is accepted; .*'cigarette' has no value"):
        cohort_of(tmp_path / "nobody.csv").people  # noqa: B018


def test_a_cohort_without_a_study_says_what_it_needs() -> None:
    with pytest.raises(DescriptionError, match="a cohort needs study"):
        replace(cohort_of(), study={}).problem  # noqa: B018
