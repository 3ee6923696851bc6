"""How good the advice was, for those policies of an experiment that ask."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.analysis import axis_names

ADVICE_NOTE = (
    "True gain: mean expected reward of followed advice minus that of the policy's own pair, "
    "which only a simulation knows. Difference: the measured reward minus what the policy expected "
    "of its own pair, as a study of real people sees it (recourse advice --summary); it holds the "
    "errors of the policy's estimates too. Vetoed: share of the answers; failed: share of the "
    "questions. Means over the runs that have one ± standard deviation over runs; in brackets the "
    "95 % interval of the mean."
)


def somebody_was_asked(results: dict[str, Any]) -> bool:
    """Say whether there is anything to tell of advice.

    Parameters
    ----------
    results
        What `summary.json` holds.
    """
    return any(
        figures["advice"] for point in results["points"] for figures in point["policies"].values()
    )


def percent(share: float) -> str:
    """Return a share in words.

    Parameters
    ----------
    share
        From 0 to 1.
    """
    return f"{100.0 * share:.0f} %"


def print_advice(console: Console, settings: ExperimentSettings, results: dict[str, Any]) -> None:
    """Print how good the advice was; nothing where nobody was asked.

    Parameters
    ----------
    console
        Where to print.
    settings
        The experiment.
    results
        Its summary.
    """
    if not somebody_was_asked(results):
        return
    table = Table(title="How good was the advice", title_justify="left", show_lines=True)
    for name in (*axis_names(settings), "policy"):
        table.add_column(Text(name), overflow="fold")
    for name in ("true gain", "difference a study sees", "vetoed", "failed"):
        table.add_column(name, justify="right", no_wrap=True)
    for point in results["points"]:
        for label, figures in point["policies"].items():
            found = figures["advice"]
            if found is None:
                continue
            row = [*map(str, point["values"].values()), label]
            row += [_spread(found[name]) for name in ("gain", "gap")]
            row += [_share(found[name]) for name in ("vetoed_share", "failed_share")]
            table.add_row(*map(Text, row))
    console.print(table)
    console.print(ADVICE_NOTE, highlight=False, markup=False)


def _spread(figures: dict[str, Any] | None) -> str:
    if figures is None:
        return "none"
    if figures["sd"] is None:
        return f"{figures['mean']:z.2f}"
    mean, sd, low, high = (f"{figures[name]:z.2f}" for name in ("mean", "sd", "low", "high"))
    return f"{mean} ± {sd}\n[{low}, {high}]"


def _share(figures: dict[str, Any] | None) -> str:
    return "none" if figures is None else percent(figures["mean"])
