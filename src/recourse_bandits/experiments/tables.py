"""What a person reads at the terminal: the catalogue, an experiment's settings, its results."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recourse_bandits.config import ExperimentSettings, count_points
from recourse_bandits.experiments.analysis import axis_names, has_papers
from recourse_bandits.experiments.world import World

_LONGEST = 160  # characters of a parameter that are shown


def catalogue_table(experiments: dict[str, ExperimentSettings]) -> Table:
    """Return the table of experiments.

    Parameters
    ----------
    experiments
        Settings by name.
    """
    table = Table("experiment", "what", "source", "policies", "rounds × runs × points", box=None)
    for name, settings in experiments.items():
        table.add_row(
            f"[bold]{name}[/bold]",
            escape(settings.title),
            escape(settings.source),
            str(len(settings.policies)),
            f"{settings.rounds:,} × {settings.runs}{_points(settings)}",
        )
    return table


def _points(settings: ExperimentSettings) -> str:
    points = count_points(settings)
    return f" × {points}" if points > 1 else ""


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
    for axis in settings.axes:
        values = escape(", ".join(map(str, axis.values)))
        console.print(
            f"[bold]axis {escape(axis.name)}[/bold]: {escape(', '.join(axis.keys))} in {values}",
            highlight=False,
        )
    for case in settings.cases:
        changes = ", ".join(f"{key}={value}" for key, value in case.changes.items())
        console.print(f"[bold]case {escape(case.name)}[/bold]: {escape(changes)}", highlight=False)
    if settings.claims:
        console.print("\n[bold]claims[/bold]")
        for claim in settings.claims:
            console.print(
                f"  • {escape(claim.says)} [dim]({escape(claim.source)})[/dim]", highlight=False
            )


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
    papers = has_papers(settings)
    table = Table(title=escape(settings.title), title_justify="left", show_lines=True)
    for name in axis_names(settings):
        table.add_column(escape(name))
    table.add_column("policy", overflow="fold")
    table.add_column("mean reward", justify="right", no_wrap=True)
    if papers:
        table.add_column("in the paper", justify="right", no_wrap=True)
    table.add_column("final regret", justify="right", no_wrap=True)
    table.add_column("questions", justify="right", no_wrap=True)
    for point in results["points"]:
        place = [str(value) for value in point["values"].values()]
        for label, contestant in settings.policies.items():
            figures = point["policies"][label]
            row = [*place, label, _with_interval(figures["reward"], 2)]
            if papers:
                row.append(contestant.paper or "")
            row.append(_with_interval(figures["regret"], 0))
            row.append(_questions(figures))
            table.add_row(*(escape(cell) for cell in row))
    console.print(table)
    rounds = sorted({point["rounds"] for point in results["points"]})
    console.print(
        f"Mean over {settings.runs} runs of {' or '.join(f'{number:,}' for number in rounds)} "
        "rounds ± standard deviation over runs; in brackets the 95 % interval of the mean. "
        f"Reward: {settings.reward_label}.",
        highlight=False,
        markup=False,
    )


def print_claims(console: Console, settings: ExperimentSettings, results: dict[str, Any]) -> None:
    """Print the claims of an experiment with their verdicts and numbers.

    Parameters
    ----------
    console
        Where to print.
    settings
        The experiment.
    results
        Its summary.
    """
    if not results["claims"]:
        return
    table = Table(title="Claims", title_justify="left", show_lines=True)
    table.add_column("claim")
    table.add_column("left − right [95 %]", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for claim in results["claims"]:
        numbers = "\n".join(_told(found["difference"]) for found in claim["comparisons"])
        colour = _COLOURS[claim["verdict"]]
        table.add_row(
            f"{escape(claim['says'])}\n[dim]{escape(claim['source'])}[/dim]",
            escape(numbers),
            f"[{colour}]{claim['verdict']}[/{colour}]",
        )
    console.print(table)
    console.print(
        f"Paired differences over {settings.runs} runs; undecided: this number of runs cannot "
        "tell. report.html says what was compared.",
        highlight=False,
    )


def comparison_table(found: list[dict[str, Any]]) -> Table:
    """Return the table of two runs.

    Parameters
    ----------
    found
        What `compare` returned.
    """
    table = Table(box=None)
    for name in (*found[0]["values"], "policy", "measure"):
        table.add_column(escape(name), overflow="fold")
    for name in ("first", "second", "second − first [95 %]", "runs"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        runs = "{} and {}".format(*one["runs"])
        table.add_row(
            *(escape(str(value)) for value in one["values"].values()),
            escape(one["policy"]),
            one["measure"],
            f"{one['first']:,.2f}",
            f"{one['second']:,.2f}",
            escape(_told(one["difference"])),
            f"{one['runs'][0]} pairs" if one["paired"] else runs,
        )
    return table


_COLOURS = {"holds": "green", "does not hold": "red", "undecided": "yellow"}


def _told(figures: dict[str, float | None]) -> str:
    mean, low, high = figures["mean"], figures["low"], figures["high"]
    if mean is None:
        return "no run has both"
    digits = 0 if abs(mean) >= 1000 else 2
    if low is None:
        return f"{mean:z,.{digits}f}"
    return f"{mean:z,.{digits}f} [{low:z,.{digits}f}, {high:z,.{digits}f}]"


def _questions(figures: dict[str, Any]) -> str:
    if figures["asked"]["mean"] == 0:
        return "0"
    parts = [f"{figures[name]:,.0f} {name}" for name in ("followed", "vetoed", "failed")]
    shown = [part for part in parts if not part.startswith("0 ")]
    return "\n".join([f"{figures['asked']['mean']:,.0f}", *shown])


def print_world(console: Console, world: World) -> None:
    """Print what of the world is real, fitted, assumed and simulated.

    Parameters
    ----------
    console
        Where to print.
    world
        The world in words.
    """
    console.print(f"[dim]{escape(world.note)}[/dim]")
    for heading, columns, rows in world.tables:
        table = Table(*map(escape, columns), box=None)
        for row in rows:
            table.add_row(*map(escape, row))
        console.print(f"{escape(heading)}:")
        console.print(table)


def _with_interval(figures: dict[str, Any], digits: int) -> str:
    mean = f"{figures['mean']:z,.{digits}f}"
    if figures["sd"] is None:
        return mean
    low, high = (f"{figures[end]:z,.{digits}f}" for end in ("low", "high"))
    return f"{mean} ± {figures['sd']:z,.{digits}f}\n[{low}, {high}]"


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
