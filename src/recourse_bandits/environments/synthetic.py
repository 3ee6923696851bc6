"""The synthetic world of the LIBRA paper, section 6.1."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.environments.base import LinearEnvironment
from recourse_bandits.parameters import require_count, require_one_of, require_positive
from recourse_bandits.problem import Budget, Feature, Person, Problem, Reward
from recourse_bandits.problem.reward import LINKS
from recourse_bandits.records import Array, Key, Stream

_TRUTH = -1  # the number of the draws that make the coefficients; rounds count from 0


@dataclass(frozen=True)
class Synthetic(LinearEnvironment):
    """Standard normal features, normal coefficients, all features mutable, no intercept.

    The source has the identity link and coefficients of standard deviation 1; other links are ours.

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
        Standard deviation of the reward's noise; with the identity link.
    link
        `identity`, `logistic`, `probit` or `log`; see `Reward`.
    strength
        Standard deviation of the coefficients, > 0.
    largest
        The largest count that can be, >= 1; with the log link.

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
    link: Literal["identity", "logistic", "probit", "log"] = "identity"
    strength: float = 1.0
    largest: int = 20

    note: ClassVar[str] = "Everything is simulated: features and coefficients are normal."

    def __post_init__(self) -> None:
        require_one_of(LINKS, link=self.link)
        require_positive(strength=self.strength)
        require_count(largest=self.largest)

    @cached_property
    def problem(self) -> Problem:
        """The problem; coefficients are taken to be at most strength·sqrt(d) long."""
        bound = self.strength * float(np.sqrt(self.dimension))
        kind: dict[str, dict[str, Any]] = {
            "identity": {"noise": self.noise},
            "log": {"bounds": (0, self.largest), "dispersion": 1.0},  # counts are binomial
        }
        return Problem(
            features=tuple(
                Feature(f"x{i + 1}", mean=0, scale=1, mutable=True) for i in range(self.dimension)
            ),
            arms=tuple(f"arm_{a + 1}" for a in range(self.arms)),
            budget=Budget("l2", self.radius),
            reward=Reward(
                "reward", link=self.link, coefficient_bound=bound, **kind.get(self.link, {})
            ),
            intercept=False,
        )

    @cached_property
    def theta(self) -> Array:  # type: ignore[override]
        """True coefficients, shape (K, d)."""
        draws = np.arange(self.arms * self.dimension).reshape(self.arms, self.dimension)
        normal = np.asarray(kernels.draws.normal(self.seed, _TRUTH, Stream.PERSON, draws))
        return self.strength * normal

    def person(self, key: Key) -> Person:
        """Standard normal features.

        Parameters
        ----------
        key
            Source of randomness; its number is the round.
        """
        return np.asarray(kernels.draws.normal(*key, np.arange(self.dimension)))
