"""Tables of people, and a policy whose state shows every decision that was folded."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from recourse_bandits import GLRB, Key, Stream, Study
from recourse_bandits.policies import Policy
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Choice, Decision, Outcome, Proposal


def kept_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'table.db'}"


def chosen(study: Study, table: pl.DataFrame) -> list[Choice]:
    """What was recorded for the decided rows of a table."""
    choices = []
    for number in table["decision"].drop_nulls():
        decision = study.decision(number)
        assert isinstance(decision, Decision)
        choices.append(decision.choice)
    return choices


def by_hand(study: Study, persons: Sequence[Any]) -> list[Choice]:
    """Choices for accepted persons, one after the other, all from the study's present state."""
    state, choices = study.state, []
    for number, person in enumerate(persons, start=study.decisions):
        key = Key(study.seed, number, int(Stream.POLICY))
        proposal = study.policy.propose(state, study.problem.context(person), key)
        choices.append(study.policy.settle(state, proposal, None))
    return choices


def assert_alike(found: Sequence[Choice], expected: Sequence[Choice]) -> None:
    assert [choice.arm for choice in found] == [choice.arm for choice in expected]
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours.point, theirs.point, rtol=1e-9, atol=1e-9)
        one, other = ((c.mean, c.low, c.high, c.propensity or -1.0) for c in (ours, theirs))
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
        assert ours.explored == theirs.explored


class Folded(NamedTuple):
    """How many decisions were folded, and in which order."""

    base: Any
    folded: int
    order: int


@dataclass(frozen=True)
class Counting(Policy[Folded]):
    """Gives the arm of the number of decisions folded so far; the order changes the state."""

    base: GLRB = field(default_factory=GLRB)

    def init(self, problem: Problem) -> Folded:
        return Folded(self.base.init(problem), 0, 0)

    def propose(self, state: Folded, context: Context, key: Key) -> Proposal:
        proposal = self.base.propose(state.base, context, key)
        arm: Any = np.broadcast_to(
            state.folded % context.eligible.shape[-1], proposal.mean.shape[:-1]
        )
        return replace(proposal, arm=arm[()])

    def interval(
        self, state: Folded, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        return self.base.interval(state.base, context, arm, point)

    def committed(self, state: Folded, decision: Decision) -> Folded:
        return Folded(state.base, state.folded + 1, (31 * state.order + decision.id + 1) % 10**9)

    def observed(
        self, state: Folded, decision: Decision | None, outcome: Outcome, *, donate: bool = False
    ) -> Folded:
        return state


def order_of(numbers: Sequence[int], start: int = 0) -> int:
    """What `Counting` makes of decisions folded in this order."""
    for number in numbers:
        start = (31 * start + number + 1) % 10**9
    return start
