"""What the user gets for whatever model or server do, on the wire and in the journal."""

import json
import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from recourse_bandits import Study
from recourse_bandits.exchanges import Attempt
from recourse_bandits.records import Decision
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import (
    Answers,
    Behaviour,
    CutShort,
    Drips,
    Drops,
    Fails,
    Fenced,
    Hangs,
    Html,
    RateLimited,
    Refuses,
    Truncated,
    Unauthorized,
)
from tests.advisers.asking import PATIENT
from tests.advisers.wire.wired import (
    GOOD,
    PRICE,
    decided,
    exchange_of,
    model_at,
    reason_of,
    study_of,
    to,
)

PLAIN = "treatment=tablet, diet=5, activity=2.5"
DIRECTION = json.loads(GOOD)["direction"]
NAN = GOOD.replace("5}", "NaN}")
UNKNOWN = GOOD.replace("tablet", "lozenge")
MISSING = json.dumps({"treatment": "tablet", "direction": DIRECTION | {"diet": {}}})
IMMUTABLE = json.dumps({"treatment": "tablet", "direction": DIRECTION | {"age": DIRECTION["diet"]}})
FAR = to(diet=10.0, activity=9.0)
LIMIT = "whose effort is at most 2"


@dataclass(frozen=True)
class Row:
    """What is done with the calls, and what becomes of it."""

    does: tuple[Behaviour, ...]
    reason: str = ""
    """How the reason starts; empty: the advice is followed."""
    says: str = ""
    """Stands in the reason."""
    complains: str = ""
    """Stands in what the model is told; empty: it is told nothing."""
    ended: tuple[str, ...] = ("answered",)
    cost: float = 0.0003
    style: str = "direction"
    repairs: str = ""
    seconds: tuple[float, float] = (0.0, 3.0)
    more: tuple[tuple[str, Any], ...] = ()


def again(answer: str, complains: str, **parts: Any) -> Row:
    """One re-ask that helps."""
    does = (Answers(answer), Answers(GOOD))
    row = Row(does, complains=complains, ended=("answered", "answered"), cost=0.0006)
    return replace(row, **parts)


def stays(answer: str, complains: str, **parts: Any) -> Row:
    """One re-ask that does not help."""
    does = (Answers(answer), Answers(answer))
    row = replace(again(answer, complains), does=does, reason="InvalidAdvice: ", says=complains)
    return replace(row, **parts)


