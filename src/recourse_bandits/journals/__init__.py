"""Where a study's events are kept."""

from recourse_bandits.journals.base import Journal
from recourse_bandits.journals.memory import MemoryJournal, OpenDecisionsJournal

__all__ = ["Journal", "MemoryJournal", "OpenDecisionsJournal"]
