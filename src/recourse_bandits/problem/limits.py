"""How far the mutable features may move: the same rules for everybody, the set for one person."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.problem.budget import Budget
from recourse_bandits.problem.feasible import FeasibleSet
from recourse_bandits.problem.feature import Feature

_ROUNDING = 1e-12  # relative slack when a mandatory change is compared with the budget
Array = NDArray[np.float64]


def _open(end: float | None, infinity: float) -> float:
    return infinity if end is None else end


@dataclass(frozen=True)
class Limits:
    """What bounds, steps, directions and budget allow.

    Parameters
    ----------
    mutable
        The m mutable features, scaled.
    columns
        Their columns, shape (m,).
    budget
        How much change may be asked for.
    """

    mutable: Sequence[Feature]
    columns: NDArray[np.int64]
    budget: Budget

    @cached_property
    def scale(self) -> Array:
        """Raw units of one scaled unit of each feature, shape (m,)."""
        return np.array([cast("float", feature.scale) for feature in self.mutable], np.float64)

    @cached_property
    def weight(self) -> Array:
        """Effort of one scaled unit of each feature, shape (m,)."""
        weight = np.array([feature.weight for feature in self.mutable], np.float64)
        return weight if self.budget.scaled else weight * self.scale

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(feature.name for feature in self.mutable)

    @cached_property
    def raw_box(self) -> tuple[Array, Array]:
        """Bounds of the features' raw values, infinite where open; each of shape (m,)."""
        low = [_open(feature.bounds[0], -math.inf) for feature in self.mutable]
        high = [_open(feature.bounds[1], math.inf) for feature in self.mutable]
        return np.array(low, np.float64), np.array(high, np.float64)

    @cached_property
    def value_box(self) -> tuple[Array, Array]:
        """Bounds of the features' values, scaled units; each of shape (m,)."""
        mean = np.array([feature.mean for feature in self.mutable], np.float64)
        low, high = self.raw_box
        return (low - mean) / self.scale, (high - mean) / self.scale

    @cached_property
    def bounded(self) -> bool:
        """Whether any feature has bounds on its value."""
        return any(feature.bounds != (None, None) for feature in self.mutable)

    @cached_property
    def step_box(self) -> tuple[Array, Array]:
        """Largest changes down (<= 0) and up (>= 0), scaled units; each of shape (m,)."""
        down = [
            0.0 if feature.direction == "increase" else -_open(feature.max_step[0], math.inf)
            for feature in self.mutable
        ]
        up = [
            0.0 if feature.direction == "decrease" else _open(feature.max_step[1], math.inf)
            for feature in self.mutable
        ]
        return np.array(down) / self.scale, np.array(up) / self.scale

    def raw_after(self, before: Array, change: Array) -> Array:
        """Raw values after a change; what does not change keeps its value, even out of bounds.

        Parameters
        ----------
        before
            Raw values of the mutable features, shape (..., m).
        change
            Change in scaled units, shape (..., m).
        """
        after: Array = before + change * self.scale
        if self.bounded:
            after = np.where(change == 0.0, before, np.clip(after, *self.raw_box))
        return after

    @cached_property
    def longest_change(self) -> float:
        """Euclidean length of the longest change, scaled units; infinite if nothing limits it."""
        reach = np.full(self.weight.shape, math.inf)
        np.divide(self.budget.radius, self.weight, out=reach, where=self.weight > 0)
        (down, up), (low, high) = self.step_box, self.value_box
        side = np.minimum(np.maximum(-down, up), 2.0 * (high - low))  # one may start outside
        sides = float(np.linalg.norm(np.minimum(side, reach)))
        ball = float(reach.max(initial=0.0)) if self.budget.norm == "l2" else math.inf
        return min(sides, ball)

    @cached_property
    def everywhere(self) -> FeasibleSet:
        """The set of whoever has a value for every mutable feature, if none of them has bounds."""
        norm, radius = self.budget.norm, self.budget.radius
        return FeasibleSet(self.columns, *self.step_box, self.weight, radius, norm)

    def feasible(
        self, values: Array, unknown: Collection[str]
    ) -> tuple[FeasibleSet, bool, str | None]:
        """Where one person's recourse may lead.

        Parameters
        ----------
        values
            The person's columns, shape (d,).
        unknown
            Features without a value: nobody can be told how far to go from where they may not be.

        Returns
        -------
        tuple
            The set; whether staying is outside it; and why it is empty, or None. An empty set is
            replaced by the one that holds the person alone.
        """
        if not (self.bounded or unknown):
            return self.everywhere, False, None
        lower, upper = self.step_box
        if self.bounded:
            start, (low, high) = values[self.columns], self.value_box
            lower, upper = np.maximum(low - start, lower), np.minimum(high - start, upper)
        fixed = None
        if unknown:
            lower, upper = lower.copy(), upper.copy()
            fixed = np.array([feature.name in unknown for feature in self.mutable], np.bool_)
            lower[fixed] = upper[fixed] = 0.0
        feasible = FeasibleSet(
            self.columns, lower, upper, self.weight, self.budget.radius, self.budget.norm, fixed
        )
        if not self.bounded or not (lower.max() > 0.0 or upper.min() < 0.0):
            return feasible, False, None
        # a step that just reaches the bound must not fail by a rounding
        just = (lower > upper) & (lower - upper <= _ROUNDING * (1.0 + np.abs(lower)))
        lower[just] = upper[just]
        reason = self._why_empty(feasible)
        if reason is not None:
            still = np.zeros(self.columns.size)
            everything = np.ones(self.columns.size, np.bool_)
            feasible = replace(feasible, lower=still, upper=still, fixed=everything)
        return feasible, True, reason

    def feasible_many(self, values: Array) -> Sequence[FeasibleSet | None]:
        """Where many persons' recourse may lead; None for those who may not stay as they are.

        Parameters
        ----------
        values
            Columns of the persons, shape (n, d); none of their values was filled in.
        """
        if not self.bounded:
            return [self.everywhere] * len(values)
        down, up = self.step_box
        # taken row by row: kernels read each person's limits as contiguous arrays
        start, (low, high) = values.take(self.columns, axis=1), self.value_box
        lower, upper = np.maximum(low - start, down), np.minimum(high - start, up)
        stays: NDArray[np.bool_] = np.all((lower <= 0.0) & (upper >= 0.0), axis=1)
        rest = (self.weight, self.budget.radius, self.budget.norm)
        return [
            FeasibleSet(self.columns, lower[row], upper[row], *rest) if inside else None
            for row, inside in enumerate(stays.tolist())
        ]

    def _why_empty(self, feasible: FeasibleSet) -> str | None:
        for feature, lower, upper in zip(self.mutable, feasible.lower, feasible.upper, strict=True):
            if lower > upper:
                return (
                    f"{feature.name} is outside its bounds {feature.bounds} and may not change "
                    "far enough to get inside"
                )
        least = float(
            kernels.feasible.least_effort(
                feasible.lower, feasible.upper, feasible.weight, feasible.norm_code
            )
        )
        if least > feasible.radius * (1.0 + _ROUNDING):
            return (
                f"getting all features inside their bounds takes an effort of {least:.4g}, more "
                f"than the budget's {feasible.radius:g}"
            )
        return None
