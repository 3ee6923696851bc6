"""A world of medications in doses, whose lab value tells whether the dose was right (ours)."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.environments.judged import COMPARATORS, JudgedEnvironment
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import (
    require_count,
    require_finite,
    require_fraction,
    require_not_negative,
    require_one_of,
    require_positive,
    require_truth_value,
    require_whole,
)
from recourse_bandits.problem import Arm, Budget, Dose, Feature, Person, Problem, Reward
from recourse_bandits.problem.sub_outcome import SubOutcome
from recourse_bandits.records import Array, Key, Stream

_TRUTH = -1  # the number of the draws that make the coefficients; rounds count from 0
_CROWD = -2  # the number of the draws of the people by whom fixed doses are chosen
_PEOPLE = 2000
_RANGES = ((0.0, 100.0), (0.0, 10.0), (5.0, 50.0), (0.5, 4.0))  # mg; they recur
_WIDEST = math.sqrt(3.0)  # of a uniform feature with variance 1


@dataclass(frozen=True)
class Dosing(JudgedEnvironment):
    r"""Medications whose effect on a lab value is linear in the dose; the source names no world.

    .. math:: P(success) = \sigma(x\cdot\theta_k - f_k(x\cdot\omega + share\,\tau_k)),\quad
              lab = x\cdot\omega + share\,\tau_k + noise

    where share is the dose over the length of its range, and f the cost of `SubOutcome`. Features
    are uniform with variance 1, beside an intercept. All figures are ours: theta has 0.5 for the
    intercept and standard deviation 0.7, omega 5 and 1.5/sqrt(d), tau lies between 7 and 13, the
    target is 10, lab values within 1 of it count as on target, and costs lie between 0.4 and 1.2
    above it, 0.2 and 0.8 below.

    Parameters
    ----------
    seed
        Draws the coefficients.
    dimension
        Number d of features beside the intercept, >= 1.
    arms
        Number K of medications, >= 1.
    noise
        Standard deviation of the lab value, > 0.
    spread
        Multiplier >= 0 of omega's part without the intercept: how far people differ in the dose
        that is right for them; 0: one dose is right for all.
    target
        Where the lab value should be.
    step
        Doses are multiples of this share of their range, at most 1; 0: any dose.
    stated
        Whether each dose states its cost as a formula (`Dose.penalty`), with the true coefficients:
        for policies that are told the cost of a dose instead of learning it.
    mutable
        Number of features, the first ones, that people can change; 0 <= mutable <= dimension. More
        than 0 need the comparator `personal`.
    radius
        Budget of these changes, l2, >= 0.
    comparator
        What regret is measured against: `fixed`, the best dose for each medication, one for all
        people (the paper's comparator); `settled`, the doses that cost least among those for whom
        their medication is best (where descent on the cost comes to rest); `personal`, for every
        person the best change and dose together.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    Keyvanshokooh et al. (2025), *Contextual learning with online convex optimization*: the model.

    Examples
    --------
    >>> world = Dosing(seed=1)
    >>> world.problem.arm_names, [arm.dose.upper for arm in world.problem.treatments]
    (('medication_1', 'medication_2', 'medication_3'), [100.0, 10.0, 50.0])
    """

    seed: int
    dimension: int = 5
    arms: int = 3
    noise: float = 1.0
    spread: float = 1.0
    target: float = 10.0
    step: float = 0.0
    stated: bool = False
    mutable: int = 0
    radius: float = 1.0
    comparator: str = "fixed"

    note: ClassVar[str] = (
        "Everything is made up: people, medications, the lab value and its target."
    )

    def __post_init__(self) -> None:
        require_count(dimension=self.dimension, arms=self.arms)
        require_positive(noise=self.noise)
        require_not_negative(spread=self.spread)
        require_fraction(step=self.step)
        require_finite(target=self.target)
        require_truth_value(stated=self.stated)
        require_whole(mutable=self.mutable)
        require_not_negative(radius=self.radius)
        require_one_of(COMPARATORS, comparator=self.comparator)
        if self.mutable > self.dimension:
            raise DescriptionError(
                f"mutable must be at most dimension, {self.dimension}, got {self.mutable}"
            )
        if self.mutable and self.comparator != "personal":
            raise DescriptionError(
                "mutable features need comparator='personal': with "
                f"{self.comparator!r} decisions are compared with doses alone"
            )

    @cached_property
    def problem(self) -> Problem:
        """The problem; coefficients are taken to be at most as long as they are."""
        names = [f"medication_{k + 1}" for k in range(self.arms)]
        doses = [
            Dose(
                "mg",
                low,
                high,
                step=self.step * (high - low) or None,
                rounding="nearest",
                penalty=self._formula(k) if self.stated else None,
            )
            for k, (low, high) in enumerate(
                zip(*(ends.tolist() for ends in self._ranges), strict=True)
            )
        ]
        over, under = (dict(zip(names, costs.tolist(), strict=True)) for costs in self.costs)
        return Problem(
            features=tuple(
                Feature(f"x{i + 1}", mean=0, scale=1, mutable=i < self.mutable)
                for i in range(self.dimension)
            ),
            arms=tuple(Arm(name, dose=dose) for name, dose in zip(names, doses, strict=True)),
            budget=Budget("l2", self.radius if self.mutable else 0.0),
            reward=Reward(
                "success",
                link="logistic",
                coefficient_bound=float(np.linalg.norm(self.theta, axis=1).max()),
            ),
            sub_outcome=SubOutcome(
                "lab",
                target=self.target,
                over=over,
                under=under,
                noise=self.noise,
                on_target=(self.target - 1.0, self.target + 1.0),
            ),
        )

    def _formula(self, arm: int) -> str:
        """Return what a dose costs as a formula of features and dose."""
        low, high = (float(ends[arm]) for ends in self._ranges)
        above, below = (float(costs[arm]) for costs in self.costs)
        shifts = [f"{float(w)!r} * x{i + 1}" for i, w in enumerate(self.omega[1:])]
        dose = f"{float(self.tau[arm]) / (high - low)!r} * dose"
        excess = " + ".join([repr(float(self.omega[0]) - self.target), dose, *shifts])
        return f"max({above!r} * ({excess}), -{below!r} * ({excess}))"

    def _uniform(self, first: int, *shape: int) -> Array:
        places = first + np.arange(np.prod(shape)).reshape(shape)
        return np.asarray(kernels.draws.uniform(self.seed, _TRUTH, Stream.PERSON, places))

    def _normal(self, first: int, *shape: int) -> Array:
        places = first + np.arange(np.prod(shape)).reshape(shape)
        return np.asarray(kernels.draws.normal(self.seed, _TRUTH, Stream.PERSON, places))

    @cached_property
    def theta(self) -> Array:
        """Coefficients of the log odds of success, the intercept's first, shape (K, 1 + d)."""
        effects = 0.7 * self._normal(10_000, self.arms, self.dimension)
        return np.hstack([np.full((self.arms, 1), 0.5), effects])

    @cached_property
    def omega(self) -> Array:
        """Coefficients of the lab value without a dose, the intercept's first, shape (1 + d,)."""
        effects = 1.5 * self._normal(0, self.dimension) / np.sqrt(self.dimension)
        return np.concatenate([[5.0], self.spread * effects])

    @cached_property
    def tau(self) -> Array:
        """Effect on the lab value of a dose as long as its range, shape (K,)."""
        return 7.0 + 6.0 * self._uniform(20_000, self.arms)

    @cached_property
    def costs(self) -> tuple[Array, Array]:
        """Cost of one unit above and below the target, shape (K,) each; log odds."""
        above, below = self._uniform(30_000, 2, self.arms)
        return 0.4 + 0.8 * above, 0.2 + 0.6 * below

    def person(self, key: Key) -> Person:
        """Uniform features of mean 0 and variance 1.

        Parameters
        ----------
        key
            Source of randomness; its number is the round.
        """
        drawn = np.asarray(kernels.draws.uniform(*key, np.arange(self.dimension)))
        features: Array = _WIDEST * (2.0 * drawn - 1.0)
        return features

    @property
    def _ranges(self) -> tuple[Array, Array]:
        ranges = np.array([_RANGES[k % len(_RANGES)] for k in range(self.arms)])
        return ranges[:, 0], ranges[:, 1]

    @cached_property
    def slopes(self) -> Array:
        """Effect on the lab value of one mg of each medication, shape (K,)."""
        low, high = self._ranges
        slopes: Array = self.tau / (high - low)
        return slopes

    @cached_property
    def people(self) -> Array:
        """2,000 people by whom fixed doses are chosen, the intercept first, shape (n, 1 + d)."""
        places = np.arange(_PEOPLE * self.dimension).reshape(_PEOPLE, -1)
        drawn = np.asarray(kernels.draws.uniform(self.seed, _CROWD, Stream.PERSON, places))
        return np.hstack([np.ones((_PEOPLE, 1)), _WIDEST * (2.0 * drawn - 1.0)])
