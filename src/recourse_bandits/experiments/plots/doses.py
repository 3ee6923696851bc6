"""Doses against rounds: which were given, and how far they are from those of the comparison."""

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.plots.curves import curves, last_round
from recourse_bandits.experiments.plots.style import (
    as_text,
    colour_of,
    height_for,
    label_ends,
    new_figure,
    note,
    plain_number,
    style_of,
)

_WINDOWS = 40
ERROR = "distance from the best dose (share of its range)"


def dose_error(rows: pl.DataFrame, settings: ExperimentSettings) -> Figure:
    """Draw how far doses are from those that regret compares them with, one curve a policy.

    Parameters
    ----------
    rows
        Rows of one point, with the column `dose_error`.
    settings
        The experiment.
    """
    windows = _windowed(rows, ["policy", "run"], "dose_error")
    return curves(windows, settings, "dose_error", ERROR)


def on_target(rows: pl.DataFrame, settings: ExperimentSettings) -> Figure:
    """Draw the share of sub-outcomes that are on target over time, one curve a policy.

    Parameters
    ----------
    rows
        Rows of one point, with the column `on_target`.
    settings
        The experiment.
    """
    windows = _windowed(rows, ["policy", "run"], "on_target")
    return curves(windows, settings, "on_target", "share of sub-outcomes on target")


def dose_curves(rows: pl.DataFrame, settings: ExperimentSettings) -> Figure:
    """Draw the doses given under every arm, as shares of its range, one curve a policy.

    Parameters
    ----------
    rows
        Rows of one point, with the column `dose_share`.
    settings
        The experiment.
    """
    dosed = rows.filter(pl.col("dose_share").is_not_null())
    arms = dosed["arm"].unique(maintain_order=False).sort().to_list()
    figure, panels = new_figure(1, len(arms), height=height_for(len(settings.policies)))
    last = last_round(rows)
    ends: list[tuple[float, str, str]] = []
    for arm, axes in zip(arms, panels, strict=True):
        windows = _windowed(dosed.filter(pl.col("arm") == arm), ["policy"], "dose_share")
        ends = []
        for position, policy in enumerate(settings.policies):
            mine = windows.filter(pl.col("policy") == policy).sort("round")
            colour = colour_of(position)
            axes.plot(mine["round"], mine["dose_share"], style_of(position), color=colour)
            end = float(mine["dose_share"][-1]) if mine.height else np.nan
            ends.append((end, policy, colour))
        axes.set_xlim(0, last)
        axes.set_ylim(0, 1)
        axes.xaxis.set_major_locator(MaxNLocator(3))
        axes.xaxis.set_major_formatter(lambda value, _: plain_number(value))
        axes.set_xlabel("round")
        note(axes, as_text(str(arm)))
    label_ends(panels[-1], [end for end in ends if np.isfinite(end[0])], last)
    panels[0].set_ylabel("dose, share of its range")
    return figure


def _windowed(rows: pl.DataFrame, keys: list[str], column: str) -> pl.DataFrame:
    """Return means of a column over windows of rounds, each named by its last round."""
    last = last_round(rows)
    window = ((pl.col("round") - 1) * _WINDOWS // last).alias("window")
    known = rows.filter(pl.col(column).is_not_null())
    means = known.group_by(*keys, window).agg(pl.col(column).mean())
    ends = ((pl.col("window") + 1) * last // _WINDOWS).alias("round")
    return means.with_columns(ends).sort(*keys, "round")
