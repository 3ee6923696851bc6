"""Cost against work: how the time of a decision grows, and how far it is from the machine's limit.

    make bench-cost                # a table, and the picture docs/images/cost.svg
    python -m benchmarks.cost --picture F.svg --json F.json

The time to decide against the number d of features, K of arms and the rounds gone by; and the
multiply-adds a second of LinUCB (decide + update) beside a plain matrix-vector product of the same
size (K·d rows, d columns). CPU time on one thread, in the fastest of five
slices of time; against rounds, means over many rounds and medians of three lives.

Counted multiply-adds of a round, lower orders left out: K·d²/2 to decide, a triangular system of
equations for every arm; 2·d² to rotate one row into the factor of one arm; d²/2 to solve for its
coefficients. The matrix-vector product has K·d².
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.cost_picture import draw
from benchmarks.machine import machine, threads
from benchmarks.measuring import WARM_UP_ROUNDS
from benchmarks.peers import ours
from benchmarks.world import ARMS, World, world

FEATURES = (5, 10, 20, 50, 100, 200, 300)
ARM_NUMBERS = (2, 5, 10, 20, 50, 100)
ROUNDS = (100, 1_000, 10_000, 100_000)
DIMENSION = 20
LEARNED = 300
REPETITIONS = 5
LIVES = 3
SLICE_SECONDS = 0.05
POLICIES = {
    "LinUCB": ours.PolicyLayer,
    "GLRB": ours.PolicyLayerGLRB,
    "RecourseTS": ours.PolicyLayerRecourseTS,
}
LINUCB = "LinUCB, decide + update"
PRODUCT = "matrix × vector (BLAS)"
Layer = ours.PolicyLayer | ours.StudyLayer


@dataclass(frozen=True)
class Point:
    """One measurement."""

    panel: str
    line: str
    x: int
    y: float


def seconds(action: Callable[[int], object], people: int) -> float:
    """CPU seconds of an action over many people, in the fastest of several slices of time."""
    slices = []
    number = 0
    for _ in range(REPETITIONS):
        done, started = 0, time.process_time()
        while (spent := time.process_time() - started) < SLICE_SECONDS or done < 5:
            for _ in range(5):
                action(number % people)
                number += 1
            done += 5
        slices.append(spent / done)
    return min(slices)


def learned(kind: type[ours.PolicyLayer], here: World) -> ours.PolicyLayer:
    """A policy after some rounds."""
    contestant = kind(here)
    live(contestant, here, 0, LEARNED)
    return contestant


def live(contestant: Layer, here: World, first: int, end: int) -> float:
    """CPU seconds of the full loop from one round to another."""
    people: Sequence[Any] = contestant.people(here.features[first:end])
    started = time.process_time()
    for number, person in enumerate(people, start=first):
        arm, point = contestant.propose(person)
        contestant.observe(arm, person, here.reward(number, arm, point))
    return time.process_time() - started


def decide_seconds(kind: type[ours.PolicyLayer], dimension: int, arms: int) -> float:
    here = world(dimension, arms, LEARNED)
    contestant = learned(kind, here)
    people = contestant.people(here.features)
    return seconds(lambda number: contestant.propose(people[number]), len(people))


def round_seconds(dimension: int) -> float:
    """A whole round of LinUCB."""
    here = world(dimension, ARMS, LEARNED)
    contestant = learned(ours.PolicyLayer, here)
    people = contestant.people(here.features)
    rewards = here.noise.tolist()

    def act(number: int) -> None:
        arm, _ = contestant.propose(people[number])
        contestant.observe(arm, people[number], rewards[number])

    return seconds(act, len(people))


def product_seconds(dimension: int) -> float:
    """NumPy's matrix-vector product, the matrix as large as the arms' factors together."""
    generator = np.random.default_rng(1)
    matrix = generator.normal(size=(ARMS * dimension, dimension))
    vector, result = generator.normal(size=dimension), np.empty(ARMS * dimension)
    return seconds(lambda _: np.dot(matrix, vector, out=result), 1)


def multiply_adds(dimension: int) -> float:
    """Of one round of LinUCB: decide, rotate, solve."""
    return (ARMS * 0.5 + 2.0 + 0.5) * dimension**2


def one_life(kind: type[Layer], here: World) -> dict[int, float]:
    """Microseconds a round, the mean over the second half of so many rounds."""
    contestant, gone, spent = kind(here), 0, {}
    for rounds in ROUNDS:
        half = rounds // 2
        live(contestant, here, gone, half)
        spent[rounds] = 1e6 * live(contestant, here, half, rounds) / (rounds - half)
        gone = rounds
    return spent


def along_rounds(lines: list[tuple[str, type[Layer]]]) -> Iterator[Point]:
    """Medians over a few lives, all lines in turns; yields each line's points when it is done."""
    here = world(DIMENSION, ARMS, ROUNDS[-1])
    lives: dict[str, list[dict[int, float]]] = {line: [] for line, _ in lines}
    for _ in range(LIVES):
        for line, kind in lines:
            live(kind(here), here, 0, WARM_UP_ROUNDS)
            lives[line].append(one_life(kind, here))
    for line, spent in lives.items():
        for rounds in ROUNDS:
            yield Point("rounds", line, rounds, statistics.median(one[rounds] for one in spent))


