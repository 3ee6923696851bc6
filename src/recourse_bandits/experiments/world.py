"""What a reader must know of a world: what in it is real, fitted, assumed and simulated."""

from dataclasses import dataclass

from recourse_bandits.config import ExperimentSettings, points_of
from recourse_bandits.environments import NonCompliance
from recourse_bandits.environments.delays import Delay
from recourse_bandits.experiments.contestants import delay_in, delay_of, environment_of, named
from recourse_bandits.experiments.fitted import Table, tables_of


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
    tables: tuple[Table, ...] = ()


def world_of(settings: ExperimentSettings) -> World:
    """Return what a reader must know of an experiment's world.

    Parameters
    ----------
    settings
        The experiment.
    """
    environment = environment_of(named(settings.environment), 0)
    note = environment.note + _when(settings)
    while isinstance(environment, NonCompliance):
        environment = environment.inner
    return World(note, tables_of(environment))


def _when(settings: ExperimentSettings) -> str:
    """Return when outcomes arrive, at all points; nothing where all arrive at once."""
    points = [point.settings for point in points_of(settings)]
    late = _late("outcomes", [delay_in(point) for point in points])
    apart = [point.sub_outcome_delay for point in points]
    if not any(apart):
        return late
    laws = [delay_of(None if delay is None else named(delay)) for delay in apart]
    return late + _late("sub-outcomes", laws)


def _late(what: str, delays: list[Delay | None]) -> str:
    if not any(delays):
        return ""
    words = dict.fromkeys("at once" if delay is None else delay.words for delay in delays)
    lost = dict.fromkeys(delay.never for delay in delays if delay is not None and delay.never)
    never = f", {' or '.join(f'{share:.3g}' for share in lost)} of them never" if lost else ""
    return f" Simulated: {what} arrive {'; or '.join(words)}{never}."
