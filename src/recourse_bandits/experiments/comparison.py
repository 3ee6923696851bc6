"""Two runs of experiments, policy by policy: what differs, and whether by more than chance."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PanicException, PolarsError

from recourse_bandits.errors import SettingsError, TableError
from recourse_bandits.experiments.analysis import CONFIDENCE, interval, last_rows

MEASURES = {
    "final regret": pl.col("total_regret"),
    "mean reward": pl.col("total_expected_reward") / pl.col("round"),
    "questions": pl.col("total_asked"),
}
_NEEDED = (
    "policy", "run", "round", "best_reward", "total_regret", "total_expected_reward", "total_asked",
)  # fmt: skip
Values = NDArray[np.float64]


def compare(first: Path, second: Path) -> list[dict[str, Any]]:
    """Compare the results in two folders; the documentation describes what is returned.

    Runs with the same people are paired, and else the two samples are compared (Welch).

    Parameters
    ----------
    first, second
        Folders that `recourse run` wrote.

    Raises
    ------
    TableError
        If a folder has no rows that can be read.
    SettingsError
        If the two have no policy in common.
    """
    one, other = _rows(first), _rows(second)
    keys = _keys(one)
    if keys != _keys(other):
        raise SettingsError(
            f"{first} sweeps {_swept(one)}, {second} {_swept(other)}: compare like with like"
        )
    found = []
    theirs = dict(other.partition_by(keys, as_dict=True, maintain_order=True))
    for key, mine in one.partition_by(keys, as_dict=True, maintain_order=True).items():
        if key in theirs:
            place = dict(zip(keys, key, strict=True))
            found += _differences(place, mine, theirs[key])
    if not found:
        raise SettingsError(f"{first} and {second} have no policy in common")
    return found


def alone(first: Path, second: Path) -> tuple[list[str], list[str]]:
    """Return the policies that only one of two folders has.

    Parameters
    ----------
    first, second
        Folders that `recourse run` wrote.
    """
    mine, theirs = (_rows(path)["policy"].unique().to_list() for path in (first, second))
    return sorted(set(mine) - set(theirs)), sorted(set(theirs) - set(mine))


def _differences(
    place: dict[str, Any], one: pl.DataFrame, other: pl.DataFrame
) -> list[dict[str, Any]]:
    last, others_last = (last_rows(frame).sort("run") for frame in (one, other))
    shared = _runs_with_the_same_people(one, other)
    rounds = (int(last["round"].max()), int(others_last["round"].max()))  # type: ignore[arg-type]
    values = {key.removeprefix("axis."): value for key, value in place.items() if key != "policy"}
    found = []
    for name, measure in MEASURES.items():
        if shared:
            mine, theirs = (
                frame.filter(pl.col("run").is_in(shared)).select(measure).to_series().to_numpy()
                for frame in (last, others_last)
            )
            figures = interval(theirs - mine)
        else:
            mine, theirs = (
                frame.select(measure).to_series().to_numpy() for frame in (last, others_last)
            )
            figures = welch(mine, theirs)
        found.append(
            {
                "values": values,
                "policy": place["policy"],
                "measure": name,
                "first": float(mine.mean()),
                "second": float(theirs.mean()),
                "difference": figures,
                "paired": bool(shared),
                "runs": [int(mine.size), int(theirs.size)],
                "rounds": list(rounds),
            }
        )
    return found


def welch(mine: Values, theirs: Values) -> dict[str, float | None]:
    """Mean difference of two independent samples with Welch's 95 % interval.

    Parameters
    ----------
    mine, theirs
        One value a run, shapes (n,) and (m,).

    Examples
    --------
    >>> welch(np.array([1.0, 3.0]), np.array([2.0, 4.0]))["mean"]
    1.0
    """
    mean = float(theirs.mean() - mine.mean())
    if min(mine.size, theirs.size) < 2:
        return {"mean": mean, "sd": None, "low": None, "high": None}
    from scipy.special import stdtrit

    parts = np.array([mine.var(ddof=1) / mine.size, theirs.var(ddof=1) / theirs.size])
    error = float(np.sqrt(parts.sum()))
    if error == 0.0:
        return {"mean": mean, "sd": 0.0, "low": mean, "high": mean}
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([mine.size, theirs.size]) - 1)).sum()
    half = float(stdtrit(freedom, 0.5 + CONFIDENCE / 2.0)) * error
    return {"mean": mean, "sd": None, "low": mean - half, "high": mean + half}


def _runs_with_the_same_people(one: pl.DataFrame, other: pl.DataFrame) -> list[int]:
    """Return the runs in which the best possible reward is the same in every kept round."""
    people = [
        frame.group_by("run").agg(pl.col("round"), pl.col("best_reward")) for frame in (one, other)
    ]
    both = people[0].join(people[1], on="run", suffix="_other")
    same = both.filter(
        pl.col("round") == pl.col("round_other"),
        pl.col("best_reward") == pl.col("best_reward_other"),
    )
    return sorted(same["run"].to_list())


def _keys(rows: pl.DataFrame) -> list[str]:
    return [*(name for name in rows.columns if name.startswith("axis.")), "policy"]


def _swept(rows: pl.DataFrame) -> str:
    return ", ".join(name.removeprefix("axis.") for name in _keys(rows)[:-1]) or "nothing"


def _rows(folder: Path) -> pl.DataFrame:
    file = folder / "rows.parquet"
    try:
        rows = pl.read_parquet(file, glob=False)
        rows.select(_NEEDED)
    except (OSError, PolarsError, PanicException) as error:  # panics are no PolarsErrors
        raise TableError(f"{folder} is no folder of `recourse run`: {error}") from error
    return rows
