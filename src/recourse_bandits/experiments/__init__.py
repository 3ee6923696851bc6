"""Published and own experiments: settings in, rows, tables and pictures out."""

from recourse_bandits.experiments.analysis import summary
from recourse_bandits.experiments.plots import draw
from recourse_bandits.experiments.runner import check, run_experiment

__all__ = ["check", "draw", "run_experiment", "summary"]
