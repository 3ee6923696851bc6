"""The certified maximum of optimistic recourse beside a semidefinite relaxation of it.

    make bench-sdp                         # after make bench has installed the peers
    python -m benchmarks.sdp --json F.json

For l2 without bounds, in coordinates u of the unit ball, the maximum of
base + tau'u + rho·sqrt(q0 + 2 beta'u + u'Qu) is bounded by Shor's relaxation: u·u' becomes a matrix
U with U - u·u' positive semidefinite and trace U <= 1. Its value is never below the maximum; the
bound of a single box of `certified_recourse` is its Lagrangian dual, and should equal it; more
boxes go below. Solved by Clarabel through cvxpy; settings as in `studies/test_certified.py`.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import recourse_bandits as rb
from benchmarks.machine import machine, threads
from tests.kernels.instances import Instance, ball, inverse, learned

DIMENSIONS, OUTCOMES, INSTANCES, RADIUS = (2, 4, 8, 20), (5, 20, 200), 300, 3.0
LOOSE = 1e-5  # above what an interior-point solver leaves
HEADINGS = (
    "d", "outcomes", "SDP − value: least", "largest", "SDP loose", "certified loose",
    "|one box − SDP|", "SDP ms", "certified ms",
)  # fmt: skip

Array = NDArray[np.float64]
Relaxation = Callable[[Instance], float]


@dataclass(frozen=True)
class Row:
    """One number of features and of outcomes; differences are relative to 1 + |value|."""

    dimension: int
    outcomes: int
    least: float
    """Of the relaxation's value less the certified one: not below 0 but for the solver's error."""
    largest: float
    loose: float
    """Share of instances in which the relaxation is above the value."""
    certified_loose: float
    """Share of instances in which the certified bound is."""
    one_box: float
    """Largest difference between the relaxation and the bound of a single box."""
    milliseconds: float
    """CPU time of the relaxation, the median."""
    certified_milliseconds: float


def shor(dimension: int) -> Relaxation:
    """The relaxation for so many features, all mutable; rho is a factor of q, compiled once."""
    import cvxpy as cp

    tau, beta = cp.Parameter(dimension), cp.Parameter(dimension)
    matrix = cp.Parameter((dimension, dimension), symmetric=True)
    q0 = cp.Parameter(nonneg=True)
    lifted = cp.Variable((dimension + 1, dimension + 1), PSD=True)
    u, square = lifted[0, 1:], lifted[1:, 1:]
    q = q0 + 2 * (beta @ u) + cp.sum(cp.multiply(matrix, square))
    problem = cp.Problem(
        cp.Maximize(tau @ u + cp.sqrt(q)), [lifted[0, 0] == 1, cp.trace(square) <= 1]
    )

    def solved(instance: Instance) -> float:
        x, estimate, precision, radius = instance
        covariance = radius**2 * inverse(precision)
        tau.value, beta.value = RADIUS * estimate, RADIUS * (covariance @ x)
        matrix.value = RADIUS**2 * 0.5 * (covariance + covariance.T)
        q0.value = float(x @ covariance @ x)
        problem.solve(solver=cp.CLARABEL)
        return float(x @ estimate) + float(problem.value)

    return solved


def compared(relaxation: Relaxation, dimension: int, outcomes: int, instances: int) -> Row:
    rng = np.random.default_rng([13, dimension, outcomes])
    feasible = ball(dimension, RADIUS)
    found = np.empty((instances, 5))
    for i in range(instances):
        instance = learned(rng, dimension, outcomes)
        started = time.process_time()
        relaxed = relaxation(instance)
        between = time.process_time()
        best = rb.certified_recourse(*instance, feasible)
        ended = time.process_time()
        one_box = rb.certified_recourse(*instance, feasible, max_nodes=1)
        unit = 1.0 + abs(best.value)
        found[i] = (
            (relaxed - best.value) / unit,
            best.gap / unit,
            abs(one_box.upper_bound - relaxed) / unit,
            1e3 * (between - started),
            1e3 * (ended - between),
        )
    above, gap, single, spent, certified = found.T
    return Row(
        dimension,
        outcomes,
        least=float(above.min()),
        largest=float(above.max()),
        loose=float((above > LOOSE).mean()),
        certified_loose=float((gap > LOOSE).mean()),
        one_box=float(single.max()),
        milliseconds=float(np.median(spent)),
        certified_milliseconds=float(np.median(certified)),
    )


def cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row.dimension}",
        f"{row.outcomes}",
        f"{row.least:.0e}",
        f"{row.largest:.2%}" if row.largest > LOOSE else f"{row.largest:.0e}",
        f"{row.loose:.1%}",
        f"{row.certified_loose:.1%}",
        f"{row.one_box:.0e}",
        f"{row.milliseconds:.1f}",
        f"{row.certified_milliseconds:.2f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    arguments = parser.parse_args()
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    rows = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("instances", total=len(DIMENSIONS) * len(OUTCOMES))
        for dimension in DIMENSIONS:
            relaxation = shor(dimension)
            compared(relaxation, dimension, OUTCOMES[0], 2)  # both are compiled by it
            for outcomes in OUTCOMES:
                rows.append(compared(relaxation, dimension, outcomes, INSTANCES))
                progress.advance(task)
    table = Table(*HEADINGS, title=f"{INSTANCES} instances a row; l2, radius {RADIUS:g}")
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)
    console.print(f"{machine()}; {threads()}")
    if arguments.json:
        arguments.json.write_text(json.dumps(list(map(asdict, rows)), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
