"""Short ways to describe a problem in a test."""

from typing import Any

from recourse_bandits.problem import Budget, Feature, Problem, Reward


def number(name: str, **parts: Any) -> Feature:
    """A numeric feature of mean 0 and scale 1 unless said otherwise."""
    return Feature(name, **({"mean": 0.0, "scale": 1.0} | parts))


def mutable(name: str, **parts: Any) -> Feature:
    """A mutable feature of mean 0 and scale 1 unless said otherwise."""
    return number(name, mutable=True, **parts)


def problem_of(*features: Feature, **parts: Any) -> Problem:
    """Two arms, an l2 budget of 1 scaled unit, and an unbounded reward."""
    described: dict[str, Any] = {
        "features": features,
        "arms": ("a", "b"),
        "budget": Budget("l2", 1.0),
        "reward": Reward("drop", noise=1.0, coefficient_bound=5.0),
    }
    return Problem(**(described | parts))
