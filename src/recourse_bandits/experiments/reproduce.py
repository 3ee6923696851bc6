"""Every published figure and table that is implemented, one after the other, and one index page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from recourse_bandits.config import (
    ExperimentSettings,
    catalogue,
    experiment,
    with_stand_ins,
)
from recourse_bandits.environments import DatasetError
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments.report import index_page
from recourse_bandits.experiments.results import Running, run_and_write
from recourse_bandits.experiments.writing import replace
from recourse_bandits.problem.encoding import nearest

NOT_IMPLEMENTED = (
    "Figures 6 and 7 with the models themselves: `recourse run language-models` asks them, if it "
    "has a key; here their stand-in plays",
)


def reproduce(
    names: Sequence[str], overrides: Sequence[str], folder: Path, how: Running
) -> list[dict[str, Any]]:
    """Run experiments of the catalogue; the index page is up to date after each of them.

    Parameters
    ----------
    names
        Which ones; empty: all.
    overrides
        Texts ``key=value`` for every experiment, or ``NAME:key=value`` for one.
    folder
        Where the index goes, and a folder for each experiment.
    how
        Where to run and to print.

    Returns
    -------
    list of dict
        What the index page shows of each experiment; `error` says what kept one from being run.

    Raises
    ------
    SettingsError
        If a name or a setting is wrong; nothing has run then.
    """
    known = list(catalogue())
    for name in names:
        if name not in known:
            raise SettingsError(
                f"unknown experiment {name!r}{nearest(name, known)}; the catalogue has "
                f"{', '.join(known)}"
            )
    chosen = in_order(
        {
            name: with_stand_ins(experiment(name, _own(name, overrides, known)), always=True)
            for name in names or known
        }
    )
    entries: list[dict[str, Any]] = []
    for name, settings in chosen.items():
        how.console.rule(f"[bold]{name}[/bold]")
        entry: dict[str, Any] = {"settings": settings, "claims": [], "link": None, "error": None}
        try:
            entry["claims"] = run_and_write(settings, folder / name, how)["claims"]
            entry["link"] = f"{name}/report.html"
        except DatasetError as error:
            entry["error"] = f"not run: {error}"
            how.console.print(f"[yellow]{escape(str(entry['error']))}[/yellow]")
        entries.append(entry)
        page = index_page(entries, NOT_IMPLEMENTED, how.command)
        replace(folder / "index.html", page.encode())
    index = escape(str(folder / "index.html"))
    how.console.print(f"All of it: [bold]{index}[/bold]", highlight=False)
    return entries


def in_order(experiments: Mapping[str, ExperimentSettings]) -> dict[str, ExperimentSettings]:
    """Return experiments with those of the paper first, and ours after them.

    Parameters
    ----------
    experiments
        Settings by name.
    """
    return dict(sorted(experiments.items(), key=lambda item: item[1].source.startswith("ours")))


def _own(name: str, overrides: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the overrides of one experiment."""
    own = []
    for text in overrides:
        prefix, colon, rest = text.partition(":")
        addressed = bool(colon) and "=" not in prefix
        if addressed and prefix not in known:
            raise SettingsError(
                f"--set {text!r}: unknown experiment {prefix!r}{nearest(prefix, known)}"
            )
        if not addressed:
            own.append(text)
        elif prefix == name:
            own.append(rest)
    return own
