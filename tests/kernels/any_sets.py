"""Random feasible sets of every kind that a problem can describe."""

from typing import Any

import numpy as np

from recourse_bandits import Budget, FeasibleSet, Feature, Problem, Reward
from tests.kernels.instances import Array, Instance, random_precision

KINDS = ("plain", "steps", "links", "categories", "steps and free", "few changes", "price")
POWERS = {"l1": 1.0, "l2": 2.0, "linf": np.inf}


def random_metric(rng: np.random.Generator, size: int) -> Array:
    """A positive definite matrix, features somewhat correlated."""
    spread = rng.standard_normal((size, size))
    return np.asarray(0.3 * np.eye(size) + spread @ spread.T / size)


def _features(rng: np.random.Generator, kind: str, size: int) -> list[Feature]:
    features, bounded = [], rng.random() < 0.5
    for i in range(size):
        more: dict[str, Any] = {"weight": float(rng.uniform(0.5, 2.0))}
        if kind == "steps" or (kind == "steps and free" and i == 0):
            more["step"] = float(rng.uniform(0.3, 0.9))
        elif bounded and rng.random() < 0.6:
            more["bounds"] = (-2.0, 2.0)
        if rng.random() < 0.2:
            more["direction"] = "increase"
        features.append(Feature(f"x{i}", mutable=True, mean=0.0, scale=1.0, **more))
    if kind == "categories":
        features.append(Feature("s", categories=("a", "b", "c"), mutable=True, weight=0.7))
    if kind == "links":
        share = float(rng.choice((-1.0, 1.0)) * rng.uniform(0.2, 1.5))
        follower = Feature("f", mutable=True, mean=0.0, scale=1.0, follows=("x0", share))
        features.append(follower)
    return features


def random_person(
    rng: np.random.Generator, kind: str, norm: str, price: bool = False
) -> tuple[Instance, FeasibleSet]:
    """One person, one arm and a feasible set; two to four features of numbers."""
    size = int(rng.integers(2, 5))
    features = _features(rng, kind, size)
    budget: dict[str, Any] = {}
    if norm == "lp":
        budget["power"] = float(rng.uniform(1.1, 6.0))
    if norm == "mahalanobis":
        budget["matrix"] = tuple(map(tuple, random_metric(rng, len(features)).tolist()))
    if kind == "few changes":
        budget["max_changed"] = int(rng.integers(1, size))
    if kind == "price" or price:
        budget["price"] = float(rng.uniform(0.1, 2.0))
    described = Problem(
        features=features,
        arms=["a"],
        budget=Budget(norm, float(rng.uniform(0.5, 2.0)), **budget),  # type: ignore[arg-type]
        reward=Reward("gain", noise=1.0, coefficient_bound=5.0),
    )
    values: dict[str, Any] = {f"x{i}": float(rng.uniform(-2.0, 2.0)) for i in range(size)}
    values |= {"s": "a", "f": 0.1}
    context = described.context({f.name: values[f.name] for f in features})
    precision = random_precision(rng, described.dimension, int(rng.integers(0, 8)))
    estimate = rng.standard_normal(described.dimension) * (rng.random() < 0.8)
    instance = (context.values, estimate, precision, float(rng.uniform(0.1, 3.0)))
    return instance, context.feasible
