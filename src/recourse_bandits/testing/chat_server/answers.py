"""What a behaviour is, and those in which the model answers."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, Union

from recourse_bandits.testing.chat_server.protocols import PROTOCOLS
from recourse_bandits.testing.chat_server.wire import ChatRequest, Completion, Finish, Reply

Behaviour: TypeAlias = Callable[[ChatRequest], Union[Reply, "Behaviour"]]
"""Anything that is called with a request and returns a reply, or another behaviour."""


class Scripted(ABC):
    """A behaviour that is described by its fields."""

    @abstractmethod
    def __call__(self, request: ChatRequest) -> Reply:
        """Say what is done with a request."""


@dataclass(frozen=True)
class Answers(Scripted):
    """An ordinary answer.

    Parameters
    ----------
    text
        What the model says.
    input_tokens, output_tokens
        The usage reported; no usage at all where either is None.
    model
        The name that the answer carries; None: the one asked for with ``-2026-01-01``.
    finish
        Why the model stopped: ``stop``, ``length``, ``refusal`` or ``filter``.
    after
        Seconds before the answer.
    """

    text: str = "Hello."
    input_tokens: int | None = 100
    output_tokens: int | None = 20
    model: str | None = None
    finish: Finish = "stop"
    after: float = 0.0

    def __call__(self, request: ChatRequest) -> Reply:
        """Say the text."""
        asked, said = self.input_tokens, self.output_tokens
        completion = Completion(
            self.text,
            self.finish,
            None if asked is None or said is None else (asked, said),
            self.model or f"{request.model}-2026-01-01",
            request.number,
        )
        return replace(PROTOCOLS[request.protocol].completed(completion), after=self.after)


@dataclass(frozen=True)
class Fenced(Scripted):
    """An answer inside a code fence.

    Parameters
    ----------
    text
        What stands inside.
    language
        What the fence is marked with.
    """

    text: str
    language: str = "json"

    def __call__(self, request: ChatRequest) -> Reply:
        """Say the text inside a fence."""
        return Answers(f"```{self.language}\n{self.text}\n```")(request)


@dataclass(frozen=True)
class Truncated(Scripted):
    """An answer that ends in the middle although the model says that it is complete.

    Parameters
    ----------
    text
        The whole.
    share
        Share of it that is said, in [0, 1].
    """

    text: str
    share: float = 0.5

    def __call__(self, request: ChatRequest) -> Reply:
        """Say the first part of the text."""
        return Answers(self.text[: int(self.share * len(self.text))])(request)


@dataclass(frozen=True)
class CutShort(Scripted):
    """An answer that ends because no more tokens were allowed, and says so.

    Parameters
    ----------
    text
        What was said until then.
    """

    text: str = ""

    def __call__(self, request: ChatRequest) -> Reply:
        """Say the text, with the reason ``length``."""
        return Answers(self.text, finish="length")(request)


@dataclass(frozen=True)
class Refuses(Scripted):
    """A refusal.

    Parameters
    ----------
    text
        What the model says instead; Google's says nothing.
    filtered
        Whether a filter of the provider stepped in, rather than the model. Anthropic reports both
        alike; Azure reports a filtered prompt with status 400.
    """

    text: str = "I cannot help with that."
    filtered: bool = False

    def __call__(self, request: ChatRequest) -> Reply:
        """Refuse."""
        if self.filtered:
            return Answers("", finish="filter")(request)
        return Answers(self.text, finish="refusal")(request)
