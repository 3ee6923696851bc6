"""Who can be asked."""

from recourse_bandits.advisers.base import Adviser, Answer, Question
from recourse_bandits.advisers.scripted import (
    AlwaysRandom,
    AlwaysWorst,
    Constant,
    FromFunction,
    NoisyPair,
    Oracle,
    Quality,
    Silent,
    Stale,
)

__all__ = [
    "Adviser",
    "AlwaysRandom",
    "AlwaysWorst",
    "Answer",
    "Constant",
    "FromFunction",
    "NoisyPair",
    "Oracle",
    "Quality",
    "Question",
    "Silent",
    "Stale",
]
