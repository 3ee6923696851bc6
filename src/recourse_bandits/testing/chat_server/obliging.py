"""A stand-in that answers the questions of this package in the form they ask for; it knows nothing.

It lets a user without a key see the whole path. Its answers are made from the question alone: every
feature goes up where it may, else down. They are no advice.
"""

import json
import math
import re
from dataclasses import dataclass

from recourse_bandits.testing.chat_server.answers import Answers, Scripted
from recourse_bandits.testing.chat_server.wire import ChatRequest, Reply

NAME = "stand-in-that-knows-nothing"
"""The model that answers carry."""

_TEXT = r'"(?:[^"\\]|\\.)*"'
_OFFERED = re.compile(rf"^- NAME is one of ({_TEXT}(?:, {_TEXT})*)", re.MULTILINE)
_CHANGEABLE = re.compile(
    rf"^- (?P<name>{_TEXT}), now (?P<now>[^\s:]+)(?: {_TEXT})?: "
    r"(?:can only be (?P<only>[^\s;]+)|may (?P<way>increase|decrease|stay)(?: or decrease)?"
    r"(?:, to anything from (?P<low>\S+) to (?P<high>\S+) if nothing else changes)?)"
    r"(?P<must>; its present value is outside)?",
    re.MULTILINE,
)
_LISTED = re.compile(rf"^- ({_TEXT})", re.MULTILINE)
_DIRECTION = '{"treatment": NAME, "direction": {'
_ELICITATION = '\n{"arms": {'
_CAREFUL = 0.2  # share of a feature's own reach; that of many is less, to be feasible together


@dataclass(frozen=True)
class Obliging(Scripted):
    """An answer in the form that the question asks for, from nothing but the question."""

    def __call__(self, request: ChatRequest) -> Reply:
        """Answer the question."""
        prompt = request.prompt
        answer = _stated(prompt) if _ELICITATION in prompt else _advised(prompt)
        return Answers(json.dumps(answer, ensure_ascii=False), model=NAME)(request)


def _advised(prompt: str) -> dict[str, object]:
    offered = _OFFERED.search(prompt)
    arm = "none" if offered is None else json.loads(f"[{offered[1]}]")[0]
    found = list(_CHANGEABLE.finditer(prompt))
    names = [json.loads(one["name"]) for one in found]
    if _DIRECTION in prompt:
        signs = ["keep" if one["way"] in (None, "stay") else one["way"] for one in found]
        wishes = [{"sign": sign, "importance": 5} for sign in signs]
        direction = dict(zip(names, wishes, strict=True))
        return {"treatment": arm, "direction": direction, "confidence": 0.5}
    share = 0.0
    if not any(one["must"] for one in found):  # what must be may take all the effort there is
        share = min(_CAREFUL, 0.99 / math.sqrt(max(1, len(found))))
    target = {name: _moved(one, share) for name, one in zip(names, found, strict=True)}
    return {"treatment": arm, "target": target, "confidence": 0.5}


def _moved(found: re.Match[str], share: float) -> float:
    """Return a share of the way that is allowed; who must move goes no farther than they must."""
    now = float(found["now"])
    if found["only"] is not None:
        return float(found["only"])
    if found["low"] is None or found["way"] == "stay":
        return now
    low, high = float(found["low"]), float(found["high"])
    if found["must"]:
        return min(max(now, low), high)
    return now + share * ((low if found["way"] == "decrease" else high) - now)


def _stated(prompt: str) -> dict[str, object]:
    treatments, quantities = prompt.partition("\nTREATMENTS\n")[2].split("\nQUANTITIES\n")
    columns = [json.loads(name) for name in _LISTED.findall(quantities)]
    row = {column: {"mean": 0.0, "sd": 10.0} for column in columns}
    arms = {json.loads(name): row for name in _LISTED.findall(treatments)}
    return {"arms": arms, "effective_sample_size": 1}
