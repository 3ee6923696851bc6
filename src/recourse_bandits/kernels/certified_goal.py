r"""What certified optima maximise, and what is known of the maximum.

With the symbols of `optimistic`, c the change of the mutable features and R'R = V,

.. math:: g(c) = x'\hat\theta + \hat\theta_M'c + \rho\,\|r + S c\|_2,\qquad
          r = R'^{-1}x,\quad S = R'^{-1}E_M.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.effort import effort
from recourse_bandits.kernels.feasible import maximise
from recourse_bandits.kernels.region import Region

Array = NDArray[np.float64]

_AT_ONCE = 8192  # changes whose values are computed together
_CLIMBS = 200
_CLIMBED = 1e-13


@dataclass(frozen=True, slots=True)
class Quadratic:
    """base + slope'c + rho·sqrt(q0 + 2 linear'c + c'matrix c)."""

    base: float
    rho: float
    q0: float
    slope: Array
    linear: Array
    matrix: Array

    @property
    def parts(self) -> tuple[float, float, float, Array, Array, Array]:
        """What kernels take first."""
        return self.base, self.rho, self.q0, self.slope, self.linear, self.matrix


@dataclass(frozen=True, slots=True)
class Goal:
    """The function of the change; `rotated` is r and, beside it, S, shape (d, 1 + m)."""

    base: float
    rho: float
    slope: Array
    rotated: Array

    @property
    def quadratic(self) -> Quadratic:
        """With the square of the norm multiplied out."""
        products = self.rotated.T @ self.rotated
        return Quadratic(
            base=self.base,
            rho=self.rho,
            q0=float(products[0, 0]),
            slope=self.slope,
            linear=products[0, 1:].copy(),
            matrix=np.ascontiguousarray(products[1:, 1:]),
        )

    def at(self, changes: Array) -> Array:
        """Values after changes of shape (n, m), without cancellation in squares."""
        values: Array = self.base + changes @ self.slope
        for first in range(0, len(changes), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            values[some] += self.rho * np.linalg.norm(self._reached(changes[some]), axis=1)
        return values

    def slopes(self, changes: Array) -> Array:
        """Gradients at changes of shape (n, m); where the norm is 0, of the other terms."""
        reached = self._reached(changes)
        length = np.linalg.norm(reached, axis=1, keepdims=True)
        unit = np.divide(reached, length, out=np.zeros_like(reached), where=length > 0.0)
        found: Array = self.slope + self.rho * (unit @ self.rotated[:, 1:])
        return found

    def _reached(self, changes: Array) -> Array:
        reached: Array = self.rotated[:, 0] + changes @ self.rotated[:, 1:].T
        return reached

    def through(self, offset: Array, columns: Array) -> "Goal":
        """The function of u, where c = offset + columns·u."""
        spread = self.rotated[:, 1:]
        return Goal(
            base=self.base + float(self.slope @ offset),
            rho=self.rho,
            slope=self.slope @ columns,
            rotated=np.column_stack((self.rotated[:, 0] + spread @ offset, spread @ columns)),
        )


def goal_of(factor: Array, estimate: Array, rho: float, x: Array, mutable: Any) -> Goal:
    """Return the function that one arm's optimistic recourse maximises for one person."""
    rotated = np.linalg.solve(factor.T, np.column_stack((x, np.eye(x.size)[:, mutable])))
    return Goal(float(x @ estimate), rho, estimate[mutable], np.asarray(rotated, np.float64))


@dataclass(frozen=True, slots=True)
class Found:
    """A change with its value, an upper bound, and how many boxes or points that took.

    Solvers start from one and return one. If the value has not risen, the change is of no meaning:
    what is best is elsewhere.
    """

    change: Array
    value: float
    bound: float
    nodes: int


@dataclass(frozen=True, slots=True)
class Patience:
    """When to stop: a gap within tolerance·(1 + |value|), or so many boxes."""

    tolerance: float
    max_nodes: int

    def closed(self, value: float, bound: float) -> bool:
        """Whether the gap is within the tolerance."""
        return bound <= value + self.tolerance * (1.0 + abs(value))

    def beside(self, value: float, cost: float) -> "Patience":
        """Return one that closes the gap of what is compared after a cost is taken off."""
        return Patience(self.tolerance / (1.0 + abs(value) + cost), self.max_nodes)

    def after(self, nodes: int) -> "Patience":
        """What is left after some boxes, but one box at least."""
        return Patience(self.tolerance, max(self.max_nodes - nodes, 1))


def best_of(goal: Goal, changes: Array, price: Array | float = 0.0) -> Found:
    """Return the best of some changes, shape (n, m); price: of each, what its effort costs."""
    values = goal.at(changes) - price
    best = int(np.argmax(values))
    return Found(changes[best], float(values[best]), float(values[best]), len(values))


def boxes_of(found: Found) -> int:
    """How much of the patience was used: points and vertices are tried in no time."""
    return 1 if found.bound == found.value else found.nodes


def climbed(goal: Goal, region: Region, changes: Array) -> Found:
    """Algorithm 2 from several changes, feasible or not, shape (n, m); no bound."""
    best = Found(changes[0], -np.inf, np.inf, 0)
    for _ in range(_CLIMBS):
        changes = maximise(goal.slopes(changes), *region)
        found = best_of(goal, changes, price_of(changes, region))
        if not found.value > best.value + _CLIMBED * (1.0 + abs(found.value)):
            break
        best = Found(found.change, found.value, np.inf, 0)
    return best


def price_of(changes: Array, region: Region) -> Array | float:
    """Return what the effort of changes costs, shape (n,)."""
    if region.price == 0.0:
        return 0.0
    costs: Array = region.price * effort(changes, region.weight, region.norm, region.metric)
    return costs
