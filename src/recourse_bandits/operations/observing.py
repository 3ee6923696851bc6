"""Recording, and correcting, the outcomes of a file; withdrawing decisions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

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
from recourse_bandits.journals import Journal
from recourse_bandits.operations.opening import opened, require_journal
from recourse_bandits.operations.progress import advancing
from recourse_bandits.operations.refusals import Refusal, tell_refusals
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study import Study
from recourse_bandits.study.outcomes import Observation
from recourse_bandits.tables.columns import Column
from recourse_bandits.tables.files import read_table
from recourse_bandits.tables.outcomes import OutcomeRow, outcomes_of
from recourse_bandits.tables.people import key_columns

_REFUSED = (DecisionError, OutcomeError, PersonError, AdviceError)


def record_outcomes(
    settings: StudySettings,
    path: Path,
    journal: str | None,
    *,
    correct: bool,
    refused_to: Path | None,
    console: Console,
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
        If the settings say nothing of outcomes.
    TableError
        If the file cannot be read or lacks a column.
    """
    rows = outcomes_in(settings, path)
    new: list[tuple[int, Observation]] = []
    refusals: list[Refusal] = []
    latest: dict[int, Observation] = {}  # of a decision, in the table
    require_journal(journal or settings.journal)
    with opened(settings, journal) as study:
        for row in rows:
            try:
                number = decision_number(study.journal, row.request_id, row.decision)
                stored = study.decision(number)
                observation = _observation(number, stored, row, settings, whole=correct)
            except _REFUSED as error:
                refusals.append(Refusal(row.row, str(error)))
                continue
            twice = observation == latest.get(observation.decision_id)
            if not twice and not _says_nothing_new(study, stored, observation, whole=correct):
                new.append((row.row, observation))
                latest[observation.decision_id] = observation
        record = study.correct_many if correct else study.observe_many
        with advancing(console, "recording", len(new)) as progress:
            reasons = record([observation for _, observation in new], progress)
    judged = zip(new, reasons, strict=True)
    refused = [Refusal(row, reason) for (row, _), reason in judged if reason is not None]
    recorded, known = len(new) - len(refused), len(rows) - len(new) - len(refusals)
    refusals += refused
    console.print(
        f"{recorded} {'corrected' if correct else 'recorded'}, {known} as recorded before, "
        f"{len(refusals)} refused, of {len(rows)} rows with an outcome"
    )
    tell_refusals(refusals, refused_to, console)
    return not refusals


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
    texts += [] if columns.reason is None else [columns.reason]
    named: dict[str, Column] = {**columns.measures, **columns.realized}
    named |= {} if columns.arm is None else {"arm": columns.arm}
    categorical = {feature.name for feature in settings.problem.features if feature.categories}
    texts += [
        column.column or name
        for name, column in named.items()
        if column.recode or name in categorical or column is columns.arm
    ]
    frame = read_table(path, texts=texts)
    try:
        return list(outcomes_of(frame, settings.problem, columns))
    except TableError as error:
        raise TableError(f"{path}: {error}") from error


def _observation(
    number: int,
    stored: Decision | Pending,
    row: OutcomeRow,
    settings: StudySettings,
    *,
    whole: bool,
) -> Observation:
    """Return what a row says; as a whole, its blanks say that all went as recommended."""
    columns = settings.outcomes
    assert columns is not None
    realized: Mapping[str, Any] | None = row.realized or None
    arm = row.arm
    if whole and isinstance(stored, Decision):
        realized = row.realized if columns.realized else None
        arm = (row.arm or stored.arm) if columns.arm is not None else None
    return Observation(number, row.measures, realized, arm, row.reason)


def _says_nothing_new(
    study: Study, stored: Decision | Pending, observation: Observation, *, whole: bool
) -> bool:
    """Whether an outcome says nothing but what is recorded."""
    kept = study.outcome(observation.decision_id)
    if not isinstance(stored, Decision):
        return False
    if observation.arm is not None and observation.arm != (kept.arm or stored.arm):
        return False
    if whole and observation.realized is not None and observation.realized != kept.realized:
        return False
    if whole and observation.reason not in (None, kept.reason):
        return False
    said = ((kept.measures, observation.measures), (kept.realized, observation.realized or {}))
    return all(
        name in recorded and recorded[name] == value
        for recorded, given in said
        for name, value in given.items()
    )


def decision_number(journal: Journal, request_id: str | None, number: object) -> int:
    """Return the number of a decision that a request or a number names.

    Parameters
    ----------
    journal
        The study's journal.
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
    first = journal.request(request_id)
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
    require_journal(journal)
    with Study.open(journal) as study:
        for request, number in named:
            try:
                study.withdraw(decision_number(study.journal, request, number), reason)
                done += 1
            except DecisionError as error:
                console.print(f"[red]refused:[/red] {escape(str(error))}")
    console.print(f"{done} of {len(named)} withdrawn")
    return done == len(named)
