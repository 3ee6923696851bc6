"""Amazon Bedrock: converse."""

from collections.abc import Mapping
from typing import Any

from recourse_bandits.testing.chat_server.wire import (
    ChatProtocol,
    Completion,
    Message,
    Reply,
    json_reply,
    text_of,
)

_FINISH = {
    "stop": "end_turn",
    "length": "max_tokens",
    "refusal": "content_filtered",
    "filter": "guardrail_intervened",
}
_KINDS = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}


class BedrockConverse(ChatProtocol):
    """converse; its answers name no model."""

    name = "bedrock"
    paths = r"/model/(?P<model>[^/]+)/converse"

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

    def completed(self, completion: Completion) -> Reply:
        """Write a ``ConverseResponse``.

        Parameters
        ----------
        completion
            What the model says.
        """
        message = {"role": "assistant", "content": [{"text": completion.text}]}
        body: dict[str, Any] = {
            "output": {"message": message},
            "stopReason": _FINISH[completion.finish],
            "metrics": {"latencyMs": 1},
        }
        if completion.usage is not None:
            asked, said = completion.usage
            body["usage"] = {
                "inputTokens": asked,
                "outputTokens": said,
                "totalTokens": asked + said,
            }
        return json_reply(body, headers={"x-amzn-RequestId": f"request-{completion.number}"})

    def failed(self, status: int, message: str) -> Reply:
        """Write a ``message``; the kind of error stands in a header.

        Parameters
        ----------
        status
            HTTP status.
        message
            What went wrong.
        """
        kind = _KINDS.get(status, "InternalServerException")
        return json_reply({"message": message}, status, {"x-amzn-ErrorType": kind})
