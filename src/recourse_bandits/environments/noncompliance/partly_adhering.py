"""People who make a part of the recommended change."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import expit

from recourse_bandits import kernels
from recourse_bandits.environments.base import Environment
from recourse_bandits.environments.noncompliance.base import NonCompliance, shortened
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_finite, require_fraction
from recourse_bandits.problem import Context
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.records import Array, Key


@dataclass(frozen=True)
class PartlyAdhering(NonCompliance):
    """Everybody makes a random share of the recommended change; who makes more, features tell.

    The mean share is s = 1 / (1 + exp(-level - coefficients'x)). The share of a person is uniform
    in s ± spread·min(s, 1 - s), so it lies in [0, 1] and has the mean s; given the features it
    does not depend on what is recommended, and every policy meets the same. Ours.

    Parameters
    ----------
    world
        A linear environment.
    seed
        Not used: the world inside has one.
    level
        Log odds of the share of a person all of whose named columns are 0; `inf`: people comply.
    coefficients
        Log odds per scaled unit, by column; columns that are left out have 0.
    spread
        How much shares of equal persons differ, in [0, 1]; 0: not at all.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range, a column is unknown, or the world is not linear or has
        no mutable feature.

    Examples
    --------
    >>> from recourse_bandits import Hypertension
    >>> world = PartlyAdhering(Hypertension(), level=0.0, coefficients={"age": 1.0})
    >>> world.share(world.problem.context([0.0] * 8))
    0.5
    """

    world: Environment
    seed: int = 0
    level: float = 0.0
    coefficients: Mapping[str, float] = field(default_factory=dict)
    spread: float = 1.0

    def __post_init__(self) -> None:
        if self.level != math.inf:
            require_finite(level=self.level)
        require_fraction(spread=self.spread)
        self.require_mutable()
        if not isinstance(self.coefficients, Mapping):
            raise DescriptionError(
                f"coefficients must be a table of numbers by column, got {self.coefficients!r}"
            )
        for column, value in self.coefficients.items():
            if column not in self.problem.columns:
                raise DescriptionError(
                    f"coefficients.{column}: no such column"
                    f"{nearest(str(column), self.problem.columns)}; they are "
                    f"{', '.join(self.problem.columns)}"
                )
            require_finite(**{f"coefficients.{column}": value})

    @cached_property
    def note(self) -> str:  # type: ignore[override]
        """What is simulated, what people do included."""
        depends = f", depending on {', '.join(self.coefficients)}" if self.coefficients else ""
        return (
            f"{self.inner.note} Simulated: people make a random share of the recommended change"
            f"{depends}; its mean is {float(expit(self.level)):.3g} where nothing else counts."
        )

    @cached_property
    def _slope(self) -> Array:
        return np.array([self.coefficients.get(name, 0.0) for name in self.problem.columns])

    def share(self, context: Context) -> float:
        """Return the mean share s of the change that a person makes.

        Parameters
        ----------
        context
            The person.
        """
        return float(expit(self.level + float(context.values @ self._slope)))

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        """Return the arm and the point after the person's share of the change.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        key
            Draws the share.
        """
        mean = self.share(context)
        draw = 2.0 * float(kernels.draws.uniform(*key, 0)) - 1.0
        share = mean + draw * self.spread * min(mean, 1.0 - mean)
        return arm, shortened(context, point, share)

    def offset(self, context: Context) -> Array:
        """Return 0 for each arm, shape (K,): people do nothing that was not recommended.

        Parameters
        ----------
        context
            The person.
        """
        return np.zeros(len(self.problem.arm_names))
