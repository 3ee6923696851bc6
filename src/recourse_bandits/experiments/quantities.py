"""Numbers that every run of a policy has: the words of claims, read off the rows."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recourse_bandits.config import Quantity
from recourse_bandits.experiments.analysis import last_rows

Runs = NDArray[np.float64]


def values_of(quantity: Quantity, rows: pl.DataFrame) -> Runs:
    """Return a quantity, one value a run, in the order of runs; NaN where a run has none.

    Parameters
    ----------
    quantity
        Which one.
    rows
        Rows of an experiment.
    """
    values = _values_at(quantity.at, quantity, rows)
    if quantity.less_at is not None:
        values = values - _values_at(quantity.less_at, quantity, rows)
    return quantity.times * values


def _values_at(at: Mapping[str, Any], quantity: Quantity, rows: pl.DataFrame) -> Runs:
    chosen = rows.filter(
        pl.col("policy") == quantity.policy,
        *(pl.col(f"axis.{name}") == value for name, value in at.items()),
    ).sort("run", "round")
    if quantity.quantity == "change":
        return _change(chosen, quantity)
    return _QUANTITIES[quantity.quantity](chosen)


def _last(rows: pl.DataFrame, column: str) -> Runs:
    return last_rows(rows)[column].to_numpy().astype(np.float64)


def _half(rows: pl.DataFrame, column: str) -> Runs:
    """Return a total after half the rounds: at the last kept one not beyond."""
    last = pl.col("round").max().over("run")
    early = rows.filter(2 * pl.col("round") <= last)
    return _last(early, column) if early.height else np.zeros(rows["run"].n_unique())


def _regret(rows: pl.DataFrame) -> Runs:
    """Cumulative regret after the last round."""
    return _last(rows, "total_regret")


def _regret_growth(rows: pl.DataFrame) -> Runs:
    """Regret of the second half of the rounds over that of the first; 1: it grows evenly."""
    half = _half(rows, "total_regret")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((_last(rows, "total_regret") - half) / half)


def _regret_exponent(rows: pl.DataFrame) -> Runs:
    """Return log2 of regret(T) / regret(T/2): 1 linear, 1/2 like the root of the rounds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log2(_last(rows, "total_regret") / _half(rows, "total_regret")))


def _reward(rows: pl.DataFrame) -> Runs:
    """Mean expected reward of a round."""
    return _last(rows, "total_expected_reward") / _last(rows, "round")


def _questions(rows: pl.DataFrame) -> Runs:
    """Questions put."""
    return _last(rows, "total_asked")


def _question_growth(rows: pl.DataFrame) -> Runs:
    """Questions of the second half of the rounds over those of the first, or over 1."""
    half = _half(rows, "total_asked")
    return (_last(rows, "total_asked") - half) / np.maximum(half, 1.0)


def _late_mean(rows: pl.DataFrame, column: str) -> Runs:
    """Mean of a column over the last tenth of rounds; NaN where it says nothing in them."""
    if column not in rows.columns:
        return np.full(rows["run"].n_unique(), np.nan)
    late = rows.filter(pl.col("round") > 0.9 * pl.col("round").max().over("run"))
    means = late.group_by("run").agg(pl.col(column).mean()).sort("run")
    return means[column].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _change(rows: pl.DataFrame, quantity: Quantity) -> Runs:
    """Mean recommended change of a feature over the kept rounds with the arm, in scaled units."""
    counted = rows.filter(
        pl.col("round") > quantity.after,
        pl.lit(True) if quantity.arm is None else pl.col("arm") == quantity.arm,
    )
    means = counted.group_by("run").agg(pl.col(f"change.{quantity.feature}").mean().alias("mean"))
    runs = rows.select(pl.col("run").unique().sort())
    found = runs.join(means, on="run", how="left", maintain_order="left")["mean"]
    return found.cast(pl.Float64).fill_null(np.nan).to_numpy()


_QUANTITIES: dict[str, Callable[[pl.DataFrame], Runs]] = {
    "regret": _regret,
    "regret growth": _regret_growth,
    "regret exponent": _regret_exponent,
    "reward": _reward,
    "questions": _questions,
    "question growth": _question_growth,
    "dose error": partial(_late_mean, column="dose_error"),
    "on target": partial(_late_mean, column="on_target"),
}
