"""The protocols that the chat server speaks; a path decides which."""

import re
from urllib.parse import unquote, urlsplit

from recourse_bandits.testing.chat_server.protocols.anthropic import AnthropicMessages
from recourse_bandits.testing.chat_server.protocols.bedrock import BedrockConverse
from recourse_bandits.testing.chat_server.protocols.google import GoogleGenerateContent
from recourse_bandits.testing.chat_server.protocols.openai import (
    AzureChat,
    OpenAIChat,
    OpenAIResponses,
)
from recourse_bandits.testing.chat_server.wire import ChatProtocol

PROTOCOLS: dict[str, ChatProtocol] = {
    protocol.name: protocol
    for protocol in (
        OpenAIChat(),
        OpenAIResponses(),
        AzureChat(),
        AnthropicMessages(),
        GoogleGenerateContent(),
        BedrockConverse(),
    )
}
"""Every protocol by its name."""


def protocol_of(path: str) -> tuple[ChatProtocol, str | None] | None:
    """Find the protocol of a path, and the model that the path names; None: nobody's path.

    Parameters
    ----------
    path
        Path and query of a request.
    """
    plain = urlsplit(path).path
    for protocol in PROTOCOLS.values():
        if found := re.fullmatch(protocol.paths, plain):
            model = found.groupdict().get("model")
            return protocol, None if model is None else unquote(model)
    return None
