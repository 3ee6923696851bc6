"""Which pictures an experiment gets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from recourse_bandits.config import ExperimentSettings, points_of
from recourse_bandits.experiments.contestants import delay_in

if TYPE_CHECKING:  # every worker imports this package, and none of them draws
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can be drawn.

    Parameters
    ----------
    name
        Of its files.
    title
        What it shows.
    point
        Label of the point that it shows; empty: it shows all.
    draw
        Returns the figure.
    """

    name: str
    title: str
    point: str
    draw: Callable[[], "Figure"]


MOST_POINTS = 12
"""Points of a sweep that get curves of their own; of more, pictures show where it leads."""


def pictures(rows: pl.DataFrame, settings: ExperimentSettings) -> Iterator[Picture]:
    """Yield the pictures of an experiment: where a sweep leads, then curves and bars of each point.

    Parameters
    ----------
    rows
        Its rows.
    settings
        The experiment.
    """
    from recourse_bandits.experiments.plots.bars import changed, drawable, recourse_bars
    from recourse_bandits.experiments.plots.bounds import regret_beside_bounds, regret_bounds
    from recourse_bandits.experiments.plots.curves import curves
    from recourse_bandits.experiments.plots.doses import dose_curves, dose_error, on_target
    from recourse_bandits.experiments.plots.outstanding import outstanding_curve
    from recourse_bandits.experiments.plots.sweep import against_axis

    unit = f" ({settings.reward_unit})" if settings.reward_unit else ""
    regret = f"cumulative regret{unit}"
    asks = (rows["total_asked"] > 0).any()
    points = rows.partition_by("point", maintain_order=True)
    if len(points) > 1:
        sweep = partial(against_axis, rows, settings)
        yield Picture(
            "regret-by-axis", "Final regret", "", partial(sweep, "total_regret", f"final {regret}")
        )
        if asks:
            yield Picture(
                "questions-by-axis",
                "Questions",
                "",
                partial(sweep, "total_asked", "questions asked"),
            )
    settings_at = [point.settings for point in points_of(settings)]
    for here in points if len(points) <= MOST_POINTS else ():
        place, label = _place(here, len(points))
        draw = partial(curves, here, settings)
        yield Picture(
            f"regret{place}", "Cumulative regret", label, partial(draw, "total_regret", regret)
        )
        yield Picture(
            f"regret-log{place}",
            "The same on logarithmic axes: how fast regret grows",
            label,
            partial(draw, "total_regret", regret, log=True),
        )
        there = settings_at[here["point"][0]]
        bounds = regret_bounds(here, there)
        if bounds:
            yield Picture(
                f"bounds{place}",
                "Regret beside what is proved of it beforehand",
                label,
                partial(regret_beside_bounds, here, settings, regret, bounds),
            )
        if asks:
            asked = partial(draw, "total_asked", "questions asked so far")
            yield Picture(f"questions{place}", "Questions", label, asked)
        delay = delay_in(there)
        if delay is not None and (here["outstanding"] > 0).any():
            yield Picture(
                f"outstanding{place}",
                "Outcomes that have not arrived",
                label,
                partial(outstanding_curve, here, delay),
            )
        for column, name, title, figure in (
            (
                "dose_error",
                "dose-error",
                "How far doses are from those of the comparison",
                dose_error,
            ),
            ("dose_share", "doses", "Doses given", dose_curves),
            ("on_target", "on-target", "Share of sub-outcomes on target", on_target),
        ):
            if column in here.columns and here[column].is_not_null().any():
                yield Picture(f"{name}{place}", title, label, partial(figure, here, settings))
        first = settings.recourse_after + 1
        late = here.filter(pl.col("round") >= first)
        if drawable(late) and changed(late, settings):
            yield Picture(
                f"recourse{place}",
                f"Recommended changes by arm, mean over rounds from {first:,} on",
                label,
                partial(recourse_bars, late, settings),
            )


def _place(rows: pl.DataFrame, points: int) -> tuple[str, str]:
    """Return a point's ending of file names, and its label."""
    if points == 1:
        return "", ""
    values = {
        name.removeprefix("axis."): rows[name][0]
        for name in rows.columns
        if name.startswith("axis.")
    }
    label = ", ".join(f"{name} = {value}" for name, value in values.items() if value is not None)
    return f"-{rows['point'][0]}", label
