"""Deciding for the people of a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recourse_bandits.config import StudySettings
from recourse_bandits.errors import SettingsError, TableError
from recourse_bandits.operations.opening import folder_for, opened
from recourse_bandits.operations.progress import advancing
from recourse_bandits.operations.refusals import Refusal, show_refusals, write_refusals
from recourse_bandits.study import Study
from recourse_bandits.study.table import Fallback
from recourse_bandits.tables.files import read_table
from recourse_bandits.tables.people import People, people_of, statement, texts_of

NO_ID = "the row has no request id: nothing would tell a rerun that it was decided"


@dataclass(frozen=True)
class DecidedTable:
    """What became of a table of people.

    Parameters
    ----------
    decisions
        One row a decision; the columns of `Study.decide_many`, `row` from 1.
    refusals
        The rows without one.
    """

    decisions: pl.DataFrame
    refusals: Sequence[Refusal]


def people_in(settings: StudySettings, path: Path) -> People:
    """Read the people of a file as the settings describe it.

    Parameters
    ----------
    settings
        The study.
    path
        A CSV or Parquet file.

    Raises
    ------
    TableError
        If the file cannot be read or lacks a column.
    SettingsError
        If the settings do not fit the problem.
    """
    if settings.people.request_id is None:
        raise SettingsError(
            "people.request_id must name the column, or columns, that tell one decision from "
            "another: without it a rerun would decide everybody twice"
        )
    frame = read_table(path, texts=texts_of(settings.problem, settings.people))
    try:
        return people_of(frame, settings.problem, settings.people, seed=settings.seed)
    except TableError as error:
        raise TableError(f"{path}: {error}") from error


def decide_table(
    study: Study,
    people: People,
    settings: StudySettings,
    fallback: Fallback,
    console: Console,
) -> DecidedTable:
    """Decide for people; those whose request was decided before keep that decision.

    Parameters
    ----------
    study
        The study.
    people
        The people.
    settings
        Where their columns are.
    fallback
        What is done where advice is wanted.
    console
        Where progress is shown.

    Raises
    ------
    JournalError
        If the journal cannot be written; what was recorded before is kept.
    """
    named = [index for index, request in enumerate(people.request_ids) if request is not None]
    refusals = [
        Refusal(row, NO_ID)
        for row, request in zip(people.rows, people.request_ids, strict=True)
        if request is None
    ]
    persons = {name: [values[i] for i in named] for name, values in people.persons.items()}
    with advancing(console, "deciding", len(named)) as progress:
        table = study.decide_many(
            persons,
            request_ids=[people.request_ids[i] for i in named],
            subjects=[people.subjects[i] for i in named],
            fallback=fallback,
            progress=progress,
        )
    rows = pl.Series("row", [people.rows[i] for i in named], dtype=pl.Int64)
    table = table.with_columns(rows)
    refused = table.filter(pl.col("refused").is_not_null())
    places = {row: place for place, row in enumerate(people.rows)}
    refusals += [
        _refusal(row, settings, people, places[row["row"]]) for row in refused.iter_rows(named=True)
    ]
    kept = table.filter(pl.col("refused").is_null())
    return DecidedTable(
        kept.drop("refused", "refused_feature", "refused_value"),
        sorted(refusals, key=lambda refusal: refusal.row),
    )


def _refusal(
    row: Mapping[str, Any], settings: StudySettings, people: People, place: int
) -> Refusal:
    feature = row["refused_feature"]
    where = settings.people.features.get(feature) if feature else None
    column = feature if where is None else (where.column or feature)
    value = row["refused_value"]
    if feature in people.cells:  # as it stands in the table
        cell = people.cells[feature][place]
        value = None if cell is None else str(cell)
    return Refusal(row["row"], row["refused"], column, value)


def decide_people(
    settings: StudySettings,
    people: People,
    journal: str | None,
    out: Path,
    fallback: Fallback,
    console: Console,
) -> bool:
    """Decide for people, write the results and print what became of them.

    Parameters
    ----------
    settings
        The study.
    people
        The people.
    journal
        Where the study is kept; None: as in the settings.
    out
        Folder for the results.
    fallback
        What is done where advice is wanted.
    console
        Where to print.

    Returns
    -------
    bool
        Whether every row got a decision.
    """
    folder_for(out)
    with opened(settings, journal) as study:
        decided = decide_table(study, people, settings, fallback, console)
    sources = statement(settings.problem, settings.people)
    decided.decisions.write_parquet(out / "decisions.parquet")
    decided.decisions.write_csv(out / "decisions.csv")
    write_refusals(decided.refusals, out / "refused.csv")
    counts = {
        "rows": len(people.rows),
        "decided": int((~decided.decisions["repeated"]).sum()),
        "decided_before": int(decided.decisions["repeated"].sum()),
        "refused": len(decided.refusals),
    }
    summary = {**counts, "note": settings.note, "features": sources}
    (out / "summary.json").write_text(
        json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    _show(decided, counts, console)
    show_sources(settings, console)
    show_refusals(decided.refusals, console)
    console.print(f"written to {escape(str(out))}: decisions.parquet, decisions.csv, refused.csv")
    return not decided.refusals


def _show(decided: DecidedTable, counts: Mapping[str, int], console: Console) -> None:
    console.print(
        f"{counts['decided']} decided, {counts['decided_before']} decided before, "
        f"{counts['refused']} refused, of {counts['rows']} rows"
    )
    if decided.decisions.is_empty():
        return
    means = {"mean": "mean predicted reward", "cost": "mean effort", "dose": "mean dose"}
    shown = [name for name in means if name in decided.decisions.columns]
    table = Table("arm", "people", *(means[name] for name in shown))
    grouped = decided.decisions.group_by("arm").agg(pl.len(), pl.col(shown).mean())
    for arm, people, *numbers in grouped.sort("arm").iter_rows():
        table.add_row(escape(arm), str(people), *map(_number, numbers))
    console.print(table)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def show_sources(settings: StudySettings, console: Console) -> None:
    """Print where the features come from, and the study's note.

    Parameters
    ----------
    settings
        The study.
    console
        Where to print.
    """
    for kind, names in statement(settings.problem, settings.people).items():
        console.print(f"[bold]{kind.replace('_', ' ')}[/bold]  {escape('; '.join(names))}")
    if settings.note:
        console.print(f"[dim]{escape(settings.note)}[/dim]")
