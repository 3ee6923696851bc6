"""What change each policy learned to recommend, under every arm (Figures 4 and 11 of LIBRA)."""

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.analysis import interval
from recourse_bandits.experiments.plots.style import MARKERS, colour_of, new_figure

MOST_FEATURES, MOST_ARMS = 6, 4
"""Beyond these the bars could not be told apart."""


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
    width = 0.8 / len(arms)
    for panel in panels[len(labels) :]:
        panel.set_visible(False)
    for panel, label in zip(panels, labels, strict=False):
        mine = rows.filter(pl.col("policy") == label)
        for number, arm in enumerate(arms):
            given = mine.filter(pl.col("arm") == arm)
            by_run = given.group_by("run").agg(pl.col(columns).mean())
            found = [interval(by_run[name]) if by_run.height else None for name in columns]
            places = np.arange(len(columns)) + (number - (len(arms) - 1) / 2) * width
            means = np.array([one["mean"] if one else np.nan for one in found], dtype=np.float64)
            spread = [
                (one["mean"] or 0.0) - one["low"] if one and one["low"] is not None else 0.0
                for one in found
            ]
            panel.bar(
                places, means, width * 0.92, yerr=spread, color=colour_of(number), capsize=2.5,
                hatch=("", "//", "..", "xx")[number % len(MARKERS)], edgecolor="#ffffff",
                linewidth=0, error_kw={"ecolor": "#1b1b1b", "elinewidth": 1.0},
            )  # fmt: skip
            panel.annotate(
                f"■ {arm}", (0.01, 0.98 - 0.085 * number), xycoords="axes fraction", va="top",
                fontsize=8, color=colour_of(number),
            )  # fmt: skip
        panel.axhline(0.0, color="#5c5c5c", linewidth=0.8)
        panel.set_title(label, loc="left", fontsize=10)
        panel.set_xticks(range(len(columns)), [name.removeprefix("change.") for name in columns])
        panel.margins(y=0.25)
    for panel in panels[::across]:
        panel.set_ylabel("mean change (sd)")
    return figure
