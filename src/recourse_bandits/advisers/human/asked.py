"""A question as it lies in a queue, with its answer if there is one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from recourse_bandits.errors import QueueError

COLUMNS = (
    "number, digest, asked_at, deadline, question, arm, target, reason, note, confidence, "
    "answered_by, answered_at, closed_at"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answered.

    Parameters
    ----------
    at
        When, UTC.
    by
        Who, or None.
    arm
        Name of the advised arm, or None: no advice.
    target
        The advised values by feature, in raw units; others stay as they are.
    reason
        Why there is no advice, or None.
    note
        Kept with the advice.
    confidence
        As stated, in [0, 1], or None.
    """

    at: datetime
    by: str | None = None
    arm: str | None = None
    target: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    note: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question in a queue.

    Parameters
    ----------
    number
        Number of the decision.
    digest
        SHA-256 of what tells the question from every other.
    asked_at
        When it came into the queue, UTC.
    deadline
        Until when an answer is accepted, UTC, or None.
    content
        All that an expert needs, in raw units; JSON values.
    reply
        The answer, or None.
    closed_at
        When the study was found not to wait any more, UTC, or None.
    """

    number: int
    digest: str
    asked_at: datetime
    deadline: datetime | None
    content: Mapping[str, Any]
    reply: Reply | None = None
    closed_at: datetime | None = None


def read_row(row: tuple[Any, ...]) -> AskedQuestion:
    """Read a row of the table.

    Parameters
    ----------
    row
        Its columns, in the order of `COLUMNS`.

    Raises
    ------
    QueueError
        If it is damaged.
    """
    number, digest, asked_at, deadline, question, *answer, answered_at, closed_at = row
    arm, target, reason, note, confidence, by = answer
    try:
        reply = None
        if answered_at is not None:
            advised = json.loads(target) if target is not None else {}
            when = datetime.fromisoformat(answered_at)
            reply = Reply(when, by, arm, dict(advised), reason, note or "", confidence)
            if (arm is None) == (reason is None):
                raise ValueError("it has neither an arm nor a reason, or both")
        return AskedQuestion(
            number,
            digest,
            datetime.fromisoformat(asked_at),
            None if deadline is None else datetime.fromisoformat(deadline),
            dict(json.loads(question)),
            reply,
            None if closed_at is None else datetime.fromisoformat(closed_at),
        )
    except (ValueError, TypeError) as error:
        raise QueueError(f"question {number} of the queue is damaged: {error}") from error
