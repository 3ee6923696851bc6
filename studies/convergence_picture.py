"""The picture of `test_convergence`: what the value lacks, step by step, on a logarithmic axis."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

# Okabe and Ito; markers tell the lines apart without colour
LOOKS = {2: ("#0072B2", "o"), 8: ("#D55E00", "s"), 20: ("#009E73", "^"), 50: ("#CC79A7", "D")}
FLOOR = 1e-17  # where 0 is drawn
STEPS = 40

Errors = Mapping[tuple[str, int], NDArray[np.float64]]


def draw(errors: Errors, path: Path) -> None:
    """Write the picture; the file's ending is its format. Errors have shape (instances, steps)."""
    norms = list(dict.fromkeys(norm for norm, _ in errors))
    with mpl.rc_context({"svg.hashsalt": "convergence", "svg.fonttype": "path"}):
        figure = Figure(figsize=(4.4 * len(norms), 4.2), layout="constrained")
        panels = figure.subplots(1, len(norms), sharey=True, squeeze=False)[0]
        for axes, norm in zip(panels, norms, strict=True):
            _panel(axes, norm, {d: each for (name, d), each in errors.items() if name == norm})
        panels[0].set_ylabel("(final value − value) / (1 + |final value|)")
        panels[0].legend(frameon=False, fontsize=9)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)


def _panel(axes: Axes, norm: str, errors: Mapping[int, NDArray[np.float64]]) -> None:
    longest = 1
    for dimension, each in errors.items():
        colour, marker = LOOKS[dimension]
        for share, line in ((0.5, "-"), (0.9, "--")):
            quantile = np.quantile(each, share, axis=0)[: STEPS + 1]
            zeros = np.flatnonzero(quantile < FLOOR)
            end = int(zeros[0]) + 1 if zeros.size else quantile.size
            longest = max(longest, end - 1)
            axes.plot(
                np.maximum(quantile[:end], FLOOR),
                line,
                color=colour,
                marker=marker if share == 0.5 else "",
                markersize=4.0,
                linewidth=1.5,
                label=f"d = {dimension}" if share == 0.5 else None,
            )
    if norm == "l2":
        axes.plot([], [], "--", color="0.4", linewidth=1.5, label="90 % of instances")
    axes.set_yscale("log")
    axes.set_ylim(FLOOR, 3.0)
    axes.set_yticks([FLOOR, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1.0])
    axes.set_yticklabels(["0", *(f"$10^{{{power}}}$" for power in (-15, -12, -9, -6, -3)), "1"])
    axes.minorticks_off()
    axes.set_xlim(0, max(longest, 5))
    axes.set_title(norm, loc="left", fontsize=11)
    axes.set_xlabel("step of Algorithm 2")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
