"""Answering questions that a study has put into a queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from recourse_bandits.advisers import AskedQuestion, QuestionQueue
from recourse_bandits.errors import AdviceError, AnswerError, PersonError, SettingsError
from recourse_bandits.operations.question import allowed_in, number_of, show_question
from recourse_bandits.operations.texts import shown, value_of
from recourse_bandits.study.plain_text import visible

Ask = Callable[[str, str], str]
"""Asks for something, with what is meant if nothing is typed."""

_REFUSALS = (AnswerError, AdviceError, PersonError)


@dataclass(frozen=True)
class Given:
    """What the options of the command say.

    Parameters
    ----------
    arm
        Name of the arm, or None.
    target
        Advised values by feature, as they were typed.
    no_advice
        Why there is none, or None.
    note
        Kept with the advice.
    by
        Who answers, or None.
    confidence
        In [0, 1], or None.
    """

    arm: str | None = None
    target: Mapping[str, str] = field(default_factory=dict)
    no_advice: str | None = None
    note: str = ""
    by: str | None = None
    confidence: float | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is an answer, or a part of one."""
        return self != Given(by=self.by)


def answer(where: str, number: int | None, given: Given, ask: Ask | None, console: Console) -> bool:
    """List the open questions, show one, or answer it.

    Parameters
    ----------
    where
        ``sqlite:///FILE`` of the queue.
    number
        Number of the decision; None: list them.
    given
        The answer.
    ask
        Asks somebody at a terminal for an answer that the options do not give; None: there is
        nobody.
    console
        Where to print.

    Returns
    -------
    bool
        Whether nothing was refused.

    Raises
    ------
    SettingsError
        If the options contradict each other.
    QueueError
        If the queue cannot be used.
    """
    queue = QuestionQueue(where)
    if number is None:
        if given.says_something:
            raise SettingsError("say which question is answered: recourse answer QUEUE NUMBER ...")
        _list(queue, where, console)
        return True
    try:
        if not given.says_something:
            asked = queue.question(number)
            show_question(asked, console)
            if ask is None or not _can_be_answered(asked):
                return True
            given = _asked_for(asked, given, ask)
            if not given.says_something:
                console.print("nothing was recorded")
                return True
        _record(queue, number, given)
    except _REFUSALS as error:
        console.print(f"[red]refused:[/red] {shown(error, lines=True)}")
        return False
    console.print(f"the answer to question {number} is recorded")
    return True


def _record(queue: QuestionQueue, number: int, given: Given) -> None:
    if given.no_advice is not None:
        if given != Given(no_advice=given.no_advice, by=given.by):
            raise SettingsError("--no-advice goes with --by only: there is no advice to describe")
        queue.decline(number, given.no_advice, by=given.by)
        return
    if given.arm is None:
        raise SettingsError("an answer needs --arm NAME, or --no-advice REASON")
    queue.answer(
        number,
        given.arm,
        _values(queue, number, given.target),
        note=given.note,
        by=given.by,
        confidence=given.confidence,
    )


def _values(
    queue: QuestionQueue, number: int, target: Mapping[str, str]
) -> dict[str, float | str | None]:
    """Return what was typed as numbers, and names of categories as they are."""
    if not target:
        return {}
    person = queue.question(number).content["person"]
    texts = {feature["name"] for feature in person if isinstance(feature["value"], str)}
    return {name: value_of(typed, text=name in texts) for name, typed in target.items()}


def _list(queue: QuestionQueue, where: str, console: Console) -> None:
    waiting = queue.waiting()
    if not waiting:
        console.print("no question waits for an answer")
        return
    table = Table("number", "time left", "who", "what")
    for asked in waiting:
        content = asked.content
        who = [content[key] for key in ("subject", "request_id") if content[key] is not None]
        arms = ", ".join(arm["name"] for arm in content["arms"])
        changes = ", ".join(limit["name"] for limit in content["limits"]) or "no change"
        table.add_row(
            str(asked.number),
            time_left(asked.deadline),
            shown(", ".join(who)),
            shown(f"{arms}; {changes}"),
        )
    console.print(table)
    console.print(f"answer one with: recourse answer {shown(where)} NUMBER", soft_wrap=True)


def _can_be_answered(asked: AskedQuestion) -> bool:
    in_time = asked.deadline is None or datetime.now(UTC) < asked.deadline
    return asked.reply is None and asked.closed_at is None and in_time


def _asked_for(asked: AskedQuestion, given: Given, ask: Ask) -> Given:
    """Return the answer of somebody at a terminal."""
    arms = ", ".join(visible(arm["name"]) for arm in asked.content["arms"])
    arm = ask(f"Arm ({arms}; nothing: no advice)", "")
    by = given.by or ask("Your name (nothing: not recorded)", "") or None
    if not arm:
        reason = ask("Why no advice (nothing: leave the question open)", "")
        return Given(no_advice=reason or None, by=by)
    target = {}
    for limit in asked.content["limits"]:
        now = number_of(limit["value"])
        typed = ask(_between(limit), now)
        if typed != now:
            target[limit["name"]] = typed
    return Given(arm=arm, target=target, note=ask("Note", ""), by=by)


def _between(limit: Mapping[str, Any]) -> str:
    allowed, unit = visible(allowed_in(limit)), visible(limit["unit"])
    if "values" in limit:
        return f"{visible(limit['name'])}, one of {allowed} {unit}".rstrip()
    low, high = (
        ("open" if limit[end] is None else f"{limit[end]:g}") for end in ("lowest", "highest")
    )
    stepped = f" {allowed}" if allowed else ""
    return f"{visible(limit['name'])}, {low} to {high} {unit}".rstrip() + stepped


def time_left(deadline: datetime | None) -> str:
    """Return how long it is until a deadline, in two units.

    Parameters
    ----------
    deadline
        The deadline, or None.
    """
    if deadline is None:
        return "no deadline"
    left = deadline - datetime.now(UTC)
    if left <= timedelta(0):
        return "passed"
    minutes = int(left.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
