"""With which power of an axis regret grows: fitted, beside the one that a theorem states."""

from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.analysis import interval, last_rows

SLOPES_NOTE = (
    "The slope of log(final regret) against log(axis), by least squares in every run: its mean "
    "over runs and the 95 % interval of the mean. A theorem's power is of a bound, that of regret "
    "may be another; none: some run has no regret."
)


def regret_slopes(rows: pl.DataFrame, settings: ExperimentSettings) -> dict[str, Any] | None:
    """Return fitted powers of the axis that a theorem speaks of; None without such an axis.

    Parameters
    ----------
    rows
        Rows of an experiment.
    settings
        The experiment.

    Returns
    -------
    dict
        `axis`, the `stated` power, and for each of `policies` the interval of the fitted one over
        runs, or None where a run has no regret at some point.
    """
    stated = [axis for axis in settings.axes if axis.exponent is not None]
    if not stated:
        return None
    (axis,) = stated
    last = last_rows(rows)
    found = {
        label: _slope(last.filter(pl.col("policy") == label), f"axis.{axis.name}")
        for label in settings.policies
    }
    return {"axis": axis.name, "stated": axis.exponent, "policies": found}


def _slope(last: pl.DataFrame, axis: str) -> dict[str, float | None] | None:
    """Return the slope over runs, from a last row a run and point."""
    if not (last["total_regret"] > 0.0).all():
        return None
    runs = last.sort(axis).partition_by("run")
    slopes = [
        np.polyfit(np.log(run[axis].to_numpy()), np.log(run["total_regret"].to_numpy()), 1)[0]
        for run in runs
    ]
    return interval(slopes)


def slope_text(figures: dict[str, float | None] | None) -> str:
    """Return a fitted power with its interval.

    Parameters
    ----------
    figures
        What `regret_slopes` has of a policy.
    """
    if figures is None:
        return "none"
    mean, low, high = figures["mean"], figures["low"], figures["high"]
    return f"{mean:z.2f}" if low is None else f"{mean:z.2f} [{low:z.2f}, {high:z.2f}]"


def print_slopes(console: Console, results: dict[str, Any]) -> None:
    """Print fitted powers; nothing where no theorem states one.

    Parameters
    ----------
    console
        Where to print.
    results
        The summary of an experiment.
    """
    slopes = results["slopes"]
    if slopes is None:
        return
    title = f"Regret grows with {slopes['axis']} to the power"
    table = Table(title=escape(title), title_justify="left")
    table.add_column("policy", overflow="fold")
    table.add_column("fitted [95 %]", justify="right", no_wrap=True)
    table.add_column("stated", justify="right", no_wrap=True)
    for label, figures in slopes["policies"].items():
        table.add_row(escape(label), escape(slope_text(figures)), f"{slopes['stated']:g}")
    console.print(table)
    console.print(SLOPES_NOTE, highlight=False, markup=False)
