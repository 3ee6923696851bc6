"""What a queue's transactions read and write."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from operator import index
from typing import Any

from recourse_bandits.advisers.base import Question
from recourse_bandits.advisers.human.asked import COLUMNS, AskedQuestion, read_row
from recourse_bandits.advisers.human.content import content_of, context_of, digest_of
from recourse_bandits.errors import (
    AnsweredAlready,
    ClosedQuestion,
    DeadlinePassed,
    DescriptionError,
    QueueConflict,
    QueueError,
    UnknownQuestion,
)
from recourse_bandits.problem import Context, Problem

_LARGEST = 2**63  # of SQLite's numbers
_NEVER = datetime.max.replace(tzinfo=UTC)


def put(
    connection: sqlite3.Connection, questions: Sequence[Question], now: datetime
) -> dict[int, AskedQuestion]:
    """Put in the questions that are missing; return all of them as they are in the queue.

    Parameters
    ----------
    connection
        The queue's file.
    questions
        Questions of one study.
    now
        The time.

    Raises
    ------
    QueueConflict
        If the queue is of another problem or study.
    """
    if questions:
        _require_same_problem(connection, questions[0])
        require_same_study(connection, questions[0].study)
    there: dict[int, AskedQuestion] = {}
    for question in questions:
        number, digest = question.number, digest_of(question)
        if _found(connection, number) is None:
            _insert(connection, question, digest, now)
        # one that was put in while another thread collected without it may have been closed
        connection.execute("UPDATE questions SET closed_at = NULL WHERE number = ?", (number,))
        asked = known(connection, number)
        if asked.digest != digest:
            raise QueueConflict(
                f"the queue holds another question under the number {number}: its answer is not "
                "about this person"
            )
        there[number] = asked
    return there


def close_others(
    connection: sqlite3.Connection, still_waiting: Collection[int], now: datetime
) -> None:
    """Close the questions for which nobody waits any more.

    Parameters
    ----------
    connection
        The queue's file.
    still_waiting
        Numbers of the others.
    now
        The time.
    """
    rows = connection.execute("SELECT number FROM questions WHERE closed_at IS NULL").fetchall()
    connection.executemany(
        "UPDATE questions SET closed_at = ? WHERE number = ?",
        [(now.isoformat(), number) for (number,) in rows if number not in still_waiting],
    )


def require_same_study(connection: sqlite3.Connection, study: str | None) -> None:
    """Raise QueueConflict unless the queue is this study's, or nobody's yet.

    Parameters
    ----------
    connection
        The queue's file.
    study
        The study, as in its questions.
    """
    row = connection.execute("SELECT study FROM study").fetchone()
    if row is not None and row[0] != (study or ""):
        raise QueueConflict("the queue holds questions of another study: name another file")


def waiting(connection: sqlite3.Connection) -> list[AskedQuestion]:
    """Return the questions without answer that are not closed, the most urgent first.

    Parameters
    ----------
    connection
        The queue's file.
    """
    query = f"SELECT {COLUMNS} FROM questions WHERE answered_at IS NULL AND closed_at IS NULL"
    asked = [read_row(row) for row in connection.execute(query)]
    return sorted(asked, key=lambda one: (one.deadline or _NEVER, one.number))


def known(connection: sqlite3.Connection, number: int) -> AskedQuestion:
    """Return a question; raises UnknownQuestion.

    Parameters
    ----------
    connection
        The queue's file.
    number
        Number of the decision.
    """
    asked = _found(connection, number)
    if asked is None:
        raise UnknownQuestion(f"there is no question {number} in this queue")
    return asked


def answerable(connection: sqlite3.Connection, number: int, now: datetime) -> AskedQuestion:
    """Return a question that can be answered, or raise the AnswerError that says why not.

    Parameters
    ----------
    connection
        The queue's file.
    number
        Number of the decision.
    now
        The time.
    """
    asked = known(connection, number)
    if asked.reply is not None:
        who = "somebody" if asked.reply.by is None else repr(asked.reply.by)
        raise AnsweredAlready(
            f"question {number} was answered by {who} on {asked.reply.at:%Y-%m-%d %H:%M:%S} UTC"
        )
    if asked.closed_at is not None:
        raise ClosedQuestion(
            f"question {number} does not wait any more: the decision was made or withdrawn "
            f"without an answer, before {asked.closed_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    if asked.deadline is not None and now >= asked.deadline:
        raise DeadlinePassed(
            f"question {number} could be answered until {asked.deadline:%Y-%m-%d %H:%M:%S} UTC"
        )
    return asked


def answer(connection: sqlite3.Connection, number: int, **columns: Any) -> None:
    """Write the answer to a question.

    Parameters
    ----------
    connection
        The queue's file.
    number
        Number of the decision.
    **columns
        Values of the answer's columns.
    """
    names = ", ".join(f"{name} = ?" for name in columns)
    values = (*columns.values(), index(number))
    connection.execute(f"UPDATE questions SET {names} WHERE number = ?", values)


def problem_and_person(
    connection: sqlite3.Connection, asked: AskedQuestion
) -> tuple[Problem, Context]:
    """Return the problem of a queue, and the person of a question.

    Parameters
    ----------
    connection
        The queue's file.
    asked
        The question.

    Raises
    ------
    QueueError
        If either is damaged.
    """
    problem = _problem(connection)
    try:
        return problem, context_of(problem, asked.content)
    except (LookupError, TypeError, ValueError) as error:
        raise QueueError(f"question {asked.number} of the queue is damaged: {error}") from error


def _found(connection: sqlite3.Connection, number: int) -> AskedQuestion | None:
    try:
        whole = index(number)
    except TypeError as error:
        raise DescriptionError(f"a question has a whole number, got {number!r}") from error
    if abs(whole) >= _LARGEST:
        return None
    query = f"SELECT {COLUMNS} FROM questions WHERE number = ?"
    row = connection.execute(query, (whole,)).fetchone()
    return None if row is None else read_row(row)


def _insert(connection: sqlite3.Connection, question: Question, digest: str, now: datetime) -> None:
    deadline = None if question.deadline is None else question.deadline.isoformat()
    content = json.dumps(content_of(question), allow_nan=False)
    connection.execute(
        "INSERT INTO questions (number, digest, asked_at, deadline, question) "
        "VALUES (?, ?, ?, ?, ?)",
        (question.number, digest, now.isoformat(), deadline, content),
    )


def _require_same_problem(connection: sqlite3.Connection, question: Question) -> None:
    """Raise QueueConflict unless the queue is this problem's; an empty one becomes the study's."""
    described = question.problem.to_json()
    if connection.execute("SELECT 1 FROM study").fetchone() is None:
        values = (json.dumps(described), question.study or "")
        connection.execute("INSERT INTO study (problem, study) VALUES (?, ?)", values)
    elif _problem(connection).to_json() != described:
        raise QueueConflict("the queue holds questions of another problem: name another file")


def _problem(connection: sqlite3.Connection) -> Problem:
    row = connection.execute("SELECT problem FROM study").fetchone()
    try:
        return Problem.from_json(json.loads(row[0]))
    except (ValueError, TypeError) as error:
        raise QueueError(f"the problem that the queue holds is damaged: {error}") from error
