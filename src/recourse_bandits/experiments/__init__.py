"""Published and own experiments: settings in, rows, tables, verdicts and pictures out."""

from recourse_bandits.experiments.analysis import summary
from recourse_bandits.experiments.claims import verdicts
from recourse_bandits.experiments.comparison import compare
from recourse_bandits.experiments.folder import Folder
from recourse_bandits.experiments.plan import plan_of
from recourse_bandits.experiments.plots import pictures
from recourse_bandits.experiments.runner import run_experiment

__all__ = [
    "Folder",
    "compare",
    "pictures",
    "plan_of",
    "run_experiment",
    "summary",
    "verdicts",
]
