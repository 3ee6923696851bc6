"""Asking a language model: what is asked, and how its answers are read."""

from recourse_bandits.advisers.language_model.answers import Parsed, parsed
from recourse_bandits.advisers.language_model.prompts import Prompt, Prompting

__all__ = ["Parsed", "Prompt", "Prompting", "parsed"]
