"""Asking a language model: what is asked."""

from recourse_bandits.advisers.language_model.prompts import Prompt, Prompting

__all__ = ["Prompt", "Prompting"]
