"""A world around another one, in which people do not do what was recommended."""

from collections.abc import Mapping

from recourse_bandits.environments.base import Environment
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Context, Person, Problem
from recourse_bandits.records import Array, Key


class NonCompliance(Environment):
    """A wrapper around a world; the truth is that of recommending, not of doing.

    The problem, persons, noise and data are those of the world inside.
    """

    world: Environment

    @property
    def inner(self) -> Environment:
        """The world inside."""
        world = self.world
        if not isinstance(world, Environment):
            raise DescriptionError(
                f"world must be an environment (in settings a table with its name), got {world!r}"
            )
        if world.problem.doses is not None:
            raise DescriptionError(
                "world must be one without doses, which people here would take as recommended "
                f"whatever else they do; got {type(world).__name__}"
            )
        return world

    @property
    def problem(self) -> Problem:
        """The problem of the world inside."""
        return self.inner.problem

    @property
    def data_digest(self) -> str:
        """SHA-256 of the real data in the world inside."""
        return self.inner.data_digest

    def person(self, key: Key) -> Person:
        """Whoever comes in the world inside.

        Parameters
        ----------
        key
            Source of randomness; its number is the round.
        """
        return self.inner.person(key)

    def comes_back(self, context: Context, arm: int, point: Array, key: Key) -> bool:
        """Return whether a person comes back to be measured in the world inside.

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
        return self.inner.comes_back(context, arm, point, key)

    def measures(self, context: Context, arm: int, point: Array, key: Key) -> Mapping[str, float]:
        """Return what the world inside measures after what people did.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm that was given.
        point
            Columns as realised, shape (d,).
        key
            Draws the noise.
        """
        return self.inner.measures(context, arm, point, key)
