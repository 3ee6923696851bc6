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
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_fraction
from recourse_bandits.problem import Context
from recourse_bandits.problem.encoding import nearest
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
    feature_shares
        What is left of the share in a mutable feature, in [0, 1], by name: 0.5 is half of what the
        person makes of the others. Features that are left out have 1.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range, a column or feature is unknown, or the world is not
        linear or has no mutable feature.

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
    feature_shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_fraction(spread=self.spread)
        self.require_mutable()
        self._odds  # noqa: B018 - made on first use, from the parameters
        self._require_parts()

    def _require_parts(self) -> None:
        names = self.problem.limits.names
        if not isinstance(self.feature_shares, Mapping):
            raise DescriptionError(
                f"feature_shares must be a table of numbers by feature, got {self.feature_shares!r}"
            )
        for name, value in self.feature_shares.items():
            if name not in names:
                raise DescriptionError(
                    f"feature_shares.{name}: no such mutable feature"
                    f"{nearest(str(name), names)}; they are {', '.join(names)}"
                )
            require_fraction(**{f"feature_shares.{name}": value})

    @cached_property
    def _odds(self) -> LogOdds:
        return LogOdds(self.problem.columns, self.level, self.coefficients)

    @cached_property
    def note(self) -> str:  # type: ignore[override]
        """What is simulated, what people do included."""
        less = ", ".join(f"{part:g} of it in {name}" for name, part in self.feature_shares.items())
        return (
            f"{self.inner.note} Simulated: people make a random share of the recommended change"
            f"{self._odds.reasons}; its mean is {self._odds.typical:.3g} where nothing else counts"
            f"{less and f', and only {less}'}."
        )

    @cached_property
    def parts(self) -> Array | float:
        """Factors of the share for each mutable feature, shape (m,); 1 if all are alike."""
        if not self.feature_shares:
            return 1.0
        return np.array([self.feature_shares.get(name, 1.0) for name in self.problem.limits.names])

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
        return arm, shortened(context, point, share, self.parts)

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
        columns = context.feasible.mutable
        gain = (point - context.values)[columns] @ (self.theta[arm, columns] * self.parts)
        return start + shares * gain, chances / chances.sum()

    def offset(self, context: Context) -> Array:
        """Return 0 for each arm, shape (K,): people do nothing that was not recommended.

        Parameters
        ----------
        context
            The person.
        """
        return np.zeros(len(self.problem.arm_names))
