"""The points that one person's recourse may lead to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels

NORMS = {"l2": 0, "linf": 1}  # as the kernels number them
FEASIBLE = 1e-9
"""How far a point may be outside the feasible set, in the set's units."""

_BISECTIONS = 50


@dataclass(frozen=True, slots=True, eq=False)
class FeasibleSet:
    """A norm ball intersected with a box, around a person's features; all in scaled units.

    Parameters
    ----------
    mutable
        Columns that may change, shape (m,).
    lower, upper
        Box on the change, shape (..., m), lower <= upper; may be infinite.
    weight
        Effort of one scaled unit, shape (m,), >= 0.
    radius
        Largest effort, >= 0.
    norm
        `l2` or `linf`.
    fixed
        Columns whose value is unknown, or all of them where no recourse is possible: there the
        person neither is asked to change nor can be seen to, shape (..., m). None: no column.

    Examples
    --------
    >>> import numpy as np
    >>> free = np.full(2, np.inf)
    >>> FeasibleSet(np.arange(2), -free, free, np.ones(2), 3.0, "l2").effort(np.array([3.0, 4.0]))
    5.0
    """

    mutable: NDArray[np.int64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    weight: NDArray[np.float64]
    radius: float
    norm: str
    fixed: NDArray[np.bool_] | None = None

    @property
    def norm_code(self) -> int:
        """The norm's number in the kernels."""
        return NORMS[self.norm]

    @property
    def held(self) -> NDArray[np.bool_]:
        """`fixed`, spelled out where it is None, shape (..., m)."""
        return np.zeros(self.lower.shape, np.bool_) if self.fixed is None else self.fixed

    def effort(self, change: NDArray[np.float64]) -> float:
        """Effort of a change, in the budget's norm.

        Parameters
        ----------
        change
            Change of the mutable columns, shape (m,), scaled units.
        """
        return float(kernels.feasible.effort(change, self.weight, self.norm_code))

    def violation(self, values: NDArray[np.float64], point: NDArray[np.float64]) -> float:
        """By how much a point breaks the set: the largest excess, scaled units; 0 inside.

        Parameters
        ----------
        values
            The person's columns, shape (d,).
        point
            The proposed columns, shape (d,). A changed immutable column is an infinite violation.
        """
        difference = point - values
        change = difference[self.mutable]
        difference[self.mutable] = 0.0
        if difference.any() or not np.isfinite(point).all():
            return float("inf")
        excess = [0.0, self.effort(change) - self.radius]
        if change.size:
            excess += [float((self.lower - change).max()), float((change - self.upper).max())]
        return max(excess)

    def nearest(self, change: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a feasible change in the direction of a wished one.

        It is clipped to the box and then, if it takes too much effort, shortened towards the least
        change that the box allows.

        Parameters
        ----------
        change
            The wished change of the mutable columns, shape (m,), scaled units.
        """
        wished: NDArray[np.float64] = np.clip(change, self.lower, self.upper)
        if self.effort(wished) <= self.radius:
            return wished
        least: NDArray[np.float64] = np.clip(0.0, self.lower, self.upper)
        short, long = 0.0, 1.0
        for _ in range(_BISECTIONS):
            share = 0.5 * (short + long)
            fits = self.effort(least + share * (wished - least)) <= self.radius
            short, long = (share, long) if fits else (short, share)
        return least + short * (wished - least)

    def moved(
        self, values: NDArray[np.float64], change: NDArray[np.float64]
    ) -> NDArray[np.float64]:
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
