"""The policies, one published algorithm a file, and the only registry of them."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from recourse_bandits.errors import DescriptionError
from recourse_bandits.importing import importable_name, imported
from recourse_bandits.policies.advice_only import AdviceOnly
from recourse_bandits.policies.base import AnyPolicy, Policy
from recourse_bandits.policies.glrb import GLRB
from recourse_bandits.policies.libra import LIBRA
from recourse_bandits.policies.lin_ucb import LinUCB
from recourse_bandits.policies.mixture import Mixture
from recourse_bandits.policies.recourse_ts import RecourseTS
from recourse_bandits.policies.uniform import Uniform
from recourse_bandits.problem.encoding import nearest

__all__ = [
    "GLRB",
    "LIBRA",
    "POLICIES",
    "AdviceOnly",
    "AnyPolicy",
    "LinUCB",
    "Mixture",
    "Policy",
    "RecourseTS",
    "Uniform",
    "policy_class",
    "policy_from_json",
    "policy_to_json",
]

POLICIES: dict[str, type[AnyPolicy]] = {
    policy.__name__: policy
    for policy in (Uniform, LinUCB, AdviceOnly, GLRB, RecourseTS, LIBRA, Mixture)
}


def policy_to_json(policy: AnyPolicy) -> dict[str, Any]:
    """Describe a policy as JSON values: name, algorithm version, hyper-parameters.

    Parameters
    ----------
    policy
        A policy, with others nested in it.

    Raises
    ------
    DescriptionError
        If a parameter is a function that cannot be imported by name.

    Examples
    --------
    >>> policy_to_json(Uniform())
    {'name': 'Uniform', 'algorithm_version': 1, 'parameters': {}}
    """
    parameters = {}
    for parameter in fields(policy):  # type: ignore[arg-type]  # policies are dataclasses
        value = getattr(policy, parameter.name)
        if isinstance(value, Policy):
            value = policy_to_json(value)
        elif callable(value):
            value = {"function": _importable(value, parameter.name)}
        parameters[parameter.name] = value.item() if isinstance(value, np.generic) else value
    return {
        "name": _name_of(policy),
        "algorithm_version": policy.algorithm_version,
        "parameters": parameters,
    }


def policy_from_json(description: Mapping[str, Any]) -> AnyPolicy:
    """Read a policy from what `policy_to_json` wrote.

    Parameters
    ----------
    description
        Name, algorithm version (the current one if absent) and hyper-parameters.

    Raises
    ------
    DescriptionError
        If the name or a parameter is unknown, or the algorithm has another version.

    Examples
    --------
    >>> policy_from_json({"name": "GLRB", "parameters": {"scale": 0.2}}).scale
    0.2
    """
    name = str(description.get("name"))
    policy = policy_class(name)
    version = description.get("algorithm_version", policy.algorithm_version)
    if version != policy.algorithm_version:
        raise DescriptionError(
            f"policy {name} was version {version} of its algorithm, this package has version "
            f"{policy.algorithm_version}: its decisions would differ"
        )
    parameters = dict(description.get("parameters", {}))
    known = [parameter.name for parameter in fields(policy)]  # type: ignore[arg-type]
    for parameter, value in parameters.items():
        if parameter not in known:
            raise DescriptionError(
                f"policy {name} has no parameter {parameter!r}; it has {', '.join(known) or 'none'}"
            )
        if isinstance(value, Mapping):
            nested = "function" in value
            parameters[parameter] = (
                imported(value["function"]) if nested else policy_from_json(value)
            )
    try:
        return policy(**parameters)
    except TypeError as error:
        raise DescriptionError(f"policy {name}: {error}") from error


def policy_class(name: str) -> type[AnyPolicy]:
    """Return the class of a policy.

    Parameters
    ----------
    name
        Name in the registry, or ``module:Class`` of a policy that is not there.

    Raises
    ------
    DescriptionError
        If there is no such policy.

    Examples
    --------
    >>> policy_class("GLRB").__name__
    'GLRB'
    """
    if name in POLICIES:
        return POLICIES[name]
    if ":" in name:
        found = imported(name)
        if isinstance(found, type) and issubclass(found, Policy) and is_dataclass(found):
            return found
        raise DescriptionError(
            f"{name} is not a policy: it must be a dataclass derived from Policy"
        )
    raise DescriptionError(
        f"unknown policy {name!r}{nearest(name, POLICIES)}; known are {', '.join(POLICIES)}, and "
        "module:Class of your own"
    )


def _name_of(policy: AnyPolicy) -> str:
    kind = type(policy)
    if POLICIES.get(kind.__name__) is kind:
        return kind.__name__
    return importable_name(kind) or kind.__name__  # without a name nobody can read it again


def _importable(function: Any, parameter: str) -> str:
    name = importable_name(function)
    if name is None:
        raise DescriptionError(
            f"{parameter} is a function that cannot be found by name "
            f"({function.__module__}:{getattr(function, '__qualname__', '')}), so a journal could "
            "not replay it: define it at the top level of a module, or give a number"
        )
    return name
