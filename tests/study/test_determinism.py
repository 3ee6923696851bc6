"""A study is a function of problem, policy, seed and what happened; of nothing else."""

from datetime import timedelta

import numpy as np
import pytest

from recourse_bandits import GLRB, LIBRA, AlwaysRandom, LinUCB, RecourseTS, Uniform
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.testing import difference
from tests.study.builders import (
    ASKS_SOMETIMES,
    START,
    Clock,
    asking,
    assert_same,
    assert_same_future,
    decided,
    people,
    study_of,
    taught,
)

_POLICIES: list[AnyPolicy] = [GLRB(), LinUCB(), RecourseTS(), Uniform(), ASKS_SOMETIMES]


@pytest.mark.parametrize("policy", _POLICIES, ids=repr)
def test_the_same_seed_leads_to_the_same_study(policy: AnyPolicy) -> None:
    one, other = (taught(study_of(policy, AlwaysRandom())) for _ in range(2))
    assert_same_future(one, other)


@pytest.mark.parametrize("policy", _POLICIES, ids=repr)
def test_another_seed_leads_to_other_decisions(policy: AnyPolicy) -> None:
    studies = [study_of(policy, AlwaysRandom(), seed=seed) for seed in (1, 2)]
    one, other = ([decided(s, person).choice for person in people(20)] for s in studies)
    assert difference(one, other) is not None


def test_the_clock_is_written_down_and_never_read() -> None:
    still = study_of(ASKS_SOMETIMES, AlwaysRandom(), clock=Clock(timedelta(0)))
    backwards = study_of(ASKS_SOMETIMES, AlwaysRandom(), clock=Clock(timedelta(days=-400)))
    assert_same_future(taught(still), taught(backwards))
    assert {event.time for event in still.journal.read()} == {START}
    times = [event.time for event in backwards.journal.read()]
    assert times == sorted(times, reverse=True)
    assert all(time.tzinfo is not None for time in times)


def test_nobody_elses_random_numbers_matter() -> None:
    quiet = taught(asking())
    np.random.seed(5)  # noqa: NPY002
    noisy = taught(asking())
    np.random.random()  # noqa: NPY002
    assert_same_future(quiet, noisy)


def test_looking_changes_nothing() -> None:
    curious, calm = taught(asking()), taught(asking())
    curious.preview_many(people(5))
    curious.decision(2)
    curious.explain(2)
    curious.state.base.estimate[:] = 0.0
    assert_same_future(curious, calm)


def test_events_are_numbered_without_gaps() -> None:
    study = taught(asking())
    assert [event.number for event in study.journal.read()] == list(range(study.journal.length))


def test_a_policy_may_serve_two_studies() -> None:
    policy = LIBRA(GLRB(scale=0.3), threshold=0.5)
    alone = taught(study_of(policy, AlwaysRandom()))
    both = [study_of(policy, AlwaysRandom(), seed=seed) for seed in (1, 7)]
    for study in both:
        taught(study)
    assert_same(both[0].state, alone.state)
