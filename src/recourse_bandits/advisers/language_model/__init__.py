"""Asking a language model: what is asked, and how its answers are read."""

from recourse_bandits.advisers.language_model.adviser import LanguageModel
from recourse_bandits.advisers.language_model.answers import Parsed, parsed
from recourse_bandits.advisers.language_model.elicitation import (
    Elicited,
    elicitation_prompt,
    parsed_elicitation,
)
from recourse_bandits.advisers.language_model.prompts import Prompt, Prompting

__all__ = [
    "Elicited",
    "LanguageModel",
    "Parsed",
    "Prompt",
    "Prompting",
    "elicitation_prompt",
    "parsed",
    "parsed_elicitation",
]
