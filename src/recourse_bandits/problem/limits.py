"""How far the mutable features may move: the same rules for everybody, the set for one person."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.problem.budget import Budget
from recourse_bandits.problem.context import RawValue
from recourse_bandits.problem.feasible import FeasibleSet
from recourse_bandits.problem.feature import Feature
from recourse_bandits.problem.moves import Moves
from recourse_bandits.problem.stepping import moves_of, on_grid, to_allowed
from recourse_bandits.problem.ties import Ties

_ROUNDING = 1e-12  # relative slack of a value at its bound, and of a step that just reaches it
Array = NDArray[np.float64]


def _open(end: float | None, infinity: float) -> float:
    return infinity if end is None else end


def _largest_step(feature: Feature, direction: str) -> float:
    """Largest change in one direction, raw units; 1 of a category."""
    if feature.categories:
        return 1.0
    if feature.direction not in ("both", direction):
        return 0.0
    return _open(feature.max_step[direction == "increase"], math.inf)


def _value_bounds(feature: Feature) -> tuple[float, float]:
    """Bounds of a feature's raw value, those of its allowed values included."""
    if feature.allowed_values is not None:
        return min(feature.allowed_values), max(feature.allowed_values)
    return _open(feature.bounds[0], -math.inf), _open(feature.bounds[1], math.inf)


