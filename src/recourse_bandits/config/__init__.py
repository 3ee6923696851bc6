"""Settings from TOML files: frozen, checked, and with errors that name file, key and value."""

from recourse_bandits.config.experiment import (
    Contestant,
    ExperimentSettings,
    catalogue,
    experiment,
)
from recourse_bandits.config.study import StudySettings, load_problem, load_study
from recourse_bandits.config.toml import Named

__all__ = [
    "Contestant",
    "ExperimentSettings",
    "Named",
    "StudySettings",
    "catalogue",
    "experiment",
    "load_problem",
    "load_study",
]
