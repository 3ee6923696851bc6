"""The policies, one published algorithm a file, and the only registry of them."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from recourse_bandits.errors import DescriptionError
from recourse_bandits.importing import importable_name, imported
from recourse_bandits.policies.advice_only import AdviceOnly
from recourse_bandits.policies.b_sgd_mab import BSGDMAB
from recourse_bandits.policies.base import AnyPolicy, Policy
from recourse_bandits.policies.dose_levels import DoseLevels
from recourse_bandits.policies.glrb import GLRB
from recourse_bandits.policies.libra import LIBRA
from recourse_bandits.policies.lin_ucb import LinUCB
from recourse_bandits.policies.measured_doses import SUB_OUTCOME
from recourse_bandits.policies.mixture import Mixture
from recourse_bandits.policies.noncompliance import (
    NONCOMPLIANCE,
    Adherence,
    Adversarial,
    AnyBehaviour,
    Behaviour,
    Planner,
    Random,
)
from recourse_bandits.policies.personal_dose import PersonalDose
from recourse_bandits.policies.planning import INVALIDATION_RATE, PRICE_OF_ROBUSTNESS
from recourse_bandits.policies.recourse_ts import RecourseTS
from recourse_bandits.policies.sgd_mab import SGDMAB
from recourse_bandits.policies.ucb_dose import UCBDose
from recourse_bandits.policies.uniform import Uniform
from recourse_bandits.policies.warm_up import WarmUp
from recourse_bandits.policies.whole_plan import WholePlan
from recourse_bandits.problem.encoding import nearest

__all__ = [
    "BEHAVIOUR",
    "BSGDMAB",
    "GLRB",
    "INVALIDATION_RATE",
    "LIBRA",
    "NONCOMPLIANCE",
    "POLICIES",
    "PRICE_OF_ROBUSTNESS",
    "SGDMAB",
    "SUB_OUTCOME",
    "Adherence",
    "Adversarial",
    "AdviceOnly",
    "AnyBehaviour",
    "AnyPolicy",
    "Behaviour",
    "DoseLevels",
    "LinUCB",
    "Mixture",
    "PersonalDose",
    "Planner",
    "Policy",
    "Random",
    "RecourseTS",
    "UCBDose",
    "Uniform",
    "WarmUp",
    "WholePlan",
    "behaviour_class",
    "policy_class",
    "policy_from_json",
    "policy_to_json",
]

BEHAVIOUR = "noncompliance"
"""The parameter of a policy whose nested description is of a `Behaviour`, not of a policy."""

POLICIES: dict[str, type[AnyPolicy]] = {
    policy.__name__: policy
    for policy in (
        Uniform,
        LinUCB,
        AdviceOnly,
        GLRB,
        RecourseTS,
        LIBRA,
        Mixture,
        SGDMAB,
        BSGDMAB,
        DoseLevels,
        PersonalDose,
        UCBDose,
        WarmUp,
        WholePlan,
    )
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
    return _described(policy, POLICIES)


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
    policy: AnyPolicy = _read(description, policy_class, "policy")
    return policy


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
    kind: type[AnyPolicy] = _class_of(name, POLICIES, Policy, "policy")
    return kind


def behaviour_class(name: str) -> type[AnyBehaviour]:
    """Return the class of what a policy may expect of people.

    Parameters
    ----------
    name
        Name in the registry, or ``module:Class`` of one that is not there.

    Raises
    ------
    DescriptionError
        If there is none of that name.

    Examples
    --------
    >>> behaviour_class("Adversarial").__name__
    'Adversarial'
    """
    kind: type[AnyBehaviour] = _class_of(name, NONCOMPLIANCE, Behaviour, "non-compliance")
    return kind


def _class_of(name: str, registry: Mapping[str, Any], base: type, what: str) -> Any:
    if name in registry:
        return registry[name]
    if ":" in name:
        found = imported(name)
        if isinstance(found, type) and issubclass(found, base) and is_dataclass(found):
            return found
        raise DescriptionError(
            f"{name} is not a {what}: it must be a dataclass derived from {base.__name__}"
        )
    raise DescriptionError(
        f"unknown {what} {name!r}{nearest(name, registry)}; known are {', '.join(registry)}, and "
        "module:Class of your own"
    )


def _described(thing: Any, registry: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a policy, or what it expects of people."""
    parameters = {}
    for parameter in fields(thing):
        value = getattr(thing, parameter.name)
        if isinstance(value, Policy):
            value = _described(value, POLICIES)
        elif isinstance(value, Behaviour):
            value = _described(value, NONCOMPLIANCE)
        elif callable(value):
            value = {"function": _importable(value, parameter.name)}
        parameters[parameter.name] = value.item() if isinstance(value, np.generic) else value
    kind = type(thing)
    name = kind.__name__
    if registry.get(name) is not kind:
        name = importable_name(kind) or name  # without a name nobody can read it again
    return {"name": name, "algorithm_version": kind.algorithm_version, "parameters": parameters}


def _read(description: Mapping[str, Any], class_of: Callable[[str], Any], what: str) -> Any:
    """Build a policy, or what it expects of people, from its description."""
    name = str(description.get("name"))
    kind = class_of(name)
    version = description.get("algorithm_version", kind.algorithm_version)
    if version != kind.algorithm_version:
        raise DescriptionError(
            f"{what} {name} was version {version} of its algorithm, this package has version "
            f"{kind.algorithm_version}: its decisions would differ"
        )
    parameters = dict(description.get("parameters", {}))
    known = [parameter.name for parameter in fields(kind)]
    for parameter, value in parameters.items():
        if parameter not in known:
            raise DescriptionError(
                f"{what} {name} has no parameter {parameter!r}; it has {', '.join(known) or 'none'}"
            )
        if isinstance(value, Mapping):
            parameters[parameter] = _read_part(parameter, value)
    try:
        return kind(**parameters)
    except TypeError as error:
        raise DescriptionError(f"{what} {name}: {error}") from error


def _read_part(parameter: str, value: Mapping[str, Any]) -> Any:
    if "function" in value:
        return imported(value["function"])
    if parameter == BEHAVIOUR:
        return _read(value, behaviour_class, "non-compliance")
    return policy_from_json(value)


def _importable(function: Any, parameter: str) -> str:
    name = importable_name(function)
    if name is None:
        raise DescriptionError(
            f"{parameter} is a function that cannot be found by name "
            f"({function.__module__}:{getattr(function, '__qualname__', '')}), so a journal could "
            "not replay it: define it at the top level of a module, or give a number"
        )
    return name
