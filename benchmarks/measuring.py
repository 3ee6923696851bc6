"""Rounds a CPU-second of every contestant, in turns, so that a slow minute meets all of them."""

import gc
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.oracle import agreement
from benchmarks.peers.base import Contestant
from benchmarks.peers.entries import Entry, load
from benchmarks.world import DIMENSIONS, World, world

WARM_UP_ROUNDS = 30
COMPARED_ROUNDS = 200


@dataclass
class Row:
    """What was measured of one contestant."""

    label: str
    missing: str = ""
    """Why it could not be measured; empty if it was."""
    choices: str = ""
    """In how many rounds it chose as a brute-force LinUCB, or why that cannot be said."""
    rates: dict[int, list[float]] = field(default_factory=dict)
    """Rounds a CPU-second of every repetition, by dimension."""

    def median(self, dimension: int) -> float:
        return statistics.median(self.rates[dimension])

    def spread(self, dimension: int) -> float:
        """From the slowest to the fastest repetition, as a share of the median."""
        rates = self.rates[dimension]
        return (max(rates) - min(rates)) / self.median(dimension)

    def ratio(self, yardstick: "Row", dimension: int) -> float:
        """Median of the ratios within repetitions."""
        pairs = zip(self.rates[dimension], yardstick.rates[dimension], strict=True)
        return statistics.median(mine / other for mine, other in pairs)


def rounds_a_second(kind: type[Contestant], world: World, rounds: int) -> float:
    """The full loop of a new contestant: decide, observe, update; the first rounds count too."""
    _loop(kind, world, WARM_UP_ROUNDS)
    gc.collect()
    return rounds / _loop(kind, world, rounds)


def _loop(kind: type[Contestant], world: World, rounds: int) -> float:
    contestant = kind(world)
    people = contestant.people(world.features[:rounds])
    features = world.features
    started = time.process_time()
    for number, person in enumerate(people):
        arm, moved = contestant.propose(person)
        point = features[number] if moved is None else moved
        contestant.observe(arm, person, world.reward(number, arm, point))
    return time.process_time() - started


def check(entry: Entry) -> tuple[type[Contestant] | None, Row]:
    """Load a contestant and compare its choices with brute force."""
    kind = load(entry)
    if isinstance(kind, str):
        return None, Row(entry.label, missing=kind)
    if kind.not_comparable:
        return kind, Row(entry.label, choices=kind.not_comparable)
    agreed = agreement(kind, world(DIMENSIONS[0], link=kind.link), COMPARED_ROUNDS)
    return kind, Row(entry.label, choices=f"{agreed} of {COMPARED_ROUNDS}")


def measure(
    present: list[tuple[Entry, type[Contestant], Row]], repetitions: int
) -> Iterator[tuple[str, int]]:
    """Fill the rows, repetition by repetition; yields what is about to be measured."""
    for _ in range(repetitions):
        for place, dimension in enumerate(DIMENSIONS):
            for entry, kind, row in present:
                yield entry.label, dimension
                rate = rounds_a_second(kind, world(dimension, link=kind.link), entry.rounds[place])
                row.rates.setdefault(dimension, []).append(rate)
