"""Pictures of an experiment, from its rows alone."""

from recourse_bandits.experiments.plots.gallery import Picture, pictures
from recourse_bandits.experiments.plots.style import as_svg, write

__all__ = ["Picture", "as_svg", "pictures", "write"]
