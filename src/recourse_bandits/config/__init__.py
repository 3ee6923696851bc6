"""Settings from TOML files: frozen, checked, and with errors that name file, key and value."""

from recourse_bandits.config.claims import Claim, Comparison, Quantity
from recourse_bandits.config.experiments import (
    Axis,
    Case,
    Contestant,
    ExperimentSettings,
    StandIn,
    catalogue,
    experiment,
)
from recourse_bandits.config.points import Point, count_points, points_of
from recourse_bandits.config.stand_ins import NOTICE, with_stand_ins
from recourse_bandits.config.study import StudySettings, load_problem, load_study
from recourse_bandits.config.toml import Named

__all__ = [
    "NOTICE",
    "Axis",
    "Case",
    "Claim",
    "Comparison",
    "Contestant",
    "ExperimentSettings",
    "Named",
    "Point",
    "Quantity",
    "StandIn",
    "StudySettings",
    "catalogue",
    "count_points",
    "experiment",
    "load_problem",
    "load_study",
    "points_of",
    "with_stand_ins",
]
