"""This package: the best feasible point for known and for estimated coefficients."""

import numpy as np

import recourse_bandits as rb
from benchmarks.recourse.task import BUDGET, DIMENSION, Solver, Task
from benchmarks.world import Array

OUTCOMES = 200


def known(task: Task) -> Solver:
    """best_recourse: exact, in closed form."""
    feasible = _ball()

    def solve(person: Array) -> Array:
        return rb.best_recourse(person, task.theta, feasible).point

    return solve


def estimated(task: Task) -> Solver:
    """optimistic_recourse (Algorithm 2), after 200 noisy outcomes."""
    feasible, seen = _ball(), task.past[:OUTCOMES]
    noise = np.random.default_rng(2).normal(size=OUTCOMES)
    precision = np.eye(DIMENSION) + seen.T @ seen
    estimate = np.linalg.solve(precision, seen.T @ (seen @ task.theta + noise))

    def solve(person: Array) -> Array:
        return rb.optimistic_recourse(person, estimate, precision, 1.0, feasible).point

    return solve


def _ball() -> rb.FeasibleSet:
    free = np.full(DIMENSION, np.inf)
    return rb.FeasibleSet(np.arange(DIMENSION), -free, free, np.ones(DIMENSION), BUDGET, "l2")
