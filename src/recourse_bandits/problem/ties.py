"""Which columns move together: those of a feature of categories, and those that follow others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.problem.budget import Budget
from recourse_bandits.problem.feasible import NORMS
from recourse_bandits.problem.feature import Feature

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ties:
    """Mutable features and the m columns that they become.

    Parameters
    ----------
    mutable
        The f mutable features, scaled.
    budget
        How much change may be asked for.
    """

    mutable: Sequence[Feature]
    budget: Budget

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The feature of each column."""
        return tuple(f for f in self.mutable for _ in range(len(f.categories or ("",))))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each column: of the feature, or ``feature=category``."""
        return tuple(
            name
            for f in self.mutable
            for name in (
                [f"{f.name}={each}" for each in f.categories] if f.categories else [f.name]
            )
        )

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """Place among the f features of each column, shape (m,)."""
        widths = [len(feature.categories or ("",)) for feature in self.mutable]
        return np.repeat(np.arange(len(self.mutable)), widths)

    @cached_property
    def stepped(self) -> tuple[int, ...]:
        """Places of the columns whose feature moves in steps, or to allowed values."""
        features = enumerate(self.features)
        return tuple(i for i, f in features if f.step is not None or f.allowed_values is not None)

    @cached_property
    def only_box(self) -> bool:
        """Whether nothing but a box and the budget limits how anybody's features change."""
        more = self.stepped or self.categorical or self.links.size
        return not more and self.budget.max_changed is None

    @cached_property
    def scale(self) -> Array:
        """Raw units of one scaled unit of each column, shape (m,); 1 of a category."""
        scales = [1.0 if f.categories else cast("float", f.scale) for f in self.features]
        return np.array(scales, np.float64)

    @cached_property
    def own_weight(self) -> Array:
        """Effort of one scaled unit of each column on its own, shape (m,)."""
        weight = np.array([feature.weight for feature in self.features], np.float64)
        return weight if self.budget.scaled else weight * self.scale

    @cached_property
    def categorical(self) -> tuple[NDArray[np.int64], ...]:
        """The places of the columns of each feature of categories."""
        return tuple(
            np.flatnonzero(self.owner == place)
            for place, feature in enumerate(self.mutable)
            if feature.categories
        )

    @cached_property
    def links(self) -> Array:
        """Rows (follower, leader, share in scaled units), shape (l, 3)."""
        rows = []
        for place, feature in enumerate(self.features):
            if feature.follows is not None:
                name, share = feature.follows
                leader = self.names.index(name)
                rows.append((place, leader, share * self.scale[leader] / self.scale[place]))
        return np.array(rows, np.float64).reshape(len(rows), 3)

    @cached_property
    def metric(self) -> Array | None:
        """U of the Mahalanobis norm in the columns, shape (f, m); None for another norm.

        A leader's column has what its followers add, theirs are 0. A category's column is that of
        its feature: of two that change, only the one that is reached counts.
        """
        if self.budget.matrix is None:
            return None
        factor = np.linalg.cholesky(self.budget.metric_matrix).T
        metric: Array = factor[:, self.owner] * self.own_weight
        for follower, leader, share in self.links:
            metric[:, int(leader)] += share * metric[:, int(follower)]
            metric[:, int(follower)] = 0.0
        return metric

    @cached_property
    def weight(self) -> Array:
        """Effort of one scaled unit of each column with what follows it, shape (m,)."""
        if self.metric is not None:
            return self._least_efforts(self.metric)
        weight = self.own_weight.copy()
        power = NORMS.get(self.budget.norm, self.budget.power)
        for follower, leader, share in self.links:
            both = np.array([weight[int(leader)], abs(share) * self.own_weight[int(follower)]])
            weight[int(leader)] = np.linalg.norm(both, ord=power)
            weight[int(follower)] = 0.0
        return weight

    @cached_property
    def alone_weight(self) -> Array:
        """Effort of one scaled unit of each column if no other leads, shape (m,).

        What follows it is in it. Under Mahalanobis more than `weight`, which others may bring down.
        """
        if self.metric is None:
            return self.weight
        alone: Array = np.linalg.norm(self.metric, axis=0)
        return alone

    def _least_efforts(self, metric: Array) -> Array:
        """1 / sqrt((A^-1)_ii): no change of column i by one unit takes less effort than that."""
        leading = np.unique(self.owner[(metric != 0.0).any(axis=0)])
        first = [int(np.flatnonzero(self.owner == place)[0]) for place in leading]
        columns = metric[:, first]
        inverse = np.linalg.inv(columns.T @ columns)
        weight = np.zeros(self.owner.size)
        for place, bound in zip(leading, np.diag(inverse), strict=True):
            weight[self.owner == place] = 1.0 / np.sqrt(bound)
        return weight

    def held(self, unknown: Collection[str]) -> NDArray[np.bool_]:
        """Columns that cannot be moved because a value is unknown, or that of a tied one; (m,).

        Parameters
        ----------
        unknown
            Names of features without a value.
        """
        marks = np.array([feature.name in unknown for feature in self.features], np.bool_)
        for follower, leader, _ in self.links:
            marks[int(leader)] |= marks[int(follower)]
        for follower, leader, _ in self.links:
            marks[int(follower)] |= marks[int(leader)]
        return marks

    def led(self, lower: Array, upper: Array) -> tuple[Array, Array]:
        """Return the box with what followers allow their leaders, and nothing for tied columns.

        Parameters
        ----------
        lower, upper
            Box of each column alone, shape (m,).
        """
        if not (self.links.size or self.categorical):
            return lower, upper
        low, high = lower.copy(), upper.copy()
        for follower, leader, share in self.links:
            ends = np.array([lower[int(follower)], upper[int(follower)]]) / share
            low[int(leader)] = max(low[int(leader)], ends.min())
            high[int(leader)] = min(high[int(leader)], ends.max())
            low[int(follower)] = high[int(follower)] = 0.0
        for places in self.categorical:
            low[places] = high[places] = 0.0
        return low, high

    def efforts_from(self, start: Array) -> tuple[Array, Array | None]:
        """Weights and metric for a person: leaving a category takes no effort, reaching one does.

        Parameters
        ----------
        start
            The person's m columns.
        """
        if not self.categorical:
            return self.weight, self.metric
        weight = self.weight.copy()
        metric = None if self.metric is None else self.metric.copy()
        for places in self.categorical:
            left = places[start[places] != 0.0]
            weight[left] = 0.0
            if metric is not None:
                metric[:, left] = 0.0
        return weight, metric
