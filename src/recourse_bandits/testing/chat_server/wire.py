"""What passes between a client and the chat server, in words that all protocols share."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

Finish = Literal["stop", "length", "refusal", "filter"]
"""Why a model stopped: done, out of tokens, it refuses, or a filter of the provider stepped in."""


class Message(NamedTuple):
    """One message of a chat: who says what."""

    role: str
    text: str


@dataclass(frozen=True)
class ChatRequest:
    """What a client has sent.

    Parameters
    ----------
    number
        Place in the order of arrival, from 0.
    protocol
        Name of the protocol that the path belongs to: ``openai``, ``openai-responses``, ``azure``,
        ``anthropic``, ``google`` or ``bedrock``.
    model
        Model asked for; with Azure the deployment.
    messages
        The texts in their order, instructions to the system first where they stand apart.
    path
        Path and query as sent.
    headers
        With their names in lower case. They hold the client's key, so that they are not printed.
    body
        The JSON object sent.
    at
        `time.monotonic()` when the request had arrived.
    """

    number: int
    protocol: str
    model: str
    messages: tuple[Message, ...]
    path: str = field(repr=False)  # some clients put their key into the query
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    at: float

    @property
    def prompt(self) -> str:
        """The last message of the user, empty if there is none."""
        texts = (message.text for message in reversed(self.messages) if message.role == "user")
        return next(texts, "")


@dataclass(frozen=True)
class Completion:
    """What a model says, before a protocol writes it down.

    Parameters
    ----------
    text
        The answer; where the model refuses, the refusal.
    finish
        Why the model stopped.
    usage
        Tokens of the question and of the answer; None: not reported.
    model
        The name that the answer carries.
    number
        Makes the answer's id.
    """

    text: str
    finish: Finish
    usage: tuple[int, int] | None
    model: str
    number: int


@dataclass(frozen=True)
class Reply:
    """What the server does with one request.

    Parameters
    ----------
    status
        HTTP status; None: nothing is sent, and the connection ends.
    body
        The bytes of the answer.
    headers
        Beside the length.
    after
        Seconds before the first byte.
    every
        Seconds between any two bytes of the body; 0: all at once.
    share
        Share of the body that is sent before the connection ends, in [0, 1]; None: all of it, and
        the connection stays.
    reset
        Whether a connection that ends is reset, rather than closed properly.
    """

    status: int | None = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    after: float = 0.0
    every: float = 0.0
    share: float | None = None
    reset: bool = True


def json_reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply whose body is JSON.

    Parameters
    ----------
    body
        Whatever JSON can hold.
    status
        HTTP status.
    headers
        Further headers.
    """
    written = json.dumps(body).encode()
    return Reply(status, written, {"Content-Type": "application/json", **(headers or {})})


class ChatProtocol(ABC):
    """How one provider's requests are read and its answers written."""

    name: ClassVar[str]
    paths: ClassVar[str]
    """Regular expression of its paths; the group ``model``, if there is one, names the model."""

    @abstractmethod
    def messages(self, body: Mapping[str, Any]) -> list[Message]:
        """Return the texts of a request in their order.

        Parameters
        ----------
        body
            The JSON object sent.
        """

    @abstractmethod
    def completed(self, completion: Completion) -> Reply:
        """Write down what a model says.

        Parameters
        ----------
        completion
            What it says.
        """

    @abstractmethod
    def failed(self, status: int, message: str) -> Reply:
        """Write down an error.

        Parameters
        ----------
        status
            HTTP status.
        message
            What went wrong.
        """


def text_of(content: Any) -> str:
    """Join the texts of a message, which providers write as a string or as a list of parts.

    Parameters
    ----------
    content
        A string, a part with a ``text``, a list of these, or None.
    """
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return text_of(content.get("text"))
    return "\n".join(text_of(part) for part in content or ())


class SystemApart(ChatProtocol):
    """A protocol whose instructions stand in ``system``, beside ``messages``."""

    def messages(self, body: Mapping[str, Any]) -> list[Message]:
        """Return ``system`` and the texts of ``messages``.

        Parameters
        ----------
        body
            The JSON object sent.
        """
        told = text_of(body.get("system"))
        said = [Message(one["role"], text_of(one["content"])) for one in body.get("messages", ())]
        return ([Message("system", told)] if told else []) + said
