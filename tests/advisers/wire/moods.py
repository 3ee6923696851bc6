"""A model in every mood, as a seeded function of what it is asked; each answer is marked."""

import json
import math
import random
from collections import Counter
from hashlib import sha256
from threading import Lock
from typing import Any

from recourse_bandits import Study
from recourse_bandits.exchanges import Attempt
from recourse_bandits.records import Decision
from recourse_bandits.testing.chat_server import (
    Answers,
    Behaviour,
    ChatRequest,
    CutShort,
    Drops,
    Fails,
    Refuses,
    Truncated,
)
from tests.advisers.wire.wired import GOOD

MARK = "mark-"


class Moods:
    """Answers well, badly, half or not at all; remembers which marks it has sent whole."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._lock = Lock()
        self._again: Counter[str] = Counter()
        self.sent: list[str] = []

    def __call__(self, request: ChatRequest) -> Behaviour:
        with self._lock:
            said = sha256(json.dumps([message.text for message in request.messages]).encode())
            self._again[said.hexdigest()] += 1
            times = self._again[said.hexdigest()]
            chance = random.Random(f"{self._seed} {said.hexdigest()} {times}").random()
            mark = f"{MARK}{request.number}"
            if not 0.70 <= chance < 0.75 and chance < 0.85:
                self.sent.append(mark)
        marked = f'{GOOD[:-1]}, "note": "{mark}"}}'
        share = (marked.index(mark) + len(mark) + 1.5) / len(marked)
        kinds: tuple[tuple[float, Behaviour], ...] = (
            (0.55, Answers(marked, after=0.001 * (request.number % 7))),
            (0.65, Answers(marked.replace("tablet", "lozenge"))),
            (0.70, Truncated(marked, share=share)),
            (0.75, Refuses()),
            (0.80, CutShort(marked[:-1])),
            (0.85, Answers(marked, input_tokens=None)),
            (0.90, Fails(500)),
            (0.95, Fails(429)),
            (1.00, Drops(marked)),
        )
        return next(kind for limit, kind in kinds if chance < limit)


def person(number: int) -> dict[str, Any]:
    """The person of a question; each is somebody else."""
    return {"age": 40 + number / 100, "sex": "male", "diet": 4.0, "activity": 2.0}


def attempts_of(study: Study) -> list[Attempt]:
    """All calls in a journal, in the order of its decisions."""
    exchanges = [
        event.body.consultation.exchange
        for event in study.journal.read()
        if isinstance(event.body, Decision) and event.body.consultation is not None
    ]
    return [attempt for exchange in exchanges if exchange for attempt in exchange.attempts]


def marks_of(attempts: list[Attempt]) -> list[str]:
    """The marks in the answers of calls."""
    answers = [attempt.answer for attempt in attempts if attempt.answer and MARK in attempt.answer]
    return [MARK + answer.partition(MARK)[2].partition('"')[0] for answer in answers]


def cost_of(attempts: list[Attempt]) -> float:
    """What calls have cost together."""
    return math.fsum(attempt.cost or 0.0 for attempt in attempts)
