"""Progress of long work, as a bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def advancing(console: Console, what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar, and yield the function that advances it by a number of steps.

    Parameters
    ----------
    console
        Where to show it.
    what
        What is done.
    total
        How many steps there are.
    """
    # not among the results, which somebody may read through a pipe and stop reading
    bars = Console(stderr=True, quiet=console.quiet)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=bars, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda steps: bar.advance(task, steps)
