"""Decide for people as they come, learn as their outcomes arrive."""

from recourse_bandits.study.study import Study

__all__ = ["Study"]
