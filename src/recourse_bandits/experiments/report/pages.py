"""Pages for a browser: one file each, with everything inside."""

import json
import platform
from functools import cache
from importlib import metadata, resources
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from recourse_bandits._version import __version__
from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.analysis import axis_names, has_papers
from recourse_bandits.experiments.plots import Picture, pictures
from recourse_bandits.experiments.plots.style import as_svg
from recourse_bandits.experiments.world import World

MOST_POINTS = 12
"""Points of a sweep whose curves a report shows; of more, it shows where the sweep leads."""

MARKS = {"holds": "✓", "does not hold": "✗", "undecided": "?"}
_LIBRARIES = ("numpy", "numba", "scipy", "polars")


def report_page(
    settings: ExperimentSettings,
    world: World,
    rows: pl.DataFrame,
    results: dict[str, Any],
    command: str,
) -> str:
    """Return the report of an experiment.

    Parameters
    ----------
    settings
        The experiment.
    world
        What is real, assumed and simulated.
    rows
        Its rows.
    results
        What `summary.json` holds.
    command
        What made it.
    """
    many = len(results["points"]) > MOST_POINTS
    shown: dict[str, list[dict[str, Any]]] = {}  # by point, in their order
    for one in pictures(rows, settings):
        if not (many and one.point):
            shown.setdefault(one.point, []).append({"title": one.title, "svg": _picture(one)})
    return _templates().get_template("report.html").render(
        settings=settings,
        world=world,
        claims=results["claims"],
        points=results["points"],
        axes=axis_names(settings),
        papers=has_papers(settings),
        pictures=shown,
        left_out=many,
        described=json.dumps(results["settings"], indent=2, ensure_ascii=False),
        command=command,
        made={**results["made"], "Seed": settings.seed},
    )  # fmt: skip


def index_page(entries: list[dict[str, Any]], missing: tuple[str, ...], command: str) -> str:
    """Return the page that links the reports of several experiments.

    Parameters
    ----------
    entries
        For each experiment its settings, its claims with verdicts, the link to its report or None,
        and what kept it from being run or None.
    missing
        What of the source is not implemented.
    command
        What made it.
    """
    template = _templates().get_template("index.html")
    return template.render(entries=entries, missing=missing, command=command, version=__version__)


def versions() -> dict[str, str]:
    """Return what a result depends on: versions and the machine."""
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    return {
        "recourse-bandits": __version__,
        "Python": platform.python_version(),
        "Libraries": libraries,
        "Machine": f"{platform.system()} {platform.machine()}",
    }


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("recourse_bandits.experiments.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    templates.filters |= {"figure": _figure, "spread": _spread, "whole": "{:,.0f}".format}
    style = resources.files(__package__) / "style.css"
    templates.globals |= {
        "style": Markup(style.read_text(encoding="utf-8")),
        "marks": MARKS,
    }
    return templates


def _picture(picture: Picture) -> Markup:
    said = f"{picture.title} {picture.point}".strip()
    return Markup(as_svg(picture.draw(), picture.name, said))


def _figure(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _spread(figures: dict[str, float | None], digits: int) -> Markup:
    mean, sd, low, high = (figures[name] for name in ("mean", "sd", "low", "high"))
    if sd is None:
        return Markup("{}").format(f"{mean:,.{digits}f}")
    return Markup("{} ± {}<small>[{}, {}]</small>").format(
        *(f"{value:,.{digits}f}" for value in (mean, sd, low, high))
    )
