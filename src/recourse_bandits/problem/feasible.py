"""The points that one person's recourse may lead to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem.boxes import Boxes, boxes_of
from recourse_bandits.problem.moves import NO_LINKS, Moves

NORMS = {"l1": 1.0, "l2": 2.0, "linf": math.inf}
"""The p of each norm that has a name of its own."""

FEASIBLE = 1e-9
"""How far a point may be outside the feasible set, in the set's units."""

_ROUNDING = 1e-12  # relative slack when a mandatory change is compared with the budget
_BISECTIONS = 50
Array = NDArray[np.float64]
Region = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FeasibleSet:
    """Where recourse may lead: a ball of effort within a box, in scaled units; steps, if any.

    Parameters
    ----------
    mutable
        Columns that may change, shape (m,).
    lower, upper
        Box on the change, shape (..., m), lower <= upper; may be infinite.
    weight
        Effort of one scaled unit, shape (m,), >= 0; under `mahalanobis`, where `metric` says what
        effort is, effort is at least weight_i·abs(change_i).
    radius
        Largest effort, >= 0.
    norm
        `l1`, `l2`, `linf`, `lp` or `mahalanobis`.
    fixed
        Columns whose value is unknown, or all of them where no recourse is possible: there the
        person neither is asked to change nor can be seen to, shape (..., m). None: no column.
    power
        The p of `lp`, above 1.
    metric
        U of `mahalanobis`, shape (q, m): effort is ‖U·change‖₂.
    price
        Reward that one unit of effort must bring, >= 0.
    moves
        How the features may change beside that: steps, categories, links; None: anyhow.

    Examples
    --------
    >>> import numpy as np
    >>> free = np.full(2, np.inf)
    >>> FeasibleSet(np.arange(2), -free, free, np.ones(2), 3.0, "l2").effort(np.array([3.0, 4.0]))
    5.0
    """

    mutable: NDArray[np.int64]
    lower: Array
    upper: Array
    weight: Array
    radius: float
    norm: str
    fixed: NDArray[np.bool_] | None = None
    power: float | None = None
    metric: Array | None = None
    price: float = 0.0
    moves: Moves | None = None

    @property
    def norm_power(self) -> float:
        """The p of the norm in the kernels; 2 where there is a metric."""
        return NORMS.get(self.norm, self.power or 2.0)

    @property
    def held(self) -> NDArray[np.bool_]:
        """`fixed`, spelled out where it is None, shape (..., m)."""
        return np.zeros(self.lower.shape, np.bool_) if self.fixed is None else self.fixed

    def effort(self, change: Array) -> float:
        """Effort of a change, in the budget's norm.

        Parameters
        ----------
        change
            Change of the mutable columns, shape (m,), scaled units.
        """
        return float(self.efforts(change))

    def efforts(self, changes: Array) -> Array:
        """Efforts of many changes.

        Parameters
        ----------
        changes
            Changes of the mutable columns, shape (..., m), scaled units.

        Returns
        -------
        ndarray
            Shape (...).
        """
        found: Array = kernels.effort.effort(changes, *self._norm)
        return found

    def price_of(self, difference: Array) -> float:
        """Reward that a change must bring: price·effort.

        Parameters
        ----------
        difference
            Difference of the d columns, shape (d,).
        """
        if self.price == 0.0:
            return 0.0
        return self.price * self.effort(difference[self.mutable])

    def why_empty(self, names: Sequence[str]) -> str | None:
        """Return why nothing is feasible, or None.

        Parameters
        ----------
        names
            Name of each of the m columns.
        """
        least, most = np.clip(0.0, self.lower, self.upper), None
        if self.moves is not None:
            for name, levels in zip(names, self.moves.levels, strict=True):
                if levels is not None and not levels.size:
                    return f"{name} has no step or allowed value within its limits"
            least, most = self.moves.least(least), self.moves.max_changed
            if most is not None and self.moves.changed(least) > most:
                return (
                    f"{self.moves.changed(least)} features are outside their limits, and at most "
                    f"{most} may change"
                )
        effort = self._least_effort(least)
        if effort > self.radius * (1.0 + _ROUNDING):
            return (
                f"getting all features inside their bounds takes an effort of {effort:.4g}, more "
                f"than the budget's {self.radius:g}"
            )
        if self.moves is not None and not self.moves.only_links and self._boxes() is None:
            return "no combination of steps and allowed values is within the budget"
        return None

    def _least_effort(self, least: Array) -> float:
        if self.metric is None:
            return self.effort(least)
        if self.moves is not None and not self.moves.only_links:
            return 0.0  # less than the sum of the parts: every combination is looked at
        return float(kernels.effort.least_effort(self.lower, self.upper, *self._norm))

    @property
    def _metric(self) -> Array:
        return np.empty((0, self.mutable.size)) if self.metric is None else self.metric

    @property
    def _norm(self) -> tuple[Array, float, Array]:
        """What kernels need to know of the effort: weight, p and metric."""
        return self.weight, self.norm_power, self._metric

    @property
    def region(self) -> Region:
        """The arguments of kernels that take a region, in order: see `kernels.region.Region`."""
        if self.moves is not None and not self.moves.only_links:
            return self._region_of(self.moves, self.boxes())
        arguments = (self.lower, self.upper, self.weight, self.radius, self.norm_power)
        plain: Region = kernels.region.ball_and_box(*arguments)
        if self.metric is None and self.moves is None and self.price == 0.0:
            return plain
        links = NO_LINKS if self.moves is None else self.moves.links
        more = {"metric": self._metric, "links": links, "price": self.price}
        found: Region = kernels.region.Region(*plain)._replace(**more)
        return found

    def _region_of(self, moves: Moves, boxes: Boxes) -> Region:
        """Return the region of boxes that are known already."""
        weight, norm, metric = self._norm
        rest = (weight, self.radius, norm, metric, moves.links, boxes.levels, boxes.most)
        return (boxes.lower, boxes.upper, *rest, self.price)

    def ball_and_box(self, what: str) -> tuple[Array, Array, Array, float, float]:
        """The arguments of kernels that take no more than a box within an l2 or linf ball.

        Parameters
        ----------
        what
            What needs it, for the error.

        Raises
        ------
        DescriptionError
            If the set is another.
        """
        if self.norm not in ("l2", "linf") or self.moves is not None or self.price > 0.0:
            raise DescriptionError(
                f"{what} is for budgets of l2 or linf without steps, categories, links, "
                "max_changed or price"
            )
        return self.lower, self.upper, self.weight, self.radius, self.norm_power

    @property
    def region_of_arms(self) -> Region:
        """As `region`, for kernels that broadcast over an axis of arms, the last but one."""
        lower, upper, *rest = self.region
        return (lower[..., None, :, :], upper[..., None, :, :], *rest)

    def boxes(self) -> Boxes:
        """Return every combination of steps and categories, or what is left to be rounded."""
        found = self._boxes()
        if found is None:
            raise ValueError("the feasible set is empty")
        return found

    def _boxes(self) -> Boxes | None:
        moves = self.moves or Moves((None,) * self.mutable.size)
        found = boxes_of(moves, self.lower, self.upper, self._efforts_at_least, self.radius)
        if found is None:
            return None
        if found.levels.size:  # the least levels are what is fallen back to
            least = np.clip(0.0, found.lower, found.upper)
            effort = self.efforts(np.array([moves.least(each) for each in least]))
        else:
            effort = kernels.effort.least_effort(found.lower, found.upper, *self._norm)
        cheapest_first = np.argsort(effort, kind="stable")  # of equal changes the least is taken
        fits = effort[cheapest_first] <= self.radius * (1.0 + FEASIBLE)
        return found.some(cheapest_first[fits])

    def _efforts_at_least(self, lower: Array, upper: Array) -> Array:
        """Lower bounds of the efforts that boxes take, shape (b,)."""
        least = np.clip(0.0, lower, upper)
        if self.metric is None:
            return self.efforts(least)
        bounds: Array = np.abs(least * self.weight).max(axis=1, initial=0.0)
        return bounds

    def violation(self, values: Array, point: Array) -> float:
        """By how much a point breaks the set: the largest excess, scaled units; 0 inside.

        Parameters
        ----------
        values
            The person's columns, shape (d,).
        point
            The proposed columns, shape (d,). A changed immutable column is an infinite violation,
            and so are more changes than there may be.
        """
        difference = point - values
        change = difference[self.mutable]
        difference[self.mutable] = 0.0
        if difference.any() or not np.isfinite(point).all():
            return float("inf")
        excess = [0.0, self.effort(change) - self.radius]
        if self.moves is not None:
            excess.append(self.moves.violation(change))
            change = np.where(self.moves.tied, 0.0, change)
        if change.size:
            excess += [float((self.lower - change).max()), float((change - self.upper).max())]
        return max(excess)

    def nearest(self, change: Array) -> Array:
        """Return a feasible change in the direction of a wished one.

        It is clipped to the box that is nearest to it, and then, if it takes too much effort,
        shortened towards the least change that this box allows; steps are taken towards none.

        Parameters
        ----------
        change
            The wished change of the mutable columns, shape (m,), scaled units.
        """
        if self.moves is None:
            return self._shortened(change, self.lower, self.upper)
        if self.moves.only_links:
            return self.moves.followed(self._shortened(change, self.lower, self.upper))
        boxes = self.boxes()
        wished = np.where(self.moves.followers, 0.0, change)
        clipped = np.clip(wished, boxes.lower, boxes.upper)
        box = int(np.argmin(((clipped - wished) ** 2).sum(axis=1)))
        short = self._shortened(wished, boxes.lower[box], boxes.upper[box])
        if boxes.levels.size:  # steps are taken towards none; of too many, the least are left out
            region = self._region_of(self.moves, boxes)
            short = kernels.rounded.onto_levels(short, *region, box)
        return self.moves.followed(short)

    def _shortened(self, change: Array, lower: Array, upper: Array) -> Array:
        wished: Array = np.clip(change, lower, upper)
        if self.effort(wished) <= self.radius:
            return wished
        least: Array = kernels.effort.least_change(lower, upper, self._metric)
        short, long = 0.0, 1.0
        for _ in range(_BISECTIONS):
            share = 0.5 * (short + long)
            fits = self.effort(least + share * (wished - least)) <= self.radius
            short, long = (share, long) if fits else (short, share)
        return least + short * (wished - least)

    def followed(self, change: Array) -> Array:
        """Return a change with that of what follows other features.

        Parameters
        ----------
        change
            Change of the mutable columns, shape (m,).
        """
        return change if self.moves is None else self.moves.followed(change)

    def led(self, values: Array, point: Array) -> Array:
        """Return a point at which what follows other features has moved with them.

        Parameters
        ----------
        values
            The person's columns, shape (d,).
        point
            Columns, shape (d,); those of followers have no effect.
        """
        if self.moves is None or not self.moves.links.size:
            return point
        followers, led = self.moves.followers, point.copy()
        change = self.followed((point - values)[self.mutable])
        columns = self.mutable[followers]
        led[columns] = values[columns] + change[followers]
        return led

    def moved(self, values: Array, change: Array) -> Array:
        """Return the point after a change of the mutable columns.

        Parameters
        ----------
        values
            The person's columns, shape (..., d).
        change
            Change of the mutable columns, shape (..., m).
        """
        point = values.copy()
        point[..., self.mutable] += change
        return point
