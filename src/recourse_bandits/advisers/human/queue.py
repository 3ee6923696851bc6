"""Questions that wait for people: a file between a study and whoever answers."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from numbers import Real
from typing import Any

from recourse_bandits.advisers.base import Question
from recourse_bandits.advisers.human import rows
from recourse_bandits.advisers.human.asked import AskedQuestion
from recourse_bandits.advisers.human.checking import checked_answer
from recourse_bandits.advisers.human.schema import path_of, transaction
from recourse_bandits.errors import DescriptionError


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class QuestionQueue:
    """Questions in a SQLite file, beside the study's journal.

    A study puts them in and takes answers out (`Human` does so); other processes answer. Each call
    is one transaction, on disk when it returns.

    Parameters
    ----------
    where
        ``sqlite:///FILE``; made with the first question. Keep it on a local disk.
    clock
        Returns the time with its zone.

    Raises
    ------
    QueueError
        If `where` names no file.
    """

    def __init__(self, where: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.path = path_of(where)
        self._clock = clock

    def ask(self, questions: Sequence[Question]) -> None:
        """Put questions in; those that are there already stay as they are.

        Parameters
        ----------
        questions
            Questions of one study.

        Raises
        ------
        QueueConflict
            If the queue is of another problem or study.
        QueueError
            If the file cannot be used.
        """
        if questions:
            with transaction(self.path, create=True) as connection:
                rows.put(connection, questions, self._now())

    def exchange(
        self, questions: Sequence[Question], study: str | None = None
    ) -> dict[int, AskedQuestion]:
        """Make the queue hold exactly these questions as open, and return those with an answer.

        Parameters
        ----------
        questions
            All that the study waits for.
        study
            The study, as in its questions: it may wait for none.

        Returns
        -------
        dict
            Answered questions by number.

        Raises
        ------
        QueueConflict
            If the queue is of another problem or study.
        QueueError
            If the file cannot be used.
        """
        if not questions and not self.path.exists():
            return {}
        with transaction(self.path, create=True) as connection:
            there = rows.put(connection, questions, self._now())
            if not questions:
                rows.require_same_study(connection, study)
            rows.close_others(connection, there, self._now())
        return {number: asked for number, asked in there.items() if asked.reply is not None}

    def waiting(self) -> list[AskedQuestion]:
        """Return the questions that can still be answered, the most urgent first.

        Raises
        ------
        QueueError
            If there is no such queue, or the file cannot be used.
        """
        with transaction(self.path) as connection:
            asked, now = rows.waiting(connection), self._now()
        return [one for one in asked if one.deadline is None or now < one.deadline]

    def question(self, number: int) -> AskedQuestion:
        """Return a question, answered or not.

        Parameters
        ----------
        number
            Number of the decision.

        Raises
        ------
        UnknownQuestion
            If it is not in the queue.
        QueueError
            If there is no such queue, or the file cannot be used.
        """
        with transaction(self.path) as connection:
            return rows.known(connection, number)

    def answer(
        self,
        number: int,
        arm: str,
        target: Mapping[str, Any] | None = None,
        *,
        note: str = "",
        by: str | None = None,
        confidence: float | None = None,
    ) -> None:
        """Answer a question with a pair of arm and recourse.

        Parameters
        ----------
        number
            Number of the decision.
        arm
            Name of the advised arm.
        target
            Raw values that features should reach; those left out stay as they are.
        note
            Kept with the advice.
        by
            Who answers.
        confidence
            How sure, in [0, 1].

        Raises
        ------
        AnswerError
            If it is not in the queue, was answered, is closed, or its deadline has passed.
        AdviceError
            If the pair is not legal for this person.
        PersonError
            If a feature is unknown or its value is no number.
        QueueError
            If there is no such queue, or the file cannot be used.
        """
        if confidence is not None:
            if not isinstance(confidence, Real) or not 0 <= confidence <= 1:
                raise DescriptionError(f"confidence must lie in [0, 1], got {confidence!r}")
            confidence = float(confidence)
        _require_text(note=note, by=by)
        with transaction(self.path) as connection:
            now = self._now()  # nobody else has the file meanwhile
            asked = rows.answerable(connection, number, now)
            problem, person = rows.problem_and_person(connection, asked)
            _, known, _ = checked_answer(problem, person, arm, target or {})
            rows.answer(
                connection,
                number,
                arm=arm,
                target=json.dumps(known),
                note=note,
                confidence=confidence,
                answered_by=by,
                answered_at=now.isoformat(),
            )

    def decline(self, number: int, reason: str, *, by: str | None = None) -> None:
        """Answer a question with no advice; the policy will decide.

        Parameters
        ----------
        number
            Number of the decision.
        reason
            Why; kept with the decision.
        by
            Who answers.

        Raises
        ------
        AnswerError
            If it is not in the queue, was answered, is closed, or its deadline has passed.
        QueueError
            If there is no such queue, or the file cannot be used.
        """
        _require_text(reason=reason, by=by)
        if not isinstance(reason, str) or not reason.strip():
            raise DescriptionError("no advice needs a reason")
        with transaction(self.path) as connection:
            now = self._now()
            rows.answerable(connection, number, now)
            rows.answer(
                connection, number, reason=reason, answered_by=by, answered_at=now.isoformat()
            )

    def _now(self) -> datetime:
        now = self._clock()
        if now.tzinfo is None:
            raise DescriptionError(f"clock must return a datetime with a zone, got {now!r}")
        return now.astimezone(UTC)


def _require_text(**values: str | None) -> None:
    for name, value in values.items():
        if value is None:
            continue
        try:
            value.encode()
        except (AttributeError, UnicodeEncodeError) as error:
            raise DescriptionError(f"{name} must be valid text, got {value!r}") from error
