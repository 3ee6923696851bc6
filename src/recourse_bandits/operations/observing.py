"""Recording, and correcting, the outcomes of a file; withdrawing decisions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from recourse_bandits.config import StudySettings
from recourse_bandits.errors import (
    AdviceError,
    DecisionError,
    OutcomeError,
    PersonError,
    SettingsError,
    TableError,
    UnknownDecision,
)
from recourse_bandits.events import Imported
from recourse_bandits.operations.opening import opened
from recourse_bandits.operations.progress import advancing
from recourse_bandits.operations.refusals import Refusal, show_refusals
from recourse_bandits.study import Study
from recourse_bandits.tables.columns import Column
from recourse_bandits.tables.files import read_table
from recourse_bandits.tables.outcomes import OutcomeRow, outcomes_of
from recourse_bandits.tables.people import key_columns

_REFUSED = (DecisionError, OutcomeError, PersonError, AdviceError)


@dataclass
class Recording:
    """What became of a table of outcomes.

    Parameters
    ----------
    recorded
        Rows that were recorded.
    known
        Rows that said what was recorded before.
    refusals
        The other rows.
    """

    recorded: int = 0
    known: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def record_outcomes(
    settings: StudySettings, path: Path, journal: str | None, *, correct: bool, console: Console
) -> bool:
    """Record the outcomes of a file, or correct those that were recorded otherwise.

    Parameters
    ----------
    settings
        The study.
    path
        A CSV or Parquet file.
    journal
        Where the study is kept; None: as in the settings.
    correct
        Whether what was recorded before is replaced.
    console
        Where to print.

    Returns
    -------
    bool
        Whether no row was refused.

    Raises
    ------
    SettingsError
        If the settings say nothing of outcomes.
    TableError
        If the file cannot be read or lacks a column.
    """
    rows = outcomes_in(settings, path)
    record = _corrected if correct else _observed
    recording = Recording()
    with opened(settings, journal) as study, advancing(console, "recording", len(rows)) as step:
        for row in rows:
            _recorded(study, row, record, recording)
            step(1)
    word = "corrected" if correct else "recorded"
    console.print(
        f"{recording.recorded} {word}, {recording.known} as recorded before, "
        f"{len(recording.refusals)} refused, of {len(rows)} rows with an outcome"
    )
    show_refusals(recording.refusals, console)
    return not recording.refusals


def outcomes_in(settings: StudySettings, path: Path) -> list[OutcomeRow]:
    """Read the outcomes of a file as the settings describe it.

    Parameters
    ----------
    settings
        The study.
    path
        A CSV or Parquet file.
    """
    columns = settings.outcomes
    if columns is None:
        raise SettingsError("the settings have no [outcomes]: they say which column is what")
    texts = key_columns(columns.request_id)
    named: dict[str, Column] = {**columns.measures, **columns.realized}
    named |= {} if columns.arm is None else {"arm": columns.arm}
    texts += [column.column or name for name, column in named.items() if column.recode]
    frame = read_table(path, texts=texts)
    try:
        return list(outcomes_of(frame, settings.problem, columns))
    except TableError as error:
        raise TableError(f"{path}: {error}") from error


def _recorded(
    study: Study,
    row: OutcomeRow,
    record: Callable[[Study, int, OutcomeRow], None],
    recording: Recording,
) -> None:
    try:
        decision = decision_number(study, row.request_id, row.decision)
        if _known(study, decision, row):
            recording.known += 1
            return
        record(study, decision, row)
        recording.recorded += 1
    except _REFUSED as error:
        recording.refusals.append(Refusal(row.row, str(error)))


def _observed(study: Study, decision: int, row: OutcomeRow) -> None:
    study.observe(decision, row.measures, realized=row.realized or None, arm=row.arm)


def _corrected(study: Study, decision: int, row: OutcomeRow) -> None:
    study.correct(decision, row.measures, realized=row.realized or None, arm=row.arm)


def _known(study: Study, decision: int, row: OutcomeRow) -> bool:
    """Whether a row says nothing but what is recorded."""
    kept = study.outcome(decision)
    if row.arm is not None and row.arm != kept.arm:
        return False
    return all(
        name in recorded and recorded[name] == value
        for recorded, given in ((kept.measures, row.measures), (kept.realized, row.realized))
        for name, value in given.items()
    )


def decision_number(study: Study, request_id: str | None, number: object) -> int:
    """Return the number of a decision that a request or a number names.

    Parameters
    ----------
    study
        The study.
    request_id
        The request, or None.
    number
        The number, where there is no request.

    Raises
    ------
    UnknownDecision
        If there is no such decision.
    """
    if request_id is None:
        if isinstance(number, int) and not isinstance(number, bool):
            return number
        raise UnknownDecision(f"a decision is named by a whole number or a request, got {number!r}")
    first = study.journal.request(request_id)
    if first is None or isinstance(first.body, Imported):
        raise UnknownDecision(f"no decision was made for request {request_id!r}")
    return int(first.body.id)


def withdraw(
    journal: str,
    request_ids: Sequence[str],
    decisions: Sequence[int],
    reason: str,
    console: Console,
) -> bool:
    """Close decisions without an outcome.

    Parameters
    ----------
    journal
        Where the study is kept.
    request_ids
        Requests of the decisions.
    decisions
        Numbers of further decisions.
    reason
        Why.
    console
        Where to print.

    Returns
    -------
    bool
        Whether all were withdrawn.
    """
    if not request_ids and not decisions:
        raise SettingsError("name what is withdrawn: --request-id or --decision")
    named: list[tuple[str | None, int | None]] = [(request, None) for request in request_ids]
    named += [(None, number) for number in decisions]
    done = 0
    with Study.open(journal) as study:
        for request, number in named:
            try:
                study.withdraw(decision_number(study, request, number), reason)
                done += 1
            except DecisionError as error:
                console.print(f"[red]refused:[/red] {error}")
    console.print(f"{done} of {len(named)} withdrawn")
    return done == len(named)
