"""A chat server on loopback that misbehaves on request."""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from types import TracebackType
from typing import Any, Self

from recourse_bandits.errors import DescriptionError
from recourse_bandits.testing.chat_server.answers import Answers, Behaviour
from recourse_bandits.testing.chat_server.connections import Connections
from recourse_bandits.testing.chat_server.protocols import PROTOCOLS, protocol_of
from recourse_bandits.testing.chat_server.wire import (
    ChatRequest,
    Reply,
    json_reply,
)

_ORDINARY = Answers()


class ChatServer:
    """A server that speaks the chat protocols of OpenAI, Azure, Anthropic, Google and Bedrock.

    It listens on 127.0.0.1 from its creation until `close`, or the end of the
    ``with`` block, and serves any number of clients at once. The path decides the protocol;
    answers are never streamed. Requests that no protocol understands are answered with status 400
    or 404, and take no behaviour.

    Parameters
    ----------
    behaviours
        What is done with the first request, the second, and so on, in the order of arrival. A
        behaviour may be a function of the `ChatRequest` that returns another behaviour; if it
        fails, the client gets status 500, and the ``with`` block raises the error at its end.
    default
        What is done with all further ones.
    keep
        How many requests `requests` holds, the latest ones; None: all.
    port
        Where to listen; 0: a free port.

    Raises
    ------
    DescriptionError
        If a behaviour is a class, such as ``Drops`` for ``Drops()``, or cannot be called.

    Examples
    --------
    >>> import json, urllib.request
    >>> from recourse_bandits.testing.chat_server import Answers, ChatServer, RateLimited
    >>> asked = {"model": "small", "messages": [{"role": "user", "content": "Who are you?"}]}
    >>> with ChatServer([Answers("A stand-in."), RateLimited()]) as server:
    ...     url, body = f"{server.url}/chat/completions", json.dumps(asked).encode()
    ...     with urllib.request.urlopen(url, body) as answer:
    ...         print(json.load(answer)["choices"][0]["message"]["content"])
    A stand-in.
    >>> server.received, server.requests[0].model, server.requests[0].prompt
    (1, 'small', 'Who are you?')
    """

    def __init__(
        self,
        behaviours: Sequence[Behaviour] = (),
        *,
        default: Behaviour = _ORDINARY,
        keep: int | None = 1000,
        port: int = 0,
    ) -> None:
        for behaviour in (*behaviours, default):
            _check(behaviour)
        self._next = deque(behaviours)
        self._default = default
        self._kept: deque[ChatRequest] = deque(maxlen=keep)
        self._error: Exception | None = None
        self._received = self._now = self._most = 0
        self._lock = Lock()
        self._connections = Connections(self._respond, port)
        self.address = f"http://127.0.0.1:{self._connections.server_address[1]}"
        """Where the server listens: the endpoint of Azure, Anthropic, Google and Bedrock."""
        self.url = f"{self.address}/v1"
        """The base URL for clients of OpenAI's protocols."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if error is None and self._error is not None:
            raise self._error

    def close(self) -> None:
        """Stop listening and end all connections, those that hang too; twice is once."""
        if not self._connections.ended.is_set():
            self._connections.end()

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        """The requests received, the latest last."""
        with self._lock:
            return tuple(self._kept)

    @property
    def received(self) -> int:
        """How many requests have been received."""
        return self._received

    @property
    def most_at_once(self) -> int:
        """The largest number of requests that were being answered at the same time."""
        return self._most

    @property
    def connected(self) -> int:
        """How many connections are open now, those included that nothing is sent on."""
        return self._connections.open_now

    def _respond(
        self, path: str, headers: Mapping[str, str], body: bytes, send: Callable[[Reply], None]
    ) -> None:
        found = protocol_of(path)
        if found is None:
            plain = path.partition("?")[0]  # a query may hold a key
            send(json_reply({"error": {"message": f"no chat protocol has the path {plain}"}}, 404))
            return
        protocol, model = found
        try:
            parsed = _parsed(body)
            model = str(model or parsed["model"])
            messages = tuple(protocol.messages(parsed))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            wrong = f"{protocol.name} cannot read this: {type(error).__name__} {error}"
            send(protocol.failed(400, wrong))
            return
        with self._lock:
            request = ChatRequest(
                self._received,
                protocol.name,
                model,
                messages,
                path,
                headers,
                parsed,
                time.monotonic(),
            )
            behaviour = self._next.popleft() if self._next else self._default
            self._kept.append(request)
            self._received += 1
            self._now += 1
            self._most = max(self._most, self._now)
        try:
            send(self._reply(behaviour, request))
        finally:
            with self._lock:
                self._now -= 1

    def _reply(self, behaviour: Behaviour, request: ChatRequest) -> Reply:
        try:
            does: Reply | Behaviour = behaviour
            while not isinstance(does, Reply):
                _check(does)
                does = does(request)
        except Exception as error:  # noqa: BLE001 - raised again where the server is closed
            self._error = self._error or error
            return PROTOCOLS[request.protocol].failed(500, f"the behaviour failed: {error!r}")
        return does


def _check(behaviour: Behaviour) -> None:
    if isinstance(behaviour, type):
        name = behaviour.__name__
        raise DescriptionError(f"{name} is a class, a behaviour is made of it: {name}()")
    if not callable(behaviour):
        raise DescriptionError(f"a behaviour is called with a request, got {behaviour!r}")


def _parsed(body: bytes) -> dict[str, Any]:
    parsed = json.loads(body)
    if not isinstance(parsed, dict):
        raise TypeError("a request is a JSON object")
    if parsed.get("stream"):
        raise ValueError("answers are never streamed")
    return parsed
