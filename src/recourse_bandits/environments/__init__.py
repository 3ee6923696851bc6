"""Worlds with a known truth, one a file, and the only registry of them."""

from recourse_bandits.environments.base import Environment, LinearEnvironment
from recourse_bandits.environments.cohort import Cohort
from recourse_bandits.environments.datasets import DatasetError
from recourse_bandits.environments.dosed import DosedEnvironment
from recourse_bandits.environments.dosing import Dosing
from recourse_bandits.environments.fertility import Fertility
from recourse_bandits.environments.hypertension import Hypertension
from recourse_bandits.environments.lower_bound import LowerBound
from recourse_bandits.environments.noncompliance import (
    ArmNotTaken,
    Deviating,
    DroppingOut,
    NonCompliance,
    Opposing,
    PartlyAdhering,
)
from recourse_bandits.environments.stated import StatedHypertension
from recourse_bandits.environments.synthetic import Synthetic
from recourse_bandits.environments.warfarin import Warfarin

__all__ = [
    "ENVIRONMENTS",
    "ArmNotTaken",
    "Cohort",
    "DatasetError",
    "Deviating",
    "DosedEnvironment",
    "Dosing",
    "DroppingOut",
    "Environment",
    "Fertility",
    "Hypertension",
    "LinearEnvironment",
    "LowerBound",
    "NonCompliance",
    "Opposing",
    "PartlyAdhering",
    "StatedHypertension",
    "Synthetic",
    "Warfarin",
]

ENVIRONMENTS: dict[str, type[Environment]] = {
    "synthetic": Synthetic,
    "hypertension": Hypertension,
    "hypertension-stated": StatedHypertension,
    "fertility": Fertility,
    "cohort": Cohort,
    "lower-bound": LowerBound,
    "deviating": Deviating,
    "opposing": Opposing,
    "partly-adhering": PartlyAdhering,
    "arm-not-taken": ArmNotTaken,
    "dropping-out": DroppingOut,
    "dosing": Dosing,
    "warfarin": Warfarin,
}
