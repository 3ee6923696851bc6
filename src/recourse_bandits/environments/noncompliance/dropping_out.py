"""People who never come back to be measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from recourse_bandits import kernels
from recourse_bandits.environments.base import Environment
from recourse_bandits.environments.noncompliance.base import NonCompliance
from recourse_bandits.environments.noncompliance.log_odds import LogOdds
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_finite
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key

_INDEX = 2**60  # of the draw: far from those of a world inside that loses people of its own


@dataclass(frozen=True)
class DroppingOut(NonCompliance):
    """Some people are never heard of again; who is, features tell, and how much was asked of them.

    The probability is 1 / (1 + exp(-level - coefficients'x - effort·E)) with E the effort of the
    recommended change. What people do and what comes of it is that of the world inside, measured or
    not: so are the worth of recommending and regret. Only what policies learn from differs: fewer
    outcomes, not of everybody alike. Given the person and the recommendation, who is lost does not
    depend on the outcome. Ours.

    Parameters
    ----------
    world
        Any environment, linear or not, also one of people who do not comply otherwise.
    seed
        Not used: the world inside has one.
    level
        Log odds of dropping out, of a person all of whose named columns are 0 and who is asked for
        no change; `-inf`: everybody comes back.
    coefficients
        Log odds per scaled unit, by column; columns that are left out have 0.
    effort
        Log odds per unit of effort of the recommended change, as the budget counts it.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range, a column is unknown, or people drop out of the world
        inside already.

    Examples
    --------
    >>> from recourse_bandits import Hypertension
    >>> world = DroppingOut(Hypertension(), level=-1.0, effort=0.5)
    >>> context = world.problem.context([0.0] * 8)
    >>> point = context.feasible.moved(context.values, [2.0, 0.0])
    >>> world.chance(context, point)
    0.5
    """

    world: Environment
    seed: int = 0
    level: float = -1.0
    coefficients: Mapping[str, float] = field(default_factory=dict)
    effort: float = 0.0

    def __post_init__(self) -> None:
        self._odds  # noqa: B018 - made on first use, from the parameters
        require_finite(effort=self.effort)

    @cached_property
    def _odds(self) -> LogOdds:
        return LogOdds(self.problem.columns, self.level, self.coefficients)

    @property
    def inner(self) -> Environment:
        """The world inside."""
        world = super().inner
        if isinstance(world, DroppingOut):
            raise DescriptionError(
                "world must not be one that people drop out of, got DroppingOut: add up the levels "
                "and coefficients in one"
            )
        return world

    @cached_property
    def note(self) -> str:  # type: ignore[override]
        """What is simulated, who drops out included."""
        asked = f" and by {self.effort:g} in log odds per unit of effort" if self.effort else ""
        return (
            f"{self.inner.note} Simulated: people drop out and are not measured, with a "
            f"probability{self._odds.reasons}{asked}; it is {self._odds.typical:.3g} where nothing "
            "else counts; rewards and regret are of all people."
        )

    def chance(self, context: Context, point: Array) -> float:
        """Return the probability that a person drops out.

        Parameters
        ----------
        context
            The person.
        point
            Recommended columns, shape (d,).
        """
        feasible = context.feasible
        effort = feasible.effort((point - context.values)[feasible.mutable])
        return self._odds.probability(context.values, self.effort * effort)

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        """Return what people do in the world inside.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        key
            Source of randomness; the same for every policy.
        """
        return self.inner.realised(context, arm, point, key)

    def comes_back(self, context: Context, arm: int, point: Array, key: Key) -> bool:
        """Return whether a person comes back to be measured.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        key
            Draws it; whoever drops out when little is asked does so too when the odds are higher.
        """
        draw = float(kernels.draws.uniform(*key, _INDEX))
        stays = draw >= self.chance(context, point)
        return stays and self.inner.comes_back(context, arm, point, key)

    def expected(self, context: Context, arm: int, point: Array) -> float:
        """Return what recommending a pair is worth in the world inside, measured or not.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            Recommended columns, shape (d,).
        """
        return self.inner.expected(context, arm, point)

    def best(self, context: Context) -> tuple[int, Array]:
        """Return the pair that it is best to recommend in the world inside.

        Parameters
        ----------
        context
            The person.
        """
        return self.inner.best(context)

    def worst(self, context: Context) -> tuple[int, Array]:
        """Return the pair that it is worst to recommend in the world inside.

        Parameters
        ----------
        context
            The person.
        """
        return self.inner.worst(context)
