"""How fast Algorithm 2 comes to its end: the error of its value after every step.

Run with `pytest studies/test_convergence.py -s` to see the table of docs/mathematics.md, some ten
seconds; with `PICTURE=docs/images/convergence.svg` before it, the picture is drawn too. Settings as
in `test_certified`, with as many outcomes as features, where steps are most. The end is where no
step raises the value in floating point; errors are relative to 1 + |value|, as tolerances are.
"""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import Solution, optimistic_recourse
from studies.convergence_picture import STEPS, draw
from tests.kernels.instances import ball, learned

INSTANCES, MOST_STEPS, TOLERANCE = 500, 10_000, 1e-9
DIMENSIONS = (2, 8, 20, 50)
LONGEST = {"l2": 1_000, "linf": 30}
"""Most steps of any instance that are accepted, by norm."""

CURVED = ("l2",)  # under the others the end is a vertex, reached all at once

Array = NDArray[np.float64]


def instances(dimension: int) -> list[Array]:
    """People, estimates, precisions and radii."""
    rng = np.random.default_rng([12, dimension])
    drawn = [learned(rng, dimension, dimension) for _ in range(INSTANCES)]
    return [np.array(each) for each in zip(*drawn, strict=True)]


def solved(
    norm: str, given: list[Array], tolerance: float = 0.0, steps: int = MOST_STEPS
) -> Solution:
    x, estimate, precision, rho = given
    feasible = ball(x.shape[-1], 3.0, norm)
    return optimistic_recourse(
        x, estimate, precision, rho, feasible, tolerance=tolerance, max_iterations=steps
    )


def missing(end: Solution, solution: Solution) -> Array:
    """Errors, one an instance."""
    return np.asarray((end.value - solution.value) / (1.0 + np.abs(end.value)))


def factor(errors: Array) -> float:
    """By what a step multiplies the error: the median over instances of several steps."""
    found = []
    for each in errors:
        steps = np.flatnonzero(each > 1e-13)
        if steps.size and steps[-1] >= 3:
            found.append((each[steps[-1]] / each[1]) ** (1.0 / (steps[-1] - 1)))
    return float(np.median(found)) if found else float("nan")


def spread(steps: Array) -> str:
    return f"{np.median(steps):8.0f}{np.quantile(steps, 0.9):6.0f}{steps.max():6.0f}"


def test_the_error_falls_with_every_step_until_the_end() -> None:
    found = {}
    print("\n            to tolerance 1e-9                        to the end")
    print("norm   d    median  90 %  most  error: 90 %   most   median  90 %  most   factor")
    for norm, longest in LONGEST.items():
        for dimension in DIMENSIONS:
            given = instances(dimension)
            end, usual = solved(norm, given), solved(norm, given, TOLERANCE)
            left = missing(end, usual)
            steps = [missing(end, solved(norm, given, steps=step)) for step in range(STEPS + 1)]
            errors = found[norm, dimension] = np.stack(steps, axis=1)
            print(
                f"{norm:4s} {dimension:3d}  {spread(usual.iterations)}"
                f"     {np.quantile(left, 0.9):8.0e} {left.max():6.0e} {spread(end.iterations)}"
                + (f" {factor(errors):8.2f}" if norm in CURVED else "")
            )
            assert np.diff(errors, axis=1).max() <= 1e-15
            assert errors.min() >= 0.0
            assert end.iterations.max() <= longest
            assert left.max() <= 1e-6
    if "PICTURE" in os.environ:
        draw(found, Path(os.environ["PICTURE"]))
