"""The picture of `make bench-cost`: four panels with logarithmic axes."""

import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito: told apart by colour-blind readers too; markers tell them apart without colour
LOOKS = {
    "LinUCB": ("#0072B2", "o"),
    "GLRB": ("#D55E00", "s"),
    "RecourseTS": ("#009E73", "^"),
    "Study(LinUCB)": ("#CC79A7", "D"),
    "LinUCB, decide + update": ("#0072B2", "o"),
    "matrix × vector (BLAS)": ("#000000", "v"),
}
PANELS = {
    "features": ("Time to decide, K = 10 arms", "features d", "CPU time (µs)"),
    "arms": ("Time to decide, d = 20 features", "arms K", "CPU time (µs)"),
    "rounds": ("Time of a whole round, d = 20, K = 10", "rounds gone by", "CPU time (µs)"),
    "limit": ("Work done, K = 10 arms", "features d", "multiply-adds a second"),
}
UNNAMED = 200  # its number would touch that of its neighbour
NEAREST = 0.085
"""Least distance of two labels, as a share of the panel's height."""


def draw(points: list[dict[str, Any]], path: Path) -> None:
    """Write the picture; the file's ending is its format."""
    with mpl.rc_context({"svg.hashsalt": "cost", "svg.fonttype": "path"}):
        figure = Figure(figsize=(10.0, 7.0), layout="constrained")
        for axes, panel in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
            _panel(axes, panel, [point for point in points if point["panel"] == panel])
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)


def _panel(axes: Axes, panel: str, points: list[dict[str, Any]]) -> None:
    title, across, up = PANELS[panel]
    axes.set_xscale("log")
    axes.set_yscale("log")
    ends: list[tuple[float, str]] = []
    for line in dict.fromkeys(point["line"] for point in points):
        here = [point for point in points if point["line"] == line]
        values = [point["y"] for point in here]
        colour, marker = LOOKS[line]
        axes.plot(
            [point["x"] for point in here],
            values,
            color=colour,
            marker=marker,
            markersize=4.5,
            linewidth=1.6,
        )
        ends.append((values[-1], line))
    places = sorted({point["x"] for point in points})
    axes.set_xticks(places, ["" if place == UNNAMED else f"{place:,}" for place in places])
    axes.minorticks_off()
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    low, high = min(p["y"] for p in points), max(p["y"] for p in points)
    axes.set_ylim(10 ** _decade(low, up=False), 10 ** _decade(high, up=True))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    _label(axes, ends)


def _decade(value: float, *, up: bool) -> int:
    exponent = math.log10(value)
    return math.ceil(exponent) if up else math.floor(exponent)


def _label(axes: Axes, ends: list[tuple[float, str]]) -> None:
    """Write each name at the end of its line, moved apart where they would touch."""
    position = -1.0
    for value, line in sorted(ends):
        height = axes.transAxes.inverted().transform(axes.transData.transform((1.0, value)))[1]
        position = max(float(height), position + NEAREST)
        axes.annotate(
            line,
            (1.015, position),
            xycoords="axes fraction",
            color=LOOKS[line][0],
            fontsize=9,
            va="center",
            annotation_clip=False,
        )
