"""The command `recourse`: arguments in, one call each, tables and files out.

Exit codes: 0 done; 1 rows or an answer were refused, or a verification failed; 2 the command, an
option or a settings file is wrong; 3 a file, a data set or a cluster cannot be had, or its workers
are lost; 4 the journal or a queue of questions cannot be used; 130 interrupted.
"""

import sys
import warnings
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from recourse_bandits._version import __version__
from recourse_bandits.cli import experiments, models, people, studies
from recourse_bandits.errors import (
    ClusterError,
    JournalError,
    JournalWarning,
    QueueError,
    RecourseBanditsError,
    TableError,
)

app = typer.Typer(
    name="recourse",
    help="Choose a treatment, the change a person can make, and learn from outcomes.\n\n"
    "Start with: recourse run hypertension",
    epilog="Exit codes: 0 done; 1 rows or answer refused, or verification failed; 2 wrong command "
    "or settings; 3 no such file, data or cluster; 4 journal or queue cannot be used; "
    "130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
_COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Experiments in simulated worlds": {
        "list": experiments.list_experiments,
        "show": experiments.show,
        "run": experiments.run,
        "reproduce": experiments.reproduce,
        "compare": experiments.compare,
        "bounds": experiments.bounds,
    },
    "A study of real people": {
        "validate": studies.validate,
        "decide": studies.decide,
        "answer": people.answer,
        "collect": people.collect,
        "observe": studies.observe,
        "correct": studies.correct,
        "withdraw": studies.withdraw,
        "import": studies.import_past,
        "export": studies.export,
        "explain": studies.explain,
        "advice": studies.advice,
        "ask": models.ask,
        "elicit": models.elicit,
        "verify": studies.verify,
        "rescue": studies.rescue,
    },
}
for panel, commands in _COMMANDS.items():
    for name, command in commands.items():
        app.command(name, rich_help_panel=panel)(command)


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


def _exit_code(error: Exception) -> int:
    from recourse_bandits.environments import DatasetError

    if isinstance(error, DatasetError | TableError | ClusterError):
        return 3
    return 4 if isinstance(error, JournalError | QueueError) else 2


def main() -> None:
    """Run the command line; the entry point of `recourse`."""
    errors = Console(stderr=True, emoji=False)
    warnings.filterwarnings("ignore", message="SQLite .* can damage", category=JournalWarning)
    try:
        app()
    except RecourseBanditsError as error:
        errors.print(f"[red]recourse:[/red] {escape(str(error))}")
        sys.exit(_exit_code(error))
    except OSError as error:
        errors.print(f"[red]recourse:[/red] {escape(str(error))}")
        sys.exit(2)
    except KeyboardInterrupt:
        errors.print("interrupted; what was recorded is kept, run it again to go on")
        sys.exit(130)


__all__ = ["app", "main"]
