"""What rounding to steps loses, with and without refilling, against all combinations.

Run with `pytest studies/test_rounding.py -s`, half a minute. Two to five features with steps
uniform in [0.2, 0.8] of a scaled unit, a budget uniform in [0.8, 2.5], standard normal people and
coefficients; in half of the instances fewer features may change. Metrics are of correlated
features. *Lost* is a share of what is gained in all instances together.
"""

from typing import Any

import numpy as np
import pytest

from recourse_bandits import Budget, Feature, Problem, Reward, best_recourse, kernels
from recourse_bandits.problem import boxes
from tests.kernels.any_sets import random_metric

INSTANCES = 500
MOST_LOST = {"l1": 0.02, "l2": 0.02, "linf": 0.02, "lp": 0.02, "mahalanobis": 0.1}
"""Share that refilled changes lose at most, by norm."""


def random_problem(rng: np.random.Generator, norm: str) -> Problem:
    size = int(rng.integers(2, 6))
    budget: dict[str, Any] = {"norm": norm, "radius": float(rng.uniform(0.8, 2.5))}
    if norm == "lp":
        budget["power"] = 3.0
    if norm == "mahalanobis":
        budget["matrix"] = random_metric(rng, size).tolist()
    if rng.random() < 0.5:
        budget["max_changed"] = int(rng.integers(1, size + 1))
    steps = rng.uniform(0.2, 0.8, size)
    return Problem(
        features=[
            Feature(f"x{i}", mutable=True, mean=0.0, scale=1.0, step=float(step))
            for i, step in enumerate(steps)
        ],
        arms=["a", "b"],
        budget=Budget(**budget),
        reward=Reward("gain", noise=1.0, coefficient_bound=5.0),
    )


@pytest.mark.parametrize("norm", MOST_LOST)
def test_refilling_loses_less_than_rounding_alone(
    norm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng([21, len(norm)])
    gained, refilled, rounded = 0.0, 0.0, 0.0
    for _ in range(INSTANCES):
        problem = random_problem(rng, norm)
        size = len(problem.mutable)
        theta = rng.standard_normal(size + 1)
        context = problem.context({f"x{i}": float(rng.standard_normal()) for i in range(size)})
        best = best_recourse(context.values, theta, context.feasible)
        monkeypatch.setattr(boxes, "MOST_BOXES", 0)
        found = best_recourse(context.values, theta, context.feasible)
        region = kernels.region.Region(*context.feasible.region)
        monkeypatch.undo()
        whole = kernels.feasible.maximise(theta[1:], *kernels.region.unrounded(region))
        alone = context.feasible.moved(
            context.values, kernels.rounded.onto_levels(whole, *region, 0)
        )
        for point in (found.point, alone):
            assert context.feasible.violation(context.values, point) <= 1e-9
        assert best.value <= found.value + found.gap + 1e-9
        stay = float(context.values @ theta)
        gained += float(best.value) - stay
        refilled += float(found.value) - stay
        rounded += float(alone @ theta) - stay
    lost, lost_alone = 1.0 - refilled / gained, 1.0 - rounded / gained
    print(f"\n{norm}: rounded alone loses {lost_alone:.1%}, refilled {lost:.1%}")
    assert -1e-9 <= lost <= min(MOST_LOST[norm], lost_alone + 1e-9)