MOST = (200 + 2000 * 10.0) / 1e6  # at least this much for a call of which nothing is known
ROWS: dict[str, Row] = {
    "an answer": Row((Answers(GOOD),)),
    "a code fence": Row((Fenced(GOOD),), repairs="code fence"),
    "truncated JSON": again("", "JSON", does=(Truncated(GOOD), Answers(GOOD))),
    "plain text": again(PLAIN, "JSON"),
    "plain text that was asked for": Row((Answers(PLAIN),), style="point", repairs="plain text"),
    "NaN": again(NAN, "NaN is no number: give a finite number"),
    "NaN twice": stays(NAN, "NaN is no number: give a finite number"),
    "unknown arm": again(UNKNOWN, "lozenge"),
    "unknown arm twice": stays(UNKNOWN, "lozenge", reason="UnknownArm: "),
    "a missing sign": again(MISSING, '"diet" lacks "sign"'),
    "an immutable feature": again(IMMUTABLE, "age"),
    "an immutable feature twice": stays(IMMUTABLE, "age"),
    "outside": again(FAR, LIMIT, does=(Answers(FAR), Answers(to())), style="point"),
    "outside twice": stays(FAR, LIMIT, style="point", reason="InfeasibleAdvice: "),
    "outside, pulled back": Row(
        (Answers(FAR),), style="point", repairs="pulled back", more=(("pull_back", True),)
    ),
    "Retry-After": Row(
        (RateLimited(1.0), Answers(GOOD)),
        ended=("too many calls (HTTP 429)", "answered"),
        seconds=(1.0, 3.0),
    ),
    "Retry-After past the deadline": Row(
        (RateLimited(60.0),),
        "AdviserUnavailable: too many calls (HTTP 429); the server asks to wait 60 s: another",
        ended=("too many calls (HTTP 429)",),
        cost=0.0,
        seconds=(0.0, 1.0),
    ),
    "500": Row(
        (Fails(500), Fails(503), Answers(GOOD)),
        ended=("the server failed (HTTP 500)", "(HTTP 503)", "answered"),
    ),
    "500 for ever": Row(
        (Fails(500),) * 3, "AdviserUnavailable: the server failed", ended=("HTTP 500",) * 3, cost=0
    ),
    "HTML": Row((Html(),) * 3, "AdviserUnavailable: ", ended=("not an answer",) * 3, cost=-3),
    "a dropped connection": Row(
        (Drops(), Drops(GOOD, reset=False), Answers(GOOD)),
        ended=("connection", "", "answered"),
        cost=-2,
    ),
    "dropped for ever": Row((Drops(),) * 3, "AdviserUnavailable: ", ended=("",) * 3, cost=-3),
    "hangs": Row(
        (Hangs(),),
        "AdviserUnavailable: no answer within 0.5 s",
        ended=("no answer within",),
        cost=-1,
        seconds=(0.5, 2.0),
        more=(("deadline", 0.5),),
    ),
    "drips": Row(
        (Drips(GOOD, every=0.05),),
        "AdviserUnavailable: no answer within 0.5 s",
        ended=("no answer within",),
        cost=-1,
        seconds=(0.5, 2.0),
        more=(("deadline", 0.5),),
    ),
    "401": Row(
        (Unauthorized(),), "AdviserUnavailable: the key was refused", ended=("HTTP 401",), cost=0
    ),
    "a refusal": Row(
        (Refuses(),), "InvalidAdvice: the model refused to answer", ended=("refused",)
    ),
    "a filter": Row(
        (Refuses(filtered=True),),
        "InvalidAdvice: the model refused to answer",
        ended=("refused",),
    ),
    "cut": Row(
        (CutShort(GOOD[:20]),),
        "InvalidAdvice: the answer was cut at max_tokens = 2000",
        ended=("cut",),
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_row_of_the_table_of_behaviours(row: Row, tmp_path: Path) -> None:
    journal = tmp_path / "study.db"
    with ChatServer(row.does, default=Fails(418)) as server:
        given: dict[str, Any] = {"style": row.style, "price": PRICE, "retries": 2} | dict(row.more)
        adviser = model_at(server, **given)
        adviser.require_ready()  # importing takes its own time
        with study_of(adviser, journal) as study:
            began = time.monotonic()
            decision = decided(study)
            took = time.monotonic() - began
        assert server.received == len(row.does)
        _check_requests(row, server)
        with Study.open(f"sqlite:///{journal}", adviser) as reopened:
            stored = reopened.decision(0)
            assert isinstance(stored, Decision)
            assert reopened.verify().passed
            assert (stored.arm, stored.recourse) == (decision.arm, decision.recourse)
            assert stored.consultation is not None
            assert exchange_of(stored) == exchange_of(decision)
            assert stored.consultation.reason == (reason_of(decision) if row.reason else None)
            if row.reason:
                assert reason_of(decision) in reopened.explain(0)
        assert server.received == len(row.does), "a replay asked"
    least, longest = row.seconds
    assert least <= took <= longest
    exchange = exchange_of(decision)
    assert (decision.followed, decision.failed) == (not row.reason, bool(row.reason))
    if row.reason:
        assert reason_of(decision).startswith(row.reason)
        assert row.says in reason_of(decision)
    assert row.repairs in " ".join(exchange.repairs)
    assert bool(row.repairs) == bool(exchange.repairs)
    assert len(exchange.attempts) == len(row.does)
    for attempt, ended in zip(exchange.attempts, row.ended, strict=True):
        _check_attempt(attempt, ended)
    _check_cost(row, exchange.attempts)


def _check_requests(row: Row, server: ChatServer) -> None:
    texts = [[message.text for message in request.messages] for request in server.requests]
    assert all(sent[0] == texts[0][0] for sent in texts), "another question"
    if not row.complains:
        assert all(sent == texts[0] for sent in texts), "something was told"
        return
    question, answer, complaint = texts[-1]
    assert question == texts[0][0]
    assert row.complains in complaint
    assert complaint.startswith("Your answer cannot be used: ")
    assert answer


def _check_attempt(attempt: Attempt, ended: str) -> None:
    assert ended in attempt.ended
    assert attempt.seconds >= 0
    assert attempt.cost is not None
    if attempt.answer is None:
        assert (attempt.model, attempt.input_tokens, attempt.output_tokens) == (None, None, None)
    else:
        assert attempt.model == "small-2026-01-01"
        assert (attempt.input_tokens, attempt.output_tokens) == (100, 20)
        assert attempt.cost == pytest.approx(0.0003)


def _check_cost(row: Row, attempts: tuple[Attempt, ...]) -> None:
    """A negative cost is the number of calls that may have been charged."""
    total = math.fsum(attempt.cost or 0.0 for attempt in attempts)
    if row.cost >= 0:
        assert total == pytest.approx(row.cost)
    else:
        assert total >= -row.cost * MOST


def test_what_the_model_is_told_is_what_the_record_says() -> None:
    with ChatServer([Answers(UNKNOWN), Answers(GOOD)]) as server:
        decision = decided(study_of(model_at(server)))
        complaint = server.requests[-1].prompt
    first, second = exchange_of(decision).attempts
    assert first.problem
    assert complaint == (
        f"Your answer cannot be used: {first.problem}. Answer again, in the form asked for."
    )
    assert (first.answer, second.answer, second.problem) == (UNKNOWN, GOOD, None)


def test_the_record_holds_what_was_said_and_how_sure_the_model_is() -> None:
    with ChatServer([Answers(GOOD)]) as server:
        decision = decided(study_of(model_at(server)))
        assert exchange_of(decision).question == server.requests[0].prompt
    exchange = exchange_of(decision)
    assert exchange.confidence == 0.9
    assert exchange.said == {"treatment": "tablet", "direction": DIRECTION}
    assert decision.arm == "tablet"
    assert decision.recourse is not None
    assert decision.recourse.target["diet"] == pytest.approx(8.0)
    assert decision.recourse.target["age"] == PATIENT["age"]


def test_no_retries_means_one_call() -> None:
    for behaviour in (Fails(500), Answers("no"), Drops(), RateLimited(0.0)):
        with ChatServer([behaviour]) as server:
            decision = decided(study_of(model_at(server, retries=0)))
            assert decision.failed
            assert server.received == 1
