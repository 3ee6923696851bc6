"""Milliseconds for one person's recourse: this package, DiCE, actionable-recourse."""

import importlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.peers.entries import version, why_missing
from benchmarks.recourse.task import Solver, Task, task

PEOPLE = 10


@dataclass
class RecourseRow:
    """What was measured of one solver."""

    what: str
    module: str
    name: str
    package: str = ""
    loops: int = 1
    """How often the people are gone through within one measurement."""
    missing: str = ""
    milliseconds: list[float] = field(default_factory=list)
    """CPU time a person, of every repetition."""
    reached: int = 0
    """People who end above the threshold by the true coefficients."""
    change: float = float("nan")
    """Median Euclidean length of the change, standard deviations."""

    @property
    def label(self) -> str:
        """What, of which package and version."""
        return f"{self.package} {version(self.package)}: {self.what}" if self.package else self.what

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)


def rows() -> list[RecourseRow]:
    return [
        RecourseRow("ours: best_recourse", "ours", "known", loops=100),
        RecourseRow("ours: optimistic_recourse", "ours", "estimated", loops=100),
        RecourseRow("genetic", "dice", "genetic", "dice-ml"),
        RecourseRow("random", "dice", "random", "dice-ml"),
        RecourseRow("least cost, CBC", "actionable", "least_cost", "actionable-recourse"),
    ]


def measure(table: list[RecourseRow], repetitions: int) -> Iterator[str]:
    """Fill the rows in turns; yields what is about to be measured."""
    problem = task(PEOPLE)
    solvers: list[tuple[RecourseRow, Solver]] = []
    for row in table:
        yield row.label
        try:
            module = importlib.import_module(f"benchmarks.recourse.{row.module}")
        except ImportError as error:
            row.missing = why_missing(row.package, error)
            continue
        solver: Solver = getattr(module, row.name)(problem)
        judge(row, solver, problem)
        solvers.append((row, solver))
    for _ in range(repetitions):
        for row, solver in solvers:
            yield row.label
            started = time.process_time()
            for _ in range(row.loops):
                for person in problem.people:
                    solver(person)
            seconds = time.process_time() - started
            row.milliseconds.append(1e3 * seconds / (row.loops * len(problem.people)))


def judge(row: RecourseRow, solver: Solver, problem: Task) -> None:
    """Who reaches the threshold, and how far they must go; warms the solver up too."""
    points = [solver(person) for person in problem.people]
    row.reached = sum(
        point is not None and bool(point @ problem.theta >= problem.threshold) for point in points
    )
    lengths = [
        float(np.linalg.norm(point - person))
        for person, point in zip(problem.people, points, strict=True)
        if point is not None
    ]
    row.change = statistics.median(lengths) if lengths else float("nan")
