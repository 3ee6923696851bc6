"""Anthropic: messages."""

from typing import Any

from recourse_bandits.testing.chat_server.wire import (
    Completion,
    Reply,
    SystemApart,
    json_reply,
)

_FINISH = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal", "filter": "refusal"}
_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class AnthropicMessages(SystemApart):
    """Messages; refusal and filter are one reason here, and what a filter stops is empty."""

    name = "anthropic"
    paths = r"/v1/messages"

    def completed(self, completion: Completion) -> Reply:
        """Write a ``message``.

        Parameters
        ----------
        completion
            What the model says.
        """
        filtered = completion.finish == "filter"
        body: dict[str, Any] = {
            "id": f"msg_{completion.number}",
            "type": "message",
            "role": "assistant",
            "model": completion.model,
            "content": [] if filtered else [{"type": "text", "text": completion.text}],
            "stop_reason": _FINISH[completion.finish],
            "stop_sequence": None,
        }
        if completion.usage is not None:
            asked, said = completion.usage
            body["usage"] = {"input_tokens": asked, "output_tokens": said}
        return json_reply(body)

    def failed(self, status: int, message: str) -> Reply:
        """Write an ``error`` with type and message.

        Parameters
        ----------
        status
            HTTP status.
        message
            What went wrong.
        """
        error = {"type": _KINDS.get(status, "api_error"), "message": message}
        return json_reply({"type": "error", "error": error}, status)
