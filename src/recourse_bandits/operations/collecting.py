"""Completing the decisions of a study whose answers have come."""

from rich.console import Console
from rich.table import Table

from recourse_bandits.config import StudySettings
from recourse_bandits.errors import SettingsError
from recourse_bandits.operations.answering import time_left
from recourse_bandits.operations.opening import opened, require_journal
from recourse_bandits.operations.texts import shown
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study.explanation import verdict


def collect(settings: StudySettings, journal: str | None, console: Console) -> None:
    """Collect answers, and print what was decided and what still waits.

    Parameters
    ----------
    settings
        The study, which names an adviser.
    journal
        Where the study is kept; None: as in the settings.
    console
        Where to print.

    Raises
    ------
    SettingsError
        If the settings name no adviser.
    JournalError
        If the journal cannot be used.
    QueueError
        If the adviser's queue cannot be used.
    """
    if settings.adviser is None:
        raise SettingsError("the settings name no adviser, so that nobody can have answered")
    require_journal(journal or settings.journal)
    with opened(settings, journal) as study:
        before = {pending.id for pending in study.pending}
        decided = study.collect()
        waiting = study.pending
    withdrawn = before - {one.id for one in decided} - {one.id for one in waiting}
    console.print(f"{len(decided)} decided, {len(withdrawn)} withdrawn, {len(waiting)} waiting")
    _show_decided(decided, console)
    if withdrawn:
        numbers = ", ".join(map(str, sorted(withdrawn)))
        console.print(f"withdrawn, as no answer came in time: {numbers}")
    _show_waiting(waiting, console)


def _show_decided(decided: list[Decision], console: Console) -> None:
    if not decided:
        return
    table = Table("decision", "who", "arm", "whose", "advice", title="decided")
    for decision in decided:
        table.add_row(
            str(decision.id),
            shown(_who(decision)),
            shown(decision.arm),
            decision.source,
            shown(_advice(decision)),
        )
    console.print(table)


def _advice(decision: Decision) -> str:
    consultation = decision.consultation
    assert consultation is not None
    if consultation.given is None:
        return str(consultation.reason)
    by = None if consultation.exchange is None else consultation.exchange.by
    return verdict(decision) if by is None else f"of {by}, {verdict(decision)}"


def _show_waiting(waiting: tuple[Pending, ...], console: Console) -> None:
    if not waiting:
        return
    table = Table("decision", "who", "time left", title="waiting")
    for pending in waiting:
        table.add_row(str(pending.id), shown(_who(pending)), time_left(pending.deadline))
    console.print(table)


def _who(decision: Decision | Pending) -> str:
    return ", ".join(part for part in (decision.subject, decision.request_id) if part is not None)
