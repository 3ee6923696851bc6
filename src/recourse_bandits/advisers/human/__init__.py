"""People as advisers: a queue of questions, and the adviser that puts them there."""

from recourse_bandits.advisers.human.adviser import Human
from recourse_bandits.advisers.human.asked import AskedQuestion, Reply
from recourse_bandits.advisers.human.queue import QuestionQueue

__all__ = ["AskedQuestion", "Human", "QuestionQueue", "Reply"]
