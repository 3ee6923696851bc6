"""Who can be asked, and the only registry of them."""

from recourse_bandits.advisers.base import Adviser, Answer, Question
from recourse_bandits.advisers.believer import Believer
from recourse_bandits.advisers.human import AskedQuestion, Human, QuestionQueue, Reply
from recourse_bandits.advisers.language_model import LanguageModel
from recourse_bandits.advisers.router import Router
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
    "ADVISERS",
    "Adviser",
    "AlwaysRandom",
    "AlwaysWorst",
    "Answer",
    "AskedQuestion",
    "Believer",
    "Constant",
    "FromFunction",
    "Human",
    "LanguageModel",
    "NoisyPair",
    "Oracle",
    "Quality",
    "Question",
    "QuestionQueue",
    "Reply",
    "Router",
    "Silent",
    "Stale",
]

ADVISERS: dict[str, type[Adviser]] = {
    adviser.__name__: adviser
    for adviser in (
        Oracle,
        Quality,
        AlwaysRandom,
        AlwaysWorst,
        Constant,
        Stale,
        Silent,
        NoisyPair,
        Believer,
        Human,
        LanguageModel,
        Router,
    )
}
"""Those that settings can describe, by name."""
