"""A contract suite that finds no fault in a faulty thing would be worth nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from recourse_bandits.advisers import Adviser, AlwaysRandom, Answer, Question
from recourse_bandits.environments import Environment, Hypertension
from recourse_bandits.events import Event
from recourse_bandits.journals import Journal, MemoryJournal
from recourse_bandits.policies import GLRB, AnyPolicy, LinUCB, Policy
from recourse_bandits.problem import Arm, Context, Person, Problem
from recourse_bandits.records import Advice, Array, Choice, Key, Proposal
from recourse_bandits.testing import (
    check_adviser,
    check_environment,
    check_journal,
    check_policy,
)
from tests.contracts.problems import PROBLEMS

_PROBLEM = PROBLEMS["eligibility"]


@dataclass(frozen=True, kw_only=True)
class Mutates(LinUCB):
    def observed(self, state: Any, decision: Any, outcome: Any, *, donate: bool = False) -> Any:
        return super().observed(state, decision, outcome, donate=True)


@dataclass(frozen=True, kw_only=True)
class IgnoresDonation(LinUCB):
    def observed(self, state: Any, decision: Any, outcome: Any, *, donate: bool = False) -> Any:
        return state if donate else super().observed(state, decision, outcome)


@dataclass(frozen=True, kw_only=True)
class Forgets(GLRB):
    """Keeps only the last outcome: the order matters."""

    def observed(self, state: Any, decision: Any, outcome: Any, *, donate: bool = False) -> Any:
        return super().observed(self.init(_PROBLEM), decision, outcome)


@dataclass(frozen=True, kw_only=True)
class Overreaches(GLRB):
    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        proposal = super().propose(state, context, key)
        return replace(proposal, point=2.0 * proposal.point - context.values)


@dataclass(frozen=True, kw_only=True)
class TouchesTheImmutable(GLRB):
    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        proposal = super().propose(state, context, key)
        return replace(proposal, point=proposal.point * (1.0 + 1e-15))


@dataclass(frozen=True, kw_only=True)
class IgnoresEligibility(LinUCB):
    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        everybody = replace(context, eligible=np.ones_like(context.eligible))
        return replace(super().propose(state, everybody, key), context=context)


@dataclass(frozen=True, kw_only=True)
class TakesAnother(LinUCB):
    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        return super().propose(state, replace(context, values=context.values + 1.0), key)


@dataclass(frozen=True, kw_only=True)
class PrefersTheFirst(LinUCB):
    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        proposal = super().propose(state, context, key)
        return replace(proposal, arm=np.argmax(context.eligible, axis=-1))


@dataclass(frozen=True, kw_only=True)
class FeignsChance(LinUCB):
    """Is certain once it has learned, and says that it is not."""

    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        proposal = super().propose(state, context, key)
        return replace(proposal, propensity=1.0 / context.eligible.sum(axis=-1))


@dataclass(frozen=True, kw_only=True)
class DrawsFromNowhere(LinUCB):
    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        fresh = np.random.default_rng().random(context.eligible.shape)
        return replace(super().propose(state, context, key), mean=fresh)


@dataclass(frozen=True, kw_only=True)
class ReadsOnlyTheFirstKey(LinUCB):
    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        if context.values.ndim > 1:
            key = Key(key.seed + 1, key.number, key.stream)
        return super().propose(state, context, key)


@dataclass(frozen=True, kw_only=True)
class TurnsTheInterval(GLRB):
    def interval(
        self, state: Any, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        mean, low, high = super().interval(state, context, arm, point)
        return mean, high, low


@dataclass(frozen=True, kw_only=True)
class TellsAnotherInterval(GLRB):
    def settle(self, state: Any, proposal: Proposal, advice: Advice | None) -> Choice:
        choice = super().settle(state, proposal, advice)
        return replace(choice, low=choice.low - 1.0)


@dataclass
class Melts(Policy[Any]):
    """Not frozen; nothing of it is called before that shows."""

    def init(self, problem: Problem) -> Any:
        raise NotImplementedError

    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        raise NotImplementedError

    def interval(
        self, state: Any, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        raise NotImplementedError

    def observed(self, state: Any, decision: Any, outcome: Any, *, donate: bool = False) -> Any:
        raise NotImplementedError


class Hidden(NamedTuple):
    """A state that no file can hold."""

    thing: object


@dataclass(frozen=True, kw_only=True)
class HidesItsState(LinUCB):
    def init(self, problem: Problem) -> Any:
        return Hidden("secret")


_FAULTY_POLICIES: Mapping[str, tuple[AnyPolicy, str]] = {
    "melts": (Melts(), "must be a frozen dataclass"),
    "mutates": (Mutates(), "an input was mutated"),
    "ignores donation": (IgnoresDonation(), "donate=True"),
    "forgets": (Forgets(), "order of the outcomes matters"),
    "overreaches": (Overreaches(), "an illegal pair was chosen"),
    "touches the immutable": (TouchesTheImmutable(), "an illegal pair was chosen"),
    "ignores eligibility": (IgnoresEligibility(), "may not be given"),
    "takes another person": (TakesAnother(), "for somebody else"),
    "prefers the first": (PrefersTheFirst(), "arms tie"),
    "feigns chance": (FeignsChance(), "its propensity says"),
    "draws from nowhere": (DrawsFromNowhere(), "same key led to another proposal"),
    "reads only the first key": (ReadsOnlyTheFirstKey(), "in a batch"),
    "turns the interval": (TurnsTheInterval(), "interval"),
    "tells another interval": (TellsAnotherInterval(), "tells the interval"),
}


@pytest.mark.parametrize("fault", _FAULTY_POLICIES)
def test_a_faulty_policy_is_found(fault: str) -> None:
    policy, message = _FAULTY_POLICIES[fault]
    with pytest.raises(AssertionError, match=message):
        check_policy(policy, _PROBLEM, seed=1)


def test_an_order_dependent_policy_may_say_so() -> None:
    check_policy(Forgets(), _PROBLEM, order_free=False)


def test_a_state_that_is_not_plain_is_found() -> None:
    from recourse_bandits.testing.states import assert_plain

    with pytest.raises(AssertionError, match="state.thing must be a NamedTuple, got str"):
        assert_plain(HidesItsState().init(_PROBLEM))


class RunsOutOfBounds(Adviser):
    def advise(self, state: Any, question: Question, key: Key) -> Answer:
        return Advice(int(question.proposal.arm), question.context.values + 100.0)


class Moody(Adviser):
    def advise(self, state: Any, question: Question, key: Key) -> Answer:
        key = Key(int(np.random.default_rng().integers(2**60)), key.number, key.stream)
        return AlwaysRandom().advise(state, question, key)


class Scribbles(Adviser):
    def advise(self, state: Any, question: Question, key: Key) -> Answer:
        question.proposal.mean[:] = 0.5
        return AlwaysRandom().advise(state, question, key)


class Whimsical(AlwaysRandom):
    def addressee(self, state: Any, question: Question) -> str:
        return str(np.random.default_rng().integers(2**60))


@pytest.mark.parametrize(
    ("adviser", "message"),
    [
        (RunsOutOfBounds(), "an immutable column was changed"),
        (Moody(), "same key led to another answer"),
        (Scribbles(), "an input was mutated"),
        (Whimsical(), "same state led to another addressee"),
    ],
)
def test_a_faulty_adviser_is_found(adviser: Adviser, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_adviser(adviser, PROBLEMS["l2"])


@dataclass(frozen=True)
class BestIsWorst(Hypertension):
    def best(self, context: Context) -> tuple[int, Array]:
        return super().worst(context)


@dataclass(frozen=True)
class AlwaysTheSame(Hypertension):
    def person(self, key: Key) -> Person:
        return [0.0] * 8


@dataclass(frozen=True)
class SkewedNoise(Hypertension):
    def measures(self, context: Context, arm: int, point: Array, key: Key) -> Mapping[str, float]:
        measures = super().measures(context, arm, point, key)
        return {name: value + 1.0 for name, value in measures.items()}


@dataclass(frozen=True)
class Noiseless(Hypertension):
    def measures(self, context: Context, arm: int, point: Array, key: Key) -> Mapping[str, float]:
        return super().measures(context, arm, point, Key(0, 0, 0))


@dataclass(frozen=True)
class Fickle(Hypertension):
    def comes_back(self, context: Context, arm: int, point: Array, key: Key) -> bool:
        return bool(np.random.default_rng().integers(2))


@dataclass(frozen=True)
class GivesWhatMayNotBe(Hypertension):
    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        return int(np.argmin(context.eligible)), point

    @property
    def problem(self) -> Problem:
        plain = super().problem
        return replace(plain, arms=(Arm("first", eligible="age > 1000"), Arm("second")))


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (BestIsWorst(), r"best\(\) gives"),
        (AlwaysTheSame(), "nobody else ever comes"),
        (Fickle(), "another answer whether the person comes back"),
        (GivesWhatMayNotBe(), "arm 0 is given, and may not be"),
        (SkewedNoise(), "the noise has the mean"),
        (Noiseless(noise=0.001), "there is no noise|the noise has the mean"),
    ],
)
def test_a_faulty_environment_is_found(environment: Environment, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_environment(environment)


class NeverConflicts(MemoryJournal):
    def append(self, events: Sequence[Event], *, after: int) -> None:
        super().append(events, after=self.length)


class Reverses(MemoryJournal):
    def read(self, after: int = 0) -> Iterator[Event]:
        return iter(list(super().read(after))[::-1])


class ForgetsRequests(MemoryJournal):
    def request(self, request_id: str) -> Event | None:
        return None


class ForgetsEvents(MemoryJournal):
    def decision(self, number: int) -> Sequence[Event]:
        return super().decision(number)[:1]


@pytest.mark.parametrize(
    ("journal", "message"),
    [
        (NeverConflicts(), r"append\(after=0\) was accepted"),
        (Reverses(), "reads otherwise than it was written"),
        (ForgetsRequests(), "request r0 was forgotten"),
        (ForgetsEvents(), "is not the decision's events"),
    ],
)
def test_a_faulty_journal_is_found(journal: Journal, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_journal(journal)


def test_a_journal_that_forgets_must_not_claim_to_read() -> None:
    with pytest.raises(AssertionError, match="withdrawn decision is still kept"):
        check_journal(MemoryJournal(), keeps_closed=False)
