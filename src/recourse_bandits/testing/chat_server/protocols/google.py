"""Google: generateContent."""

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

_FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
_KINDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}
_RATED = [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}]


class GoogleGenerateContent(ChatProtocol):
    """generateContent, of the Gemini API and of Google Cloud.

    A refusal is a candidate without content; a filter blocks the prompt, and there is no candidate.
    """

    name = "google"
    paths = r"/[^/]+(/.+)?/models/(?P<model>[^/:]+):generateContent"

    def messages(self, body: Mapping[str, Any]) -> list[Message]:
        """Return ``systemInstruction`` and the texts of ``contents``.

        Parameters
        ----------
        body
            The JSON object sent.
        """
        told = text_of((body.get("systemInstruction") or {}).get("parts"))
        said = [
            Message(one.get("role", "user"), text_of(one.get("parts")))
            for one in body.get("contents", ())
        ]
        return ([Message("system", told)] if told else []) + said

    def completed(self, completion: Completion) -> Reply:
        """Write a ``GenerateContentResponse``.

        Parameters
        ----------
        completion
            What the model says.
        """
        body: dict[str, Any] = {
            "modelVersion": completion.model,
            "responseId": f"response-{completion.number}",
        }
        if completion.finish == "filter":
            body["promptFeedback"] = {"blockReason": "SAFETY", "safetyRatings": _RATED}
        else:
            candidate: dict[str, Any] = {"index": 0, "finishReason": _FINISH[completion.finish]}
            if completion.finish == "refusal":
                candidate["safetyRatings"] = _RATED
            else:
                candidate["content"] = {"role": "model", "parts": [{"text": completion.text}]}
            body["candidates"] = [candidate]
        if completion.usage is not None:
            asked, said = completion.usage
            body["usageMetadata"] = {
                "promptTokenCount": asked,
                "candidatesTokenCount": said,
                "totalTokenCount": asked + said,
            }
        return json_reply(body)

    def failed(self, status: int, message: str) -> Reply:
        """Write an ``error`` with code, message and status.

        Parameters
        ----------
        status
            HTTP status.
        message
            What went wrong.
        """
        kind = _KINDS.get(status, "INTERNAL")
        return json_reply({"error": {"code": status, "message": message, "status": kind}}, status)
