"""Rows of a table that were refused: which, where, what, and by which rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_SHOWN = 20  # reasons
_NAMED = 5  # rows of a reason


@dataclass(frozen=True)
class Refusal:
    """A row that was refused.

    Parameters
    ----------
    row
        Its number in the table, from 1; the header is not counted.
    rule
        What is wrong.
    column
        The column that is to blame, or None.
    value
        The value that was refused, or None.
    """

    row: int
    rule: str
    column: str | None = None
    value: str | None = None


def tell_refusals(refusals: Sequence[Refusal], refused_to: Path | None, console: Console) -> None:
    """Print the refused rows, and write them if a file is named.

    Parameters
    ----------
    refusals
        The rows, in any order.
    refused_to
        A CSV file, or None.
    console
        Where to print.
    """
    ordered = sorted(refusals, key=lambda refusal: refusal.row)
    show_refusals(ordered, console)
    if refused_to is not None:
        write_refusals(ordered, refused_to)


def write_refusals(refusals: Sequence[Refusal], path: Path) -> None:
    """Write the refused rows as CSV, a header alone if there are none.

    Parameters
    ----------
    refusals
        The rows.
    path
        The file.
    """
    schema = {"row": pl.Int64, "column": pl.String, "value": pl.String, "rule": pl.String}
    rows = [(refusal.row, refusal.column, refusal.value, refusal.rule) for refusal in refusals]
    pl.DataFrame(rows, schema=schema, orient="row").write_csv(path)


def show_refusals(refusals: Sequence[Refusal], console: Console) -> None:
    """Print why rows were refused: each reason once, with its number of rows and the first of them.

    Parameters
    ----------
    refusals
        The rows.
    console
        Where to print.
    """
    if not refusals:
        return
    reasons: dict[tuple[str, str], list[int]] = {}
    for refusal in refusals:
        reasons.setdefault((refusal.column or "", refusal.rule), []).append(refusal.row)
    table = Table("column", "rule", "rows", "which", title=f"refused: {len(refusals)}")
    ranked = sorted(reasons.items(), key=lambda reason: -len(reason[1]))
    for (column, rule), rows in ranked[:_SHOWN]:
        which = ", ".join(map(str, rows[:_NAMED])) + (" ..." if len(rows) > _NAMED else "")
        table.add_row(escape(column), escape(rule), str(len(rows)), which)
    console.print(table)
    if len(ranked) > _SHOWN:
        console.print(f"... and {len(ranked) - _SHOWN} reasons more")
