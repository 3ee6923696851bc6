"""What a world with doses adds to a world, and how to ask either kind."""

from abc import abstractmethod
from collections.abc import Mapping

from recourse_bandits.environments.base import Environment
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key


class DosedEnvironment(Environment):
    """A world some of whose arms have doses: what comes of them depends on the dose too.

    Wherever a dose is left out, the best one for that world is meant, `best_dose`.
    """

    @abstractmethod
    def best_dose(self, context: Context, arm: int, point: Array) -> float | None:
        """Return the dose with which decisions are compared; None of an arm that has none.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            Columns after the recourse, shape (d,).
        """

    @abstractmethod
    def measures(
        self, context: Context, arm: int, point: Array, key: Key, dose: float | None = None
    ) -> Mapping[str, float]:
        """Return what is measured after arm, recourse and dose, with noise.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm that was given.
        point
            Columns as realised, shape (d,).
        key
            Source of randomness; the same for every policy.
        dose
            Dose that was taken, in the arm's unit.
        """

    @abstractmethod
    def expected(
        self, context: Context, arm: int, point: Array, dose: float | None = None
    ) -> float:
        """Return the expected reward of a pair with a dose, the truth.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            Columns after the recourse, shape (d,).
        dose
            Dose in the arm's unit.
        """


def expected_with(
    environment: Environment, context: Context, arm: int, point: Array, dose: float | None
) -> float:
    """Return the expected reward of what was issued, in a world of either kind.

    Parameters
    ----------
    environment
        The world.
    context
        The person.
    arm
        Number of the arm.
    point
        Columns after the recourse, shape (d,).
    dose
        Dose of the arm; None if it has none.
    """
    if isinstance(environment, DosedEnvironment):
        return environment.expected(context, arm, point, dose)
    return environment.expected(context, arm, point)


def measured_with(
    environment: Environment, context: Context, arm: int, point: Array, dose: float | None, key: Key
) -> Mapping[str, float]:
    """Return what is measured after what was given, in a world of either kind.

    Parameters
    ----------
    environment
        The world.
    context
        The person.
    arm
        Number of the arm that was given.
    point
        Columns as realised, shape (d,).
    dose
        Dose that was taken; None if the arm has none.
    key
        Source of randomness; the same for every policy.
    """
    if isinstance(environment, DosedEnvironment):
        return environment.measures(context, arm, point, key, dose)
    return environment.measures(context, arm, point, key)
