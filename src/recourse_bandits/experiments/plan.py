"""What an experiment consists of: its points, and a cell for every policy and run there."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recourse_bandits.advisers import Human
from recourse_bandits.config import Claim, ExperimentSettings, Named, Point, Quantity, points_of
from recourse_bandits.config.registry import policy_of
from recourse_bandits.environments import Environment
from recourse_bandits.errors import AdviserUnavailable, DescriptionError, SettingsError
from recourse_bandits.experiments.cells import Cell, run_seed
from recourse_bandits.experiments.contestants import (
    delay_of,
    environment_of,
    named,
    refuse_idle_defaults,
    seated,
)
from recourse_bandits.policies import policy_from_json, policy_to_json
from recourse_bandits.policies.consulting import ConsultingPolicy
from recourse_bandits.problem.encoding import nearest


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell stands in an experiment; equal cells may stand at several places.

    Parameters
    ----------
    point
        Number of the point.
    label
        Label of the policy.
    run
        Number of the run, from 0.
    cell
        What is run.
    """

    point: int
    label: str
    run: int
    cell: Cell


@dataclass(frozen=True)
class Plan:
    """All cells of an experiment, in the order of point, policy and run.

    Parameters
    ----------
    settings
        The experiment.
    points
        Its points.
    places
        Every policy and run at every point.
    """

    settings: ExperimentSettings
    points: tuple[Point, ...]
    places: tuple[Place, ...]

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """The different cells by id: what does not depend on an axis is run once."""
        return {place.cell.id: place.cell for place in self.places}


def plan_of(settings: ExperimentSettings) -> Plan:
    """Lay out an experiment, and build every part of it once.

    Parameters
    ----------
    settings
        The experiment.

    Raises
    ------
    SettingsError
        If a point, a policy, an adviser, the environment, the delay or a claim is wrong.
    """
    points = points_of(settings)
    worlds: dict[str, Environment] = {}
    tried: set[str] = set()
    places: list[Place] = []
    for point in points:
        refuse_idle_defaults(point.settings)
        world = _world(point, worlds)
        _check_delays(point, world)
        for label in point.settings.policies:
            cells = [_cell(point, label, run, world) for run in range(settings.runs)]
            _try(cells[0], world, f"{point.label}: {label}" if point.label else label, tried)
            places += [Place(point.number, label, run, cell) for run, cell in enumerate(cells)]
    for claim in settings.claims:
        _check_claim(claim, points, worlds)
    return Plan(settings, tuple(points), tuple(places))


def _world(point: Point, worlds: dict[str, Environment]) -> Environment:
    """Return the world of a point, made once for all points that have it."""
    described = named(point.settings.environment)
    name = json.dumps(described, sort_keys=True)
    if name not in worlds:
        worlds[name] = environment_of(described, 0)
    return worlds[name]


def _check_delays(point: Point, world: Environment) -> None:
    for delay in (point.settings.delay, point.settings.sub_outcome_delay):
        delay_of(_described(delay))
    if point.settings.sub_outcome_delay and world.problem.sub_outcome is None:
        raise SettingsError(
            "sub_outcome_delay: this world has no sub-outcome that could be late; leave it out"
        )


def _described(delay: Named | None) -> dict[str, Any] | None:
    return named(delay) if delay else None


def _cell(point: Point, label: str, run: int, world: Environment) -> Cell:
    settings = point.settings
    contestant = settings.policies[label]
    policy = policy_of(named(contestant.policy), settings.policy_defaults)
    return Cell(
        environment=named(settings.environment),
        data_digest=world.data_digest,
        policy=policy_to_json(policy),
        adviser=named(contestant.adviser) if contestant.adviser else None,
        rounds=settings.rounds,
        seed=run_seed(settings.seed, run),
        delay=_described(settings.delay),
        sub_outcome_delay=_described(settings.sub_outcome_delay),
    )


def _try(cell: Cell, world: Environment, where: str, tried: set[str]) -> None:
    """Build a cell's policy and adviser, once for all cells with the same ones."""
    parts = json.dumps([cell.environment, cell.policy, cell.adviser], sort_keys=True)
    if parts in tried:
        return
    tried.add(parts)
    adviser = seated(cell.adviser, world)
    policy = policy_from_json(cell.policy)
    if adviser is None and isinstance(policy, ConsultingPolicy):
        raise SettingsError(
            f"{where}: policy {cell.policy['name']} asks for advice: name an adviser (Silent is "
            "one who does not answer)"
        )
    if isinstance(adviser, Human):
        raise SettingsError(f"{where}: people answer later, and an experiment does not wait")
    try:
        policy.init(world.problem)
        if adviser is not None:
            adviser.init(world.problem)
            adviser.require_ready()
    except (DescriptionError, AdviserUnavailable) as error:
        raise SettingsError(f"{where}: {error}") from error


def _check_claim(claim: Claim, points: list[Point], worlds: dict[str, Environment]) -> None:
    """Raise SettingsError unless what a claim names can be read off the rows of its point."""
    for comparison in claim.compare:
        if (comparison.relation == "within") != (comparison.tolerance is not None):
            raise SettingsError(f"claim {claim.says!r}: a tolerance is given with 'within', only")
        for side in (comparison.left, comparison.right):
            if isinstance(side, Quantity):
                named_points = [side.at] if side.less_at is None else [side.at, side.less_at]
                for at in named_points:
                    here = next(point for point in points if point.values == at)
                    _check_quantity(side, _world(here, worlds), f"claim {claim.says!r}")


def _check_quantity(quantity: Quantity, world: Environment, where: str) -> None:
    if (quantity.quantity == "change") != (quantity.feature is not None):
        raise SettingsError(f"{where}: a change, and only that, has a feature")
    if quantity.quantity != "change" and (quantity.arm is not None or quantity.after):
        raise SettingsError(f"{where}: only a change has arm and after")
    for what, name, names in (
        ("feature", quantity.feature, list(world.problem.limits.names)),
        ("arm", quantity.arm, list(world.problem.arm_names)),
    ):
        if name is not None and name not in names:
            raise SettingsError(
                f"{where}: no {what} {name!r}{nearest(name, names)}; there are {', '.join(names)}"
            )
