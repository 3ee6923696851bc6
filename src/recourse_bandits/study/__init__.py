"""Decide for people as they come, learn as their outcomes arrive."""

from recourse_bandits.study.outcomes import Observation
from recourse_bandits.study.requests import PastTreatment
from recourse_bandits.study.study import Study

__all__ = ["Observation", "PastTreatment", "Study"]
