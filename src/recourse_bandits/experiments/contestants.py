"""From settings to objects: the world, the policies and their advisers."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from recourse_bandits import advisers
from recourse_bandits.advisers import Adviser
from recourse_bandits.config import Contestant, ExperimentSettings, Named
from recourse_bandits.config.registry import built, looked_up, policy_of
from recourse_bandits.environments import ENVIRONMENTS, Environment
from recourse_bandits.errors import SettingsError
from recourse_bandits.policies import POLICIES, AnyPolicy
from recourse_bandits.problem.encoding import nearest

ADVISERS: dict[str, Any] = {
    name: getattr(advisers, name)
    for name in (
        "Oracle",
        "Quality",
        "AlwaysRandom",
        "AlwaysWorst",
        "Constant",
        "Stale",
        "Silent",
        "NoisyPair",
    )
}


def environment_of(settings: Named, seed: int) -> Environment:
    """Build the world of one run.

    Parameters
    ----------
    settings
        Its name and parameters.
    seed
        Of the run; it draws what the world's truth leaves open.

    Raises
    ------
    SettingsError
        If the name or a parameter is unknown.
    """
    kind = looked_up(ENVIRONMENTS, settings.name, "environment")
    what = f"environment {settings.name}"
    if "seed" in settings.parameters:
        raise SettingsError(f"{what}: each run has a seed of its own; set the experiment's seed")
    world: Environment = built(kind, what, {**settings.parameters, "seed": seed})
    try:
        world.problem  # noqa: B018 - made on first use, from the parameters
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{what}: {error}") from error
    return world


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
        kind = looked_up(POLICIES, str(table.get("name", "")), "policy")
        known |= {field.name for field in fields(kind)}
        named += [value for value in table.values() if isinstance(value, Mapping)]
    for key in settings.policy_defaults:
        if key not in known:
            raise SettingsError(
                f"policy_defaults.{key}: no policy of this experiment has that parameter"
                f"{nearest(key, known)}; they have {', '.join(sorted(known))}"
            )


def contestant(
    settings: Contestant, defaults: Mapping[str, Any], environment: Environment
) -> tuple[AnyPolicy, Adviser | None]:
    """Build a policy and its adviser, who is told the truth where the script needs it.

    Parameters
    ----------
    settings
        Policy and adviser.
    defaults
        Parameters for every policy that has them.
    environment
        The world.

    Raises
    ------
    SettingsError
        If a name or parameter is unknown or out of its range.
    """
    named = {"name": settings.policy.name, **settings.policy.parameters}
    policy = policy_of(named, defaults)
    if settings.adviser is None:
        return policy, None
    kind = looked_up(ADVISERS, settings.adviser.name, "adviser")
    parameters = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in settings.adviser.parameters.items()
    }
    own = {field.name for field in fields(kind)} if is_dataclass(kind) else set()
    for truth in ("best", "worst"):
        if truth in own:
            parameters[truth] = getattr(environment, truth)
    return policy, built(kind, f"adviser {settings.adviser.name}", parameters)
