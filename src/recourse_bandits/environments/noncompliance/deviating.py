"""People who deviate at random from what was recommended: LIBRA, section 4."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import roots_gegenbauer

from recourse_bandits import kernels
from recourse_bandits.environments.base import Environment
from recourse_bandits.environments.noncompliance.displacing import Displacing
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_finite, require_not_negative
from recourse_bandits.problem import Context, FeasibleSet
from recourse_bandits.records import Array, Key

_ROUNDING = 1e-12

_NODES = 40  # of a quadrature, more than a smooth link needs


@dataclass(frozen=True)
class Deviating(Displacing):
    """Everybody adds a deviation e to the recommended change, from one known law.

    e = bias + (longest - ‖bias‖)·u with u uniform in the Euclidean unit ball. So ‖e‖ is at most
    `longest` and the mean of e is the bias, exactly. Every policy meets the same e, whatever it
    recommends. The source states the ball and that the mean need not be 0; the law is ours.

    Parameters
    ----------
    world
        A linear environment.
    seed
        Not used: the world inside has one.
    longest
        Length of the longest deviation, l2, scaled units, >= 0; 0: people comply.
    bias
        Mean deviation of each mutable feature, scaled units, shape (m,); empty: all 0. Its length
        is at most `longest`.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range, the world is not linear or has no mutable feature, or a
        deviation may lead to a value that the problem refuses.

    Examples
    --------
    >>> from recourse_bandits import Hypertension
    >>> world = Deviating(Hypertension(), longest=1.0, bias=(-0.5, -0.5))
    >>> context = world.problem.context([0.0] * 8)
    >>> float(Hypertension().expected(context, 0, context.values))
    42.0
    >>> round(world.expected(context, 0, context.values), 6)
    40.7
    """

    world: Environment
    seed: int = 0
    longest: float = 1.0
    bias: Sequence[float] = ()

    def __post_init__(self) -> None:
        require_not_negative(longest=self.longest)
        self.require_mutable()
        self._require_bias()
        self.require_plausible(self.longest)

    def _require_bias(self) -> None:
        names = self.problem.limits.names
        if not isinstance(self.bias, list | tuple) or len(self.bias) not in (0, len(names)):
            raise DescriptionError(
                f"bias must be empty or a list of {len(names)} numbers, for {', '.join(names)}; "
                f"got {self.bias!r}"
            )
        for name, value in zip(names, self.bias, strict=False):
            require_finite(**{f"bias of {name}": value})
        length = float(np.linalg.norm(self._mean))
        if length > self.longest * (1.0 + _ROUNDING):
            raise DescriptionError(
                f"bias must be at most longest = {self.longest:g} long (l2), got "
                f"{list(self.bias)}, which is {length:g} long"
            )

    @cached_property
    def note(self) -> str:  # type: ignore[override]
        """What is simulated, what people do included."""
        law = f"uniform around a bias of {list(self.bias)}" if self.bias else "uniform"
        return (
            f"{self.inner.note} Simulated: people deviate from the recommended change at random, "
            f"by at most {self.longest:g} in scaled units (l2), {law}; bounds and budget limit "
            "what is recommended, not what people do."
        )

    @cached_property
    def _mean(self) -> Array:
        bias = np.array(self.bias, dtype=np.float64)
        return bias if bias.size else np.zeros(len(self.problem.limits.names))

    def deviation(self, context: Context, key: Key) -> Array:
        """Draw a person's deviation e, shape (m,), scaled units.

        Parameters
        ----------
        context
            The person.
        key
            Source of randomness.
        """
        size = self._mean.size
        free, spread = np.full(size, np.inf), self.longest - float(np.linalg.norm(self._mean))
        ball = FeasibleSet(np.arange(size), -free, free, np.ones(size), max(spread, 0.0), "l2")
        around = kernels.uniform.change(*ball.region, *key)
        deviation: Array = (self._mean + around) * self.able(context)
        return deviation

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        """Return the arm and x~ + e.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        key
            Draws e.
        """
        return arm, context.feasible.moved(point, self.deviation(context, key))

    def places(self, context: Context, arm: int, point: Array) -> tuple[Array, Array]:
        """Return where x¯'theta may be, and the chances: Gauss's quadrature.

        A coordinate of a uniform point of the unit ball has a density as (1 - t²)^((m - 1)/2).

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        """
        slope = self.theta[arm, context.feasible.mutable] * self.able(context)
        spread = max(self.longest - float(np.linalg.norm(self._mean)), 0.0)
        nodes, chances = roots_gegenbauer(_NODES, slope.size / 2.0)
        centre = point @ self.theta[arm] + self._mean @ slope
        z = centre + spread * float(np.linalg.norm(slope)) * nodes
        return z, chances / chances.sum()

    def offset(self, context: Context) -> Array:
        """Return the mean of e times theta_M for each arm, shape (K,).

        Parameters
        ----------
        context
            The person.
        """
        slope = self.theta[:, context.feasible.mutable]
        lost: Array = slope @ (self._mean * self.able(context))
        return lost
