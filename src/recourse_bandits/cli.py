"""The command `recourse`: arguments in, one call each, tables and files out.

Exit codes: 0 done; 2 the command, an option or a settings file is wrong; 3 a data set cannot be
had; 130 interrupted.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from recourse_bandits._version import __version__
from recourse_bandits.errors import DescriptionError

app = typer.Typer(
    name="recourse",
    help="Choose a treatment, the change a person can make, and learn from outcomes.\n\n"
    "Start with: recourse run hypertension",
    epilog="Exit codes: 0 done; 2 wrong command or settings; 3 no data; 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

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


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command("list")
def list_experiments() -> None:
    """List the experiments that come with the package."""
    from recourse_bandits.config import catalogue
    from recourse_bandits.experiments.tables import catalogue_table

    Console().print(catalogue_table(catalogue()))


@app.command()
def show(experiment: Experiment, override: Override = None) -> None:
    """Show an experiment's settings: what its source states, and what is ours."""
    from recourse_bandits.config import experiment as read
    from recourse_bandits.experiments.tables import describe

    settings = read(experiment, override or ())
    describe(Console(), settings)


@app.command()
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


def main() -> None:
    """Run the command line; the entry point of `recourse`."""
    from recourse_bandits.environments import DatasetError

    errors = Console(stderr=True)
    try:
        app()
    except DatasetError as error:
        errors.print(f"[red]recourse:[/red] {escape(str(error))}")
        sys.exit(3)
    except DescriptionError as error:
        errors.print(f"[red]recourse:[/red] {escape(str(error))}")
        sys.exit(2)
    except KeyboardInterrupt:
        errors.print("interrupted")
        sys.exit(130)


__all__ = ["app", "main"]
