"""Amazon Bedrock: converse."""

from typing import Any

from recourse_bandits.testing.chat_server.wire import (
    Completion,
    Reply,
    SystemApart,
    json_reply,
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


class BedrockConverse(SystemApart):
    """converse; its answers name no model."""

    name = "bedrock"
    paths = r"/model/(?P<model>[^/]+)/converse"

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
