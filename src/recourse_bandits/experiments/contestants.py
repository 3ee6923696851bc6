"""From settings to objects: the world, and the advisers in it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from recourse_bandits.advisers import Adviser
from recourse_bandits.config import ExperimentSettings, Named
from recourse_bandits.config.registry import (
    adviser_of,
    built,
    looked_up,
    policy_kind,
    refuse_unless,
)
from recourse_bandits.environments import (
    ENVIRONMENTS,
    DroppingOut,
    Environment,
    LinearEnvironment,
    NonCompliance,
)
from recourse_bandits.environments.delays import DELAYS, Delay
from recourse_bandits.errors import SettingsError
from recourse_bandits.policies import BEHAVIOUR
from recourse_bandits.problem.encoding import nearest


def named(settings: Named) -> dict[str, Any]:
    """Return a name and its parameters as one table.

    Parameters
    ----------
    settings
        The name and the parameters.
    """
    return {"name": settings.name, **settings.parameters}


def environment_of(described: Mapping[str, Any], seed: int) -> Environment:
    """Build the world of one run.

    Parameters
    ----------
    described
        Its name and parameters; a world inside it is a table with a name.
    seed
        Of the run; it draws what the world's truth leaves open.

    Raises
    ------
    SettingsError
        If the name or a parameter is unknown.
    """
    parameters = dict(described)
    name = parameters.pop("name")
    kind = looked_up(ENVIRONMENTS, name, "environment")
    what = f"environment {name}"
    refuse_unless(kind, Environment, what)
    if issubclass(kind, NonCompliance) and isinstance(parameters.get("world"), Mapping):
        if not isinstance(parameters["world"].get("name"), str):
            raise SettingsError(f"{what}: world must be a table with a name")
        parameters["world"] = environment_of(parameters["world"], seed)
    if "seed" in parameters:
        raise SettingsError(f"{what}: each run has a seed of its own; set the experiment's seed")
    world: Environment = built(kind, what, {**parameters, "seed": seed})
    try:
        world.problem  # noqa: B018 - made on first use, from the parameters
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{what}: {error}") from error
    return world


def delay_of(described: Mapping[str, Any] | None) -> Delay | None:
    """Build the law by which outcomes are late.

    Parameters
    ----------
    described
        Its name and parameters; None: outcomes arrive at once.

    Raises
    ------
    SettingsError
        If the name or a parameter is unknown or out of its range.
    """
    if described is None:
        return None
    parameters = dict(described)
    name = parameters.pop("name")
    kind = looked_up(DELAYS, name, "delay")
    refuse_unless(kind, Delay, f"delay {name}")
    law: Delay = built(kind, f"delay {name}", parameters)
    return law


def delay_in(settings: ExperimentSettings) -> Delay | None:
    """Build the law by which outcomes are late in an experiment; None: they arrive at once.

    Parameters
    ----------
    settings
        The experiment.
    """
    return delay_of(named(settings.delay) if settings.delay else None)


def refuse_idle_defaults(settings: ExperimentSettings) -> None:
    """Raise SettingsError for a default of all policies that none of them has.

    Parameters
    ----------
    settings
        The experiment.
    """
    named: list[Mapping[str, Any]] = [
        contestant.policy.model_dump() for contestant in settings.policies.values()
    ]
    known: set[str] = set()
    while named:
        table = named.pop()
        kind = policy_kind(str(table.get("name", "")))
        known |= {field.name for field in fields(kind)}  # type: ignore[arg-type]  # policies are dataclasses
        named += [
            value for key, value in table.items() if isinstance(value, Mapping) and key != BEHAVIOUR
        ]
    for key in settings.policy_defaults:
        if key not in known:
            raise SettingsError(
                f"policy_defaults.{key}: no policy of this experiment has that parameter"
                f"{nearest(key, known)}; they have {', '.join(sorted(known))}"
            )


def seated(described: Mapping[str, Any] | None, environment: Environment) -> Adviser | None:
    """Build the adviser of a contestant, who is told the truth where the script needs it.

    Parameters
    ----------
    described
        Name and parameters, or None.
    environment
        The world.

    Raises
    ------
    SettingsError
        If the name or a parameter is unknown or out of its range.
    """
    if described is None:
        return None
    truth: dict[str, Any] = {"best": environment.best, "worst": environment.worst}
    if isinstance(environment, DroppingOut):
        environment = environment.inner  # the truth is the same whoever comes back
    if isinstance(environment, LinearEnvironment):
        truth["coefficients"] = environment.theta
    return adviser_of(described, truth)
