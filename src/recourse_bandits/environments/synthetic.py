"""The synthetic world of the LIBRA paper, section 6.1."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.environments.base import LinearEnvironment
from recourse_bandits.problem import Budget, Feature, Person, Problem, Reward
from recourse_bandits.records import Array, Key, Stream

_TRUTH = -1  # the number of the draws that make the coefficients; rounds count from 0


@dataclass(frozen=True)
class Synthetic(LinearEnvironment):
    """Standard normal features and coefficients, all features mutable, no intercept.

    Parameters
    ----------
    seed
        Draws the coefficients.
    dimension
        Number d of features.
    arms
        Number K of arms.
    radius
        Budget of recourse, l2.
    noise
        Standard deviation of the reward's noise.

    Examples
    --------
    >>> Synthetic(seed=1).theta.shape
    (10, 20)
    """

    seed: int
    dimension: int = 20
    arms: int = 10
    radius: float = 3.0
    noise: float = 1.0

    note: ClassVar[str] = "Everything is simulated: features and coefficients are standard normal."

    @cached_property
    def problem(self) -> Problem:
        """The problem; coefficients are taken to be at most sqrt(d) long."""
        return Problem(
            features=tuple(
                Feature(f"x{i + 1}", mean=0, scale=1, mutable=True) for i in range(self.dimension)
            ),
            arms=tuple(f"arm_{a + 1}" for a in range(self.arms)),
            budget=Budget("l2", self.radius),
            reward=Reward(
                "reward", noise=self.noise, coefficient_bound=float(np.sqrt(self.dimension))
            ),
            intercept=False,
        )

    @cached_property
    def theta(self) -> Array:  # type: ignore[override]
        """True coefficients, shape (K, d)."""
        draws = np.arange(self.arms * self.dimension).reshape(self.arms, self.dimension)
        return np.asarray(kernels.draws.normal(self.seed, _TRUTH, Stream.PERSON, draws))

    def person(self, key: Key) -> Person:
        """Standard normal features.

        Parameters
        ----------
        key
            Source of randomness; its number is the round.
        """
        return np.asarray(kernels.draws.normal(*key, np.arange(self.dimension)))
