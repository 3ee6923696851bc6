"""Where a sweep leads: a final figure of every policy against the values of an axis."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recourse_bandits.config import Axis, ExperimentSettings
from recourse_bandits.experiments.analysis import half_width, interval, last_rows
from recourse_bandits.experiments.plots.style import (
    FAINT,
    MARKERS,
    STYLES,
    as_text,
    colour_of,
    height_for,
    label_ends,
    new_figure,
    note,
    plain_number,
    shown,
)
from recourse_bandits.experiments.slopes import regret_slopes

_TICKS_APART = 0.07  # of the axis


def against_axis(
    rows: pl.DataFrame, settings: ExperimentSettings, column: str, label: str
) -> Figure:
    """Draw a final total against the first axis, or the cases; other axes give other lines.

    Where a theorem states with which power of the axis regret grows, both axes are logarithmic,
    names say the fitted power, and a dotted line has the stated one.

    Parameters
    ----------
    rows
        Rows of an experiment that sweeps.
    settings
        The experiment.
    column
        The column, such as `total_regret`.
    label
        Text at the vertical axis.
    """
    first, others = _axes(settings)
    last = last_rows(rows)
    lines = last.select("policy", *others).n_unique()
    figure, (axes,) = new_figure(height=height_for(lines))
    ends: list[tuple[float, str, str]] = []
    numeric = all(
        not isinstance(value, str | bool) and np.isfinite(value) for value in first.values
    )
    stated = first.exponent if column == "total_regret" else None
    powers = {} if stated is None else _powers(rows, settings)
    place = {value: value if numeric else at for at, value in enumerate(first.values)}
    for position, policy in enumerate(settings.policies):
        mine = last.filter(pl.col("policy") == policy)
        groups = mine.partition_by(others, maintain_order=True) if others else [mine]
        for line, group in enumerate(groups):
            by_value = group.group_by(f"axis.{first.name}", maintain_order=True).agg(column)
            found = sorted(
                (float(place[value]), interval(values)) for value, values in by_value.iter_rows()
            )
            x = np.array([at for at, _ in found])
            mean = np.array([one["mean"] for _, one in found], dtype=np.float64)
            spread = np.array([half_width(one) for _, one in found])
            axes.errorbar(
                x, mean, spread, color=colour_of(position), linestyle=STYLES[line % len(STYLES)],
                marker=MARKERS[position % len(MARKERS)], markersize=5, linewidth=1.6, capsize=2.5,
            )  # fmt: skip
            said = [f"{o.removeprefix('axis.')} {group[o][0]}" for o in others]
            told = ", ".join([policy + powers.get(policy, ""), *said])
            ends.append((float(mean[-1]), told, colour_of(position)))
    if first.log:
        axes.set_xscale("log")
    if numeric:
        ticks = _apart([float(value) for value in place], log=first.log)
        axes.set_xticks(ticks, [f"{value:g}" for value in ticks])
        axes.minorticks_off()
    else:
        axes.set_xticks(list(place.values()), [shown(str(value)) for value in place])
        # each name ends below its own tick, or long ones would run into each other
        axes.tick_params(axis="x", rotation=20)
        for name in axes.get_xticklabels():
            name.set(horizontalalignment="right", rotation_mode="anchor")
    positive = last.filter(pl.col(column) > 0.0)[column]
    many = positive.len() == last.height and (
        stated is not None or positive.max() > 30.0 * positive.min()  # type: ignore[operator]
    )
    if many:
        axes.set_yscale("log")
        if stated is not None:
            _guide(axes, [float(value) for value in place], stated)
    else:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: plain_number(value))
    axes.set_xlabel(as_text(first.label or first.name))
    axes.set_ylabel(as_text(label))
    label_ends(axes, ends, max(float(value) for value in place.values()))
    if settings.runs > 1:
        note(axes, f"mean of {settings.runs} runs, bars: 95 % interval of the mean")
    return figure


def _powers(rows: pl.DataFrame, settings: ExperimentSettings) -> dict[str, str]:
    """Return what names say of fitted powers, by policy."""
    found = regret_slopes(rows, settings)
    policies = found["policies"] if found else {}
    return {label: f": {one['mean']:z.2f}" for label, one in policies.items() if one}


def _guide(axes: Axes, values: list[float], power: float) -> None:
    """Draw where growth with a power of the axis would go, below the upper end of the picture."""
    low, high = axes.get_ylim()
    first, last = min(values), max(values)
    top = 0.8 * high / max((last / first) ** power, 1.0)
    ends = np.array([first, last])
    axes.plot(ends, top * (ends / first) ** power, ":", color=FAINT, linewidth=1.0)
    axes.annotate(
        f"power {power:g}", (first, top), xytext=(2, -2), textcoords="offset points",
        fontsize=8, color=FAINT, va="top",
    )  # fmt: skip
    axes.set_ylim(low, high)


def _apart(values: list[float], *, log: bool) -> list[float]:
    """Return the values, smallest and largest among them, whose texts do not touch."""
    values = sorted(values)
    places = np.log(values) if log else np.array(values)
    gap = _TICKS_APART * (places[-1] - places[0])
    kept = [0]
    for at in range(1, len(values) - 1):
        if places[at] - places[kept[-1]] >= gap and places[-1] - places[at] >= gap:
            kept.append(at)
    return [values[at] for at in sorted({*kept, len(values) - 1})]


def _axes(settings: ExperimentSettings) -> tuple[Axis, list[str]]:
    """Return the axis to draw along, and the columns of the others."""
    if settings.cases:
        names = tuple(case.name for case in settings.cases)
        return Axis(name="case", keys=("case",), values=names), []
    return settings.axes[0], [f"axis.{axis.name}" for axis in settings.axes[1:]]
