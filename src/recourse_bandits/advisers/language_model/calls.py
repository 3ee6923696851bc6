"""One call of a language model: what came, or how it failed and whether to try again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from recourse_bandits.advisers.language_model.keys import Redaction
from recourse_bandits.advisers.language_model.providers import NOT_INSTALLED, Connection
from recourse_bandits.advisers.language_model.strict_json import LONGEST
from recourse_bandits.errors import AdviserUnavailable, RecourseBanditsError

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.settings import ModelSettings

_TOLD = 200  # characters of what a server says of its error
_WORTH_ANOTHER = (408, 409, 425, 429)  # statuses below 500 after which another call may do better
_GRACE = 0.25  # seconds for a client to notice the deadline by itself


class Said(NamedTuple):
    """One message of a conversation."""

    by: Literal["us", "model"]
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered.

    Parameters
    ----------
    text
        Its text.
    model
        The model as the provider dates it.
    ended
        `answered`, `refused` or `cut` (at the longest length allowed).
    input_tokens, output_tokens
        What the provider counted, or None.
    """

    text: str
    model: str | None
    ended: Literal["answered", "refused", "cut"]
    input_tokens: int | None
    output_tokens: int | None


class CallFailed(RecourseBanditsError):
    """A call without an answer.

    Parameters
    ----------
    ended
        In a few words, why.
    again
        Whether another call may do better.
    wait
        Seconds that the server asks to wait before it.
    billed
        Whether the provider may charge for it all the same.
    """

    def __init__(
        self,
        ended: str,
        *,
        again: bool = False,
        wait: float | None = None,
        billed: bool = False,
    ) -> None:
        super().__init__(ended)
        self.ended = ended
        self.again = again
        self.wait = wait
        self.billed = billed


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls one model.

    Parameters
    ----------
    connection
        Where it is.
    max_tokens
        Longest answer.
    temperature
        Of the model; None: the provider's default.
    """

    connection: Connection
    max_tokens: int
    temperature: float | None = None
    _settings: "ModelSettings" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        settings: ModelSettings = {"max_tokens": self.max_tokens}
        if self.connection.provider != "bedrock":  # whose client has them off already
            settings["max_retries"] = 0
        if self.temperature is not None:
            settings["temperature"] = self.temperature
        object.__setattr__(self, "_settings", settings)

    def made_ready(self) -> None:
        """Load the client, which takes seconds the first time, and look up the key.

        Raises
        ------
        AdviserUnavailable
            If nobody can be called: no package, no key.
        """
        try:
            import_module("pydantic_ai.direct")
        except ImportError as error:
            raise AdviserUnavailable(NOT_INSTALLED) from error
        from recourse_bandits.advisers.language_model.clients import client_of

        client_of(self.connection)

    def call(self, conversation: Sequence[Said], timeout: float) -> Reply:
        """Send a conversation and wait for the answer.

        Parameters
        ----------
        conversation
            What was said so far; our question last.
        timeout
            Seconds, > 0; the call ends by then, however slowly the server sends.

        Raises
        ------
        CallFailed
            If there is no answer.
        AdviserUnavailable
            If nobody can be called: no package, no key.
        """
        self.made_ready()
        from pydantic_ai import exceptions

        # asyncio takes a tenth of the time that importing this package takes
        from recourse_bandits.advisers.language_model.background import waited_for
        from recourse_bandits.advisers.language_model.clients import client_of

        redacted, model = self.connection.redaction, client_of(self.connection)
        try:
            response = waited_for(self._request(model, conversation, timeout), timeout + _GRACE)
        except (TimeoutError, exceptions.ModelRequestTimeout):
            raise CallFailed(f"no answer within {timeout:.3g} s", billed=True) from None
        except exceptions.ContentFilterError:
            return Reply("", None, "refused", None, None)
        except Exception as error:  # noqa: BLE001 - each provider's client has errors of its own
            # `from None`: what a server sends may hold the key, and a cause would be printed
            raise _failed(error, redacted) from None
        return _reply(response, redacted)

    async def _request(
        self, model: Any, conversation: Sequence[Said], timeout: float
    ) -> "ModelResponse":
        from pydantic_ai.direct import model_request

        settings: ModelSettings = {**self._settings, "request_timeout": timeout}
        return await model_request(model, _messages(conversation), model_settings=settings)


def _messages(conversation: Sequence[Said]) -> "list[ModelMessage]":
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart

    return [
        ModelRequest.user_text_prompt(text) if by == "us" else ModelResponse(parts=[TextPart(text)])
        for by, text in conversation
    ]


def _reply(response: "ModelResponse", redacted: Redaction) -> Reply:
    from pydantic_ai.messages import TextPart

    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    # one sign more than is looked at, which tells that there were more
    text = text[: LONGEST + 1].encode(errors="backslashreplace").decode()
    ended: Literal["answered", "refused", "cut"] = "answered"
    if response.finish_reason == "length":
        ended = "cut"
    elif response.finish_reason == "content_filter" or _refusal(response):
        ended = "refused"
    usage = response.usage
    counted = usage.input_tokens > 0 or usage.output_tokens > 0
    return Reply(
        redacted(text),
        None if response.model_name is None else redacted(response.model_name),
        ended,
        usage.input_tokens if counted else None,
        usage.output_tokens if counted else None,
    )


def _refusal(response: "ModelResponse") -> bool:
    return bool((response.provider_details or {}).get("refusal"))


class _Meaning(NamedTuple):
    """What an error of the client means to us."""

    ended: str
    again: bool = False
    billed: bool = False
    tells: bool = True
    """Whether what the server says may be told: after a refused key it may echo that key."""


def _failed(error: Exception, redacted: Redaction) -> CallFailed:
    meaning = _meaning(error)
    status = getattr(error, "status_code", None)
    ended = meaning.ended if status is None else f"{meaning.ended} (HTTP {status})"
    if meaning.tells:
        told = " ".join(str(getattr(error, "body", None) or error).split())
        ended += f": {redacted(told)[:_TOLD]}"
    wait = getattr(error, "retry_after", None)
    again = meaning.again and (status is None or status >= 500 or status in _WORTH_ANOTHER)
    return CallFailed(ended, again=again, wait=wait, billed=meaning.billed)


def _meaning(error: Exception) -> _Meaning:
    from pydantic_ai import exceptions as known

    meanings: tuple[tuple[Any, _Meaning], ...] = (
        (known.ModelAuthenticationError, _Meaning("the key was refused", tells=False)),
        (known.ModelRateLimitError, _Meaning("too many calls", again=True, tells=False)),
        (known.ModelQuotaExceededError, _Meaning("the account's quota is used up", tells=False)),
        (known.ModelNotFoundError, _Meaning("the provider knows no such model or address")),
        (
            known.ModelConnectionError,
            _Meaning("the connection failed", again=True, billed=True, tells=False),
        ),
        (known.ModelRequestRejectedError, _Meaning("the request was rejected")),
        (known.ModelServerError, _Meaning("the server failed", again=True)),
        (known.ModelUnavailableError, _Meaning("the server is overloaded", again=True)),
    )
    for kind, meaning in meanings:
        if isinstance(error, kind):
            return meaning
    if isinstance(error, known.ModelHTTPError):
        return _Meaning("the server failed", again=True)  # which the status may rule out
    return _Meaning("not an answer of a chat server", again=True, billed=True)
