"""A small study, its people and its clock."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from recourse_bandits import (
    GLRB,
    LIBRA,
    Adviser,
    AlwaysRandom,
    Budget,
    Feature,
    Journal,
    MemoryJournal,
    Problem,
    Reward,
    Study,
)
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Decision, Pending
from recourse_bandits.testing import difference

PROBLEM = Problem(
    features=[
        Feature("age", unit="years", mean=62, scale=8),
        Feature("diet", mutable=True, mean=5, scale=2, bounds=(0, 10), direction="increase"),
        Feature("activity", unit="h/week", mutable=True, mean=3, scale=2, bounds=(0, 20)),
    ],
    arms=["beta_blocker", "combination"],
    budget=Budget("l2", 1.5),
    reward=Reward("drop", unit="mmHg", noise=1.0, coefficient_bound=5.0, bounds=(-100, 100)),
)
PERSON = {"age": 71.0, "diet": 4.0, "activity": 1.0}
ASKS_ALWAYS = LIBRA(GLRB(), threshold=0.0, consultation_budget=None, veto=False)
ASKS_SOMETIMES = LIBRA(GLRB(scale=0.3), threshold=0.5)
START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """Ticks by a fixed step whenever it is read."""

    def __init__(self, step: timedelta = timedelta(seconds=1)) -> None:
        self.now = START
        self.step = step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def people(count: int, seed: int = 0) -> list[dict[str, float]]:
    """Persons inside all bounds."""
    generator = np.random.default_rng(seed)
    low, high = np.array([45.0, 0.0, 0.0]), np.array([80.0, 10.0, 8.0])
    rows = low + (high - low) * generator.random((count, 3))
    return [dict(zip(PERSON, map(float, row), strict=True)) for row in rows]


def drops(count: int, seed: int = 0) -> list[float]:
    """Measured outcomes that have nothing to do with anybody."""
    return [float(drop) for drop in np.random.default_rng(seed + 1).normal(2.0, 3.0, count)]


def study_of(
    policy: AnyPolicy | None = None,
    adviser: Adviser | None = None,
    *,
    journal: Journal | None = None,
    seed: int = 1,
    clock: Any = None,
) -> Study:
    """A study of the small problem."""
    return Study(
        PROBLEM,
        GLRB(scale=0.5) if policy is None else policy,
        adviser,
        journal=MemoryJournal() if journal is None else journal,
        seed=seed,
        clock=clock or Clock(),
    )


def asking(journal: Journal | None = None, seed: int = 1) -> Study:
    """A study that asks a random adviser now and then."""
    return study_of(ASKS_SOMETIMES, AlwaysRandom(), journal=journal, seed=seed)


def decided(study: Study, person: Any = None, **arguments: Any) -> Decision:
    """Decide for somebody at once."""
    decision = study.decide(PERSON if person is None else person, **arguments)
    assert isinstance(decision, Decision)
    return decision


def pending(study: Study, person: Any = None, **arguments: Any) -> Pending:
    """Decide for somebody whose decision waits for advice."""
    waiting = study.decide(PERSON if person is None else person, **arguments)
    assert isinstance(waiting, Pending)
    return waiting


def taught(study: Study, count: int = 8, seed: int = 0) -> Study:
    """The study after some rounds with outcomes."""
    for person, drop in zip(people(count, seed), drops(count, seed), strict=True):
        study.observe(decided(study, person).id, {"drop": drop})
    return study


def snapshot(study: Study) -> tuple[Any, ...]:
    """Everything that an error must leave as it was."""
    return (
        study.journal.length,
        study.state,
        study.decisions,
        tuple(waiting.id for waiting in study.pending),
        study.open_decisions,
    )


def assert_same(left: Any, right: Any) -> None:
    """Assert that two states or records are equal to the last bit."""
    found = difference(left, right)
    assert found is None, found


def assert_same_future(left: Study, right: Study, persons: Iterable[Any] | None = None) -> None:
    """Assert that two studies are in the same state and decide alike from now on."""
    assert_same(left.state, right.state)
    assert_same(snapshot(left)[2:], snapshot(right)[2:])
    for person in people(3, seed=9) if persons is None else persons:
        assert_same(left.decide(person), right.decide(person))
