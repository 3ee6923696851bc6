"""People who answer when they can, from a queue of questions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from recourse_bandits.advisers.base import Adviser, Question
from recourse_bandits.advisers.human.asked import AskedQuestion, Reply
from recourse_bandits.advisers.human.checking import checked_answer
from recourse_bandits.advisers.human.queue import QuestionQueue, utc_now
from recourse_bandits.errors import DescriptionError
from recourse_bandits.exchanges import Exchange
from recourse_bandits.records import Advice, Key, Later, NoAdvice

AtDeadline = Literal["policy", "withdraw"]


@dataclass(frozen=True)
class Human(Adviser):
    """People: questions go into a queue, and are answered with `recourse answer` or in Python.

    `Study.decide` returns a `Pending`; `Study.collect` (or `recourse collect`) completes the
    decisions whose answer has come or whose deadline has passed.

    Parameters
    ----------
    queue
        ``sqlite:///FILE``, a file of its own beside the journal: one for each study, and for each
        of several advisers behind a `Router`, as a collection closes what it does not wait for.
    answer_within
        Seconds in which an answer is accepted; None: for ever.
    at_deadline
        What becomes of a decision without answer then: `policy` decides, or it is withdrawn.
    clock
        Returns the UTC time at which questions come into the queue.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.
    QueueError
        If `queue` names no file.

    Examples
    --------
    >>> Human("sqlite:///questions.db", answer_within=2 * 24 * 3600).at_deadline
    'policy'
    """

    queue: str
    answer_within: float | None = None
    at_deadline: AtDeadline = "policy"
    clock: Callable[[], datetime] = field(default=utc_now, repr=False, compare=False)

    def __post_init__(self) -> None:
        QuestionQueue(self.queue)
        within = self.answer_within
        number = isinstance(within, int | float) and not isinstance(within, bool)
        if within is not None and not (number and within > 0):
            raise DescriptionError(f"answer_within must be seconds > 0 or None, got {within!r}")
        if self.at_deadline not in get_args(AtDeadline):
            raise DescriptionError(
                f"at_deadline must be 'policy' or 'withdraw', got {self.at_deadline!r}"
            )
        if not callable(self.clock):
            raise DescriptionError(f"clock must be a function, got {self.clock!r}")

    def advise(self, state: Any, question: Question, key: Key) -> Later:
        """Put a question into the queue; nothing happens if it is there.

        Parameters
        ----------
        state
            None.
        question
            Person and proposal.
        key
            Not used.

        Raises
        ------
        QueueError
            If the queue cannot be used, or is of another problem or study.
        """
        self._open().ask([question])
        return Later(f"question {question.number} is in {self.queue}")

    def collect(
        self, questions: Sequence[Question], study: str | None = None
    ) -> Mapping[int, Advice | NoAdvice]:
        """Return the answers that have come, after making the queue hold exactly these questions.

        Parameters
        ----------
        questions
            All that are open.
        study
            Whose they are.

        Raises
        ------
        QueueError
            If the queue cannot be used, or is of another problem or study.
        """
        by_number = {question.number: question for question in questions}
        answered = self._open().exchange(questions, study)
        return {
            number: self._answer(by_number[number], asked) for number, asked in answered.items()
        }

    def _open(self) -> QuestionQueue:
        return QuestionQueue(self.queue, clock=self.clock)

    def _answer(self, question: Question, asked: AskedQuestion) -> Advice | NoAdvice:
        reply = asked.reply
        assert reply is not None
        exchange = Exchange(
            self.name,
            digest=asked.digest,
            said=_said(reply),
            confidence=reply.confidence,
            by=reply.by,
        )
        if reply.arm is None:
            return NoAdvice(str(reply.reason), exchange)
        try:
            arm, _, point = checked_answer(
                question.problem, question.context, reply.arm, reply.target
            )
        except (ValueError, TypeError) as error:  # it was legal when it was given
            return NoAdvice(f"the answer in the queue is damaged: {error}", exchange)
        return Advice(arm, point, reply.note, exchange)


def _said(reply: Reply) -> dict[str, Any]:
    """Return an answer in the words of the person who gave it."""
    when = {"answered_at": reply.at.isoformat()}
    if reply.arm is None:
        return {"reason": reply.reason, **when}
    return {"arm": reply.arm, "target": dict(reply.target), **when}
