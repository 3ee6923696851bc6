"""A world with a known truth: who comes, what comes of a decision, what would have been best."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Context, Person, Problem
from recourse_bandits.records import Array, Key


class Environment(ABC):
    """Persons and outcomes, all drawn from keys, so that every policy meets the same ones."""

    note: ClassVar[str] = ""
    """What is real, assumed and simulated, for every output that shows results."""

    @property
    @abstractmethod
    def problem(self) -> Problem:
        """The problem to decide."""

    @property
    def data_digest(self) -> str:
        """SHA-256 of the real data in it, in hexadecimal digits; empty if there are none."""
        return ""

    @abstractmethod
    def person(self, key: Key) -> Person:
        """Raw features of the person of a round.

        Parameters
        ----------
        key
            Source of randomness; its number is the round.
        """

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        """Return what a person does of what is recommended: all of it, unless a world differs.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        key
            Source of randomness; the same for every policy.

        Returns
        -------
        tuple
            Number of the arm, and the columns, shape (d,), as they came to be.
        """
        return arm, point

    def comes_back(self, context: Context, arm: int, point: Array, key: Key) -> bool:
        """Return whether a person comes back to be measured: everybody, unless a world differs.

        Of those who do not, nothing is observed; what came of the recommendation counts in
        `expected` all the same. It is another question than what was measured, because it may
        depend on what was recommended, while `measures` follow from what was done.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        key
            Source of randomness; the same for every policy.
        """
        return True

    @abstractmethod
    def measures(self, context: Context, arm: int, point: Array, key: Key) -> Mapping[str, float]:
        """Return what is measured after arm and recourse, with noise, of a person who comes back.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm that was given, as `realised`.
        point
            Columns as realised, shape (d,).
        key
            Source of randomness; the same for every policy.
        """

    @abstractmethod
    def expected(self, context: Context, arm: int, point: Array) -> float:
        """Return the expected reward of recommending a pair, the truth.

        Where people do as recommended, it is the expected reward of the pair.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            Columns after the recourse, shape (d,).
        """

    @abstractmethod
    def best(self, context: Context) -> tuple[int, Array]:
        """Return the eligible pair that it is best to recommend, less the price of effort.

        Parameters
        ----------
        context
            The person.
        """

    @abstractmethod
    def worst(self, context: Context) -> tuple[int, Array]:
        """Return the eligible pair of the smallest expected reward, whatever effort it takes.

        Parameters
        ----------
        context
            The person.
        """


class LinearEnvironment(Environment):
    """A world whose expected rewards are linear in the columns, up to the reward's link.

    Subclasses set `theta`, the true coefficients, shape (K, d); reward per scaled unit, or what
    the link turns into a reward.
    """

    theta: Array

    def measured(self, reward: float) -> float:
        """Return the measured value that stands for a reward.

        By default the reward itself, or its negative where less is better.

        Parameters
        ----------
        reward
            A reward.
        """
        return reward if self.problem.reward.direction == "increase" else 0.0 - reward

    def measures(self, context: Context, arm: int, point: Array, key: Key) -> Mapping[str, float]:
        """Return the expected reward plus normal noise, as a measured value.

        With another link a success is drawn, or a count: the smallest possible one, and a binomial
        count of as many trials as there are larger ones. It has the expected mean, and scatters
        less than a Poisson count.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm that was given.
        point
            Columns as realised, shape (d,).
        key
            Draws the noise.

        Raises
        ------
        DescriptionError
            If a smaller count is expected than can be.
        """
        rule, expected = self.problem.reward, self.expected(context, arm, point)
        if rule.link == "identity":
            noise = rule.noise * float(kernels.draws.normal(*key, 0))
            return {rule.measure: self.measured(expected + noise)}
        smallest, size = rule.smallest, abs(expected)
        if size < smallest:
            raise DescriptionError(
                f"{rule.measure} is at least {smallest:g}, but {size:g} is expected under "
                f"{self.problem.arm_names[arm]!r}: lower the reward's bounds, or change theta"
            )
        trials = int(rule.largest - smallest)
        draws = kernels.draws.uniform(*key, np.arange(trials))
        count = smallest + np.count_nonzero(draws < (size - smallest) / trials)
        return {rule.measure: self.measured(math.copysign(count, expected))}

    def expected(self, context: Context, arm: int, point: Array) -> float:
        """Return point·theta of the arm, or what the link makes of it.

        Parameters
        ----------
        context
            The person; not needed.
        arm
            Number of the arm.
        point
            Columns after the recourse, shape (d,).
        """
        z, rule = float(point @ self.theta[arm]), self.problem.reward
        if rule.link == "identity":
            return z
        return float(kernels.links.expected(rule.link_code, rule.largest, z))

    def best(self, context: Context) -> tuple[int, Array]:
        """Return the best pair, less the price of effort: each arm's closed form, then the arm.

        Parameters
        ----------
        context
            The person.
        """
        return self._extreme(context, self.theta)

    def worst(self, context: Context) -> tuple[int, Array]:
        """Return the pair of the least reward: the best one for the negative coefficients.

        Parameters
        ----------
        context
            The person.
        """
        return self._extreme(unpriced(context), -self.theta)

    def _extreme(
        self,
        context: Context,
        theta: Array,
        share: float = 1.0,
        offset: Array | float = 0.0,
        parts: Array | float = 1.0,
    ) -> tuple[int, Array]:
        """Return the best pair if a share of the change counts, and each arm has an offset.

        `parts` are factors of the share, of each mutable feature.
        """
        slope = theta[:, context.feasible.mutable] * parts
        # what a price must be weighed against is the share that is made
        felt = share * slope if context.feasible.price > 0.0 else slope
        change = self._best_changes(context, felt)
        values = theta @ context.values + share * np.einsum("km,km->k", slope, change) + offset
        values = values - context.feasible.price * context.feasible.efforts(change)
        arm = int(np.argmax(np.where(context.eligible, values, -np.inf)))
        return arm, context.feasible.moved(context.values, change[arm])

    def furthest_points(self, context: Context, slope: Array) -> Array:
        """Return each arm's best point for its slopes, shape (K, d).

        Parameters
        ----------
        context
            The person.
        slope
            Coefficients of the mutable columns, shape (K, m).
        """
        changes = self._best_changes(context, slope)
        return np.array([context.feasible.moved(context.values, change) for change in changes])

    def _best_changes(self, context: Context, slope: Array) -> Array:
        feasible = context.feasible
        changes: Array = kernels.feasible.maximise(
            slope,
            *feasible.region,
        )
        return changes


def unpriced(context: Context) -> Context:
    """Return a person of whom effort is asked for nothing.

    Parameters
    ----------
    context
        The person.
    """
    if context.feasible.price == 0.0:
        return context
    return replace(context, feasible=replace(context.feasible, price=0.0))
