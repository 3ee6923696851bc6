"""Every contestant of the benchmark does the work that it is measured for."""

import numpy as np
import pytest

from benchmarks.measuring import check, rounds_a_second
from benchmarks.oracle import agreement
from benchmarks.peers.base import Contestant
from benchmarks.peers.entries import ENTRIES, Entry, load
from benchmarks.world import Array, World, world

ROUNDS = 60


def installed(entry: Entry) -> type[Contestant]:
    kind = load(entry)
    if isinstance(kind, str):
        pytest.skip(f"{entry.package} {kind}")
    return kind


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.module}.{entry.name}")
def test_chooses_as_brute_force_or_says_why_not(entry: Entry) -> None:
    kind = installed(entry)
    if kind.not_comparable:
        assert kind.not_comparable in {"recourse", "random draws"}
        assert rounds_a_second(kind, world(4, 3, 40, kind.link), 40) > 0.0
    else:
        for small in (world(4, 3, ROUNDS), world(20, 10, ROUNDS)):
            assert agreement(kind, small, ROUNDS) == ROUNDS


def test_our_linucb_and_the_yardstick_are_compared() -> None:
    compared = {entry.name for entry in ENTRIES if not entry.package} - {
        entry.name
        for entry in ENTRIES
        if not entry.package and installed(entry).not_comparable == "recourse"
    }
    assert compared == {"ByHand", "PolicyLayer", "PolicyLayerCopying", "StudyLayer"}


def test_the_study_chooses_as_its_policy() -> None:
    here = world(6, 4, ROUNDS)
    for policy, study in (
        ("PolicyLayerGLRB", "StudyGLRB"),
        ("PolicyLayerRecourseTS", "StudyRecourseTS"),
    ):
        first, second = (choices(kind_named(name), here) for name in (policy, study))
        assert first == second


def kind_named(name: str) -> type[Contestant]:
    return installed(next(entry for entry in ENTRIES if entry.name == name))


def choices(kind: type[Contestant], here: World) -> list[int]:
    contestant, arms = kind(here), []
    for number, person in enumerate(contestant.people(here.features)):
        arm, moved = contestant.propose(person)
        assert moved is not None
        reward = float(moved @ here.theta[arm] + here.noise[number])
        contestant.observe(arm, person, reward)
        arms.append(arm)
    return arms


class Greedy(Contestant):
    """Claims to be LinUCB and is not: it always takes the first arm."""

    def __init__(self, world: World) -> None:
        pass

    def propose(self, person: Array) -> tuple[int, None]:
        return 0, None

    def observe(self, arm: int, person: Array, reward: float) -> None:
        pass


def test_another_rule_is_found_out() -> None:
    assert agreement(Greedy, world(4, 3, ROUNDS), ROUNDS) < ROUNDS


def test_ties_count_as_agreement() -> None:
    here = world(4, 3, 1)
    assert agreement(Greedy, here, 1) == 1  # nothing has been learned: all bounds are equal


def test_a_peer_that_is_missing_is_a_row_with_a_reason() -> None:
    kind, row = check(Entry("LinUCB", "no_such_peer", "LinUCB", (1, 1), "no-such-peer"))
    assert kind is None
    assert "no_such_peer" in row.missing


def test_everybody_meets_the_same_people() -> None:
    np.testing.assert_array_equal(world(4, 3, 5).features, world(4, 2, 5).features)
    np.testing.assert_array_equal(world(4, 3, 5).noise, world(4, 2, 5).noise)
