"""Describing a decision problem: what may change, by how much, in which unit."""

from recourse_bandits.problem.arm import Arm
from recourse_bandits.problem.budget import Budget
from recourse_bandits.problem.context import Context, RawValue
from recourse_bandits.problem.description import Problem
from recourse_bandits.problem.dose import Dose
from recourse_bandits.problem.feasible import FeasibleSet
from recourse_bandits.problem.feature import Feature
from recourse_bandits.problem.people import Person
from recourse_bandits.problem.prior import Prior
from recourse_bandits.problem.reward import Reward
from recourse_bandits.problem.sub_outcome import SubOutcome
from recourse_bandits.problem.validation import Finding

__all__ = [
    "Arm",
    "Budget",
    "Context",
    "Dose",
    "FeasibleSet",
    "Feature",
    "Finding",
    "Person",
    "Prior",
    "Problem",
    "RawValue",
    "Reward",
    "SubOutcome",
]
