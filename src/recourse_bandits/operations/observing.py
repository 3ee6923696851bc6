"""Recording, and correcting, the outcomes of a file; withdrawing decisions."""

from collections.abc import Sequence
from pathlib import Path

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
from recourse_bandits.operations.news import Named, news, not_recorded, one_a_decision
from recourse_bandits.operations.opening import opened, require_journal
from recourse_bandits.operations.progress import advancing
from recourse_bandits.operations.refusals import Refusal, tell_refusals
from recourse_bandits.study import Study
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
    rows, columns = outcomes_in(settings, path), settings.outcomes
    assert columns is not None  # it has been read by them
    require_journal(journal or settings.journal)
    with opened(settings, journal) as study:
        named, refusals = _named(study, rows)
        record = study.correct_many if correct else study.observe_many
        recorded = 0
        with advancing(console, "recording", len(named)) as progress:
            for some in one_a_decision(named):
                new = news(study, some, columns, whole=correct)
                progress(len(some) - len(new))
                reasons = record([observation for _, observation in new], progress)
                judged = zip(new, reasons, strict=True)
                refused = [Refusal(row, why) for (row, _), why in judged if why is not None]
                recorded += len(new) - len(refused)
                refusals += refused
        later = not_recorded(study, named) if correct else 0
    known = len(rows) - recorded - len(refusals)
    console.print(
        f"{recorded} {'corrected' if correct else 'recorded'}, {known} as recorded before, "
        f"{len(refusals)} refused, of {len(rows)} rows with an outcome"
    )
    if later:
        have = "has" if later == 1 else "have"
        console.print(
            f"{later} {have} values that are not recorded yet: recourse observe records them"
        )
    tell_refusals(refusals, refused_to, console)
    return not refusals


def _named(study: Study, rows: Sequence[OutcomeRow]) -> tuple[list[Named], list[Refusal]]:
    """Return the rows with the decisions that they name, and those that name none."""
    named: list[Named] = []
    refusals: list[Refusal] = []
    for row in rows:
        try:
            number = decision_number(study.journal, row.request_id, row.decision)
            named.append((row, study.decision(number)))
        except _REFUSED as error:
            refusals.append(Refusal(row.row, str(error)))
    return named, refusals


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
