"""The people that every contestant meets: the same features and the same noise."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import recourse_bandits as rb

Array = NDArray[np.float64]
Link = Literal["identity", "logistic"]

ARMS = 10
DIMENSIONS = (20, 100)
MOST_ROUNDS = 10_000
STRENGTHS: Mapping[Link, float] = {"identity": 1.0, "logistic": 0.25}
"""Standard deviation of the coefficients; with larger ones every person would succeed."""


@dataclass(frozen=True)
class World:
    """Standard normal features, every feature mutable, K arms; normal coefficients and noise.

    With the logistic link the noise is logistic, and a success is what is above 0 with it.
    """

    environment: rb.Synthetic
    features: Array
    noise: Array

    def reward(self, number: int, arm: int, point: Array) -> float:
        """What comes of an arm and a point in a round."""
        measured = float(point @ self.environment.theta[arm] + self.noise[number])
        return measured if self.environment.link == "identity" else float(measured > 0.0)

    @property
    def problem(self) -> rb.Problem:
        return self.environment.problem

    @property
    def theta(self) -> Array:
        return self.environment.theta

    @property
    def arms(self) -> int:
        return self.environment.arms

    @property
    def dimension(self) -> int:
        return self.environment.dimension


@cache
def world(
    dimension: int,
    arms: int = ARMS,
    rounds: int = MOST_ROUNDS,
    link: Link = "identity",
    strength: float | None = None,
    seed: int = 1,
) -> World:
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(rounds, dimension))
    environment = rb.Synthetic(
        seed=seed,
        dimension=dimension,
        arms=arms,
        link=link,
        strength=STRENGTHS[link] if strength is None else strength,
    )
    draw = generator.normal if link == "identity" else generator.logistic
    return World(environment, features, draw(size=rounds))
