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
    rf"^- (?P<name>{_TEXT}), now (?P<now>{_TEXT}|[^\s:]+)(?: {_TEXT})?: "
    rf"(?:can only be (?P<only>{_TEXT}|[^\s;]+)"
    rf"|may become (?P<becomes>{_TEXT})(?: or {_TEXT})*, or stay"
    r"|may only be (?P<values>[^;]+?) if nothing else changes"
    r"|may (?P<way>increase|decrease|stay)(?: or decrease)?(?P<step> in steps of \S+, from "
    r"(?P<first>\S+) at the lowest to (?P<last>\S+) at the highest if nothing else changes)?"
    r"(?:, to anything from (?P<low>\S+) to (?P<high>\S+) if nothing else changes)?)"
    r"(?P<must>; its present value is outside)?",
    re.MULTILINE,
)
_LISTED = re.compile(rf"^- ({_TEXT})", re.MULTILINE)
_DIRECTION = '{"treatment": NAME, "direction": {'
_ELICITATION = '\n{"arms": {'
_FEW = re.compile(r"^At most \d+ of these features may change", re.MULTILINE)
_ADDED = ("The whole effort is the sum", "Let e be the list")
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
    answers = _directions(found) if _DIRECTION in prompt else _targets(found, prompt)
    key = "direction" if _DIRECTION in prompt else "target"
    return {"treatment": arm, key: dict(zip(names, answers, strict=True)), "confidence": 0.5}


def _directions(found: list[re.Match[str]]) -> list[object]:
    """Return a sign for every number, and the first category that may be reached."""
    answers: list[object] = []
    for one in found:
        if one["now"].startswith('"'):
            answers.append(json.loads(one["becomes"] or one["now"]))
            continue
        values = _values(one)
        way = one["way"]
        if values:
            way = "increase" if values[-1] > float(one["now"]) else "decrease"
        sign = "keep" if way in (None, "stay") else way
        answers.append({"sign": sign, "importance": 5})
    return answers


def _targets(found: list[re.Match[str]], prompt: str) -> list[object]:
    """Return values that may be together: of all a share, or one alone where there are steps."""
    must = any(one["must"] for one in found)
    jumps = _FEW.search(prompt) or any(one["becomes"] or _values(one) for one in found)
    if jumps or must:  # what must be may take all the effort there is
        answers = [_moved(one, 0.0) for one in found]
        ends = [_alone(one) for one in found]
        able = [place for place, end in enumerate(ends) if end not in (None, answers[place])]
        if able and not must and "At most 0 " not in prompt:
            answers[able[0]] = ends[able[0]]
        return answers
    count = max(1, len(found))
    together = 1 / count if any(words in prompt for words in _ADDED) else 1 / math.sqrt(count)
    return [_moved(one, min(_CAREFUL, 0.99 * together)) for one in found]


def _values(found: re.Match[str]) -> list[float]:
    """Return the values that a feature may have, or the ends of its steps."""
    if found["values"]:
        return [float(value) for value in found["values"].split(", ")]
    return [float(found["first"]), float(found["last"])] if found["step"] else []


def _alone(found: re.Match[str]) -> object:
    """Return how far a feature may go if nothing else changes; None if it may not, or anywhere."""
    if found["becomes"]:
        return json.loads(found["becomes"])
    values = _values(found) or [float(found[end]) for end in ("low", "high") if found[end]]
    if not values:
        return None
    return values[-1] if values[-1] > float(found["now"]) else values[0]


def _moved(found: re.Match[str], share: float) -> object:
    """Return a share of the way that is allowed; who must move goes no farther than they must."""
    if found["now"].startswith('"'):
        return json.loads(found["now"])
    now, values = float(found["now"]), _values(found)
    if found["only"] is not None:
        return float(found["only"])
    if values:
        return min(values, key=lambda value: abs(value - now)) if found["must"] else now
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
