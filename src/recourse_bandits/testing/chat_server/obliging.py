"""A stand-in that answers the questions of this package in the form they ask for; it knows nothing.

It lets a user without a key see the whole path. Its answers are made from the question alone: every
feature goes up where it may, else down. They are no advice.
"""

import json
import re
from dataclasses import dataclass

from recourse_bandits.testing.chat_server.answers import Answers, Scripted
from recourse_bandits.testing.chat_server.wire import ChatRequest, Reply

NAME = "stand-in-that-knows-nothing"
"""The model that answers carry."""

_TEXT = r'"(?:[^"\\]|\\.)*"'
_OFFERED = re.compile(rf"^- NAME is one of ({_TEXT}(?:, {_TEXT})*)", re.MULTILINE)
_CHANGEABLE = re.compile(
    rf"^- ({_TEXT}), now (\S+?)[: ].*?may (increase|decrease).*?from (\S+) to (\S+)", re.MULTILINE
)
_LISTED = re.compile(rf"^- ({_TEXT})", re.MULTILINE)
_CAREFUL = 0.2  # share of a feature's own reach; with all features together still feasible


@dataclass(frozen=True)
class Obliging(Scripted):
    """An answer in the form that the question asks for, from nothing but the question."""

    def __call__(self, request: ChatRequest) -> Reply:
        """Answer the question."""
        prompt = request.prompt
        answer = _stated(prompt) if '{"arms":' in prompt else _advised(prompt)
        return Answers(json.dumps(answer, ensure_ascii=False), model=NAME)(request)


def _advised(prompt: str) -> dict[str, object]:
    offered = _OFFERED.search(prompt)
    arm = "none" if offered is None else json.loads(f"[{offered[1]}]")[0]
    if '"direction":' in prompt:
        wishes: dict[str, object] = {
            json.loads(name): {"sign": way, "importance": 5}
            for name, _, way, _, _ in _CHANGEABLE.findall(prompt)
        }
        return {"treatment": arm, "direction": wishes, "confidence": 0.5}
    target = {
        json.loads(name): _moved(float(now), way, float(low), float(high))
        for name, now, way, low, high in _CHANGEABLE.findall(prompt)
    }
    return {"treatment": arm, "target": target, "confidence": 0.5}


def _moved(now: float, way: str, low: float, high: float) -> float:
    end = high if way == "increase" else low
    return now + _CAREFUL * (end - now)


def _stated(prompt: str) -> dict[str, object]:
    treatments, quantities = prompt.partition("\nTREATMENTS\n")[2].split("\nQUANTITIES\n")
    columns = [json.loads(name) for name in _LISTED.findall(quantities)]
    row = {column: {"mean": 0.0, "sd": 10.0} for column in columns}
    arms = {json.loads(name): row for name in _LISTED.findall(treatments)}
    return {"arms": arms, "effective_sample_size": 1}
