"""Questions and calls as rows of tables; `docs/output.md` is their schema."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import polars as pl
from pydantic_core import to_json

from recourse_bandits.exchanges import Attempt, Exchange, as_number
from recourse_bandits.problem import Problem
from recourse_bandits.records import Advice, Decision, Pending
from recourse_bandits.study.checks import writable
from recourse_bandits.study.rows import target_schema

Row = dict[str, Any]
VERDICTS = ("followed", "vetoed", "not followed", "failed", "waiting", "withdrawn")


def verdict_of(decision: Decision) -> str:
    """Return what became of a question.

    Parameters
    ----------
    decision
        The decision for which somebody was asked.
    """
    if decision.failed:
        return "failed"
    if decision.followed:
        return "followed"
    return "vetoed" if decision.vetoed else "not followed"


def question_schema(problem: Problem) -> dict[str, Any]:
    """Return the types of the columns of `advice.parquet`.

    Parameters
    ----------
    problem
        The problem.
    """
    time, arm = pl.Datetime("us", "UTC"), pl.Enum(problem.arm_names)
    return {
        "decision": pl.Int64,
        "request_id": pl.String,
        "subject": pl.String,
        "asked": time,
        "answered": time,
        "verdict": pl.Enum(VERDICTS),
        "reason": pl.String,
        "arm": arm,
        **target_schema(problem),
        "own_arm": arm,
        **{f"own_{name}": pl.Float64 for name in ("mean", "low", "high")},
        "note": pl.String,
        "adviser": pl.String,
        "by": pl.String,
        "model": pl.String,
        "confidence": pl.Float64,
        "cached": pl.Boolean,
        "repairs": pl.List(pl.String),
        "said": pl.String,
        "digest": pl.String,
        "question": pl.String,
        "calls": pl.Int64,
        "cost": pl.Float64,
        "seconds": pl.Float64,
    }


ATTEMPT_SCHEMA: Mapping[str, Any] = {
    "decision": pl.Int64,
    "attempt": pl.Int64,
    "ended": pl.String,
    "problem": pl.String,
    "model": pl.String,
    "seconds": pl.Float64,
    "input_tokens": pl.Int64,
    "output_tokens": pl.Int64,
    "cost": pl.Float64,
    "answer": pl.String,
}


def settled_row(problem: Problem, decision: Decision, asked: Any, answered: datetime) -> Row:
    """Return the row of a question that was settled.

    Parameters
    ----------
    problem
        The problem.
    decision
        The decision.
    asked, answered
        When the question was put, and settled.
    """
    consultation = decision.consultation
    assert consultation is not None
    return {
        **_person(problem, decision, asked),
        "answered": answered,
        "verdict": verdict_of(decision),
        "reason": consultation.reason,
        **_advised(problem, decision, consultation.given),
        **_exchanged(consultation.exchange),
    }


def open_row(problem: Problem, pending: Pending, asked: datetime, verdict: str) -> Row:
    """Return the row of a question without answer.

    Parameters
    ----------
    problem
        The problem.
    pending
        The question.
    asked
        When it was put.
    verdict
        `waiting` or `withdrawn`.
    """
    known = {"verdict": verdict, "adviser": _text(pending.addressee), "calls": 0}
    return {**_person(problem, pending, asked), **known}


def attempt_rows(decision: Decision) -> Iterator[Row]:
    """Yield a row for each call that was made for a decision.

    Parameters
    ----------
    decision
        The decision.
    """
    exchange = None if decision.consultation is None else decision.consultation.exchange
    for number, attempt in enumerate(() if exchange is None else exchange.attempts, start=1):
        yield {"decision": decision.id, "attempt": number, **_called(attempt)}


def _person(problem: Problem, asked_for: Decision | Pending, asked: Any) -> Row:
    proposal = asked_for.proposal
    own = (as_number(value) for value in proposal.interval)
    return {
        "decision": asked_for.id,
        "request_id": asked_for.request_id,
        "subject": asked_for.subject,
        "asked": asked,
        "own_arm": problem.arm_names[proposal.arm],
        **dict(zip(("own_mean", "own_low", "own_high"), own, strict=True)),
    }


def _advised(problem: Problem, decision: Decision, given: Advice | None) -> Row:
    if given is None:
        return {}
    target, _ = problem.raw_target(decision.context, given.point)
    return {
        "arm": problem.arm_names[given.arm],
        "note": given.note,
        **{f"target.{feature.name}": target[feature.name] for feature in problem.mutable},
    }


def _exchanged(exchange: Exchange | None) -> Row:
    if exchange is None:
        return {"calls": 0}
    said = None if exchange.said is None else to_json(exchange.said).decode()
    return {
        **{name: _text(getattr(exchange, name)) for name in ("adviser", "by", "model")},
        "confidence": as_number(exchange.confidence),
        "cached": bool(exchange.cached),
        "repairs": [writable(repair) for repair in exchange.repairs],
        "said": said,
        "digest": _text(exchange.digest),
        "question": _text(exchange.question),
        "calls": exchange.calls,
        "cost": exchange.cost,
        "seconds": exchange.seconds,
    }


def _called(attempt: Attempt) -> Row:
    texts = {name: _text(getattr(attempt, name)) for name in ("ended", "problem", "model")}
    counts = {name: _count(getattr(attempt, name)) for name in ("input_tokens", "output_tokens")}
    numbers = {name: as_number(getattr(attempt, name)) for name in ("seconds", "cost")}
    return {**texts, **numbers, **counts, "answer": _text(attempt.answer)}


def _text(value: Any) -> str | None:
    return None if value is None else writable(value)


def _count(value: Any) -> int | None:
    number = as_number(value)
    return None if number is None or abs(number) >= 2.0**63 else int(number)
