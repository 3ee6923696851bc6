"""Commands that run experiments in simulated worlds."""

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


def list_experiments() -> None:
    """List the experiments that come with the package."""
    from recourse_bandits.config import catalogue
    from recourse_bandits.experiments.tables import catalogue_table

    Console().print(catalogue_table(catalogue()))


def show(experiment: Experiment, override: Override = None) -> None:
    """Show an experiment's settings: what its source states, and what is ours."""
    from recourse_bandits.config import experiment as read
    from recourse_bandits.experiments.tables import describe

    settings = read(experiment, override or ())
    describe(Console(), settings)


def run(
    experiment: Experiment,
    runs: Annotated[int | None, typer.Option(min=1, help="Independent repetitions.")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="People a run.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the first run.")] = None,
    override: Override = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for rows, summary and plots; by default runs/NAME."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one a core.")
    ] = None,
) -> None:
    """Run an experiment: every policy meets the same people and the same noise.

    Writes rows.parquet, summary.json, and regret and question curves as SVG and PNG.
    """
    from recourse_bandits.config import experiment as read
    from recourse_bandits.experiments.report import run_and_write

    overrides = list(override or ())
    for key, value in (("runs", runs), ("rounds", rounds), ("seed", seed)):
        if value is not None:
            overrides.append(f"{key}={value}")
    settings = read(experiment, overrides)
    run_and_write(settings, out or Path("runs") / settings.name, workers, Console())
