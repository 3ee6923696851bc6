"""A chat server on loopback that misbehaves on request, to try a client on the wire."""

from recourse_bandits.testing.chat_server.answers import (
    Answers,
    Behaviour,
    CutShort,
    Fenced,
    Refuses,
    Truncated,
)
from recourse_bandits.testing.chat_server.faults import (
    Drips,
    Drops,
    Fails,
    Hangs,
    Html,
    RateLimited,
    Unauthorized,
)
from recourse_bandits.testing.chat_server.obliging import Obliging
from recourse_bandits.testing.chat_server.server import ChatServer
from recourse_bandits.testing.chat_server.wire import ChatRequest, Message, Reply

__all__ = [
    "Answers",
    "Behaviour",
    "ChatRequest",
    "ChatServer",
    "CutShort",
    "Drips",
    "Drops",
    "Fails",
    "Fenced",
    "Hangs",
    "Html",
    "Message",
    "Obliging",
    "RateLimited",
    "Refuses",
    "Reply",
    "Truncated",
    "Unauthorized",
]
