"""The points of a sweep: a grid of axes, or a list of cases, as settings that are complete."""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from recourse_bandits.config.experiments import ExperimentSettings
from recourse_bandits.config.toml import set_value, validated
from recourse_bandits.errors import SettingsError
from recourse_bandits.problem.encoding import nearest

_SAME_EVERYWHERE = ("name", "title", "source", "runs", "seed", "axes", "cases", "claims")


@dataclass(frozen=True, slots=True)
class Point:
    """One place in a sweep.

    Parameters
    ----------
    number
        From 0.
    values
        Value of every axis, or the name of the case; empty without a sweep.
    settings
        The experiment there, without axes, cases and claims.
    """

    number: int
    values: Mapping[str, Any]
    settings: ExperimentSettings

    @property
    def label(self) -> str:
        """What tells it from the other points, in words."""
        return ", ".join(f"{name} = {value}" for name, value in self.values.items())


def points_of(settings: ExperimentSettings) -> list[Point]:
    """Return the points of an experiment; one that sweeps nothing has a single point.

    Parameters
    ----------
    settings
        The experiment.

    Raises
    ------
    SettingsError
        If an axis or a case leads to settings that are wrong.
    """
    described = settings.model_dump(exclude={"axes", "cases", "claims"})
    found = []
    for number, (values, changes) in enumerate(_places(settings)):
        described_here = _copied(described)
        where = f"experiment {settings.name!r}"
        if changes:
            where += " at " + ", ".join(f"{name} = {value}" for name, value in values.items())
        for key, value in changes.items():
            _refuse_shared(key, settings)
            set_value(described_here, key, value, where)
        _refuse_other_policies(described_here["policies"], settings, where)
        here = validated(TypeAdapter(ExperimentSettings), described_here, where)
        found.append(Point(number, values, here))
    return found


def _places(settings: ExperimentSettings) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield what tells each point from the others, and the settings that it changes."""
    if settings.cases:
        for case in settings.cases:
            yield {"case": case.name}, dict(case.changes)
        return
    for values in itertools.product(*(axis.values for axis in settings.axes)):
        chosen = list(zip(settings.axes, values, strict=True))
        yield (
            {axis.name: value for axis, value in chosen},
            {key: value for axis, value in chosen for key in axis.keys},
        )


def count_points(settings: ExperimentSettings) -> int:
    """Return the number of points.

    Parameters
    ----------
    settings
        The experiment.
    """
    return len(settings.cases) or math.prod(len(axis.values) for axis in settings.axes)


def _refuse_shared(key: str, settings: ExperimentSettings) -> None:
    if key.split(".", 1)[0] in _SAME_EVERYWHERE:
        raise SettingsError(
            f"experiment {settings.name!r}: {key!r} is the same at all points of a sweep; "
            "an axis or a case may set rounds, environment, delay, sub_outcome_delay, "
            "policy_defaults or policies"
        )


def _refuse_other_policies(there: object, settings: ExperimentSettings, where: str) -> None:
    """Raise SettingsError if a point has not the policies of all the others."""
    if not isinstance(there, Mapping):
        return  # which is refused with everything else that is of a wrong type
    for label in there:
        if label not in settings.policies:
            raise SettingsError(
                f"{where}: there is no policy {label!r}{nearest(label, settings.policies)}; an "
                f"axis or a case can change {', '.join(settings.policies)}, and add none"
            )
    for label in settings.policies:
        if label not in there:
            raise SettingsError(
                f"{where}: policy {label!r} is missing; every point has all of them"
            )


def _copied(value: Any) -> Any:
    """Return tables that can be changed; what is not a table is shared."""
    return {k: _copied(v) for k, v in value.items()} if isinstance(value, dict) else value
