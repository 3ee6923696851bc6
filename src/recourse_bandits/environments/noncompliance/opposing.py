"""People whose deviation is the worst one: LIBRA, section 4, Lemma 4."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recourse_bandits.environments.base import Environment
from recourse_bandits.environments.noncompliance.displacing import Displacing
from recourse_bandits.parameters import require_not_negative
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key


@dataclass(frozen=True)
class Opposing(Displacing):
    """Everybody deviates from the recommended change as it hurts most, within a Euclidean ball.

    x¯_M = x~_M - longest·theta_M/‖theta_M‖ for the arm that is given: the smallest reward within
    reach. A pair is worth its worst case, and regret is a difference of two worst cases
    (Appendix C.4).

    Parameters
    ----------
    world
        A linear environment.
    seed
        Not used: the world inside has one.
    longest
        Length of the deviation, l2, scaled units, >= 0; 0: people comply.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range, the world is not linear or has no mutable feature, or a
        deviation may lead to a value that the problem refuses.

    Examples
    --------
    >>> from recourse_bandits import Hypertension
    >>> world = Opposing(Hypertension(), longest=1.0)
    >>> context = world.problem.context([0.0] * 8)
    >>> round(world.expected(context, 0, context.values), 6)  # 42 - sqrt(2.12² + 0.48²)
    39.826339
    """

    world: Environment
    seed: int = 0
    longest: float = 1.0

    def __post_init__(self) -> None:
        require_not_negative(longest=self.longest)
        self.require_mutable()
        self.require_plausible(self.longest)

    @cached_property
    def note(self) -> str:  # type: ignore[override]
        """What is simulated, what people do included."""
        return (
            f"{self.inner.note} Simulated: people deviate from the recommended change by "
            f"{self.longest:g} in scaled units (l2) in the direction that hurts most; rewards and "
            "regret are of that worst case; bounds and budget limit what is recommended, not what "
            "people do."
        )

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        """Return the arm and the worst point within reach of x~.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        key
            Not used: nothing is left to chance.
        """
        slope = self._slopes(context)[arm]
        length = float(np.linalg.norm(slope))
        worst = -(self.longest / length) * slope if length > 0.0 else np.zeros(slope.size)
        return arm, context.feasible.moved(point, worst)

    def places(self, context: Context, arm: int, point: Array) -> tuple[Array, Array]:
        """Return the least x¯'theta, which is certain.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        """
        lost = self.longest * float(np.linalg.norm(self._slopes(context)[arm]))
        return np.array([point @ self.theta[arm] - lost]), np.ones(1)

    def offset(self, context: Context) -> Array:
        """Return -longest·‖theta_M‖ for each arm, shape (K,).

        Parameters
        ----------
        context
            The person.
        """
        lost: Array = -self.longest * np.linalg.norm(self._slopes(context), axis=1)
        return lost

    def _slopes(self, context: Context) -> Array:
        slopes: Array = self.theta[:, context.feasible.mutable] * self.able(context)
        return slopes
