"""People who make a part of the recommended change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.special import roots_legendre

from recourse_bandits import kernels
from recourse_bandits.environments.base import Environment
from recourse_bandits.environments.noncompliance.displacing import Displacing, shortened
from recourse_bandits.environments.noncompliance.log_odds import LogOdds
from recourse_bandits.parameters import require_fraction
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key

_NODES = 40  # of a quadrature, more than a smooth link needs


@dataclass(frozen=True)
class PartlyAdhering(Displacing):
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
        Log odds of the share of a person all of whose named columns are 0; `inf`: people comply,
        `-inf`: they change nothing.
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
        require_fraction(spread=self.spread)
        self.require_mutable()
        self._odds  # noqa: B018 - made on first use, from the parameters

    @cached_property
    def _odds(self) -> LogOdds:
        return LogOdds(self.problem.columns, self.level, self.coefficients)

    @cached_property
    def note(self) -> str:  # type: ignore[override]
        """What is simulated, what people do included."""
        return (
            f"{self.inner.note} Simulated: people make a random share of the recommended change"
            f"{self._odds.reasons}; its mean is {self._odds.typical:.3g} where nothing else counts."
        )

    def share(self, context: Context) -> float:
        """Return the mean share s of the change that a person makes.

        Parameters
        ----------
        context
            The person.
        """
        return self._odds.probability(context.values)

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

    def places(self, context: Context, arm: int, point: Array) -> tuple[Array, Array]:
        """Return where x¯'theta may be, and the chances: Gauss's quadrature of a uniform share.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        """
        mean = self.share(context)
        nodes, chances = roots_legendre(_NODES)
        shares = mean + nodes * self.spread * min(mean, 1.0 - mean)
        start = context.values @ self.theta[arm]
        gain = (point - context.values) @ self.theta[arm]
        return start + shares * gain, chances / chances.sum()

    def offset(self, context: Context) -> Array:
        """Return 0 for each arm, shape (K,): people do nothing that was not recommended.

        Parameters
        ----------
        context
            The person.
        """
        return np.zeros(len(self.problem.arm_names))
