"""Who can be asked, and the only registry of them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from recourse_bandits.advisers.base import Adviser, Answer, Question
from recourse_bandits.advisers.believer import Believer
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

if TYPE_CHECKING:
    from recourse_bandits.advisers.human import AskedQuestion, Human, QuestionQueue, Reply
    from recourse_bandits.advisers.language_model import LanguageModel
    from recourse_bandits.advisers.router import Router

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

_LATER = {
    "AskedQuestion": "human",
    "Human": "human",
    "LanguageModel": "language_model",
    "QuestionQueue": "human",
    "Reply": "human",
    "Router": "router",
}


def __getattr__(name: str) -> Any:
    """Import those who ask models and people when they are first named: most studies do not."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


_SIMULATED: tuple[type[Adviser], ...] = (
    Oracle,
    Quality,
    AlwaysRandom,
    AlwaysWorst,
    Constant,
    Stale,
    Silent,
    NoisyPair,
    Believer,
)
ADVISERS: dict[str, type[Adviser] | str] = {
    **{adviser.__name__: adviser for adviser in _SIMULATED},
    **{name: f"{__name__}.{_LATER[name]}:{name}" for name in ("Human", "LanguageModel", "Router")},
}
"""Those that settings can describe, by name: a class, or ``module:Class`` where it is."""
