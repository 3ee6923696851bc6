"""Verifying a journal, explaining a decision, and rescuing what is intact of a damaged file."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from recourse_bandits.errors import JournalError, SettingsError, UnknownDecision
from recourse_bandits.events import Event
from recourse_bandits.journals import open_journal
from recourse_bandits.operations.observing import decision_number
from recourse_bandits.operations.progress import advancing
from recourse_bandits.operations.texts import shown
from recourse_bandits.study import Study
from recourse_bandits.study.beginning import beginning_of
from recourse_bandits.study.chunks import CHUNK
from recourse_bandits.study.explanation import explained
from recourse_bandits.study.fold import Fold
from recourse_bandits.study.refold import applicable
from recourse_bandits.study.verification import verified


def verify(journal: str, console: Console) -> bool:
    """Replay a journal and print whether every decision follows from it.

    Parameters
    ----------
    journal
        ``sqlite:///FILE``; another process may be writing to it.
    console
        Where to print.

    Returns
    -------
    bool
        Whether it does.

    Raises
    ------
    JournalError
        If an event is missing or damaged; its number is named.
    """
    kept = open_journal(journal, reading=True)
    with kept, advancing(console, "replaying", kept.length) as progress:
        found = verified(kept, progress=progress)
    console.print(
        f"{found.events:,} events replayed, {found.decisions:,} decisions made anew: "
        f"{found.exact:,} the same to the last bit, {found.within_tolerance:,} within 1e-9; "
        f"{found.snapshots} snapshots compared"
    )
    if found.near_ties:
        shown = ", ".join(map(str, found.near_ties[:20]))
        console.print(
            f"{len(found.near_ties)} near-ties, where values equal within 1e-9 were told apart "
            f"otherwise: decisions {shown}{' ...' if len(found.near_ties) > 20 else ''}"
        )
    if found.difference is not None:
        console.print(f"[red]first difference:[/red] {escape(found.difference)}")
    return found.passed


def explain(journal: str, request_id: str | None, decision: int | None, console: Console) -> None:
    """Print why a decision was made, and what less effort would bring by what is known now.

    The latter needs the whole journal to be intact; the former only the decision.

    Parameters
    ----------
    journal
        ``sqlite:///FILE``.
    request_id
        The decision's request.
    decision
        Or its number.
    console
        Where to print.
    """
    if (request_id is None) == (decision is None):
        raise SettingsError("name one decision: --request-id or --decision")
    with open_journal(journal, reading=True) as kept:
        problem = beginning_of(kept).problem
        number = decision_number(kept, request_id, decision)
        made = [event.body for event in kept.decision(number) if event.kind == "decided"]
        if not made:
            raise UnknownDecision(
                f"decision {number} was not made: there is none, or it was withdrawn"
            )
        try:
            text = Study.open(kept).explain(number)
        except JournalError as error:
            text = f"{explained(problem, made[0])}\nwhat is known now cannot be told: {error}"
    console.print(shown(text, lines=True))


def rescue(damaged: str, new: str, console: Console) -> None:
    """Copy the events before the first damage into a new journal.

    Parameters
    ----------
    damaged
        ``sqlite:///FILE`` with the damage; it is only read.
    new
        ``sqlite:///FILE`` of the copy, which must not exist.
    console
        Where to print.

    Raises
    ------
    JournalError
        If nothing can be read, or the copy exists already.
    """
    if Path(new.removeprefix("sqlite:///")).exists():
        raise JournalError(f"{new} exists already; name a new file")
    with open_journal(damaged, reading=True) as source:
        problem, policy, _ = beginning_of(source)
        fold = Fold(problem, policy, None, source)
        intact: list[Event] = []
        with open_journal(new) as copy:
            said = "all events are intact"
            try:
                for event in source.read():
                    with applicable(event):
                        fold.apply(event)
                    intact.append(event)
                    if len(intact) == CHUNK:
                        copy.append(intact, after=copy.length)
                        intact = []
            except JournalError as error:
                said = f"after them: {error}"
            copy.append(intact, after=copy.length)
            console.print(f"{copy.length} events were copied; {escape(said)}")
