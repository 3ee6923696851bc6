"""Run an experiment and leave what a reader needs: rows, summary, pictures, a report."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from markupsafe import Markup
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import runner
from recourse_bandits.experiments.advice_table import print_advice
from recourse_bandits.experiments.analysis import summary
from recourse_bandits.experiments.bounds import experiment_bounds
from recourse_bandits.experiments.bounds_table import in_words
from recourse_bandits.experiments.claims import unanswered, verdicts
from recourse_bandits.experiments.folder import Folder
from recourse_bandits.experiments.plan import plan_of
from recourse_bandits.experiments.plots import Picture, pictures
from recourse_bandits.experiments.plots.style import as_svg, write
from recourse_bandits.experiments.report import Drawn, report_page, versions
from recourse_bandits.experiments.slopes import print_slopes, regret_slopes
from recourse_bandits.experiments.spending_notice import print_spending
from recourse_bandits.experiments.tables import print_claims, print_results, print_world
from recourse_bandits.experiments.world import world_of
from recourse_bandits.experiments.writing import as_json, replace


@dataclass(frozen=True, slots=True)
class Running:
    """How experiments are run from the command line.

    Parameters
    ----------
    console
        Where to print.
    command
        The command as it was typed, for the report.
    executor
        ``processes`` or ``dask://HOST:PORT``.
    workers
        Number of processes; None: one a core.
    overwrite
        Whether another experiment's cells in the folder are removed.
    """

    console: Console
    command: str
    executor: str = "processes"
    workers: int | None = None
    overwrite: bool = False


def run_and_write(settings: ExperimentSettings, path: Path, how: Running) -> dict[str, Any]:
    """Run an experiment with live progress, print its tables, write its files.

    Cells that are finished in the folder are not run again.

    Parameters
    ----------
    settings
        The experiment.
    path
        The folder for the files; made if needed.
    how
        Where to run and to print.

    Returns
    -------
    dict
        What `summary.json` holds.

    Raises
    ------
    SettingsError
        If the settings are wrong, or the folder cannot be used.
    ClusterError
        If the workers are lost.
    OSError
        If the disk does not take the files; finished cells are kept.
    """
    plan = plan_of(settings)  # what is wrong is found before a folder is made
    console = how.console
    world = world_of(settings)
    print_world(console, world)
    print_spending(console, settings)
    with Folder(path, settings, overwrite=how.overwrite) as folder, _naming_what_is_kept(path):
        with _progress(console, settings.name) as progress:
            rows = runner.run_plan(
                plan,
                executor=how.executor,
                workers=how.workers,
                folder=folder,
                progress=progress,
            )
        results = {
            **summary(rows, settings),
            "slopes": regret_slopes(rows, settings),
            "claims": verdicts(settings, rows),
            "made": versions(),
        }
        table = BytesIO()
        rows.write_parquet(table)
        replace(path / "rows.parquet", table.getvalue())
        replace(path / "summary.json", as_json(results).encode())
        with console.status("drawing"):
            files, drawn = _drawn(pictures(rows, settings), path)
            page = report_page(settings, world, results, drawn, how.command, _proved(settings))
        replace(path / "report.html", page.encode())
    print_results(console, settings, results)
    print_slopes(console, results)
    print_advice(console, settings, results)
    for label in unanswered(settings, rows):
        console.print(
            f"[yellow]{escape(label)}: most of its questions failed, so that its policy played "
            "alone; no claim about it is judged[/yellow]"
        )
    print_claims(console, settings, results)
    names = ", ".join(["report.html", "rows.parquet", "summary.json", *(f.name for f in files)])
    console.print(f"Written to [bold]{escape(str(path))}[/bold]: {names}", highlight=False)
    return results


def _proved(settings: ExperimentSettings) -> list[str]:
    """Return what is proved beforehand, in words; nothing where no bound can be computed."""
    try:
        return in_words(experiment_bounds(settings))
    except SettingsError:  # changes without a limit
        return []


def _drawn(shown: Iterable[Picture], path: Path) -> tuple[list[Path], list[Drawn]]:
    """Draw every picture for the report, and write those of the whole experiment to files."""
    files: list[Path] = []
    drawn: list[Drawn] = []
    for picture in shown:
        figure = picture.draw()
        if not picture.point:
            files += write(figure, path, picture.name)
        said = f"{picture.title} {picture.point}".strip()
        svg = Markup(as_svg(figure, picture.name, said))
        drawn.append(Drawn(picture.title, picture.point, svg))
    return files, drawn


@contextmanager
def _progress(console: Console, name: str) -> Iterator[runner.Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs,"),
        TimeElapsedColumn(),
        TextColumn("so far,"),
        TimeRemainingColumn(),
        TextColumn("to go"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(escape(name), total=None)
        before: int | None = None

        def show(done: int, total: int) -> None:
            nonlocal before
            if before is None:
                before = done
                if done:
                    console.print(f"{done} of {total} runs were finished before", highlight=False)
            # what was finished before says nothing about the speed of what is not
            bar.update(task, completed=done - before, total=total - before)

        yield show


@contextmanager
def _naming_what_is_kept(path: Path) -> Iterator[None]:
    """Say of a file that cannot be written what is lost: nothing that was finished."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise  # not of the system: a data set, which says enough
        raise OSError(
            error.errno,
            f"{error.strerror}; finished runs in {path} are kept, the same command goes on",
            error.filename,
        ) from error
