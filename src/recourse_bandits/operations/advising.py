"""Looking at what was asked and answered: a list, one exchange in full, files, what it was worth.

What people and models wrote is shown as plain text, whatever it holds.
"""

import json
from collections import deque
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from recourse_bandits.errors import SettingsError, UnknownDecision
from recourse_bandits.events import Event
from recourse_bandits.journals import Journal, open_journal
from recourse_bandits.operations.advice_files import AdviceFiles
from recourse_bandits.operations.advice_list import AdviceLine, advice_table, line_of
from recourse_bandits.operations.exchange_text import in_full
from recourse_bandits.operations.opening import folder_for
from recourse_bandits.operations.progress import advancing
from recourse_bandits.operations.trust_tables import print_trust
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study.beginning import beginning_of
from recourse_bandits.study.explanation import explained
from recourse_bandits.study.tallies import trust_in
from recourse_bandits.study.trust import Trust

_STEPS = 1000  # events between two reports of progress


def list_advice(journal: str, last: int, console: Console) -> None:
    """Print the latest exchanges of a journal as a table, the newest last.

    Parameters
    ----------
    journal
        ``sqlite:///FILE``; another process may be writing to it.
    last
        How many at most.
    console
        Where to print.

    Raises
    ------
    SettingsError
        If it is not a positive number.
    JournalError
        If the journal cannot be read.
    """
    if last < 1:
        raise SettingsError(f"--last must be at least 1, got {last}")
    rows: deque[AdviceLine] = deque(maxlen=last)
    waiting: set[int] = set()
    number = 0
    with open_journal(journal, reading=True) as kept:
        problem = beginning_of(kept).problem
        for event in kept.read():
            body = event.body
            if isinstance(body, Pending):
                waiting.add(body.id)
            elif isinstance(body, Decision) and body.consultation is not None:
                waiting.discard(body.id)
                rows.append(line_of(problem, body))
                number += 1
            elif event.kind == "withdrawn":
                waiting.discard(body.decision)
    if rows:
        console.print(advice_table(rows, console.width), crop=False)
    shown = f", the last {len(rows)} are shown" if len(rows) < number else ""
    also = f"; without an answer yet: {len(waiting):,}" if waiting else ""
    console.print(f"{number:,} questions were settled{shown}{also}", highlight=False)


def show_exchange(journal: str, decision: int, console: Console) -> None:
    """Print what passed for one decision: question, every answer as it came, repairs.

    Parameters
    ----------
    journal
        ``sqlite:///FILE``; another process may be writing to it.
    decision
        Number of the decision.
    console
        Where to print.

    Raises
    ------
    UnknownDecision
        If there is no such decision, or nobody was asked for it.
    """
    with open_journal(journal, reading=True) as kept:
        problem = beginning_of(kept).problem
        bodies = [event.body for event in kept.decision(decision)]
    made = [body for body in bodies if isinstance(body, Decision)]
    if not made and any(isinstance(body, Pending) for body in bodies):
        raise UnknownDecision(f"decision {decision} has no answer: it waits, or was withdrawn")
    if not made:
        raise UnknownDecision(f"there is no decision {decision}")
    consultation = made[0].consultation
    if consultation is None:
        raise UnknownDecision(f"nobody was asked for decision {decision}")
    plain = [explained(problem, made[0])]
    if consultation.exchange is not None:
        plain += in_full(consultation.exchange)
    for text in plain:
        console.print(Text(text), soft_wrap=True)


def write_advice(journal: str, out: Path | None, console: Console, *, shown: bool) -> None:
    """Measure what advice was worth; write the exchanges and that to files.

    Parameters
    ----------
    journal
        ``sqlite:///FILE``; another process may be writing to it.
    out
        Folder for `advice.parquet`, `attempts.parquet` and `summary.json`; None: none is written.
    console
        Where to print.
    shown
        Whether what advice was worth is printed.

    Raises
    ------
    SettingsError
        If the folder cannot be written.
    JournalError
        If the journal cannot be read.
    """
    if out is not None:
        folder_for(out)
    with open_journal(journal, reading=True) as kept, ExitStack() as opened:
        problem = beginning_of(kept).problem
        files = None if out is None else opened.enter_context(AdviceFiles(problem, out))
        trust = _read(kept, files, console)
        heights = {} if files is None else files.write()
    if out is not None:
        written = json.dumps(trust.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        (out / "summary.json").write_text(written + "\n", encoding="utf-8")
    if shown:
        print_trust(console, problem, trust)
    for name, height in heights.items():
        console.print(f"{height:>9,} rows  {escape(str(out / name if out else name))}.parquet")


def _read(kept: Journal, files: AdviceFiles | None, console: Console) -> Trust:
    """Measure what advice was worth, and hand every event to the files on the way."""
    with advancing(console, "reading", kept.length) as progress:

        def passed(event: Event) -> None:
            if files is not None:
                files.take(event)
            if event.number % _STEPS == 0:
                progress(_STEPS)

        return trust_in(kept, passed)
