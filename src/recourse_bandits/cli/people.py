"""Commands for people who are asked, and for what becomes of their answers."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from recourse_bandits.cli.studies import Journal, Settings


def answer(
    queue: Annotated[
        str, typer.Argument(metavar="sqlite:///QUEUE", help="The queue, as the study names it.")
    ],
    number: Annotated[int | None, typer.Argument(help="A question; without: list them.")] = None,
    arm: Annotated[str | None, typer.Option(metavar="NAME", help="The arm you advise.")] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="FEATURE=VALUE", help="What a feature should reach; repeat for each."),
    ] = None,
    no_advice: Annotated[
        str | None, typer.Option(metavar="REASON", help="Why you give no advice.")
    ] = None,
    note: Annotated[str, typer.Option(help="Kept with your advice.")] = "",
    by: Annotated[str | None, typer.Option(help="Who you are; kept with your answer.")] = None,
    confidence: Annotated[
        float | None, typer.Option(help="How sure you are, from 0 to 1; kept, not used.")
    ] = None,
) -> None:
    """List the questions that wait for a person, show one, or answer it.

    Without options, a terminal asks for the answer. Exit code 1: the answer is refused.
    """
    from recourse_bandits.operations import answering
    from recourse_bandits.operations.texts import named_texts

    values = named_texts("--target", target or ())
    given = answering.Given(arm, values, no_advice, note, by, confidence)
    ask = _ask if sys.stdin.isatty() and sys.stdout.isatty() else None
    if not answering.answer(queue, number, given, ask, Console(emoji=False)):
        raise typer.Exit(1)


def collect(settings: Settings, journal: Journal = None) -> None:
    """Complete the decisions whose answer has come, or whose deadline has passed."""
    from recourse_bandits.config import load_study
    from recourse_bandits.operations import collecting

    collecting.collect(load_study(settings), journal, Console(emoji=False))


def _ask(what: str, otherwise: str) -> str:
    return str(typer.prompt(what, default=otherwise, show_default=bool(otherwise))).strip()
