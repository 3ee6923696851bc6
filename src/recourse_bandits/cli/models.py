"""Commands that show what a study's language model is asked, and what it answers."""

from typing import Annotated

import typer
from rich.console import Console

from recourse_bandits.cli.studies import Settings

QuestionOnly = Annotated[
    bool, typer.Option("--question-only", help="Show the question; the model is not asked.")
]


def ask(
    settings: Settings,
    person: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="The person: a feature; repeat for each."),
    ] = None,
    question_only: QuestionOnly = False,
) -> None:
    """Ask the study's language model about one person; nothing is decided or recorded.

    Shows the question, every answer as it came, and what it was taken for. Exit code 1: there was
    no advice.
    """
    from recourse_bandits.config import load_study
    from recourse_bandits.errors import SettingsError
    from recourse_bandits.operations.asking import ask_about
    from recourse_bandits.operations.texts import person_in

    study = load_study(settings)
    if not person:
        raise SettingsError("give the person: --person NAME=VALUE for each feature")
    values = person_in(person, study.problem)
    if not ask_about(study, values, Console(emoji=False), send=not question_only):
        raise typer.Exit(1)


def elicit(
    settings: Settings,
    trust: Annotated[
        float, typer.Option(help="How far the answer is believed, from 0 to 1.")
    ] = 1.0,
    question_only: QuestionOnly = False,
) -> None:
    """Ask the study's language model, once and of nobody, what effects it expects: a prior.

    Prints the settings of the prior, to be put into the study's file before it begins. Exit code 1:
    there was no answer that can be used.
    """
    from recourse_bandits.config import load_study
    from recourse_bandits.operations.asking import elicited

    if not elicited(load_study(settings), trust, Console(emoji=False), send=not question_only):
        raise typer.Exit(1)
