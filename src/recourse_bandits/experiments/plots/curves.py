"""Running totals against rounds: the mean over runs of every policy, with its band."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.analysis import interval
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

_MOST_POINTS = 150  # of a curve; more cannot be seen


def curves(
    rows: pl.DataFrame,
    settings: ExperimentSettings,
    column: str,
    label: str,
    *,
    log: bool = False,
) -> Figure:
    """Draw the mean of a running total over runs, with its 95 % band, one curve a policy.

    Parameters
    ----------
    rows
        Rows of an experiment, of one point of its sweep.
    settings
        The experiment.
    column
        The column, such as `total_regret`.
    label
        Text at the vertical axis.
    log
        Whether both axes are logarithmic: there a power of the rounds is a straight line.
    """
    figure, (axes,) = new_figure(height=height_for(len(settings.policies)))
    last = last_round(rows)
    ends = draw_means(axes, rows, settings, column, log=log)
    if log:
        make_logarithmic(axes, rows)
        if ends:
            _guide(axes, last)
    else:
        axes.set_xlim(0, last)
        if min((end for end, _, _ in ends), default=0.0) >= 0.0:  # less than the comparison's
            axes.set_ylim(bottom=0)
    label_ends(axes, ends, last)
    name_axes(axes, label)
    note(axes, what_is_shown(settings))
    return figure


def draw_means(
    axes: Axes, rows: pl.DataFrame, settings: ExperimentSettings, column: str, *, log: bool
) -> list[tuple[float, str, str]]:
    """Draw the curves, and return for each its last value, its name and its colour.

    Parameters
    ----------
    axes
        Where.
    rows
        Rows of an experiment, of one point of its sweep.
    settings
        The experiment.
    column
        The column, such as `total_regret`.
    log
        Whether the axes are logarithmic; what is never above 0 is left out there.
    """
    ends: list[tuple[float, str, str]] = []
    for position, policy in enumerate(settings.policies):
        mine = rows.filter(pl.col("policy") == policy)
        if log and not (mine[column] > 0.0).any():
            continue
        ends.append((_curve(axes, mine, column, position, log=log), policy, colour_of(position)))
    return ends


def make_logarithmic(axes: Axes, rows: pl.DataFrame) -> None:
    """Make both axes logarithmic, the horizontal one from the first kept round to the last.

    Parameters
    ----------
    axes
        Which.
    rows
        Rows of an experiment.
    """
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    first = max(int(rows["round"].to_numpy().min()), 1)
    axes.set_xlim(first, max(last_round(rows), 2))


def name_axes(axes: Axes, label: str) -> None:
    """Say what the axes show, with plain numbers at their ticks.

    Parameters
    ----------
    axes
        Which.
    label
        Text at the vertical axis.
    """
    axes.set_xlabel("round (people treated)")
    axes.set_ylabel(as_text(label))
    axes.yaxis.set_major_formatter(lambda value, _: plain_number(value))
    axes.xaxis.set_major_formatter(lambda value, _: plain_number(value))


def what_is_shown(settings: ExperimentSettings) -> str:
    """Return what curves and bands are, in words.

    Parameters
    ----------
    settings
        The experiment.
    """
    if settings.runs == 1:
        return "one run"
    return f"mean of {settings.runs} runs, bands: 95 % interval of the mean"


def last_round(rows: pl.DataFrame) -> int:
    """Return the last round of an experiment.

    Parameters
    ----------
    rows
        Its rows.
    """
    return int(rows["round"].to_numpy().max())


def _curve(axes: Axes, rows: pl.DataFrame, column: str, position: int, *, log: bool) -> float:
    grouped = rows.group_by("round").agg(pl.col(column)).sort("round")
    chosen = _spread(grouped.height, log=log)
    rounds = grouped["round"].to_numpy()[chosen]
    bands = [interval(values) for values in grouped[column].gather(chosen.tolist()).to_list()]
    mean = np.array([band["mean"] for band in bands], dtype=np.float64)
    if log:
        mean[mean <= 0.0] = np.nan
    colour = colour_of(position)
    axes.plot(rounds, mean, style_of(position), color=colour, linewidth=1.8)
    if bands[-1]["low"] is not None:
        low = np.array([band["low"] for band in bands], dtype=np.float64)
        high = np.array([band["high"] for band in bands], dtype=np.float64)
        if log:
            low = np.maximum(low, mean / 10.0)  # a band that reaches 0 has no end here
        axes.fill_between(rounds, low, high, color=colour, alpha=0.15, linewidth=0)
    return float(mean[-1])


def _spread(count: int, *, log: bool) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    spread = np.geomspace if log else np.linspace
    return np.unique(np.rint(spread(1, count, _MOST_POINTS)).astype(np.int64)) - 1


def _guide(axes: Axes, last: int) -> None:
    """Draw where growth like the root of the rounds, and even growth, would go."""
    low, high = axes.get_ylim()
    first = axes.get_xlim()[0]
    rounds = np.array([first, last])
    for power, word in ((1.0, "slope 1"), (0.5, "slope ½")):
        line = high * 0.9 * (rounds / last) ** power
        axes.plot(rounds, line, ":", color="#8C8C8C", linewidth=0.9)
        place = max(first, last * (low / (high * 0.9)) ** (1 / power)) if power == 1.0 else first
        middle = float(np.sqrt(place * last))
        axes.annotate(
            word, (middle, high * 0.9 * (middle / last) ** power), fontsize=8, color="#8C8C8C",
            ha="right", va="bottom",
        )  # fmt: skip
    axes.set_ylim(low, high)
