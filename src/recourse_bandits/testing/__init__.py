"""The laws that policies, environments, journals and advisers keep, for anybody to run.

Each suite is a function of plain assertions; a broken law raises AssertionError and says which.
`ChatServer` is a stand-in for a language model's server; `chat_server` holds its behaviours.
"""

from recourse_bandits.testing.advisers import check_adviser
from recourse_bandits.testing.chat_server import ChatServer
from recourse_bandits.testing.comparison import difference
from recourse_bandits.testing.environments import check_environment
from recourse_bandits.testing.journals import check_journal
from recourse_bandits.testing.people import random_people
from recourse_bandits.testing.policies import check_policy

__all__ = [
    "ChatServer",
    "check_adviser",
    "check_environment",
    "check_journal",
    "check_policy",
    "difference",
    "random_people",
]
