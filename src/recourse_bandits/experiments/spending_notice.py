"""What an experiment may spend on language models, said before anything is asked."""

from rich.console import Console
from rich.markup import escape

from recourse_bandits.advisers import LanguageModel
from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.contestants import environment_of, named, seated


def print_spending(console: Console, settings: ExperimentSettings) -> None:
    """Print which language models are asked, and the caps on calls and cost of all runs.

    Parameters
    ----------
    console
        Where to print.
    settings
        The experiment; its contestants at the points of a sweep may have other caps.
    """
    world = environment_of(named(settings.environment), 0)
    for label, contestant in settings.policies.items():
        adviser = seated(named(contestant.adviser) if contestant.adviser else None, world)
        if not isinstance(adviser, LanguageModel):
            continue
        calls = "any number of" if adviser.max_calls is None else f"at most {adviser.max_calls:,}"
        cost = "at any cost" if adviser.max_cost is None else f"at a cost of {adviser.max_cost:g}"
        console.print(
            f"[yellow]asks {escape(adviser.name)}[/yellow] for {escape(label)}: {calls} calls "
            f"{cost} in each of {settings.runs} runs",
            highlight=False,
        )
