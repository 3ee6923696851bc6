"""Deciding for a table of people at once, from one state."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.errors import (
    DecisionError,
    DescriptionError,
    JournalConflict,
    PersonError,
)
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context, Problem
from recourse_bandits.problem.people import length_of, rows_of
from recourse_bandits.records import Decision, Key, Pending, Proposal, Stream
from recourse_bandits.study.checks import require_text
from recourse_bandits.study.ledger import Ledger
from recourse_bandits.study.people import members, proposed
from recourse_bandits.study.recommendation import decision_of
from recourse_bandits.study.requests import decided_before
from recourse_bandits.study.rows import Row

Fallback = Literal["policy", "refuse"]
REFUSED = "advice is wanted for this person: decide alone"


def requested(
    people: Any, request_ids: Iterable[str | None] | None, subjects: Iterable[str | None] | None
) -> Iterator[Row]:
    """Return the rows of a table with their requests and subjects.

    Parameters
    ----------
    people
        A polars or pandas frame, a mapping of columns, a matrix, or a sequence of persons.
    request_ids
        One a row, or None.
    subjects
        One a row, or None.

    Raises
    ------
    DescriptionError
        If there are fewer or more of them than rows, or one is no text.
    """
    table = list(people) if isinstance(people, Iterator) else people
    count = length_of(table)
    requests = _one_a_row("request_ids", request_ids, count)
    referred = _one_a_row("subjects", subjects, count)
    return (
        Row(number, person, requests[number], referred[number])
        for number, person in enumerate(rows_of(table))
    )


def _one_a_row(name: str, values: Iterable[str | None] | None, count: int) -> Sequence[str | None]:
    if values is None:
        return [None] * count
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise DescriptionError(f"{name} must be a sequence of texts, one a row, got {values!r}")
    listed = list(values)
    if len(listed) != count:
        raise DescriptionError(f"{name} must have one text a row: {len(listed)} for {count} rows")
    for number, value in enumerate(listed):
        if value is not None and not isinstance(value, str):
            raise DescriptionError(f"{name} must be texts or None, got {value!r} in row {number}")
        require_text(**{name: value})
    return listed


class TableOfPeople:
    """Decides for the rows of a table, all from the state before its first row.

    Parameters
    ----------
    ledger
        Where decisions are recorded.
    problem
        The problem.
    policy
        The policy.
    seed
        The study's seed.
    fallback
        What is done where advice is wanted.
    """

    def __init__(
        self, ledger: Ledger, problem: Problem, policy: AnyPolicy, seed: int, fallback: Fallback
    ) -> None:
        self._ledger = ledger
        self._problem = problem
        self._policy = policy
        self._seed = seed
        self._fallback = fallback
        self._state: Any = ledger.fold.policy_state
        self._first = ledger.fold.decisions
        self._events = ledger.fold.events

    def decide(self, rows: Sequence[Row], eligible: Collection[str] | None) -> None:
        """Decide for further rows and record them at once; each row says what became of it.

        Parameters
        ----------
        rows
            The rows.
        eligible
            Names of the arms that may be given; None: all.

        Raises
        ------
        JournalError
            If the journal cannot be written; none of these rows is recorded then.
        """
        if self._ledger.fold.events != self._events:
            raise JournalConflict(
                "something else was recorded while a table was decided from one state: call "
                "nothing of the study from `progress`"
            )
        new: list[tuple[Row, Context]] = []
        again: list[tuple[Row, Context]] = []  # a request that stands twice in the table
        named: set[str] = set()
        contexts = self._problem.each_context([row.person for row in rows], eligible)
        for row, context in zip(rows, contexts, strict=True):
            if isinstance(context, PersonError):
                row.refuse(context)
            elif row.request_id is not None and row.request_id in named:
                again.append((row, context))
            elif not self._answer_before(row, context):
                new.append((row, context))
                named.update(() if row.request_id is None else (row.request_id,))
        decisions = self._decided(new)
        if decisions:
            self._ledger.write("decided", *decisions)
            self._events = self._ledger.fold.events
        for row, context in again:
            if not self._answer_before(row, context):
                row.refused = f"request {row.request_id!r} was refused in an earlier row"

    def _answer_before(self, row: Row, context: Context) -> bool:
        """Give a row the decision of its request, if it was made before; say whether it was."""
        if row.request_id is None:
            return False
        journal, fold = self._ledger.journal, self._ledger.fold
        try:
            before = decided_before(journal, fold, row.request_id, context, row.subject)
        except DecisionError as error:
            row.refuse(error)
            return True
        if isinstance(before, Pending):
            row.refused = f"decision {before.id} of this request waits for advice"
        else:
            row.decision, row.repeated = before, before is not None
        return before is not None

    def _decided(self, accepted: Sequence[tuple[Row, Context]]) -> list[Decision]:
        """Return decisions with consecutive numbers, one for each row that is not refused."""
        left = list(accepted)
        while left:
            contexts = [context for _, context in left]
            numbers = self._ledger.fold.decisions + np.arange(len(left))
            key = Key(self._seed, numbers, int(Stream.POLICY))
            proposal = proposed(self._policy, self._state, contexts, key)
            asking = np.broadcast_to(proposal.asks, len(left))
            if self._fallback == "policy" or not asking.any():
                return self._settled([row for row, _ in left], members(proposal, contexts), numbers)
            for (row, _), asks in zip(left, asking, strict=True):
                row.refused = REFUSED if asks else None
            left = [pair for pair, asks in zip(left, asking, strict=True) if not asks]
        return []

    def _settled(
        self, rows: Sequence[Row], proposals: Sequence[Proposal], numbers: NDArray[np.int64]
    ) -> list[Decision]:
        decisions = []
        for row, number, proposal in zip(rows, numbers.tolist(), proposals, strict=True):
            pending = Pending(number, proposal, row.request_id, row.subject)
            choice = self._policy.settle(self._state, proposal, None)
            decision = decision_of(self._problem, pending, choice, None, batch=self._first)
            row.decision = decision
            decisions.append(decision)
        return decisions
