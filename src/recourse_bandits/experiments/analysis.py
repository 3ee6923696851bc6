"""From rows to numbers: every figure that is reported is computed here, from rows alone."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from recourse_bandits.config import ExperimentSettings

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
    half = quantile * sd / np.sqrt(sample.size)
    return {"mean": mean, "sd": sd, "low": mean - half, "high": mean + half}


def totals_at(rows: pl.DataFrame, column: str, number: int) -> dict[str, list[float]]:
    """Values of a column after a round, one a run, by policy.

    Parameters
    ----------
    rows
        Rows of an experiment.
    column
        A column, such as `total_regret`.
    number
        The round, counted from 1; it must be kept in the rows.
    """
    at = rows.filter(pl.col("round") == number)
    grouped = at.group_by("policy", maintain_order=True).agg(pl.col(column))
    return dict(zip(grouped["policy"], grouped[column].to_list(), strict=True))


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
    """Return what `summary.json` holds; the documentation describes it.

    Parameters
    ----------
    rows
        Rows of an experiment.
    settings
        The experiment.
    """
    last = settings.rounds
    policies: dict[str, Any] = {}
    regret_at = {number: totals_at(rows, "total_regret", number) for number in checkpoints(rows)}
    final = {
        name: totals_at(rows, column, last)
        for name, column in (
            ("regret", "total_regret"),
            ("reward", "total_expected_reward"),
            ("asked", "total_asked"),
            ("followed", "total_followed"),
            ("vetoed", "total_vetoed"),
            ("failed", "total_failed"),
            ("cpu_seconds", "cpu_seconds"),
        )
    }
    for label in settings.policies:
        regret = interval(final["regret"][label])
        at = {str(n): float(np.mean(values[label])) for n, values in regret_at.items()}
        rewards = np.array(final["reward"][label]) / last
        policies[label] = {
            "regret": {**regret, "at": at},
            "reward": interval(rewards),
            **{
                name: float(np.mean(final[name][label]))
                for name in ("asked", "followed", "vetoed", "failed", "cpu_seconds")
            },
        }
    return {"policies": policies, "settings": settings.model_dump(mode="json")}
