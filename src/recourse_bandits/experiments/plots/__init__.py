"""Pictures of an experiment, from its rows alone; matplotlib is loaded when one is drawn."""

from recourse_bandits.experiments.plots.gallery import Picture, pictures

__all__ = ["Picture", "pictures"]
