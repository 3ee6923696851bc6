"""OpenAI: chat completions, responses, and the same two at Azure."""

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

_CREATED = 1767225600  # 2026-01-01
_KINDS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    429: ("requests", "rate_limit_exceeded"),
}


class OpenAIChat(ChatProtocol):
    """Chat completions, which most other servers speak too."""

    name = "openai"
    paths = r"(/v1|/openai/v1)/chat/completions"

    def messages(self, body: Mapping[str, Any]) -> list[Message]:
        """Return the texts of ``messages``.

        Parameters
        ----------
        body
            The JSON object sent.
        """
        sent = body.get("messages", ())
        return [Message(one["role"], text_of(one.get("content"))) for one in sent]

    def completed(self, completion: Completion) -> Reply:
        """Write a ``chat.completion``.

        Parameters
        ----------
        completion
            What the model says.
        """
        refused = completion.finish == "refusal"
        message = {
            "role": "assistant",
            "content": None if refused else completion.text,
            "refusal": completion.text if refused else None,
        }
        finish = {"refusal": "stop", "filter": "content_filter"}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": finish.get(completion.finish, completion.finish),
        }
        body: dict[str, Any] = {
            "id": f"chatcmpl-{completion.number}",
            "object": "chat.completion",
            "created": _CREATED,
            "model": completion.model,
            "choices": [choice],
        }
        if completion.usage is not None:
            asked, said = completion.usage
            body["usage"] = {
                "prompt_tokens": asked,
                "completion_tokens": said,
                "total_tokens": asked + said,
            }
        return json_reply(body)

    def failed(self, status: int, message: str) -> Reply:
        """Write an ``error`` with message, type and code.

        Parameters
        ----------
        status
            HTTP status.
        message
            What went wrong.
        """
        kind, code = _KINDS.get(status, ("server_error", None))
        return json_reply(
            {"error": {"message": message, "type": kind, "param": None, "code": code}}, status
        )


class AzureChat(OpenAIChat):
    """Chat completions of a deployment; a filtered prompt is an error there."""

    name = "azure"
    paths = r"/openai/deployments/(?P<model>[^/]+)/chat/completions"

    def completed(self, completion: Completion) -> Reply:
        """Write a ``chat.completion``, or the error of a filtered prompt.

        Parameters
        ----------
        completion
            What the model says.
        """
        if completion.finish != "filter":
            return super().completed(completion)
        error = {
            "message": "The response was filtered due to the prompt triggering Azure OpenAI's"
            " content management policy.",
            "type": None,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": {"hate": {"filtered": True, "severity": "high"}},
            },
        }
        return json_reply({"error": error}, 400)


class OpenAIResponses(OpenAIChat):
    """Responses, OpenAI's newer protocol."""

    name = "openai-responses"
    paths = r"(/v1|/openai/v1|/openai)/responses"

    def messages(self, body: Mapping[str, Any]) -> list[Message]:
        """Return the instructions and the texts of ``input``.

        Parameters
        ----------
        body
            The JSON object sent.
        """
        told = body.get("instructions")
        first = [Message("system", told)] if told else []
        sent = body.get("input", ())
        if isinstance(sent, str):
            return [*first, Message("user", sent)]
        said = [one for one in sent if "role" in one]
        return first + [Message(one["role"], text_of(one.get("content"))) for one in said]

    def completed(self, completion: Completion) -> Reply:
        """Write a ``response``.

        Parameters
        ----------
        completion
            What the model says.
        """
        if completion.finish == "refusal":
            part: dict[str, Any] = {"type": "refusal", "refusal": completion.text}
        else:
            part = {"type": "output_text", "text": completion.text, "annotations": []}
        reasons = {"length": "max_output_tokens", "filter": "content_filter"}
        reason = reasons.get(completion.finish)
        status = "incomplete" if reason else "completed"
        message = {
            "id": f"msg_{completion.number}",
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": [part],
        }
        body: dict[str, Any] = {
            "id": f"resp_{completion.number}",
            "object": "response",
            "created_at": _CREATED,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "instructions": None,
            "metadata": {},
            "model": completion.model,
            "output": [message],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
        }
        if completion.usage is not None:
            asked, said = completion.usage
            body["usage"] = {
                "input_tokens": asked,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": said,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": asked + said,
            }
        return json_reply(body)
