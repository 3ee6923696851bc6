"""Bounds at the terminal, with broken assumptions in words below the table, and for JSON."""

import math
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recourse_bandits.experiments.bounds import FoundBounds
from recourse_bandits.theory import AssumptionWarning, Bound


def print_bounds(console: Console, found: FoundBounds) -> None:
    """Print the bounds of a study or an experiment.

    Parameters
    ----------
    console
        Where to print.
    found
        The bounds.
    """
    table = Table(title=escape(f"Bounds: {found.title}"), title_justify="left", show_lines=True)
    table.add_column("policy", overflow="fold")
    table.add_column("bound", overflow="fold")
    for number in found.rounds:
        table.add_column(f"{number:,} rounds", justify="right", no_wrap=True)
    table.add_column("broken")
    notes: dict[str, int] = {}
    for one in found.policies:
        label = escape(one.label)
        if not one.bounds:
            table.add_row(label, "nothing is proved", *("" for _ in found.rounds), "")
        for bound in one.bounds:
            table.add_row(label, bound.statement, *map(_number, bound.values), _marks(bound, notes))
            label = ""
    console.print(table)
    unit = found.unit if found.unit not in ("", "reward") else "units of the reward"
    console.print(
        f"Regret in {unit}; what exceeds that of any policy says nothing.",
        highlight=False,
        markup=False,
    )
    for text, number in notes.items():
        console.print(f"({number}) {text}", highlight=False, markup=False)
    assumed = {text: 0 for one in found.policies for bound in one.bounds for text in bound.assumed}
    if assumed:
        console.print("Not checked:")
    for text in assumed:
        console.print(f"  • {text}", highlight=False, markup=False)


def in_words(found: FoundBounds) -> list[str]:
    """Return a sentence for each bound of a policy's regret after the last round.

    Parameters
    ----------
    found
        The bounds.
    """
    unit = f" {found.unit}" if found.unit not in ("", "reward") else ""
    return [
        f"{one.label}: {bound.statement}, at most {_number(bound.values[-1])}{unit} after "
        f"{found.rounds[-1]:,} rounds. " + _said(bound)
        for one in found.policies
        for bound in one.regrets
    ]


def _said(bound: Bound) -> str:
    broken = "; ".join(map(str, bound.broken))
    return f"Not proved here: {broken}." if broken else "No assumption is known to be broken."


def _marks(bound: Bound, notes: dict[str, int]) -> str:
    numbers = [notes.setdefault(str(one), len(notes) + 1) for one in bound.broken]
    return " ".join(f"({number})" for number in numbers) or "none known"


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "∞"
    return f"{value:,.0f}" if value < 1e9 else f"{value:.1e}"


def as_table(found: FoundBounds) -> dict[str, Any]:
    """Return bounds as tables and lists, for JSON.

    Parameters
    ----------
    found
        The bounds.
    """
    return {
        "title": found.title,
        "unit": found.unit,
        "policies": [
            {"policy": one.label, "bounds": [_bound_as_table(b, found.rounds) for b in one.bounds]}
            for one in found.policies
        ],
    }


def _bound_as_table(bound: Bound, rounds: tuple[int, ...]) -> dict[str, Any]:
    return {
        "bound": bound.name,
        "statement": bound.statement,
        "values": {
            str(number): float(value) if math.isfinite(value) else None
            for number, value in zip(rounds, bound.values, strict=True)
        },
        "holds": bound.holds,
        "broken": [_broken_as_table(one) for one in bound.broken],
        "assumed": list(bound.assumed),
    }


def _broken_as_table(one: AssumptionWarning) -> dict[str, str]:
    return {"assumption": type(one).__name__, "says": str(one)}
