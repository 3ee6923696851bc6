"""Speed in CPU time beside other libraries and a hand-written NumPy LinUCB, in one run.

    make bench                                           # installs the peers, prints the tables
    make bench OPTIONS='--markdown docs/benchmarks.md'   # and writes them into that page
    python -m benchmarks.speed --json F                  # with whatever is installed; as JSON too

Every contestant meets the same people and noise: K = 10 arms, standard normal features,
coefficients and noise, every feature mutable.
"""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from benchmarks import measuring, report
from benchmarks.peers.entries import ENTRIES
from benchmarks.preview import import_seconds, preview_seconds
from benchmarks.recourse import compare
from benchmarks.world import DIMENSIONS


def wide_console() -> Console:
    """Into a file, the table is as wide as it is."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
    )


def policies(repetitions: int, console: Console) -> list[measuring.Row]:
    with console.status("comparing choices with brute force"):
        checked = [(entry, *measuring.check(entry)) for entry in ENTRIES]
    present = [(entry, kind, row) for entry, kind, row in checked if kind is not None]
    with bar(console) as progress:
        task = progress.add_task("", total=repetitions * len(DIMENSIONS) * len(present))
        for label, dimension in measuring.measure(present, repetitions):
            progress.update(task, description=f"{label}, d = {dimension}", advance=1)
    return [row for _, _, row in checked]


def recourse(repetitions: int, console: Console) -> list[compare.RecourseRow]:
    rows = compare.rows()
    with bar(console) as progress:
        task = progress.add_task("", total=(repetitions + 1) * len(rows))
        for label in compare.measure(rows, repetitions):
            progress.update(task, description=label, advance=1)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, help="write every figure to this file too")
    parser.add_argument("--markdown", type=Path, help="write the tables into this page too")
    parser.add_argument("--repetitions", type=int, default=5, help="of each measurement")
    arguments = parser.parse_args()
    console = wide_console()
    rows = policies(arguments.repetitions, console)
    recourses = recourse(min(arguments.repetitions, 3), console)
    with console.status("preview_many and import"):
        results = report.Results(rows, recourses, preview_seconds(100_000), import_seconds())
    report.show(results, console)
    if arguments.markdown:
        report.write_markdown(report.markdown(results), arguments.markdown)
    if arguments.json:
        text = json.dumps(report.as_json(results), indent=2) + "\n"
        arguments.json.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
