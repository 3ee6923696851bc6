"""One linear model and the people below its threshold, for every solver of recourse."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.world import Array

DIMENSION = 20
PAST = 1_000
BUDGET = 3.0


@dataclass(frozen=True)
class Task:
    """Coefficients, a threshold to reach, people of the past, and people who need recourse."""

    theta: Array
    threshold: float
    past: Array
    people: Array


Solver = Callable[[Array], Array | None]
"""From a person's features to those after recourse; None: no recourse was found."""


def task(people: int) -> Task:
    generator = np.random.default_rng(1)
    theta = generator.normal(size=DIMENSION)
    past = generator.normal(size=(PAST, DIMENSION)).round(2)  # DiCE searches by decimals
    threshold = 1.0
    below = past[past @ theta < threshold]
    return Task(theta, threshold, past, below[:people])
