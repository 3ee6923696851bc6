"""The table of a benchmark on the screen, as Markdown and as JSON."""

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine, threads
from benchmarks.measuring import Row
from benchmarks.recourse.compare import PEOPLE, RecourseRow
from benchmarks.world import ARMS, DIMENSIONS

BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
HEADINGS = (
    "what",
    *(text for d in DIMENSIONS for text in (f"d = {d}", "÷ NumPy", "spread")),
    "same arms",
)
TITLE = f"Rounds a CPU-second: decide, observe, update; K = {ARMS}"
RECOURSE_HEADINGS = ("recourse, d = 20", "CPU ms a person", "reach the goal", "change (sd)")


@dataclass(frozen=True)
class Results:
    """All that `make bench` measured."""

    rows: list[Row]
    recourse: list[RecourseRow]
    preview: tuple[float, float]
    """CPU seconds and growth of peak memory in GB for 100,000 people."""
    import_seconds: float

    @property
    def notes(self) -> tuple[str, str]:
        seconds, memory = self.preview
        return (
            f"preview_many, 100,000 people, d = 20, GLRB: {seconds:.2f} CPU-seconds, "
            f"peak memory + {memory:.2f} GB",
            f"import recourse_bandits, warm: {self.import_seconds:.2f} s",
        )


def cells(rows: list[Row]) -> list[tuple[str, ...]]:
    """The table's cells; the first row is the yardstick."""
    table = []
    for row in rows:
        if row.missing:
            table.append((row.label, row.missing, *[""] * (len(HEADINGS) - 2)))
            continue
        figures: list[str] = []
        for d in DIMENSIONS:
            figures += [
                f"{row.median(d):,.0f}",
                f"{row.ratio(rows[0], d):.3g}",
                f"{row.spread(d):.0%}",
            ]
        table.append((row.label, *figures, row.choices))
    return table


def recourse_cells(rows: list[RecourseRow]) -> list[tuple[str, ...]]:
    return [
        (row.label, row.missing, "", "")
        if row.missing
        else (row.label, f"{row.median:.3g}", f"{row.reached} of {PEOPLE}", f"{row.change:.1f}")
        for row in rows
    ]


def show(results: Results, console: Console) -> None:
    console.print(_table(TITLE, HEADINGS, cells(results.rows)))
    console.print(_table("", RECOURSE_HEADINGS, recourse_cells(results.recourse)))
    for line in (*results.notes, f"{machine()}; {threads()}"):
        console.print(line)


def _table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    table = Table(title=title or None)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def markdown(results: Results) -> str:
    """The same tables, with the day and the machine."""
    today = dt.datetime.now(tz=dt.UTC).date()
    return "\n\n".join(
        [
            f"Measured on {today}: {machine()}; {threads()}.",
            f"{TITLE}.",
            _markdown_table(HEADINGS, cells(results.rows)),
            _markdown_table(RECOURSE_HEADINGS, recourse_cells(results.recourse)),
            "\n".join(f"- {note}" for note in results.notes),
        ]
    )


def _markdown_table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    rule = ("---", *["---:"] * (len(headings) - 1))
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))


def write_markdown(text: str, path: Path) -> None:
    """Put the tables between the two marks of a document, or into a new file."""
    block = f"{BEGIN}\n\n{text}\n\n{END}"
    if not path.exists():
        path.write_text(block + "\n", encoding="utf-8")
        return
    page = path.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{path} has no lines {BEGIN} and {END} to write between")
    path.write_text(before + block + after, encoding="utf-8")


def as_json(results: Results) -> dict[str, Any]:
    return {
        "machine": machine(),
        "threads": threads(),
        "rounds_per_cpu_second": [asdict(row) for row in results.rows],
        "recourse": [asdict(row) for row in results.recourse],
        "preview_cpu_seconds": results.preview[0],
        "import_seconds": results.import_seconds,
    }
