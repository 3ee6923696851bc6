"""From rows to numbers: every figure that is reported is computed here, from rows alone."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from recourse_bandits.config import ExperimentSettings, count_points

CONFIDENCE = 0.95
_CHECKPOINTS = 10


def interval(values: ArrayLike) -> dict[str, float | None]:
    """Mean, standard deviation and 95 % t-interval of the mean over runs.

    Parameters
    ----------
    values
        One value a run, shape (n,).

    Returns
    -------
    dict
        mean, sd, low, high; the last three are None for a single run.

    Examples
    --------
    >>> interval([1.0, 3.0])["mean"]
    2.0
    """
    sample = np.asarray(values, dtype=np.float64)
    mean = float(sample.mean())
    if sample.size < 2:
        return {"mean": mean, "sd": None, "low": None, "high": None}
    from scipy.special import stdtrit

    sd = float(sample.std(ddof=1))
    quantile = float(stdtrit(sample.size - 1, 0.5 + CONFIDENCE / 2.0))
    half = quantile * sd / math.sqrt(sample.size)
    return {"mean": mean, "sd": sd, "low": mean - half, "high": mean + half}


def half_width(figures: Mapping[str, float | None]) -> float:
    """Return how far an interval reaches to each side of its mean; 0 for a single run.

    Parameters
    ----------
    figures
        What `interval` returned.
    """
    mean, low = figures["mean"], figures["low"]
    return 0.0 if mean is None or low is None else mean - low


def last_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the last row of every run, in the order of the rows.

    Parameters
    ----------
    rows
        Rows of an experiment, or of a part of it.
    """
    run = [name for name in ("point", "policy", "run") if name in rows.columns]
    return rows.filter(pl.col("round") == pl.col("round").max().over(run))


def checkpoints(rows: pl.DataFrame) -> list[int]:
    """Return about ten rounds, evenly spaced among those kept, the last one included.

    Parameters
    ----------
    rows
        Rows of an experiment.
    """
    kept = rows["round"].unique().sort().to_list()
    step = max(len(kept) // _CHECKPOINTS, 1)
    return sorted({*kept[step - 1 :: step], kept[-1]})


def summary(rows: pl.DataFrame, settings: ExperimentSettings) -> dict[str, Any]:
    """Return what `summary.json` holds, but for the claims; the documentation describes it.

    Parameters
    ----------
    rows
        Rows of an experiment.
    settings
        The experiment.
    """
    points = [
        {
            "values": {name: here[f"axis.{name}"][0] for name in axis_names(settings)},
            "rounds": here["round"].max(),
            "policies": {label: _figures(_of(here, label)) for label in settings.policies},
        }
        for here in rows.partition_by("point", maintain_order=True)
    ]
    return {"points": points, "settings": settings.model_dump(mode="json", by_alias=True)}


def axis_names(settings: ExperimentSettings) -> list[str]:
    """Return what tells the points of an experiment from one another.

    Parameters
    ----------
    settings
        The experiment.
    """
    return ["case"] if settings.cases else [axis.name for axis in settings.axes]


def has_papers(settings: ExperimentSettings) -> bool:
    """Say whether a paper's figures stand beside the results; beside a sweep they would not fit.

    Parameters
    ----------
    settings
        The experiment.
    """
    return count_points(settings) == 1 and any(one.paper for one in settings.policies.values())


def _of(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    return rows.filter(pl.col("policy") == label)


def _figures(rows: pl.DataFrame) -> dict[str, Any]:
    """Return the figures of one policy at one point."""
    last = last_rows(rows)
    at = rows.filter(pl.col("round").is_in(checkpoints(rows)))
    mean_regret = at.group_by("round").agg(pl.col("total_regret").mean()).sort("round")
    return {
        "regret": {
            **interval(last["total_regret"]),
            "at": {str(number): value for number, value in mean_regret.iter_rows()},
        },
        "reward": interval(last["total_expected_reward"] / last["round"]),
        "asked": interval(last["total_asked"]),
        **{name: _mean(last, f"total_{name}") for name in ("followed", "vetoed", "failed")},
        "advice": _advice(last),
        "cpu_seconds": _mean(last, "cpu_seconds"),
    }


def _advice(last: pl.DataFrame) -> dict[str, Any] | None:
    """Return how good the advice was; None if nobody was asked, or the rows do not tell."""
    if "total_gain" not in last.columns or last["total_asked"].sum() == 0:
        return None
    followed, asked, failed = (
        last[f"total_{name}"].to_numpy() for name in ("followed", "asked", "failed")
    )
    return {
        "gain": _ratios(last["total_gain"].to_numpy(), followed),
        "gap": _ratios(last["total_gap"].to_numpy(), last["total_compared"].to_numpy()),
        "vetoed_share": _ratios(last["total_vetoed"].to_numpy(), asked - failed),
        "failed_share": _ratios(failed, asked),
        "compared": _mean(last, "total_compared"),
    }


def _ratios(
    parts: NDArray[np.float64], wholes: NDArray[np.float64]
) -> dict[str, float | int | None] | None:
    """Return the interval of a ratio over the runs that have one; None: none has."""
    counted = wholes > 0.0
    if not counted.any():
        return None
    return {**interval(parts[counted] / wholes[counted]), "runs": int(counted.sum())}


def _mean(rows: pl.DataFrame, column: str) -> float:
    return float(np.mean(rows[column].to_numpy()))
