"""What policies expect of people who do not do what they were told, and the only registry of it."""

from typing import Any

from recourse_bandits.policies.noncompliance.adherence import Adherence
from recourse_bandits.policies.noncompliance.adversarial import Adversarial
from recourse_bandits.policies.noncompliance.base import Behaviour, Planner
from recourse_bandits.policies.noncompliance.random_deviations import Random

__all__ = [
    "NONCOMPLIANCE",
    "Adherence",
    "Adversarial",
    "AnyBehaviour",
    "Behaviour",
    "Planner",
    "Random",
]

AnyBehaviour = Behaviour[Any]

NONCOMPLIANCE: dict[str, type[AnyBehaviour]] = {
    behaviour.__name__: behaviour for behaviour in (Random, Adversarial, Adherence)
}
