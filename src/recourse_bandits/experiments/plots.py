"""Pictures of an experiment, from its rows alone."""

from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.analysis import interval

# Okabe and Ito: told apart by colour-blind readers too
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#999999")
_STYLES = ("-", "--", "-.", ":")
_SIZE = (8.0, 4.8)


def draw(rows: pl.DataFrame, settings: ExperimentSettings, folder: Path) -> list[Path]:
    """Draw regret and question curves, as SVG and PNG.

    Parameters
    ----------
    rows
        Rows of an experiment.
    settings
        The experiment.
    folder
        Where the files go.

    Returns
    -------
    list of Path
        The files.
    """
    files: list[Path] = []
    for name, column, label in (
        ("regret", "total_regret", f"cumulative regret ({settings.reward_unit})"),
        ("questions", "total_asked", "questions asked so far"),
    ):
        figure = curves(rows, settings, column, label)
        for ending in ("svg", "png"):
            path = folder / f"{name}.{ending}"
            figure.savefig(path, dpi=150, metadata={"Date": None} if ending == "svg" else None)
            files.append(path)
    return files


def curves(rows: pl.DataFrame, settings: ExperimentSettings, column: str, label: str) -> Figure:
    """Draw the mean of a running total over runs, with its 95 % band, one curve a policy.

    Parameters
    ----------
    rows
        Rows of an experiment.
    settings
        The experiment.
    column
        The column, such as `total_regret`.
    label
        Text at the vertical axis.
    """
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    ends: list[tuple[float, str, str]] = []
    for position, policy in enumerate(settings.policies):
        colour = COLOURS[position % len(COLOURS)]
        style = _STYLES[(position // len(COLOURS)) % len(_STYLES)]
        middle = _curve(axes, rows.filter(pl.col("policy") == policy), column, colour, style)
        ends.append((middle, policy, colour))
    _label_ends(axes, ends, settings.rounds)
    axes.set_title(settings.title, loc="left", fontsize=11)
    axes.set_xlabel("round (people treated)")
    axes.set_ylabel(label)
    axes.set_xlim(0, settings.rounds)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    note = f"mean of {settings.runs} runs"
    if settings.runs > 1:
        note += ", bands: 95 % interval of the mean"
    axes.annotate(
        note, (0.01, 0.98), xycoords="axes fraction", va="top", fontsize=8, color="#555555"
    )
    return figure


def _curve(axes: Axes, rows: pl.DataFrame, column: str, colour: str, style: str) -> float:
    grouped = rows.group_by("round").agg(pl.col(column)).sort("round")
    rounds = grouped["round"].to_numpy()
    bands = [interval(values) for values in grouped[column].to_list()]
    mean = np.array([band["mean"] for band in bands], dtype=np.float64)
    axes.plot(rounds, mean, style, color=colour, linewidth=1.8)
    if bands[-1]["low"] is not None:
        low = np.array([band["low"] for band in bands], dtype=np.float64)
        high = np.array([band["high"] for band in bands], dtype=np.float64)
        axes.fill_between(rounds, low, high, color=colour, alpha=0.15, linewidth=0)
    return float(mean[-1])


def _label_ends(axes: Axes, ends: list[tuple[float, str, str]], last: int) -> None:
    """Write each policy's name beside the end of its curve, moved apart where they would touch."""
    low, high = axes.get_ylim()
    gap = (high - max(low, 0.0)) * 0.055
    position = -np.inf
    for value, policy, colour in sorted(ends):
        position = max(value, position + gap)
        axes.annotate(
            policy,
            (last, value),
            xytext=(1.015, position),
            textcoords=axes.get_yaxis_transform(),
            color=colour,
            fontsize=9,
            va="center",
            annotation_clip=False,
        )
