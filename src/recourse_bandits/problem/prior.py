"""What is believed of the coefficients before any outcome."""

import math
from collections.abc import Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from recourse_bandits.errors import DescriptionError

PerArmAndColumn = dict[str, dict[str, float]]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Prior:
    """What is believed of the coefficients before any outcome.

    Parameters
    ----------
    mean
        Prior mean of coefficients: ``{arm: {column: value}}``, others 0; reward per scaled unit.
    precision
        Prior precision, one over the variance in units of the noise variance:
        ``{arm: {column: value}}``, values > 0; others are the policy's `penalty`.
    mean_matrix
        Alternatively all means, shape (K, d), columns as in `Problem.columns`.
    precision_matrix
        Alternatively all precisions, shape (K, d, d), symmetric and positive definite.

    Examples
    --------
    >>> Prior(mean={"beta_blocker": {"age": -1.9}}).mean["beta_blocker"]["age"]
    -1.9
    """

    mean: PerArmAndColumn = field(default_factory=dict, kw_only=True)
    precision: PerArmAndColumn = field(default_factory=dict, kw_only=True)
    mean_matrix: tuple[tuple[float, ...], ...] | None = field(default=None, kw_only=True)
    precision_matrix: tuple[tuple[tuple[float, ...], ...], ...] | None = field(
        default=None, kw_only=True
    )

    @model_validator(mode="after")
    def _check(self) -> "Prior":
        if self.mean and self.mean_matrix is not None:
            raise ValueError("give the prior's mean or its mean_matrix, not both")
        if self.precision and self.precision_matrix is not None:
            raise ValueError("give the prior's precision or its precision_matrix, not both")
        for arm, row in self.mean.items():
            for column, value in row.items():
                if not math.isfinite(value):
                    raise ValueError(
                        f"prior mean of {column!r} under {arm!r} must be finite, got {value}"
                    )
        for arm, row in self.precision.items():
            for column, value in row.items():
                if not (value > 0 and math.isfinite(value)):
                    raise ValueError(
                        f"prior precision of {column!r} under {arm!r} must be positive, got {value}"
                    )
        return self

    def arrays(
        self, arms: Sequence[str], columns: Sequence[str], penalty: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Prior mean, shape (K, d), and precision, shape (K, d, d).

        Parameters
        ----------
        arms
            Names of the K arms.
        columns
            Names of the d columns.
        penalty
            Precision of the coefficients that the prior does not name, > 0.

        Raises
        ------
        DescriptionError
            If an arm or a column is unknown, or a matrix has another shape or is not positive
            definite.
        """
        mean = np.zeros((len(arms), len(columns)))
        precision = np.broadcast_to(penalty * np.eye(len(columns)), (*mean.shape, len(columns)))
        precision = precision.copy()
        self._place(self.mean, mean, arms, columns, "mean")
        diagonal = np.einsum("kdd->kd", precision)  # a view: writing to it sets the diagonals
        self._place(self.precision, diagonal, arms, columns, "precision")
        if self.mean_matrix is not None:
            mean = self._checked_shape(self.mean_matrix, mean.shape, "mean_matrix")
        if self.precision_matrix is not None:
            precision = self._checked_shape(
                self.precision_matrix, precision.shape, "precision_matrix"
            )
            symmetric = np.allclose(precision, np.swapaxes(precision, 1, 2))
            if not symmetric or np.linalg.eigvalsh(precision).min() <= 0:
                raise DescriptionError("the prior's precision_matrix must be positive definite")
        return mean, precision

    @staticmethod
    def _place(
        given: PerArmAndColumn,
        matrix: NDArray[np.float64],
        arms: Sequence[str],
        columns: Sequence[str],
        what: str,
    ) -> None:
        for arm, row in given.items():
            for column, value in row.items():
                if arm not in arms or column not in columns:
                    raise DescriptionError(
                        f"prior {what}[{arm!r}][{column!r}]: arms are {', '.join(arms)}; columns "
                        f"are {', '.join(columns)}"
                    )
                matrix[arms.index(arm), columns.index(column)] = value

    @staticmethod
    def _checked_shape(given: object, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
        try:
            matrix = np.asarray(given, dtype=np.float64)
        except ValueError:
            raise DescriptionError(
                f"the prior's {what} must be finite, of shape {shape}; its rows differ in length"
            ) from None
        if matrix.shape != shape or not np.isfinite(matrix).all():
            raise DescriptionError(
                f"the prior's {what} must be finite, of shape {shape}; got {matrix.shape}"
            )
        return matrix
