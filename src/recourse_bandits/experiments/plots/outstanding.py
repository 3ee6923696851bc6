"""How many outcomes have not arrived, and how many that can be."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recourse_bandits.environments.delays import Delay
from recourse_bandits.experiments.plots.style import (
    colour_of,
    label_ends,
    new_figure,
    note,
    plain_number,
)
from recourse_bandits.theory import DelayLaw, outstanding, outstanding_as_printed

FAILURE = 0.05
"""A run exceeds a bound in any of its rounds with no more than this probability."""

_BOUNDS = ((outstanding, "bound, ours", "--"), (outstanding_as_printed, "bound, Lemma 9", ":"))


def outstanding_curve(rows: pl.DataFrame, delay: Delay) -> Figure:
    """Draw the number of outstanding outcomes against rounds, with the bounds that are known.

    Parameters
    ----------
    rows
        Rows of one point; all policies wait for the same outcomes, so that one is drawn.
    delay
        The law of delays there.
    """
    figure, (axes,) = new_figure()
    mine = rows.filter(pl.col("policy") == rows["policy"][0])
    by_round = (
        mine.group_by("round")
        .agg(
            mean=pl.col("outstanding").mean(),
            least=pl.col("outstanding").min(),
            most=pl.col("outstanding").max(),
        )
        .sort("round")
    )
    rounds = by_round["round"].to_numpy()
    mean = by_round["mean"].to_numpy()
    axes.plot(rounds, mean, color=colour_of(0), linewidth=1.8)
    axes.fill_between(
        rounds, by_round["least"], by_round["most"], color=colour_of(0), alpha=0.15, linewidth=0
    )
    ends = [(float(mean[-1]), "outstanding", colour_of(0))]
    if delay.law is not None:
        ends += _bounds(axes, rounds, delay.law)
    last = int(rounds[-1])
    axes.set_xlim(0, last)
    axes.set_ylim(bottom=0)
    label_ends(axes, ends, last)
    axes.set_xlabel("round (people treated)")
    axes.set_ylabel("outcomes outstanding")
    axes.yaxis.set_major_formatter(lambda value, _: plain_number(value))
    axes.xaxis.set_major_formatter(lambda value, _: plain_number(value))
    runs = mine["run"].n_unique()
    said = f"mean of {runs} runs, band: from the least to the most" if runs > 1 else "one run"
    held = f"; bounds: a run exceeds them with probability {FAILURE:g} at most" if ends[1:] else ""
    note(axes, said + held)
    return figure


def _bounds(
    axes: Axes, rounds: np.ndarray[tuple[int], np.dtype[np.int64]], law: DelayLaw
) -> list[tuple[float, str, str]]:
    """Draw bounds that hold in all rounds together, and return their ends."""
    ends = []
    for place, (bound, name, line) in enumerate(_BOUNDS, 1):
        values = bound(rounds, law, FAILURE / int(rounds[-1])).values
        axes.plot(rounds, values, line, color=colour_of(place), linewidth=1.6)
        ends.append((float(values[-1]), name, colour_of(place)))
    return ends
