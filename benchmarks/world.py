"""The people that every contestant meets: the same features and the same noise."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

import recourse_bandits as rb

Array = NDArray[np.float64]

ARMS = 10
DIMENSIONS = (20, 100)
MOST_ROUNDS = 10_000


@dataclass(frozen=True)
class World:
    """Standard normal features, coefficients and noise; every feature mutable, K arms."""

    environment: rb.Synthetic
    features: Array
    noise: Array

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
def world(dimension: int, arms: int = ARMS, rounds: int = MOST_ROUNDS) -> World:
    generator = np.random.default_rng(1)
    features = generator.normal(size=(rounds, dimension))
    environment = rb.Synthetic(seed=1, dimension=dimension, arms=arms)
    return World(environment, features, generator.normal(size=rounds))
