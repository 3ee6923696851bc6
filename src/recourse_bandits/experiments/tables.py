"""What a person reads at the terminal: the catalogue, an experiment's settings, its results."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.environments import Fertility
from recourse_bandits.environments.fertility import PAPER_COEFFICIENTS
from recourse_bandits.experiments.contestants import environment_of

_LONGEST = 160  # characters of a parameter that are shown


def catalogue_table(experiments: dict[str, ExperimentSettings]) -> Table:
    """Return the table of experiments.

    Parameters
    ----------
    experiments
        Settings by name.
    """
    table = Table("experiment", "what", "source", "policies", "rounds × runs", box=None)
    for name, settings in experiments.items():
        table.add_row(
            f"[bold]{name}[/bold]",
            escape(settings.title),
            escape(settings.source),
            str(len(settings.policies)),
            f"{settings.rounds:,} × {settings.runs}",
        )
    return table


def describe(console: Console, settings: ExperimentSettings) -> None:
    """Print an experiment's settings.

    Parameters
    ----------
    console
        Where to print.
    settings
        The experiment.
    """
    console.print(f"[bold]{escape(settings.title)}[/bold]\n{escape(settings.source)}\n")
    for heading, lines in (("stated by the source", settings.stated), ("ours", settings.ours)):
        console.print(f"[bold]{heading}[/bold]")
        for line in lines:
            console.print(f"  • {escape(line)}", highlight=False)
    console.print(f"\n{settings.rounds:,} rounds, {settings.runs} runs, seed {settings.seed}")
    _print_named(console, "environment", settings.environment.model_dump())
    _print_named(console, "defaults of all policies", settings.policy_defaults)
    table = Table("policy", "parameters", "adviser", box=None, title_justify="left")
    for label, contestant in settings.policies.items():
        adviser = contestant.adviser.model_dump() if contestant.adviser else None
        table.add_row(
            f"[bold]{escape(label)}[/bold]",
            escape(_written(contestant.policy.model_dump())),
            escape(_written(adviser)) if adviser else "nobody",
        )
    console.print()
    console.print(table)


def print_results(console: Console, settings: ExperimentSettings, results: dict[str, Any]) -> None:
    """Print the outcome of an experiment as a table.

    Parameters
    ----------
    console
        Where to print.
    settings
        The experiment.
    results
        Its summary.
    """
    papers = any(contestant.paper for contestant in settings.policies.values())
    table = Table(title=settings.title, title_justify="left", show_lines=True)
    table.add_column("policy")
    table.add_column("mean reward", justify="right", no_wrap=True)
    if papers:
        table.add_column("in the paper", justify="right", no_wrap=True)
    table.add_column("final regret", justify="right", no_wrap=True)
    table.add_column("questions", justify="right", no_wrap=True)
    for label, contestant in settings.policies.items():
        figures = results["policies"][label]
        row = [label, _with_interval(figures["reward"], 2)]
        if papers:
            row.append(contestant.paper or "")
        row.append(_with_interval(figures["regret"], 0))
        row.append(_questions(figures))
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)
    console.print(
        f"Mean over {settings.runs} runs of {settings.rounds:,} rounds ± standard deviation over "
        f"runs; in brackets the 95 % interval of the mean. Reward: {settings.reward_label}.",
        highlight=False,
        markup=False,
    )


def _questions(figures: dict[str, Any]) -> str:
    if figures["asked"] == 0:
        return "0"
    parts = [f"{figures[name]:,.0f} {name}" for name in ("followed", "vetoed", "failed")]
    shown = [part for part in parts if not part.startswith("0 ")]
    return "\n".join([f"{figures['asked']:,.0f}", *shown])


def print_world(console: Console, settings: ExperimentSettings) -> None:
    """Print what of the world is real, fitted, assumed and simulated.

    Parameters
    ----------
    console
        Where to print.
    settings
        The experiment.
    """
    environment = environment_of(settings.environment, 0)
    console.print(f"[dim]{escape(environment.note)}[/dim]")
    if isinstance(environment, Fertility):
        table = Table("arm", *environment.problem.columns[-3:], "in the paper", box=None)
        for arm, values in environment.coefficients().items():
            paper = ", ".join(f"{value:.2f}" for value in PAPER_COEFFICIENTS[arm])
            table.add_row(arm, *(f"{value:.3f}" for value in values), paper)
        console.print("Fitted coefficients, score per standard deviation:")
        console.print(table)


def _with_interval(figures: dict[str, Any], digits: int) -> str:
    mean = f"{figures['mean']:,.{digits}f}"
    if figures["sd"] is None:
        return mean
    low, high = (f"{figures[end]:,.{digits}f}" for end in ("low", "high"))
    return f"{mean} ± {figures['sd']:,.{digits}f}\n[{low}, {high}]"


def _print_named(console: Console, heading: str, values: dict[str, Any]) -> None:
    console.print(f"[bold]{heading}[/bold]: {escape(_written(values))}", highlight=False)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."


def _written(values: dict[str, Any]) -> str:
    name = values.get("name")
    rest = ", ".join(
        f"{key}={_shortened(_written(value) if isinstance(value, dict) else str(value))}"
        for key, value in values.items()
        if key != "name"
    )
    if name is None:
        return rest
    return f"{name}({rest})"
