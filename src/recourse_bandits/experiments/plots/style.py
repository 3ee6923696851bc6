"""How pictures look: colours that all can tell apart, and SVG that follows the page's theme."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito: told apart by colour-blind readers too. Black comes last: it is the ink's colour.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8C8C8C", "#000000")
_LONGEST_NAME = 36
_LINE = 0.215  # inches from a name to the next one
_AROUND = 0.7  # inches above and below the axes
STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
INK, FAINT = "#1b1b1b", "#5c5c5c"
SIZE = (7.6, 4.4)
_VARIABLES = {
    **{colour.lower(): f"--series-{place}" for place, colour in enumerate(COLOURS)},
    INK: "--ink",
    FAINT: "--faint",
    "#ffffff": "--paper",
}
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be searched, and read aloud
    "font.size": 10.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.titlecolor": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "grid.color": FAINT,
    "grid.alpha": 0.25,
}


def colour_of(position: int) -> str:
    """Return the colour of the n-th policy.

    Parameters
    ----------
    position
        From 0; colours come again after eight, with another line.
    """
    return COLOURS[position % len(COLOURS)]


def style_of(position: int) -> str:
    """Return the line of the n-th policy.

    Parameters
    ----------
    position
        From 0.
    """
    return STYLES[(position // len(COLOURS)) % len(STYLES)]


def new_figure(
    rows: int = 1, columns: int = 1, height: float = SIZE[1]
) -> tuple[Figure, list[Axes]]:
    """Return an empty figure and its axes, plain and without frames.

    Parameters
    ----------
    rows, columns
        Of axes.
    height
        Inches.
    """
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(SIZE[0], height), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    axes = list(grid.ravel())
    for one in axes:
        one.grid(True)
        one.set_axisbelow(True)
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def shown(text: str) -> str:
    """Return a text for a picture: as it is, even with dollars, and not wider than there is room.

    Parameters
    ----------
    text
        A name that somebody chose.

    Examples
    --------
    >>> len(shown("x" * 60))
    36
    """
    if len(text) > _LONGEST_NAME:
        half = (_LONGEST_NAME - 1) // 2
        text = f"{text[: _LONGEST_NAME - 1 - half]}…{text[-half:]}"
    return as_text(text)


def as_text(text: str) -> str:
    """Return a text that matplotlib does not take for mathematics, and that XML can hold.

    Parameters
    ----------
    text
        Any text.
    """
    return "".join(one if one.isprintable() else " " for one in text).replace("$", r"\$")


def plain_number(value: float) -> str:
    """Return the text of a tick.

    Parameters
    ----------
    value
        Where it is.
    """
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.3g}"


def height_for(names: int) -> float:
    """Return the height of a figure, in inches, that has room for so many names beside it.

    Parameters
    ----------
    names
        How many.
    """
    return max(SIZE[1], _AROUND + _LINE * (names + 1))


def label_ends(axes: Axes, ends: list[tuple[float, str, str]], last: float) -> None:
    """Write each curve's name beside its end, moved apart where names would touch.

    Parameters
    ----------
    axes
        Where the curves are.
    ends
        For each curve its last value, its name and its colour.
    last
        Where the curves end on the horizontal axis.
    """
    low, high = axes.get_ylim()
    scale = axes.get_yscale()
    forward, back = (np.log10, lambda v: 10.0**v) if scale == "log" else (float, float)
    bottom, top = forward(low), forward(high)
    gap = (top - bottom) * _LINE / (axes.figure.get_figheight() - _AROUND)  # type: ignore[union-attr]
    # a curve that is not positive at its end has left a logarithmic axis at the bottom: NaN
    within = ((float(np.fmax(value, low)), name, colour) for value, name, colour in ends)
    inside = sorted((forward(value), name, colour) for value, name, colour in within)
    places: list[float] = []
    for value, _, _ in inside:
        places.append(max(value, places[-1] + gap) if places else value)
    excess = max(places[-1] - top, 0.0) if places else 0.0
    for (value, name, colour), place in zip(inside, places, strict=True):
        axes.annotate(
            shown(name),
            (last, back(value)),
            xytext=(1.035, back(place - excess)),
            textcoords=axes.get_yaxis_transform(),
            color=INK,
            fontsize=9,
            va="center",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-", "color": colour, "linewidth": 1.6, "shrinkA": 1, "shrinkB": 1,
                "relpos": (0.0, 0.5),
            },
        )  # fmt: skip


def note(axes: Axes, text: str) -> None:
    """Write a small remark above the axes.

    Parameters
    ----------
    axes
        Where.
    text
        The remark.
    """
    axes.set_title(text, loc="left", fontsize=8, color=FAINT)


@contextmanager
def _saving(settings: dict[Any, Any]) -> Iterator[None]:
    with mpl.rc_context({"svg.fonttype": "none", **settings}), warnings.catch_warnings():
        # a browser has the letters that our font lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def write(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure as SVG and PNG.

    Parameters
    ----------
    figure
        The figure.
    folder
        Where the files go.
    name
        Their name, without ending.
    """
    files = [folder / f"{name}.svg", folder / f"{name}.png"]
    with _saving({"svg.hashsalt": name}):
        figure.savefig(files[0], metadata={"Date": None})
        figure.savefig(files[1], dpi=150)
    return files


def as_svg(figure: Figure, name: str, says: str) -> str:
    """Return a figure as SVG for a page: its colours are the page's, its width is the page's.

    Parameters
    ----------
    figure
        The figure.
    name
        Unique on the page: keeps the identifiers of two pictures apart.
    says
        What it shows, for those who cannot see it.
    """
    stream = io.StringIO()
    with _saving({"svg.hashsalt": name, "svg.id": name}):
        figure.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>", lambda tag: _for_page(tag.group(), name), text)
    head, rest = text.split(">", 1)
    head = re.sub(r' (width|height|id)="[^"]*"', "", head)
    label = says.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'{head} role="img" aria-label="{label}">{rest}'


def _for_page(tag: str, name: str) -> str:
    """Return a tag with identifiers of its picture's own, and the page's colours."""
    tag = re.sub(r'\bid="', f'id="{name}-', tag)
    tag = re.sub(r'(href="|url\()#', rf"\1#{name}-", tag)
    for colour, variable in _VARIABLES.items():
        tag = tag.replace(colour, f"var({variable})")
    return tag
