"""Pages for a browser: one file each, with everything inside."""

import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from recourse_bandits._version import __version__
from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.advice_table import ADVICE_NOTE, percent, somebody_was_asked
from recourse_bandits.experiments.analysis import axis_names, has_papers
from recourse_bandits.experiments.plots.gallery import MOST_POINTS
from recourse_bandits.experiments.slopes import SLOPES_NOTE, slope_text
from recourse_bandits.experiments.world import World

MARKS = {"holds": "✓", "does not hold": "✗", "undecided": "?"}
_LIBRARIES = ("numpy", "numba", "scipy", "polars")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as a page holds it.

    Parameters
    ----------
    title
        What it shows.
    point
        Label of the point that it shows; empty: it shows all.
    svg
        The picture.
    """

    title: str
    point: str
    svg: Markup


def report_page(
    settings: ExperimentSettings,
    world: World,
    results: dict[str, Any],
    drawn: Iterable[Drawn],
    command: str,
    proved: Iterable[str] = (),
) -> str:
    """Return the report of an experiment.

    Parameters
    ----------
    settings
        The experiment.
    world
        What is real, assumed and simulated.
    results
        What `summary.json` holds.
    drawn
        Its pictures.
    command
        What made it.
    proved
        What is proved beforehand, a sentence each.
    """
    shown: dict[str, list[Drawn]] = {}  # by point, in their order
    for one in drawn:
        shown.setdefault(one.point, []).append(one)
    return _templates().get_template("report.html").render(
        settings=settings,
        world=world,
        claims=results["claims"],
        points=results["points"],
        asked=somebody_was_asked(results),
        advice_note=ADVICE_NOTE,
        slopes=results["slopes"],
        slopes_note=SLOPES_NOTE,
        axes=axis_names(settings),
        papers=has_papers(settings),
        pictures=shown,
        left_out=len(results["points"]) > MOST_POINTS,
        described=json.dumps(results["settings"], indent=2, ensure_ascii=False),
        command=command,
        proved=list(proved),
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
    templates.filters |= {"percent": percent, "slope": slope_text}
    style = resources.files(__package__) / "style.css"
    templates.globals |= {
        "style": Markup(style.read_text(encoding="utf-8")),
        "marks": MARKS,
    }
    return templates


def _figure(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:z,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _spread(figures: dict[str, float | None], digits: int) -> Markup:
    mean, sd, low, high = (figures[name] for name in ("mean", "sd", "low", "high"))
    if sd is None:
        return Markup("{}").format(f"{mean:z,.{digits}f}")
    return Markup("{} ± {}<small>[{}, {}]</small>").format(
        *(f"{value:z,.{digits}f}" for value in (mean, sd, low, high))
    )
