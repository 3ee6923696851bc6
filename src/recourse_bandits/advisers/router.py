"""A router: a contextual bandit over advisers that weighs what each is worth against its price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.advisers.base import Adviser, Answer, Question
from recourse_bandits.advisers.labels import labelled, priced
from recourse_bandits.advisers.worth import Worth, estimated, learned, unknown
from recourse_bandits.errors import DescriptionError
from recourse_bandits.exchanges import Exchange
from recourse_bandits.parameters import require_not_negative, require_positive
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Advice, Array, Decision, Key, Later, NoAdvice, Outcome


class RouterState(NamedTuple):
    """What a router knows; M advisers."""

    members: tuple[Any, ...]
    """State of each adviser."""
    worth: Worth
    """What asking each of them is worth."""
    asked: NDArray[np.int64]
    """Questions put to each; (M,)."""
    observed: NDArray[np.int64]
    """Outcomes learned from after a question to each; (M,)."""


@dataclass(frozen=True)
class Router(Adviser):
    r"""Asks one of several advisers: the one worth most for this person, its price deducted.

    Asked is the adviser m of the largest

    .. math:: x'(\hat\beta + \hat\delta_m) + c\,\sigma\lVert x\rVert_{V_m^{-1}} - \text{price}_m,

    of equal ones the one asked least. The first term estimates the reward that follows a question
    to m, from the columns x of the person as they are (`recourse_bandits.advisers.worth`).

    A question teaches the reward of what was decided after it, whosever pair that was: where the
    advice failed or was vetoed, the reward of the policy's own. An adviser that always fails is
    thus worth what nobody is worth, and loses to every other whose advice is better than the
    policy's pair. `Silent` among the advisers stands for asking nobody: the others are then asked
    only where they are better than the policy by more than their price. Nothing is learned from a
    decision if another arm was given.

    Each adviser is told of its own questions, of how they ended, and of the outcomes of decisions
    for which it or nobody was asked. The decision's exchange names who was asked.

    Parameters
    ----------
    advisers
        Advisers by the label under which exchanges name them; or a sequence, whose labels are
        their names.
    costs
        Price of a question to each, >= 0, by label; unit of the reward; 0 where none is given.
    exploration
        Multiplier c >= 0 of the uncertainty; in standard deviations, were the model true.
    penalty
        Ridge penalty lambda > 0 of the differences between advisers.

    Raises
    ------
    DescriptionError
        If there is no adviser, one is a router, two share a queue of questions, a label is used
        twice or unknown, or a parameter is out of its range.

    Notes
    -----
    A question has the deadline of the adviser it is put to; `answer_within` is the longest.

    Examples
    --------
    >>> from recourse_bandits.advisers import AlwaysRandom, Constant, Silent
    >>> Router({"expert": Constant(1), "nobody": Silent()}, costs={"expert": 0.5}).labels
    ('expert', 'nobody')
    >>> Router([Constant(1), AlwaysRandom()]).labels
    ('Constant', 'AlwaysRandom')
    """

    advisers: Mapping[str, Adviser] | Sequence[Adviser]
    costs: Mapping[str, float] | None = None
    exploration: float = 1.0
    penalty: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "advisers", labelled(self.advisers))
        object.__setattr__(self, "costs", priced(self.costs, self.labels))
        for label, member in zip(self.labels, self._members, strict=True):
            if isinstance(member, Router):
                raise DescriptionError(f"adviser {label!r} is a router: name its advisers instead")
        require_not_negative(exploration=self.exploration)
        require_positive(penalty=self.penalty)
        deadlines = [one.answer_within for one in self._members]
        longest = max((one for one in deadlines if one is not None), default=None)
        object.__setattr__(self, "answer_within", longest)

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each adviser, in order."""
        return tuple(cast("Mapping[str, Adviser]", self.advisers))

    @property
    def identity(self) -> str:
        """Its settings, and what its advisers are."""
        return f"{self!r} of {', '.join(one.identity for one in self._members)}"

    @cached_property
    def _members(self) -> tuple[Adviser, ...]:
        return tuple(cast("Mapping[str, Adviser]", self.advisers).values())

    @cached_property
    def _prices(self) -> Array:
        costs = self.costs or {}
        return np.array([float(costs.get(label, 0.0)) for label in self.labels])

    def require_ready(self) -> None:
        """Raise AdviserUnavailable unless every adviser could be asked now."""
        for member in self._members:
            member.require_ready()

    def init(self, problem: Problem) -> RouterState:
        """State of every adviser, and nothing learned.

        Parameters
        ----------
        problem
            The problem.
        """
        count = len(self._members)
        return RouterState(
            members=tuple(member.init(problem) for member in self._members),
            worth=unknown(count, problem.dimension + (not problem.intercept), self.penalty),
            asked=np.zeros(count, np.int64),
            observed=np.zeros(count, np.int64),
        )

    def addressee(self, state: RouterState, question: Question) -> str:
        """Choose who is asked.

        Parameters
        ----------
        state
            The state before.
        question
            The question.
        """
        mean, uncertainty = estimated(state.worth, _columns(state.worth, question.context))
        noise = question.problem.reward.noise
        with np.errstate(over="ignore", invalid="ignore"):  # extreme parameters
            value = mean + self.exploration * noise * uncertainty - self._prices
        value = np.where(np.isnan(value), -np.inf, value)  # what is not known is asked last
        best = np.flatnonzero(value == value.max())
        return self.labels[int(best[np.argmin(state.asked[best])])]

    def whom(self, addressee: str | None) -> Adviser:
        """Return the adviser of a label; this one if it has none of that label.

        Parameters
        ----------
        addressee
            The label.
        """
        number = self._number(addressee)
        return self if number is None else self._members[number]

    def asked(self, state: RouterState, question: Question) -> RouterState:
        """Count the question, and tell the adviser it is put to.

        Parameters
        ----------
        state
            The state before.
        question
            The question.
        """
        number = self._number(question.addressee)
        if number is None:
            return state
        told = self._members[number].asked(state.members[number], question)
        asked = _counted(state.asked, number)
        return state._replace(members=_with(state.members, number, told), asked=asked)

    def advise(self, state: RouterState, question: Question, key: Key) -> Answer:
        """Ask the addressee; what it raises is the reason of no advice.

        Parameters
        ----------
        state
            The state, with this question counted.
        question
            Person, proposal and addressee.
        key
            Source of randomness, as the adviser would get it alone.
        """
        number = self._number(question.addressee)
        if number is None:
            raise LookupError(f"a question to {question.addressee!r}, who is no adviser here")
        label = self.labels[number]
        try:
            answer = self._members[number].advise(state.members[number], question, key)
            return _signed(answer, label)
        except Exception as error:  # noqa: BLE001 - a failing adviser is a legal input
            return NoAdvice(f"{type(error).__name__}: {error}", Exchange(label))

    def answered(self, state: RouterState, question: Question, decision: Decision) -> RouterState:
        """Tell the adviser that was asked.

        Parameters
        ----------
        state
            The state before.
        question
            The question.
        decision
            The decision.
        """
        number = self._number(question.addressee)
        if number is None:
            return state
        told = self._members[number].answered(state.members[number], question, decision)
        return state._replace(members=_with(state.members, number, told))

    def collect(
        self, questions: Sequence[Question], study: str | None = None
    ) -> Mapping[int, Advice | NoAdvice]:
        """Collect from every adviser the answers to the questions put to it.

        Parameters
        ----------
        questions
            All that are open.
        study
            Whose they are.
        """
        answers: dict[int, Advice | NoAdvice] = {}
        for label, member in zip(self.labels, self._members, strict=True):
            own = [question for question in questions if question.addressee == label]
            numbers = {question.number for question in own}
            for number, answer in member.collect(own, study).items():
                if number in numbers:
                    answers[number] = cast("Advice | NoAdvice", _signed(answer, label))
        return answers

    def observed(self, state: RouterState, decision: Decision, outcome: Outcome) -> RouterState:
        """Learn what the question was worth; tell the adviser that was asked, or else all of them.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        outcome
            What came of it.
        """
        number = self._asked_for(decision)
        if decision.consultation is None:
            told: Sequence[int] = range(len(self._members))
        else:
            told = () if number is None else (number,)
        members = state.members
        for one in told:
            after = self._members[one].observed(members[one], decision, outcome)
            members = _with(members, one, after)
        state = state._replace(members=members)
        if number is None or outcome.arm != decision.choice.arm:
            return state
        x = _columns(state.worth, decision.context)
        return state._replace(
            worth=learned(state.worth, number, x, outcome.reward),
            observed=_counted(state.observed, number),
        )

    def _number(self, label: str | None) -> int | None:
        return self.labels.index(label) if label in self.labels else None

    def _asked_for(self, decision: Decision) -> int | None:
        """Return the number of the adviser that was asked; None: nobody, or somebody else."""
        exchange = None if decision.consultation is None else decision.consultation.exchange
        return None if exchange is None else self._number(exchange.adviser)


def _signed(answer: Any, label: str) -> Answer:
    """Return an answer whose exchange names the adviser by its label."""
    if isinstance(answer, Later):
        return answer
    if not isinstance(answer, Advice | NoAdvice):
        return NoAdvice(f"the adviser returned {answer!r}, which is no answer", Exchange(label))
    told = answer.exchange
    return replace(answer, exchange=replace(told, adviser=label) if told else Exchange(label))


def _with(members: tuple[Any, ...], number: int, state: Any) -> tuple[Any, ...]:
    return (*members[:number], state, *members[number + 1 :])


def _counted(counts: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    return counts + np.equal(np.arange(counts.size), number).astype(np.int64)


def _columns(worth: Worth, context: Context) -> Array:
    """Return a person's columns, with an intercept where the problem has none."""
    x = np.ascontiguousarray(context.values, dtype=np.float64)
    return x if x.size == worth.shared_moment.size else np.concatenate([[1.0], x])
