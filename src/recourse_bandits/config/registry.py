"""From names and parameters in settings to objects."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from recourse_bandits.advisers import ADVISERS, Adviser
from recourse_bandits.errors import DescriptionError, SettingsError
from recourse_bandits.importing import imported
from recourse_bandits.policies import (
    BEHAVIOUR,
    AnyBehaviour,
    AnyPolicy,
    behaviour_class,
    policy_class,
)
from recourse_bandits.problem.encoding import nearest


def policy_of(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> AnyPolicy:
    """Build a policy, and those nested in it.

    Parameters
    ----------
    settings
        Its name and parameters; a nested policy is a table with a name, and so is what it expects
        of people (`noncompliance`).
    defaults
        Parameters for every policy that has them and does not set them.

    Raises
    ------
    SettingsError
        If a name or parameter is unknown or out of its range.
    """
    parameters = dict(settings)
    name = str(parameters.pop("name", ""))
    kind = policy_kind(name)
    own = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # policies are dataclasses
    merged = {key: value for key, value in defaults.items() if key in own} | parameters
    for key, value in merged.items():
        if isinstance(value, Mapping):
            merged[key] = behaviour_of(value) if key == BEHAVIOUR else policy_of(value, defaults)
    policy: AnyPolicy = built(kind, f"policy {name}", merged)
    return policy


def behaviour_of(settings: Mapping[str, Any]) -> AnyBehaviour:
    """Build what a policy expects of people.

    Parameters
    ----------
    settings
        Its name and parameters.

    Raises
    ------
    SettingsError
        If a name or parameter is unknown or out of its range.
    """
    parameters = dict(settings)
    name = str(parameters.pop("name", ""))
    try:
        kind = behaviour_class(name)
    except DescriptionError as error:
        raise SettingsError(str(error)) from error
    behaviour: AnyBehaviour = built(kind, f"non-compliance {name}", parameters)
    return behaviour


def adviser_of(settings: Mapping[str, Any], truth: Mapping[str, Any]) -> Adviser:
    """Build an adviser, and those nested in it, who are told the truth where their script needs it.

    Parameters
    ----------
    settings
        Its name and parameters; a nested adviser is a table with a name.
    truth
        What a simulated world knows: `best`, `worst`, and `coefficients` where it is linear.

    Raises
    ------
    SettingsError
        If a name or parameter is unknown or out of its range.
    """
    parameters = dict(settings)
    name = str(parameters.pop("name", ""))
    kind = looked_up(ADVISERS, name, "adviser")
    refuse_unless(kind, Adviser, f"adviser {name}")
    own = {field.name for field in fields(kind)} if is_dataclass(kind) else set()
    for key in sorted(own & {"best", "worst", "coefficients"}):
        if key not in truth:
            whose = (
                "which this world does not tell: it must be linear"
                if truth
                else "which only a simulated world knows: use it in an experiment"
            )
            raise SettingsError(f"adviser {name} is told the truth ({key}), {whose}")
        parameters[key] = truth[key]
    parameters = {key: _with_advisers(value, truth) for key, value in parameters.items()}
    adviser: Adviser = built(kind, f"adviser {name}", parameters)
    return adviser


def _with_advisers(value: Any, truth: Mapping[str, Any]) -> Any:
    """Return a parameter with lists as tuples, and tables that name an adviser as advisers."""
    if isinstance(value, list | tuple):
        return tuple(_with_advisers(part, truth) for part in value)
    if not isinstance(value, Mapping):
        return value
    if isinstance(value.get("name"), str):
        return adviser_of(value, truth)
    return {key: _with_advisers(part, truth) for key, part in value.items()}


def policy_kind(name: str) -> type[AnyPolicy]:
    """Return the class of a policy that settings name.

    Parameters
    ----------
    name
        Name in the registry, or ``module:Class``.

    Raises
    ------
    SettingsError
        If there is no such policy.
    """
    try:
        return policy_class(name)
    except DescriptionError as error:
        raise SettingsError(str(error)) from error


def looked_up(registry: Mapping[str, Any], name: str, what: str) -> Any:
    """Return what a registry has under a name, or what ``module:Name`` leads to.

    Parameters
    ----------
    registry
        Everything by name.
    name
        The name.
    what
        What it is a name of, for the error.

    Raises
    ------
    SettingsError
        If there is none of that name.
    """
    if ":" in name:
        try:
            return imported(name)
        except DescriptionError as error:
            raise SettingsError(f"{what} {error}") from error
    if name not in registry:
        raise SettingsError(
            f"unknown {what} {name!r}{nearest(name, registry)}; known are {', '.join(registry)}"
        )
    found = registry[name]
    return imported(found) if isinstance(found, str) else found


def built(kind: Any, what: str, parameters: Mapping[str, Any]) -> Any:
    """Return an object with its parameters set.

    Parameters
    ----------
    kind
        Its class, a dataclass.
    what
        What it is, for the error.
    parameters
        Its parameters by name.

    Raises
    ------
    SettingsError
        If a parameter is unknown or out of its range.
    """
    own = [field.name for field in fields(kind)] if is_dataclass(kind) else []
    for key in parameters:
        if key not in own:
            raise SettingsError(
                f"{what} has no parameter {key!r}{nearest(key, own)}; it has "
                f"{', '.join(own) or 'none'}"
            )
    missing = [name for name in _required(kind) if name not in parameters]
    if missing:
        raise SettingsError(f"{what} needs {', '.join(missing)}")
    try:
        return kind(**parameters)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{what}: {error}") from error


def _required(kind: Any) -> list[str]:
    if not is_dataclass(kind):
        return []
    return [
        field.name
        for field in fields(kind)
        if field.init and field.default is MISSING and field.default_factory is MISSING
    ]


def refuse_unless(kind: Any, base: type, what: str) -> None:
    """Raise SettingsError for a class of something else: what it lacks would be missed later.

    Parameters
    ----------
    kind
        What a name led to.
    base
        What it must be derived from.
    what
        What it is a name of, for the error.
    """
    if not (isinstance(kind, type) and issubclass(kind, base)):
        raise SettingsError(f"{what}: it must be a class derived from {base.__name__}")
