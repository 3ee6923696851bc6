"""Questions to advisers as a table that can be read on a narrow terminal."""

from collections.abc import Collection
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from recourse_bandits.exchanges import as_number
from recourse_bandits.operations.advice_rows import verdict_of
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision
from recourse_bandits.study.explanation import BY_HAND
from recourse_bandits.study.plain_text import shortened

_LONGEST = 100  # characters of a text
_ADVICE = 24  # columns of a terminal that the advice is left with: the kinds of failure are longest
_NARROW = 10  # columns that the other texts are left with at least


class AdviceLine(NamedTuple):
    """What the list shows of a question; texts are safe to print, and empty if there is nothing."""

    decision: str
    request: str
    asked: str
    """The model as the provider dates it; otherwise the adviser."""
    advice: str
    """The arm, and what became of it."""
    confidence: str
    calls: str
    cost: str
    seconds: str


_TEXTS = ("request", "asked", "advice")
_HEADS = {"decision": "no.", "confidence": "conf.", "seconds": "s"}  # others as they are


def line_of(problem: Problem, decision: Decision) -> AdviceLine:
    """Return what the list shows of a question that was settled.

    Parameters
    ----------
    problem
        The problem.
    decision
        The decision for which somebody was asked.
    """
    consultation = decision.consultation
    assert consultation is not None
    given, exchange, verdict = consultation.given, consultation.exchange, verdict_of(decision)
    advice = f"{verdict}: {consultation.reason}"
    if given is not None:
        advice = f"{problem.arm_names[given.arm]}, {verdict}"
    numbers = [""] * 4
    if exchange is not None:
        confidence, cost, seconds = map(
            as_number, (exchange.confidence, exchange.cost, exchange.seconds)
        )
        numbers = [
            "" if confidence is None else f"{confidence:.2f}",
            str(exchange.calls) if exchange.calls else "",
            "" if cost is None else f"{cost:.3g}",
            "" if seconds is None else f"{seconds:.3g}",
        ]
    asked = BY_HAND if exchange is None else exchange.model or exchange.adviser
    told = (decision.id, decision.request_id or "", asked, advice, *numbers)
    return AdviceLine(*(shortened(text, _LONGEST) for text in told))


def advice_table(lines: Collection[AdviceLine], width: int) -> Table:
    """Return the table; a column in which nothing stands is left out, and no number is broken.

    Parameters
    ----------
    lines
        What it shows.
    width
        Columns of the terminal.
    """
    columns = {
        name: [Text(getattr(line, name)) for line in lines]
        for name in AdviceLine._fields
        if any(getattr(line, name) for line in lines)
    }
    widest = {
        name: max(len(_HEADS.get(name, name)), *(text.cell_len for text in texts))
        for name, texts in columns.items()
    }
    others = sum(widest[name] for name in columns if name not in _TEXTS) + len(columns)
    room = width - others - min(widest["advice"], _ADVICE)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        if name not in _TEXTS:
            table.add_column(_HEADS.get(name, name), justify="right", no_wrap=True)
        elif name == "advice":
            table.add_column(name, overflow="fold")
        else:
            left = max(_NARROW, room - (_NARROW if name == "request" else 0))
            fits = min(widest[name], left)
            table.add_column(name, overflow="fold", width=fits)
            room -= fits
    if room < 0:  # rather lines that are too long than numbers that are cut
        table.width = width - room
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    return table
