"""Regret beside what is proved of it beforehand, on logarithmic axes."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments.bounds import bounds_at
from recourse_bandits.experiments.plots.curves import (
    draw_means,
    last_round,
    make_logarithmic,
    name_axes,
    what_is_shown,
)
from recourse_bandits.experiments.plots.style import (
    colour_of,
    height_for,
    label_ends,
    new_figure,
    note,
    plain_number,
)
from recourse_bandits.theory import Bound

_MOST_ROUNDS = 100  # that a bound is computed for
_PLAIN = 1e7  # from here on, numbers are powers of ten


def regret_bounds(rows: pl.DataFrame, settings: ExperimentSettings) -> dict[str, Bound]:
    """Return the bound of each policy's regret, for the rounds of `bound_rounds`.

    Policies of which nothing is proved, or only what is infinite, have none. Where people deviate
    at random, it is Theorem 7 in the place of Theorem 2.

    Parameters
    ----------
    rows
        Rows of one point of a sweep.
    settings
        The experiment there.
    """
    try:
        found = bounds_at(settings, bound_rounds(rows))
    except SettingsError:  # changes without a limit
        return {}
    bounds = {one.label: one.regrets[-1] for one in found if one.regrets}
    return {label: one for label, one in bounds.items() if np.isfinite(one.values).all()}


def bound_rounds(rows: pl.DataFrame) -> list[int]:
    """Return rounds up to the last one, evenly apart on a logarithmic axis.

    Parameters
    ----------
    rows
        Rows of an experiment.
    """
    spread = np.geomspace(1, last_round(rows), _MOST_ROUNDS)
    return [int(number) for number in np.unique(np.rint(spread))]


def regret_beside_bounds(
    rows: pl.DataFrame, settings: ExperimentSettings, label: str, bounds: Mapping[str, Bound]
) -> Figure:
    """Draw regret as a curve a policy, and its bound as a thin line of the same colour.

    The line is dotted, and dash-dotted where an assumption of the theorem is broken.

    Parameters
    ----------
    rows
        Rows of an experiment, of one point of its sweep.
    settings
        The experiment.
    label
        Text at the vertical axis.
    bounds
        Those of `regret_bounds`, by policy.
    """
    figure, (axes,) = new_figure(height=height_for(len(settings.policies) + len(bounds)))
    ends = draw_means(axes, rows, settings, "total_regret", log=True)
    for position, policy in enumerate(settings.policies):
        if policy in bounds:
            ends.append(_line(axes, bound_rounds(rows), bounds[policy], policy, position))
    make_logarithmic(axes, rows)
    label_ends(axes, ends, last_round(rows))
    name_axes(axes, label)
    axes.yaxis.set_major_formatter(
        lambda value, _: plain_number(value) if value < _PLAIN else f"{value:.0e}"
    )
    note(axes, f"{what_is_shown(settings)}\n{_said(bounds)}")
    return figure


def _line(
    axes: Axes, rounds: list[int], bound: Bound, policy: str, position: int
) -> tuple[float, str, str]:
    """Draw a bound, and return its last value, its name and its colour."""
    colour = colour_of(position)
    axes.plot(rounds, bound.values, ":" if bound.holds else "-.", color=colour, linewidth=1.2)
    return float(bound.values[-1]), f"bound, {policy}", colour


def _said(bounds: Mapping[str, Bound]) -> str:
    """Return what the lines are, and how many assumptions are known not to hold."""
    broken = {str(one) for bound in bounds.values() for one in bound.broken}
    lines = []
    if any(bound.holds for bound in bounds.values()):
        lines.append("dotted: bounds of which no assumption is known to be broken")
    if broken:
        plural = "s" if len(broken) > 1 else ""
        lines.append(f"dash-dotted: {len(broken)} broken assumption{plural}, see `recourse bounds`")
    return "; ".join(lines)
