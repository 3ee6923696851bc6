"""Past treatments of a file, so that a study starts with what is known."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from recourse_bandits.config import StudySettings
from recourse_bandits.errors import SettingsError, TableError
from recourse_bandits.operations.deciding import NO_ID, show_sources
from recourse_bandits.operations.opening import opened
from recourse_bandits.operations.progress import advancing
from recourse_bandits.operations.refusals import Refusal, tell_refusals
from recourse_bandits.problem.dose import DOSE
from recourse_bandits.study.requests import PastTreatment
from recourse_bandits.tables.columns import Column
from recourse_bandits.tables.files import ROW, read_table, require_columns, selected
from recourse_bandits.tables.outcomes import measure_columns, require_dose_column
from recourse_bandits.tables.people import people_of, texts_of


def import_treatments(
    settings: StudySettings,
    path: Path,
    journal: str | None,
    refused_to: Path | None,
    console: Console,
) -> bool:
    """Import the past treatments of a file.

    Parameters
    ----------
    settings
        The study.
    path
        A CSV or Parquet file.
    journal
        Where the study is kept; None: as in the settings.
    refused_to
        A CSV file for the refused rows, or None.
    console
        Where to print.

    Returns
    -------
    bool
        Whether no row was refused.

    Raises
    ------
    SettingsError
        If the settings say nothing of past treatments, or of a request id.
    TableError
        If the file cannot be read or lacks a column.
    """
    rows, treatments = _treatments_in(settings, path)
    refusals = [
        Refusal(row, NO_ID)
        for row, past in zip(rows, treatments, strict=True)
        if past.request_id is None
    ]
    total = len(rows)
    rows = [r for r, past in zip(rows, treatments, strict=True) if past.request_id is not None]
    treatments = [past for past in treatments if past.request_id is not None]
    with opened(settings, journal) as study:
        before = study.journal.length
        with advancing(console, "importing", len(rows)) as progress:
            reasons = study.import_many(treatments, progress)
        new = study.journal.length - before
    judged = zip(rows, reasons, strict=True)
    refused = [Refusal(row, reason) for row, reason in judged if reason is not None]
    known = len(rows) - new - len(refused)
    refusals += refused
    console.print(
        f"{new} imported, {known} imported before, {len(refusals)} refused, of {total} rows"
    )
    show_sources(settings, console)
    tell_refusals(refusals, refused_to, console)
    return not refusals


def _treatments_in(settings: StudySettings, path: Path) -> tuple[list[int], list[PastTreatment]]:
    past, problem = settings.past, settings.problem
    if past is None:
        raise SettingsError("the settings have no [past]: it says where arm and measures are")
    if settings.people.request_id is None:
        raise SettingsError(
            "people.request_id must name the column, or columns, that tell one treatment from "
            "another: without it a rerun would import everything twice"
        )
    people = replace(settings.people, where=past.where or settings.people.where)
    measures, doses = measure_columns(problem, past.measures), _dose_columns(settings)
    arm = past.arm.column or "arm"
    frame = read_table(path, texts=[*texts_of(problem, people), arm])
    try:
        columns = measures | doses
        units = [c.unit_column for c in columns.values() if c.unit_column is not None]
        needed = [arm, *units, *(column.column or name for name, column in columns.items())]
        require_columns(frame, needed, "past")
        found = people_of(frame, problem, people, seed=settings.seed)
        kept = selected(frame, people.where).drop(ROW)
    except TableError as error:
        raise TableError(f"{path}: {error}") from error
    treatments = [
        PastTreatment(
            {name: values[index] for name, values in found.persons.items()},
            past.arm.value(row, "arm", text=True),
            _measured(row, measures, problem.reward.measure),
            found.subjects[index],
            found.request_ids[index],
            doses[DOSE].value(row, DOSE) if doses else None,
        )
        for index, row in enumerate(kept.iter_rows(named=True))
    ]
    return list(found.rows), treatments


def _dose_columns(settings: StudySettings) -> dict[str, Column]:
    """Return where the dose is found, by its name; nothing if no arm has one."""
    past, problem = settings.past, settings.problem
    column = None if past is None else past.dose
    if problem.doses is None:
        if column is not None:
            raise SettingsError("past.dose: no arm has a dose: leave it out")
        return {}
    if column is None:
        raise SettingsError(
            "past.dose must say which column holds the doses that were taken: arms have doses"
        )
    require_dose_column(problem, column, "past.dose")
    return {DOSE: column}


def _measured(
    row: Mapping[str, Any], measures: Mapping[str, Column], needed: str
) -> dict[str, Any]:
    """Return what was measured; a blank counts only where the value is needed."""
    values = {name: column.value(row, name) for name, column in measures.items()}
    return {name: value for name, value in values.items() if value is not None or name == needed}
