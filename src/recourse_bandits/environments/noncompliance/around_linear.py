"""A linear world around another one: what a world says that knows its coefficients."""

from recourse_bandits.environments.base import LinearEnvironment
from recourse_bandits.environments.noncompliance.base import NonCompliance
from recourse_bandits.errors import DescriptionError
from recourse_bandits.records import Array


class AroundLinear(NonCompliance, LinearEnvironment):
    """A wrapper around a linear world of people who comply."""

    @property
    def inner(self) -> LinearEnvironment:
        """The world inside."""
        world = super().inner
        if isinstance(world, NonCompliance):
            raise DescriptionError(
                f"world must be one of people who comply, got {type(world).__name__}: one kind of "
                "non-compliance at a time; only dropping-out goes around the others"
            )
        if (
            not isinstance(world, LinearEnvironment)
            or type(world).expected is not LinearEnvironment.expected
        ):
            raise DescriptionError(
                "world must be one whose expected rewards are linear in the columns, got "
                f"{type(world).__name__}"
            )
        return world

    @property
    def theta(self) -> Array:  # type: ignore[override]
        """True coefficients, of what people do; those of the world inside."""
        return self.inner.theta

    def measured(self, reward: float) -> float:
        """Return the measured value that stands for a reward, as in the world inside.

        Parameters
        ----------
        reward
            A reward.
        """
        return self.inner.measured(reward)