def _rounded(lower: Array, upper: Array) -> Array:
    """Return lower ends; a step that just reaches the bound must not fail by a rounding."""
    just = (lower > upper) & (lower - upper <= _ROUNDING * (1.0 + np.abs(lower)))
    return np.where(just, upper, lower)


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
    def ties(self) -> Ties:
        """Which columns move together."""
        return Ties(self.mutable, self.budget)

    @property
    def scale(self) -> Array:
        """Raw units of one scaled unit of each column, shape (m,); 1 of a category."""
        return self.ties.scale

    @property
    def weight(self) -> Array:
        """Effort of one scaled unit of each column with what follows it, shape (m,)."""
        return self.ties.weight

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each column: of the feature, or ``feature=category``."""
        return self.ties.names

    @cached_property
    def raw_box(self) -> tuple[Array, Array]:
        """Bounds of the columns' raw values, infinite where open; each of shape (m,)."""
        ends = [_value_bounds(feature) for feature in self.ties.features]
        low, high = np.array(ends, np.float64).reshape(-1, 2).T.copy()
        return low, high

    @cached_property
    def value_box(self) -> tuple[Array, Array]:
        """Bounds of the features' values, scaled units; each of shape (m,)."""
        mean = np.array([feature.mean or 0.0 for feature in self.ties.features], np.float64)
        low, high = self.raw_box
        return (low - mean) / self.scale, (high - mean) / self.scale

    @cached_property
    def bounded(self) -> bool:
        """Whether any feature has bounds on its value."""
        low, high = self.raw_box
        return bool(np.isfinite(low).any() or np.isfinite(high).any())

    @cached_property
    def step_box(self) -> tuple[Array, Array]:
        """Largest changes down (<= 0) and up (>= 0), scaled units; each of shape (m,)."""
        down = [-_largest_step(feature, "decrease") for feature in self.ties.features]
        up = [_largest_step(feature, "increase") for feature in self.ties.features]
        return np.array(down) / self.scale, np.array(up) / self.scale

    def raw_before(self, given: Mapping[str, RawValue]) -> Array:
        """Raw values of the m columns, 0 and 1 of categories; NaN where missing.

        Parameters
        ----------
        given
            Raw values by feature name.
        """
        return np.array(
            [
                float(
                    given[feature.name] is not None
                    and name == f"{feature.name}={given[feature.name]}"
                )
                if feature.categories
                else given[feature.name]
                for feature, name in zip(self.ties.features, self.names, strict=True)
            ],
            dtype=np.float64,  # None becomes NaN
        )

    def raw_after(self, before: Array, change: Array) -> Array:
        """Raw values after a change; what does not change keeps its value, even out of bounds.

        Features that move in steps, or to allowed values, get there exactly.

        Parameters
        ----------
        before
            Raw values of the columns, shape (..., m).
        change
            Change in scaled units, shape (..., m).
        """
        after: Array = before + change * self.scale
        for i in self.ties.stepped:
            after[..., i] = on_grid(self.ties.features[i], before[..., i], after[..., i])
        if self.bounded or self.ties.stepped:
            after = np.where(change == 0.0, before, np.clip(after, *self.raw_box))
        return after

    def raw_alone(self, place: int, before: float, changes: Array) -> Array:
        """Raw values of one column after each of some changes; see `raw_after`.

        Parameters
        ----------
        place
            The column.
        before
            Its raw value.
        changes
            Scaled units, shape (n,).
        """
        feature, (low, high) = self.ties.features[place], self.raw_box
        after = on_grid(
            feature, np.full(changes.shape, before), before + changes * self.scale[place]
        )
        return np.where(changes == 0.0, before, np.clip(after, low[place], high[place]))

    @cached_property
    def longest_change(self) -> float:
        """Euclidean length of the longest change, scaled units; infinite if nothing limits it."""
        reach = np.full(self.weight.shape, math.inf)
        np.divide(self.budget.radius, self.weight, out=reach, where=self.weight > 0)
        down, up = self.step_box
        side = np.minimum(np.minimum(np.maximum(-down, up), self._across), reach)
        for follower, leader, share in self.ties.links:
            side[int(follower)] = abs(share) * side[int(leader)]
        sides = float(np.linalg.norm(side))
        round_ = self.budget.norm in ("l1", "l2") and self.ties.only_box
        ball = float(reach.max(initial=0.0)) if round_ else math.inf
        return min(sides, ball)

    @cached_property
    def _across(self) -> Array:
        """Longest way of a column that ends in its bounds: one may start outside; shape (m,)."""
        ends = [feature.bounds for feature in self.ties.features]
        width = [_open(high, math.inf) - _open(low, -math.inf) for low, high in ends]
        return 2.0 * np.array(width, np.float64) / self.scale

    @cached_property
    def everywhere(self) -> FeasibleSet:
        """The set of whoever has a value for every mutable feature, if none of them has bounds.

        With bounds it is nobody's own, but of the same kind.
        """
        down, up = self.step_box
        box = np.maximum(down, -self._across), np.minimum(up, self._across)
        moves = moves_of(self.ties, *box, np.zeros(self.columns.size))
        lower, upper = self.ties.led(*box)
        return self._set(lower, upper, self.weight, self.ties.metric, None, moves)

    def _set(
        self,
        lower: Array,
        upper: Array,
        weight: Array,
        metric: Array | None,
        fixed: NDArray[np.bool_] | None,
        moves: Moves | None,
    ) -> FeasibleSet:
        return FeasibleSet(
            self.columns,
            lower,
            upper,
            weight,
            self.budget.radius,
            self.budget.norm,
            fixed,
            self.budget.power,
            metric,
            self.budget.price,
            moves,
        )

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
        if not (self.bounded or unknown or self.ties.categorical):
            return self.everywhere, False, None
        start = values[self.columns]
        lower, upper = self.step_box
        if self.bounded:
            low, high = self.value_box
            near = _ROUNDING * (1.0 + np.abs(start))  # at the end, but for rounding
            low, high = low - start, high - start
            low[np.abs(low) <= near] = high[np.abs(high) <= near] = 0.0
            lower, upper = np.maximum(low, lower), np.minimum(high, upper)
        fixed = self.ties.held(unknown) if unknown else None
        if fixed is not None:
            lower, upper = lower.copy(), upper.copy()
            lower[fixed] = upper[fixed] = 0.0
        lower = _rounded(lower, upper)
        narrow = self._too_narrow(lower, upper)
        moves = None
        if narrow is None:
            moves = moves_of(self.ties, lower, upper, start, fixed)
        lower, upper = self.ties.led(lower, upper)
        lower = _rounded(lower, upper)
        narrow = narrow or self._apart(lower, upper)
        weight, metric = self.ties.efforts_from(start)
        feasible = self._set(lower, upper, weight, metric, fixed, moves)
        stays = bool((lower <= 0.0).all() and (upper >= 0.0).all())
        if stays and (moves is None or moves.may_stay):
            return feasible, False, None
        reason = narrow or feasible.why_empty(self.names)
        if reason is not None:
            still = np.zeros(self.columns.size)
            everything = np.ones(self.columns.size, np.bool_)
            feasible = replace(feasible, lower=still, upper=still, fixed=everything, moves=None)
        return feasible, True, reason

    def outside(self, values: Array) -> tuple[str, ...]:
        """Names of the features whose value is outside their bounds or allowed values.

        Parameters
        ----------
        values
            The person's columns, shape (d,).
        """
        start, (low, high) = values[self.columns], self.value_box
        beyond = (start < low) | (start > high)
        for i in self.ties.stepped:
            feature = self.ties.features[i]
            if feature.allowed_values is not None:
                beyond[i] = to_allowed(feature, float(start[i])).all()
        return tuple(f.name for f, out in zip(self.ties.features, beyond, strict=True) if out)

    def feasible_many(self, values: Array) -> Sequence[FeasibleSet | None]:
        """Where many persons' recourse may lead; None for those who may not stay as they are.

        Parameters
        ----------
        values
            Columns of the persons, shape (n, d); none of their values was filled in.
        """
        if not self.bounded and not self.ties.categorical:
            return [self.everywhere] * len(values)
        if not self.ties.only_box:
            return [None] * len(values)
        down, up = self.step_box
        # taken row by row: kernels read each person's limits as contiguous arrays
        start, (low, high) = values.take(self.columns, axis=1), self.value_box
        lower, upper = np.maximum(low - start, down), np.minimum(high - start, up)
        stays: NDArray[np.bool_] = np.all((lower <= 0.0) & (upper >= 0.0), axis=1)
        rest = (self.weight, self.ties.metric, None, None)
        return [
            self._set(lower[row], upper[row], *rest) if inside else None
            for row, inside in enumerate(stays.tolist())
        ]

    def _apart(self, lower: Array, upper: Array) -> str | None:
        """Why no change of a feature suits those that follow it too, or None."""
        for feature, low, high in zip(self.ties.features, lower, upper, strict=True):
            if low > high:
                return (
                    f"no change of {feature.name} brings it and the features that follow it inside "
                    "their bounds"
                )
        return None

    def _too_narrow(self, lower: Array, upper: Array) -> str | None:
        for feature, low, high in zip(self.ties.features, lower, upper, strict=True):
            if low > high:
                return (
                    f"{feature.name} is outside its bounds {feature.bounds} and may not change "
                    "far enough to get inside"
                )
        return None
