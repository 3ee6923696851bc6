"""How much change may be asked of a person."""

import math
from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

_WORST_CONDITION = 1e12
_LARGEST_POWER = 100.0
_LEAST_POWER = 1.01


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Budget:
    r"""The largest effort of a recourse.

    Parameters
    ----------
    norm
        What effort is, of the changes u_i = weight_i·change_i: `l1`: sum \|u_i\|;
        `l2`: sqrt(sum u_i²); `linf`: max \|u_i\|; `lp`: (sum \|u_i\|^p)^(1/p) with p = `power`;
        `mahalanobis`: sqrt(u' A u) with A = `matrix`.
    radius
        The largest effort, >= 0. 0 allows no change.
    scaled
        True: changes count in scaled units (one unit is the feature's `scale`). False: in raw
        units. A feature of categories counts 1 where it changes.
    power
        The p of `lp`, in [1.01, 100].
    matrix
        The A of `mahalanobis`: symmetric and positive definite, one row and column for each mutable
        feature, in the order of the features.
    max_changed
        Largest number of features that change, >= 0; features that follow others are not counted.
        None: any number.
    price
        Reward that one unit of effort must bring, >= 0: the recourse maximises reward less
        price·effort, so that nobody is asked for effort that gains less.

    Examples
    --------
    >>> Budget("l2", 3.0).radius
    3.0
    >>> Budget("l1", 2.0, max_changed=2).max_changed
    2
    """

    norm: Literal["l1", "l2", "linf", "lp", "mahalanobis"]
    radius: float
    scaled: bool = field(default=True, kw_only=True)
    power: float | None = field(default=None, kw_only=True)
    matrix: tuple[tuple[float, ...], ...] | None = field(default=None, kw_only=True)
    max_changed: int | None = field(default=None, kw_only=True)
    price: float = field(default=0.0, kw_only=True)

    @model_validator(mode="after")
    def _check(self) -> "Budget":
        if not (self.radius >= 0 and math.isfinite(self.radius)):
            raise ValueError(f"radius must be >= 0 and finite, got {self.radius}")
        if not (self.price >= 0 and math.isfinite(self.price)):
            raise ValueError(f"price must be >= 0 and finite, got {self.price}")
        if self.max_changed is not None and self.max_changed < 0:
            raise ValueError(f"max_changed must be >= 0, got {self.max_changed}")
        for what, value, norm in (
            ("power", self.power, "lp"),
            ("matrix", self.matrix, "mahalanobis"),
        ):
            if (value is None) == (self.norm == norm):
                verb = "needs" if value is None else "has no"
                raise ValueError(f"norm {self.norm!r} {verb} {what}, which is that of {norm!r}")
        if self.power is not None and not _LEAST_POWER <= self.power <= _LARGEST_POWER:
            raise ValueError(
                f"power must lie in [{_LEAST_POWER}, {_LARGEST_POWER:g}], got {self.power}; at the "
                "ends are the norms 'l1' and 'linf'"
            )
        if self.matrix is not None:
            self._check_matrix(len(self.matrix))
        return self

    def _check_matrix(self, size: int) -> None:
        if any(len(row) != size for row in self.matrix or ()):
            raise ValueError("matrix must be square: one row and column for each mutable feature")
        matrix = self.metric_matrix
        if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T):
            raise ValueError("matrix must be finite and symmetric")
        values = np.linalg.eigvalsh(matrix)
        if size and not values[0] * _WORST_CONDITION > values[-1]:
            raise ValueError(
                "matrix must be positive definite: a change that it makes free would be unlimited; "
                f"its eigenvalues lie between {values[0]:.3g} and {values[-1]:.3g}"
            )

    @property
    def metric_matrix(self) -> NDArray[np.float64]:
        """`matrix` as an array, shape (f, f); empty without one."""
        rows = self.matrix or ()
        return np.array(rows, np.float64).reshape(len(rows), len(rows))
