"""Behaviours in which something fails on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from recourse_bandits.testing.chat_server.answers import Answers, Scripted
from recourse_bandits.testing.chat_server.protocols import PROTOCOLS
from recourse_bandits.testing.chat_server.wire import ChatRequest, Reply

_KEYS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")


@dataclass(frozen=True)
class Fails(Scripted):
    """An HTTP error.

    Parameters
    ----------
    status
        HTTP status.
    body
        The body; None: an error as the protocol writes it.
    headers
        Further headers.
    """

    status: int = 500
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, request: ChatRequest) -> Reply:
        """Answer with the error."""
        reply = PROTOCOLS[request.protocol].failed(self.status, f"status {self.status} on request")
        body = reply.body if self.body is None else self.body.encode()
        return replace(reply, body=body, headers={**reply.headers, **self.headers})


@dataclass(frozen=True)
class RateLimited(Scripted):
    """Status 429.

    Parameters
    ----------
    retry_after
        Seconds told in Retry-After; None: nothing is told.
    """

    retry_after: float | None = 1.0

    def __call__(self, request: ChatRequest) -> Reply:
        """Answer with status 429."""
        told = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        reply = PROTOCOLS[request.protocol].failed(429, "too many requests")
        return replace(reply, headers={**reply.headers, **told})


@dataclass(frozen=True)
class Unauthorized(Scripted):
    """Status 401 with a body that echoes the key, as careless servers do."""

    def __call__(self, request: ChatRequest) -> Reply:
        """Answer with status 401 and what the client has sent as its key."""
        sent = ", ".join(request.headers[name] for name in _KEYS if name in request.headers)
        return PROTOCOLS[request.protocol].failed(401, f"incorrect API key provided: {sent}")


@dataclass(frozen=True)
class Html(Scripted):
    """A web page with status 200, as a proxy or a login page between sends it.

    Parameters
    ----------
    body
        The page.
    """

    body: str = "<!doctype html><title>Sign in</title><h1>Sign in to the network</h1>"

    def __call__(self, request: ChatRequest) -> Reply:
        """Answer with the page."""
        return Reply(200, self.body.encode(), {"Content-Type": "text/html; charset=utf-8"})


@dataclass(frozen=True)
class Drops(Scripted):
    """A connection that ends without an answer.

    Parameters
    ----------
    text
        An answer of which half arrives before; None: nothing arrives.
    reset
        Whether the connection is reset, rather than closed properly.
    """

    text: str | None = None
    reset: bool = True

    def __call__(self, request: ChatRequest) -> Reply:
        """End the connection."""
        if self.text is None:
            return Reply(None, reset=self.reset)
        return replace(Answers(self.text)(request), share=0.5, reset=self.reset)


@dataclass(frozen=True)
class Hangs(Scripted):
    """No answer: the connection stays open, and is closed after a while.

    Parameters
    ----------
    seconds
        How long; less if the client leaves or the server is closed.
    """

    seconds: float = 3600.0

    def __call__(self, request: ChatRequest) -> Reply:
        """Wait, then end the connection."""
        return Reply(None, after=self.seconds)


@dataclass(frozen=True)
class Drips(Scripted):
    """A valid answer whose body arrives one byte at a time.

    Parameters
    ----------
    text
        What the model says.
    every
        Seconds between two bytes.
    """

    text: str = "Hello."
    every: float = 0.1

    def __call__(self, request: ChatRequest) -> Reply:
        """Say the text slowly."""
        return replace(Answers(self.text)(request), every=self.every)
