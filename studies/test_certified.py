"""How often and by how much Algorithm 2 misses the certified maximum, and what a proof costs.

Run with `OPENBLAS_NUM_THREADS=1 pytest studies/test_certified.py -s`, some seven minutes.
Settings as in `test_optimistic_misses`: standard normal people, coefficients and outcomes'
contexts, all features mutable, confidence radius 0.3 × Lemma 2, budget 3. Bounds are uniform in
[0, 2], half of them absent. A miss is (certified value - Algorithm 2's) / |certified value| above
1e-6.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.journals import OpenDecisionsJournal
from recourse_bandits.problem.moves import Moves
from recourse_bandits.records import Key, Stream
from tests.kernels.any_sets import random_metric
from tests.kernels.instances import ball, inverse, learned
from tests.kernels.oracles import algorithm_2

OUTCOMES = (0, 5, 20, 200)
BOUNDED = (2, 4, 8, 20)


class Kind(NamedTuple):
    """A kind of feasible sets, how many instances there are a cell, and most boxes."""

    make: Callable[[np.random.Generator, int], rb.FeasibleSet]
    sizes: tuple[int, ...]
    instances: int
    max_nodes: int
    always_proved: int  # up to so many features


def within_bounds(
    rng: np.random.Generator, size: int, norm: str = "l2", power: float | None = None
) -> rb.FeasibleSet:
    lower, upper = -rng.uniform(0.0, 2.0, size), rng.uniform(0.0, 2.0, size)
    lower[rng.random(size) < 0.5] = -np.inf
    upper[rng.random(size) < 0.5] = np.inf
    return rb.FeasibleSet(np.arange(size), lower, upper, np.ones(size), 3.0, norm, power=power)


def correlated(rng: np.random.Generator, size: int, bounds: bool = False) -> rb.FeasibleSet:
    """Efforts that depend on each other, with bounds or without."""
    root = np.asarray(np.linalg.cholesky(random_metric(rng, size)).T.copy())
    weight = 1.0 / np.linalg.norm(np.linalg.inv(root), axis=1)
    plain = within_bounds(rng, size) if bounds else ball(size, 3.0)
    return replace(plain, weight=weight, norm="mahalanobis", metric=root)


def in_steps(rng: np.random.Generator, size: int) -> rb.FeasibleSet:
    """Steps of 0.75, so that nine changes of each feature are within the budget."""
    steps = 0.75 * np.arange(-4.0, 5.0)
    return replace(ball(size, 3.0), moves=Moves((steps,) * size))


def few_changes(rng: np.random.Generator, size: int) -> rb.FeasibleSet:
    return replace(ball(size, 3.0), moves=Moves((None,) * size, max_changed=2))


def priced(rng: np.random.Generator, size: int, bounds: bool = False) -> rb.FeasibleSet:
    return replace(within_bounds(rng, size) if bounds else ball(size, 3.0), price=1.0)


KINDS = {
    "l2": Kind(lambda _, size: ball(size, 3.0), (1, 2, 4, 8, 20, 30), 300, 1000, 30),
    "linf": Kind(lambda _, size: ball(size, 3.0, "linf"), (1, 2, 8, 16, 20, 30), 120, 1000, 16),
    "l2 with bounds": Kind(within_bounds, (1, 2, 4, 8, 20), 20, 200, 1),
    "l1": Kind(lambda _, size: ball(size, 3.0, "l1"), (2, 8, 30), 60, 200, 30),
    "l1 with bounds": Kind(lambda rng, size: within_bounds(rng, size, "l1"), BOUNDED, 20, 200, 8),
    "mahalanobis": Kind(correlated, (2, 8, 20), 60, 200, 20),
    "mahalanobis with bounds": Kind(partial(correlated, bounds=True), BOUNDED, 20, 200, 0),
    "lp, p = 3": Kind(lambda rng, size: within_bounds(rng, size, "lp", 3.0), BOUNDED, 20, 200, 0),
    "lp, p = 1.5": Kind(lambda rng, size: within_bounds(rng, size, "lp", 1.5), BOUNDED, 20, 200, 0),
    "steps": Kind(in_steps, (2, 4, 5), 20, 200, 5),
    "two changes": Kind(few_changes, (3, 8, 20), 20, 200, 3),
    "price": Kind(priced, (2, 8, 20), 20, 200, 20),
    "price with bounds": Kind(partial(priced, bounds=True), BOUNDED, 20, 200, 0),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_algorithm_2_misses_and_what_a_proof_costs(name: str) -> None:
    kind = KINDS[name]
    print(f"\n{name}\n features outcomes instances missed worst proved worst gap median ms")
    for size in kind.sizes:
        for outcomes in OUTCOMES:
            rng = np.random.default_rng([11, size, outcomes])
            misses, gaps, times = (np.empty(kind.instances) for _ in range(3))
            for i in range(kind.instances):
                instance, feasible = learned(rng, size, outcomes), kind.make(rng, size)
                known = rb.optimistic_recourse(*instance, feasible).value
                started = time.perf_counter()
                found = rb.certified_recourse(*instance, feasible, max_nodes=kind.max_nodes)
                times[i] = time.perf_counter() - started
                gaps[i] = found.gap / (1.0 + abs(found.value))
                misses[i] = (found.value - known) / abs(found.value)
            proved = float((gaps <= 1e-6).mean())
            print(
                f"{size:9d} {outcomes:8d} {kind.instances:9d} {(misses > 1e-6).mean():6.1%}"
                f" {misses.max():5.1%} {proved:6.1%} {gaps.max():9.1e}"
                f" {1e3 * np.median(times):9.2f}",
                flush=True,
            )
            assert misses.min() >= 0.0
            assert proved == 1.0 or size > kind.always_proved


@pytest.mark.parametrize("size", [1, 2, 4, 8, 12, 20, 30])
def test_never_below_algorithm_2_from_300_starts_and_no_bound_is_broken(size: int) -> None:
    worst, rng = -np.inf, np.random.default_rng([12, size])
    for outcomes in OUTCOMES:
        for _ in range(360):
            x, estimate, precision, rho = learned(rng, size, outcomes)
            starts = rng.standard_normal((300, size))
            starts *= 3.0 / np.linalg.norm(starts, axis=1, keepdims=True)
            known = algorithm_2(estimate, inverse(precision), rho, x, size, 3.0, starts).max()
            found = rb.certified_recourse(x, estimate, precision, rho, ball(size, 3.0))
            unit = 1.0 + abs(known)
            assert found.upper_bound >= known - 1e-12 * unit
            assert found.gap <= 1e-6 * (1.0 + abs(found.value))
            worst = max(worst, float(known - found.value) / unit)
    print(f"\nl2, {size} features: 300 starts are above the certified value by {worst:.1e} at most")
    assert worst <= 1e-6


def regret(policy: rb.GLRB, seed: int, dimension: int, rounds: int) -> float:
    """Total regret of one run."""
    world = rb.Synthetic(seed=seed, dimension=dimension, arms=4)
    study = rb.Study(world.problem, policy, journal=OpenDecisionsJournal(), seed=seed)
    total = 0.0
    for number in range(rounds):
        decision = study.decide(world.person(Key(seed, number, Stream.PERSON)))
        assert isinstance(decision, rb.Decision)
        context, arm, point = decision.context, decision.choice.arm, decision.choice.point
        best = world.expected(context, *world.best(context))
        total += float(best - world.expected(context, arm, point))
        noise = Key(seed, number, Stream.NOISE)
        study.observe(decision.id, world.measures(context, arm, point, noise))
    return total


@pytest.mark.parametrize("dimension", [2, 8])
def test_a_certified_solver_changes_regret_little(dimension: int) -> None:
    runs, rounds, scale = 16, 150, 0.3
    totals = np.array(
        [
            [
                regret(rb.GLRB(scale=scale, solver=s), seed, dimension, rounds)
                for s in ("algorithm2", "certified")
            ]
            for seed in range(runs)
        ]
    )
    difference = totals[:, 1] - totals[:, 0]
    error = difference.std(ddof=1) / np.sqrt(runs)
    print(
        f"\nregret of {rounds} rounds, d = {dimension}, {runs} runs: algorithm2"
        f" {totals[:, 0].mean():.1f}, certified {totals[:, 1].mean():.1f},"
        f" difference {difference.mean():.2f} +- {error:.2f}"
    )
    assert abs(difference.mean()) <= 0.25 * totals[:, 0].mean()
