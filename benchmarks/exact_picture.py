"""The picture of `make bench-exact`: time of a round against the rows of an arm."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Okabe and Ito; markers tell the lines apart without colour
LOOKS = {5: ("#0072B2", "o"), 20: ("#D55E00", "s"), 50: ("#009E73", "^")}
EXACT = "logistic, exact"
DEFAULT = 500


def draw(costs: list[dict[str, Any]], path: Path) -> None:
    """Write the picture; the file's ending is its format."""
    with mpl.rc_context({"svg.hashsalt": "exact", "svg.fonttype": "path"}):
        figure = Figure(figsize=(7.5, 4.6), layout="constrained")
        axes = figure.subplots()
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.axvline(DEFAULT, color="0.6", linewidth=1.0)
        axes.annotate(
            f"exact_rows={DEFAULT}",
            (DEFAULT, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-4, -2),
            textcoords="offset points",
            ha="right",
            va="top",
            color="0.35",
            fontsize=9,
        )
        lines = dict.fromkeys((c["line"], c["dimension"]) for c in costs)
        for line, dimension in sorted(lines, key=lambda each: each[0] != EXACT):
            here = [c for c in costs if (c["line"], c["dimension"]) == (line, dimension)]
            colour, marker = LOOKS[dimension]
            exact = line == EXACT
            axes.plot(
                [c["rows"] for c in here],
                [c["microseconds"] for c in here],
                color=colour,
                marker=marker if exact else "",
                markersize=4.5,
                linestyle="-" if exact else "--",
                linewidth=1.6,
                label=f"d = {dimension}, {'exact' if exact else 'one pass'}",
            )
        axes.legend(
            frameon=False, fontsize=9, ncols=2, loc="upper left", bbox_to_anchor=(0.0, 0.94)
        )
        places = sorted({c["rows"] for c in costs})
        axes.set_xticks(places, [f"{place:,}" for place in places])
        axes.minorticks_off()
        axes.set_title("Time of a round with a logistic link, K = 2 arms", loc="left", fontsize=11)
        axes.set_xlabel("rows of an arm")
        axes.set_ylabel("CPU time (µs)")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)
