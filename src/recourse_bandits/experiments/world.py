"""What a reader must know of a world: what in it is real, fitted, assumed and simulated."""

from dataclasses import dataclass

from recourse_bandits.config import ExperimentSettings
from recourse_bandits.environments import Fertility, NonCompliance
from recourse_bandits.environments.fertility import PAPER_COEFFICIENTS
from recourse_bandits.experiments.contestants import environment_of, named

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class World:
    """A world in words.

    Parameters
    ----------
    note
        What is real, fitted, assumed and simulated.
    tables
        Heading, columns and rows of what was fitted.
    """

    note: str
    tables: tuple[tuple[str, tuple[str, ...], Rows], ...] = ()


def world_of(settings: ExperimentSettings) -> World:
    """Return what a reader must know of an experiment's world.

    Parameters
    ----------
    settings
        The experiment.
    """
    environment = environment_of(named(settings.environment), 0)
    note = environment.note
    while isinstance(environment, NonCompliance):
        environment = environment.inner
    if not isinstance(environment, Fertility):
        return World(note)
    rows = tuple(
        (
            arm,
            *(f"{value:.3f}" for value in values),
            ", ".join(f"{value:.2f}" for value in PAPER_COEFFICIENTS[arm]),
        )
        for arm, values in environment.coefficients().items()
    )
    columns = ("arm", *environment.problem.columns[-3:], "in the paper")
    heading = "Fitted coefficients, score per standard deviation"
    return World(note, ((heading, columns, rows),))
