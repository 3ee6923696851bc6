"""Worlds in which people do not do what was recommended, each around another world."""

from recourse_bandits.environments.noncompliance.arm_not_taken import ArmNotTaken
from recourse_bandits.environments.noncompliance.base import NonCompliance
from recourse_bandits.environments.noncompliance.deviating import Deviating
from recourse_bandits.environments.noncompliance.dropping_out import DroppingOut
from recourse_bandits.environments.noncompliance.opposing import Opposing
from recourse_bandits.environments.noncompliance.partly_adhering import PartlyAdhering

__all__ = [
    "ArmNotTaken",
    "Deviating",
    "DroppingOut",
    "NonCompliance",
    "Opposing",
    "PartlyAdhering",
]
