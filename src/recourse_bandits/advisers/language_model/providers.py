"""From the name of a model to a client of its provider, whose own retries are off."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recourse_bandits.advisers.language_model.keys import Redaction, key_from
from recourse_bandits.errors import AdviserUnavailable, DescriptionError
from recourse_bandits.problem.encoding import nearest

if TYPE_CHECKING:
    from pydantic_ai.models import Model

NOT_INSTALLED = (
    "asking a language model needs further packages: pip install 'recourse-bandits[llm]'"
)
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")  # keys of most providers have small letters
_NO_KEY = "no-key"  # what a server without keys is sent
_AWS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK")


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a model is and how to get in.

    Parameters
    ----------
    model
        ``provider:name``, the provider one of `PROVIDERS`.
    endpoint
        Address of another server that speaks the provider's protocol.
    key_variable
        Environment variable that holds the key; None: the provider's usual ones.
    deadline
        Seconds after which a client that cannot be interrupted stops by itself.

    Raises
    ------
    DescriptionError
        If the provider is unknown, or the endpoint is no address of a server.
    """

    model: str
    endpoint: str | None = None
    key_variable: str | None = None
    deadline: float = 60.0

    def __post_init__(self) -> None:
        provider, _, name = str(self.model).partition(":")
        spaced = any(sign.isspace() or not sign.isprintable() for sign in name)
        if not name or spaced or provider not in PROVIDERS:
            hint = nearest(provider, PROVIDERS) if name else ""
            raise DescriptionError(
                f"model must be PROVIDER:NAME, such as 'openai:gpt-5-mini', with one of the "
                f"providers {', '.join(PROVIDERS)}{hint}; got {self.model!r}"
            )
        if self.key_variable is not None and not _VARIABLE.fullmatch(self.key_variable):
            # not told: it may be the key
            raise DescriptionError(
                "key_variable must be the name of an environment variable in capitals, such as "
                "'OPENAI_API_KEY'; the key itself stays there"
            )
        if provider == "bedrock" and self.key_variable is not None:
            raise DescriptionError(
                f"key_variable = {self.key_variable!r} does not apply to bedrock, whose "
                "credentials are those that boto3 finds"
            )
        if self.endpoint is not None:
            _check_address(self.endpoint)

    @property
    def provider(self) -> str:
        """Who serves the model."""
        return self.model.partition(":")[0]

    @property
    def name(self) -> str:
        """The model's name at its provider."""
        return self.model.partition(":")[2]

    @property
    def key(self) -> str | None:
        """The key; None where none is needed.

        Raises
        ------
        AdviserUnavailable
            If one is needed and not set.
        """
        named = (self.key_variable,) if self.key_variable else ()
        usual = PROVIDERS[self.provider].key_variables
        if self.provider == "bedrock":
            return None  # boto3 finds its credentials itself
        if self.endpoint is not None and not named and self.provider == "openai":
            # a server of one's own often has no key, and must not be shown that of OpenAI
            return None
        return key_from(named or usual, self.model)

    @property
    def redaction(self) -> Redaction:
        """Takes the key out of texts."""
        named = (self.key_variable,) if self.key_variable else ()
        variables = (*named, *PROVIDERS[self.provider].key_variables, *_AWS)
        return Redaction(os.environ.get(variable, "").strip() for variable in variables)

    def opened(self, key: str | None) -> "Model":
        """Return a client of the model.

        Parameters
        ----------
        key
            The key, or None.

        Raises
        ------
        AdviserUnavailable
            If the extra is not installed, or the provider needs more than a key.
        """
        try:
            client: Model = PROVIDERS[self.provider].open(self, key)
        except ImportError as error:
            raise AdviserUnavailable(NOT_INSTALLED) from error
        return client


def _check_address(endpoint: str) -> None:
    try:
        address = urlsplit(endpoint)
        right = address.scheme in ("http", "https") and address.hostname and address.port != 0
    except ValueError:  # of brackets, or a port
        right = False
    if "@" in endpoint or "?" in endpoint:
        raise DescriptionError(
            "endpoint must hold no user, password or query: put the key into an "
            "environment variable and name it by key_variable"
        )
    if not right:
        raise DescriptionError(
            f"endpoint must be an address such as 'http://localhost:8000/v1', got {endpoint!r}"
        )


def _openai(connection: Connection, key: str | None) -> Any:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    # without an address it would read one from the environment
    address = connection.endpoint or "https://api.openai.com/v1"
    provider = OpenAIProvider(base_url=address, api_key=key or _NO_KEY)
    return OpenAIChatModel(connection.name, provider=provider)


def _azure(connection: Connection, key: str | None) -> Any:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.azure import AzureProvider

    address = connection.endpoint or os.environ.get("AZURE_OPENAI_ENDPOINT")
    if not address:
        raise AdviserUnavailable(
            f"model {connection.model!r} needs the address of your Azure resource: give endpoint, "
            "or set AZURE_OPENAI_ENDPOINT"
        )
    version = os.environ.get("OPENAI_API_VERSION", "2024-10-21")
    provider = AzureProvider(azure_endpoint=address, api_version=version, api_key=key)
    return OpenAIChatModel(connection.name, provider=provider)


def _anthropic(connection: Connection, key: str | None) -> Any:
    from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    address = connection.endpoint or "https://api.anthropic.com"
    # its own would follow a server to another one, with what is told of a person
    wire = DefaultAsyncHttpxClient(follow_redirects=False)
    client = AsyncAnthropic(api_key=key, base_url=address, max_retries=0, http_client=wire)
    return AnthropicModel(connection.name, provider=AnthropicProvider(anthropic_client=client))


def _google(connection: Connection, key: str | None) -> Any:
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    provider = GoogleProvider(api_key=key, base_url=connection.endpoint)
    return GoogleModel(connection.name, provider=provider)


def _bedrock(connection: Connection, _key: str | None) -> Any:
    import boto3
    from botocore.config import Config
    from pydantic_ai.models.bedrock import BedrockConverseModel
    from pydantic_ai.providers.bedrock import BedrockProvider

    config = Config(
        read_timeout=connection.deadline,
        connect_timeout=connection.deadline,
        retries={"total_max_attempts": 1},
    )
    try:
        client = boto3.client("bedrock-runtime", endpoint_url=connection.endpoint, config=config)
    except Exception as error:
        raise AdviserUnavailable(f"no client of Bedrock: {type(error).__name__}") from error
    return BedrockConverseModel(connection.name, provider=BedrockProvider(bedrock_client=client))


@dataclass(frozen=True, slots=True)
class Provider:
    """How to become a client of a provider.

    Parameters
    ----------
    open
        Makes a client of a model, with a key.
    key_variables
        Environment variables in which keys of the provider usually are.
    """

    open: Callable[[Connection, str | None], Any]
    key_variables: tuple[str, ...]


PROVIDERS = {
    "openai": Provider(_openai, ("OPENAI_API_KEY",)),
    "azure": Provider(_azure, ("AZURE_OPENAI_API_KEY",)),
    "anthropic": Provider(_anthropic, ("ANTHROPIC_API_KEY",)),
    "google": Provider(_google, ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
    "bedrock": Provider(_bedrock, ("AWS_BEARER_TOKEN_BEDROCK",)),
}
"""Who serves models, by name. Any server of the chat completions protocol is `openai` with its own
endpoint."""
