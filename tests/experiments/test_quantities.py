"""Quantities read off rows, against the same sums written out by hand."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from recourse_bandits.config import Quantity
from recourse_bandits.experiments.quantities import values_of

REGRET = {0: [1.0, 2.0, 4.0, 8.0], 1: [3.0, 6.0, 9.0, 12.0]}
ASKED = {0: [1.0, 1.0, 1.0, 2.0], 1: [0.0, 0.0, 0.0, 0.0]}
ARM = {0: ["a", "b", "a", "a"], 1: ["b", "b", "b", "b"]}
CHANGE = {0: [9.0, 1.0, 2.0, 4.0], 1: [1.0, 2.0, 3.0, 4.0]}


def rows(kept: tuple[int, ...] = (1, 2, 3, 4)) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "axis.noise": noise,
                "run": run,
                "policy": policy,
                "round": number,
                "arm": ARM[run][number - 1],
                "total_regret": noise * REGRET[run][number - 1],
                "total_expected_reward": 10.0 * number + run,
                "total_asked": ASKED[run][number - 1],
                "change.diet": CHANGE[run][number - 1],
            }
            for noise in (1.0, 2.0)
            for run in (1, 0)  # in any order
            for policy in ("P", "other")
            for number in kept
        ]
    )


def value(name: str, noise: float = 1.0, **more: Any) -> list[float]:
    quantity = Quantity.model_validate(
        {"quantity": name, "policy": "P", "at": {"noise": noise}, **more}
    )
    return list(values_of(quantity, rows()))


def test_totals() -> None:
    assert value("regret") == [8.0, 12.0]
    assert value("regret", noise=2.0) == [16.0, 24.0]
    assert value("regret", times=1.5) == [12.0, 18.0]
    assert value("reward") == [40.0 / 4, 41.0 / 4]
    assert value("questions") == [2.0, 0.0]


def test_what_another_point_has_is_deducted_run_by_run() -> None:
    there = {"noise": 1.0}
    assert value("regret", noise=2.0, less_at=there) == [16.0 - 8.0, 24.0 - 12.0]
    assert value("regret", noise=2.0, less_at=there, times=1.5) == [12.0, 18.0]
    assert value("change", noise=2.0, feature="diet", less_at=there) == [0.0, 0.0]


def test_growth_is_that_of_the_second_half() -> None:
    assert value("regret growth") == [(8 - 2) / 2, (12 - 6) / 6]
    assert value("regret exponent") == [math.log2(8 / 2), 1.0]
    assert value("question growth") == [1.0, 0.0]


def test_half_is_the_last_kept_round_not_beyond_it() -> None:
    quantity = Quantity.model_validate(
        {"quantity": "regret growth", "policy": "P", "at": {"noise": 1.0}}
    )
    assert values_of(quantity, rows(kept=(1, 3, 4))).tolist() == [7.0, 3.0]


def test_without_a_kept_round_in_the_first_half_growth_has_no_number() -> None:
    quantity = Quantity.model_validate(
        {"quantity": "regret growth", "policy": "P", "at": {"noise": 1.0}}
    )
    assert not np.isfinite(values_of(quantity, rows(kept=(3, 4)))).any()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [4.0, 2.5]),
        ({"after": 1}, [7 / 3, 3.0]),
        ({"arm": "b"}, [1.0, 2.5]),
        ({"arm": "a"}, [5.0, math.nan]),
        ({"arm": "a", "after": 2}, [3.0, math.nan]),
        ({"after": 4}, [math.nan, math.nan]),
    ],
)
def test_change_is_a_mean_over_the_rounds_that_count(
    more: dict[str, Any], expected: list[float]
) -> None:
    np.testing.assert_array_equal(value("change", feature="diet", **more), expected)
