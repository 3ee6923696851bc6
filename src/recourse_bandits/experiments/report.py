"""Run an experiment and leave what a reader needs: rows, summary, pictures, a table."""

import json
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from recourse_bandits import kernels
from recourse_bandits.config import ExperimentSettings
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments.analysis import summary
from recourse_bandits.experiments.plots import draw
from recourse_bandits.experiments.runner import check, run_experiment
from recourse_bandits.experiments.tables import print_results, print_world


def run_and_write(
    settings: ExperimentSettings, folder: Path, workers: int | None, console: Console
) -> None:
    """Run an experiment with live progress, print its table, and write its files.

    Parameters
    ----------
    settings
        The experiment.
    folder
        Where the files go; made if needed, files of the same names are replaced.
    workers
        Number of processes; None: one a core.
    console
        Where to print.

    Raises
    ------
    SettingsError
        If the settings are wrong or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("rows.parquet", "summary.json"):  # found now rather than after the run
            (folder / name).open("ab").close()
    except OSError as error:
        raise SettingsError(f"--out {folder} cannot be written: {error}") from error
    check(settings)
    print_world(console, settings)
    kernels.compile_all()  # before the clock of the progress bar starts
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
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(settings.name, total=settings.runs * len(settings.policies))
        rows = run_experiment(settings, workers=workers, progress=lambda _: progress.advance(task))
    results = summary(rows, settings)
    rows.write_parquet(folder / "rows.parquet")
    text = json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    pictures = draw(rows, settings, folder)
    print_results(console, settings, results)
    names = ", ".join(["rows.parquet", "summary.json", *(path.name for path in pictures)])
    console.print(f"Written to [bold]{folder}[/bold]: {names}", highlight=False)
