"""Commands that run experiments in simulated worlds."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

Experiment = Annotated[
    str,
    typer.Argument(help="An experiment of the catalogue (see: recourse list) or a .toml file."),
]
Override = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a setting, e.g. environment.noise=18 or policy_defaults.scale=0.1.",
    ),
]


Runs = Annotated[int | None, typer.Option(min=1, help="Independent repetitions.")]
Rounds = Annotated[int | None, typer.Option(min=1, help="People a run.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of the first run.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; by default one a core.")]
WhereToRun = Annotated[
    str, typer.Option("--executor", help="processes, or dask://HOST:PORT of a Dask scheduler.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Remove another experiment's results from the folder.")
]


def list_experiments() -> None:
    """List the experiments that come with the package."""
    from recourse_bandits.config import catalogue
    from recourse_bandits.experiments.tables import catalogue_table

    Console(emoji=False).print(catalogue_table(catalogue()))


def show(experiment: Experiment, override: Override = None) -> None:
    """Show an experiment's settings: what its source states, and what is ours."""
    from recourse_bandits.config import experiment as read
    from recourse_bandits.config import with_stand_ins
    from recourse_bandits.experiments.tables import describe

    settings = with_stand_ins(read(experiment, override or ()))
    describe(Console(emoji=False), settings)


def run(
    experiment: Experiment,
    runs: Runs = None,
    rounds: Rounds = None,
    seed: Seed = None,
    override: Override = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the results; by default runs/NAME."),
    ] = None,
    workers: Workers = None,
    executor: WhereToRun = "processes",
    overwrite: Overwrite = False,
) -> None:
    """Run an experiment: every policy meets the same people and the same noise.

    Writes report.html, rows.parquet, summary.json and the pictures as SVG and PNG. Interrupted, the
    same command goes on where it stopped.
    """
    from recourse_bandits.config import experiment as read
    from recourse_bandits.config import with_stand_ins
    from recourse_bandits.experiments.results import Running, run_and_write

    overrides = _overrides(override, runs=runs, rounds=rounds, seed=seed)
    settings = with_stand_ins(read(experiment, overrides))
    how = Running(Console(emoji=False), _command(), executor, workers, overwrite)
    run_and_write(settings, out or Path("runs") / settings.name, how)


def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Experiments of the catalogue; by default all."),
    ] = None,
    runs: Runs = None,
    rounds: Rounds = None,
    seed: Seed = None,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="[NAME:]KEY=VALUE",
            help="Override a setting, e.g. fertility:environment.path=FILE.csv",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for the index page and a folder for each experiment.")
    ] = Path("runs/reproduce"),
    workers: Workers = None,
    executor: WhereToRun = "processes",
    overwrite: Overwrite = False,
) -> None:
    """Run the published experiments, judge every claim, and write one index page.

    No language model is asked, which would cost money: stand-ins play, and say so. Interrupted, the
    same command goes on where it stopped.
    """
    from recourse_bandits.experiments.reproduce import reproduce as run_all
    from recourse_bandits.experiments.results import Running

    how = Running(Console(emoji=False), _command(), executor, workers, overwrite)
    entries = run_all(
        names or (), _overrides(override, runs=runs, rounds=rounds, seed=seed), out, how
    )
    if any(entry["error"] for entry in entries):
        raise typer.Exit(3)


def compare(
    first: Annotated[Path, typer.Argument(help="Folder that `recourse run` wrote.")],
    second: Annotated[Path, typer.Argument(help="Another one.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the differences to this file too, as JSON.")
    ] = None,
) -> None:
    """Compare two runs of experiments: differences with intervals, paired where people agree."""
    from recourse_bandits.experiments.comparison import alone
    from recourse_bandits.experiments.comparison import compare as find
    from recourse_bandits.experiments.tables import comparison_table
    from recourse_bandits.experiments.writing import as_json

    console, found = Console(emoji=False), find(first, second)
    console.print(comparison_table(found))
    for folder, labels in zip((first, second), alone(first, second), strict=True):
        if labels:
            console.print(f"Only in {folder}: {', '.join(labels)}", markup=False, highlight=False)
    if any(mine != theirs for mine, theirs in (one["rounds"] for one in found)):
        console.print("The numbers of rounds differ: totals are not alike.", style="yellow")
    if out is not None:
        out.write_text(as_json(found), encoding="utf-8")


def bounds(
    source: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT|STUDY.toml",
            help="An experiment of the catalogue, or the .toml file of an experiment or a study.",
        ),
    ],
    rounds: Annotated[
        list[int] | None, typer.Option(min=1, help="Rounds to bound; may be repeated.")
    ] = None,
    eta: Annotated[
        float | None,
        typer.Option(min=0.0, help="How much worse than the best pair the advice is at most."),
    ] = None,
    override: Override = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the bounds to this file too, as JSON.")
    ] = None,
) -> None:
    """Say what is proved of policies beforehand, and which assumptions are broken."""
    from recourse_bandits.experiments.bounds import find_bounds
    from recourse_bandits.experiments.bounds_table import as_table, print_bounds
    from recourse_bandits.experiments.writing import as_json

    found = find_bounds(source, override or (), rounds or (), eta)
    print_bounds(Console(emoji=False), found)
    if out is not None:
        out.write_text(as_json(as_table(found)), encoding="utf-8")


def _overrides(texts: list[str] | None, **numbers: int | None) -> list[str]:
    return [*(texts or ()), *(f"{key}={n}" for key, n in numbers.items() if n is not None)]


def _command() -> str:
    return shlex.join(["recourse", *sys.argv[1:]])
