"""Who can be asked: two methods with effects, and folds for advisers that count or learn."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Advice, Decision, Key, Later, NoAdvice, Outcome, Proposal


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What an adviser is asked.

    Parameters
    ----------
    number
        Number of the decision.
    problem
        The problem.
    proposal
        What the policy would do.
    addressee
        Who is asked, where the adviser chooses among several.
    request_id
        The caller's name for the decision.
    subject
        Opaque reference to the person.
    deadline
        Until when an answer is worth waiting for, or None.
    study
        SHA-256 of the study's first event, in hexadecimal: no other study has it. None: not known,
        as in a simulation that keeps no events.
    """

    number: int
    problem: Problem
    proposal: Proposal
    addressee: str | None = None
    request_id: str | None = None
    subject: str | None = None
    deadline: datetime | None = None
    study: str | None = None

    @property
    def context(self) -> Context:
        """The person."""
        return self.proposal.context


Answer = Advice | NoAdvice | Later


class Adviser(ABC):
    """Somebody who can be asked for a pair of arm and recourse.

    `advise` and `collect` alone may have effects. An exception that `advise` raises counts as no
    advice, with the exception as the reason. State that it needs from the past, such as calls so
    far, is a fold of the journal like a policy's.
    """

    answer_within: float | None = None
    """Seconds that an answer is worth waiting for; None: no deadline."""

    at_deadline: Literal["policy", "withdraw"] = "policy"
    """What becomes of a decision without answer at its deadline: the policy decides, or nobody."""

    @property
    def name(self) -> str:
        """Name under which exchanges are recorded."""
        return type(self).__name__

    @property
    def identity(self) -> str:
        """All that its state follows from beside the journal: a snapshot of another is not used."""
        return repr(self)

    def require_ready(self) -> None:
        """Raise AdviserUnavailable unless it could be asked now; by default it could."""
        return

    def init(self, problem: Problem) -> Any:
        """State before any question; by default None.

        Parameters
        ----------
        problem
            The problem.
        """
        return None

    @abstractmethod
    def advise(self, state: Any, question: Question, key: Key) -> Answer:
        """Answer a question.

        Parameters
        ----------
        state
            The adviser's fold, this question counted already.
        question
            Person and proposal.
        key
            Source of randomness for simulated advisers.
        """

    def addressee(self, state: Any, question: Question) -> str | None:
        """Return who shall be asked, if the adviser chooses among several; by default None.

        It is written down before the question is put, and so known whatever is corrected later.

        Parameters
        ----------
        state
            The state before the question.
        question
            The question.
        """
        return None

    def whom(self, addressee: str | None) -> "Adviser":
        """Return the adviser whose deadline a question has; by default this one.

        Parameters
        ----------
        addressee
            Who was asked.
        """
        return self

    def asked(self, state: Any, question: Question) -> Any:
        """State after a question was put; by default unchanged.

        Parameters
        ----------
        state
            The state before.
        question
            The question.
        """
        return state

    def answered(self, state: Any, question: Question, decision: Decision) -> Any:
        """State after a question was settled, with advice or without; by default unchanged.

        Parameters
        ----------
        state
            The state before.
        question
            The question, as for `asked`.
        decision
            The decision; its consultation holds answer and exchange.
        """
        return state

    def collect(
        self, questions: Sequence[Question], study: str | None = None
    ) -> Mapping[int, Advice | NoAdvice]:
        """Return the answers that have come since to questions answered `Later`; none by default.

        Parameters
        ----------
        questions
            All that are open.
        study
            Whose they are, as in a `Question`: known also where none is open.

        Returns
        -------
        Mapping
            Answers by the decision's number.
        """
        return {}

    def observed(self, state: Any, decision: Decision, outcome: Outcome) -> Any:
        """State after an outcome; by default unchanged.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        outcome
            What came of it.
        """
        return state