def measure(progress: Progress) -> list[Point]:
    lines: list[tuple[str, type[Layer]]] = [*POLICIES.items(), ("Study(LinUCB)", ours.StudyLayer)]
    steps = len(POLICIES) * (len(FEATURES) + len(ARM_NUMBERS)) + len(FEATURES) + 1
    task = progress.add_task("", total=steps)
    points: list[Point] = []
    for d in FEATURES:
        for line, kind in POLICIES.items():
            progress.update(task, description=f"{line}, d = {d}", advance=1)
            points.append(Point("features", line, d, 1e6 * decide_seconds(kind, d, ARMS)))
    for arms in ARM_NUMBERS:
        for line, kind in POLICIES.items():
            progress.update(task, description=f"{line}, K = {arms}", advance=1)
            points.append(Point("arms", line, arms, 1e6 * decide_seconds(kind, DIMENSION, arms)))
    for d in FEATURES:
        progress.update(task, description=f"multiply-adds, d = {d}", advance=1)
        speed = multiply_adds(d) / round_seconds(d)
        points.append(Point("limit", LINUCB, d, speed))
        points.append(Point("limit", PRODUCT, d, ARMS * d**2 / product_seconds(d)))
    progress.update(task, description=f"{LIVES} × 100,000 rounds", advance=1)
    points += along_rounds(lines)
    return points


def show(points: list[Point], console: Console) -> None:
    for panel, title in (
        ("features", f"µs to decide against d; K = {ARMS}"),
        ("arms", f"µs to decide against K; d = {DIMENSION}"),
        ("rounds", f"µs a round against rounds gone by; d = {DIMENSION}, K = {ARMS}"),
        ("limit", f"million multiply-adds a second against d; K = {ARMS}"),
    ):
        here = [point for point in points if point.panel == panel]
        places = sorted({point.x for point in here})
        table = Table("", *(f"{place:,}" for place in places), title=title)
        for line in dict.fromkeys(point.line for point in here):
            values = {point.x: point.y for point in here if point.line == line}
            scale = 1e-6 if panel == "limit" else 1.0
            table.add_row(line, *(f"{scale * values[place]:,.3g}" for place in places))
        console.print(table)
    console.print(f"{machine()}; {threads()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--picture", type=Path, default=Path("docs/images/cost.svg"))
    arguments = parser.parse_args()
    console = Console()
    with Progress(console=console, transient=True) as progress:
        points = measure(progress)
    show(points, console)
    draw([asdict(point) for point in points], arguments.picture)
    console.print(f"picture: {arguments.picture}")
    if arguments.json:
        text = json.dumps([asdict(point) for point in points], indent=2) + "\n"
        arguments.json.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
