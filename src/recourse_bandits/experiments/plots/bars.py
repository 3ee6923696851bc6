"""What change each policy learned to recommend, under every arm (Figures 4 and 11 of LIBRA)."""

import numpy as np
import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.analysis import half_width, interval
from recourse_bandits.experiments.plots.style import FAINT, INK, colour_of, new_figure, shown

MOST_FEATURES, MOST_ARMS = 6, 4
"""Beyond these the bars could not be told apart."""

_HATCHES = ("", "//", "..", "xx")  # one an arm


def changed(rows: pl.DataFrame, settings: ExperimentSettings) -> list[str]:
    """Return the policies that recommend changes at all.

    Parameters
    ----------
    rows
        Rows of one point.
    settings
        The experiment.
    """
    columns = change_columns(rows)
    return [
        label
        for label in settings.policies
        if any(
            rows.filter(pl.col("policy") == label).select((pl.col(name).abs() > 0).any()).item()
            for name in columns
        )
    ]


def change_columns(rows: pl.DataFrame) -> list[str]:
    """Return the columns of recommended changes.

    Parameters
    ----------
    rows
        Rows of an experiment.
    """
    return [name for name in rows.columns if name.startswith("change.")]


def drawable(rows: pl.DataFrame) -> bool:
    """Say whether there are few enough features and arms to draw.

    Parameters
    ----------
    rows
        Rows of an experiment.
    """
    features = len(change_columns(rows))
    return rows.height > 0 and 0 < features <= MOST_FEATURES and rows["arm"].n_unique() <= MOST_ARMS


def recourse_bars(rows: pl.DataFrame, settings: ExperimentSettings) -> Figure:
    """Draw the mean recommended change of each feature by arm, one panel a policy.

    Parameters
    ----------
    rows
        Rows of one point, those that count: in the first rounds, policies still explore.
    settings
        The experiment.
    """
    labels = changed(rows, settings)
    columns = change_columns(rows)
    arms = sorted(rows["arm"].unique().to_list())
    across = min(len(labels), 2)
    down = -(-len(labels) // across)
    figure, panels = new_figure(down, across, height=0.6 + 2.3 * down)
    names = [shown(name.removeprefix("change.")) for name in columns]
    for panel in panels[len(labels) :]:
        panel.set_visible(False)
    for panel, label in zip(panels, labels, strict=False):
        mine = rows.filter(pl.col("policy") == label)
        for number, arm in enumerate(arms):
            _bars(panel, mine.filter(pl.col("arm") == arm), arm, number, len(arms))
        panel.axhline(0.0, color=FAINT, linewidth=0.8)
        panel.set_title(shown(label), loc="left", fontsize=10)
        panel.set_xticks(range(len(columns)), names)
        panel.margins(y=0.1)
    for panel in panels[::across]:
        panel.set_ylabel("mean change (sd)")
    drawn: dict[str, Artist] = {}  # an arm may be missing in a panel
    for panel in panels[: len(labels)]:
        bars, named = panel.get_legend_handles_labels()
        drawn |= dict(zip(named, bars, strict=True))
    figure.legend(
        [drawn[arm] for arm in sorted(drawn)],
        sorted(drawn),
        loc="outside lower center",  # where it covers nothing
        ncols=4,
        fontsize=8,
        frameon=False,
        labelcolor=INK,
    )
    return figure


def _bars(panel: Axes, rows: pl.DataFrame, arm: str, number: int, arms: int) -> None:
    """Draw one arm's bars: means over runs, with their 95 % intervals."""
    columns = change_columns(rows)
    by_run = rows.group_by("run").agg(pl.col(columns).mean())
    if by_run.is_empty():
        return  # this policy never gave the arm
    found = [interval(by_run[name]) for name in columns]
    mean = np.array([one["mean"] for one in found], dtype=np.float64)
    width = 0.8 / arms
    panel.bar(
        np.arange(len(columns)) + (number - (arms - 1) / 2) * width,
        mean,
        width * 0.92,
        yerr=[half_width(one) for one in found],
        color=colour_of(number),
        hatch=_HATCHES[number],
        edgecolor="#ffffff",
        linewidth=0,
        capsize=2.5,
        label=shown(arm),
        error_kw={"ecolor": INK, "elinewidth": 1.0},
    )
