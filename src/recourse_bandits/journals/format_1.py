"""Format 1 of the journal as JSON, to and from; `events` describes it.

Numbers are written by `repr`, which reads back exactly. NaN and infinities, which JSON has not, are
written as null; which of them null stands for follows from the field.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from recourse_bandits.errors import JournalError
from recourse_bandits.events import (
    JOURNAL_FORMAT,
    Began,
    Corrected,
    Event,
    Imported,
    Observed,
    Withdrawn,
)
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import (
    Advice,
    Array,
    Choice,
    Consultation,
    Decision,
    Pending,
    Proposal,
    Recourse,
)

_PLAIN = {
    "began": Began,
    "observed": Observed,
    "corrected": Corrected,
    "withdrawn": Withdrawn,
    "imported": Imported,
}
Json = dict[str, Any]


def to_json(event: Event) -> str:
    """Write an event as one line of JSON.

    Parameters
    ----------
    event
        The event.
    """
    body = event.body
    if isinstance(body, Pending):
        fields = _asked(body)
    elif isinstance(body, Decision):
        fields = _decided(body)
    else:
        fields = asdict(body)
    head = {"event": event.kind, "number": event.number, "time": event.time.isoformat()}
    return json.dumps(
        {**head, **fields}, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )


class Reader:
    """Reads a journal's lines in order; the first one tells the problem.

    Parameters
    ----------
    problem
        The problem, if it is known before the first line.
    """

    def __init__(self, problem: Problem | None = None) -> None:
        self.problem = problem
        self._asked: dict[int, Pending] = {}

    def read(self, line: str) -> Event:
        """Read the next line.

        Parameters
        ----------
        line
            What `to_json` wrote.

        Raises
        ------
        JournalError
            If it is not a line of format 1.
        """
        try:
            fields: Json = json.loads(line)
            kind = fields.pop("event")
            number, time = fields.pop("number"), datetime.fromisoformat(fields.pop("time"))
            return Event(number, time, kind, self._body(kind, fields))
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(
                f"not an event of journal format {JOURNAL_FORMAT}: {line[:80]!r} "
                f"({type(error).__name__}: {error})"
            ) from error

    def _body(self, kind: str, fields: Json) -> Any:
        if kind == "began":
            self._check_format(fields)
            self.problem = Problem.from_json(fields["problem"])
        if kind in _PLAIN:
            return _PLAIN[kind](**fields)
        if self.problem is None:
            raise JournalError(f"a journal must start with 'began', got {kind!r}")
        if kind == "asked":
            pending = _read_asked(self.problem, fields)
            self._asked[pending.id] = pending
            return pending
        if kind == "decided":
            return self._read_decided(self.problem, fields)
        raise JournalError(f"unknown kind of event: {kind!r}")

    @staticmethod
    def _check_format(fields: Json) -> None:
        if fields.get("journal_format") != JOURNAL_FORMAT:
            raise JournalError(
                f"the journal has format {fields.get('journal_format')}, this package reads format "
                f"{JOURNAL_FORMAT}"
            )

    def _read_decided(self, problem: Problem, fields: Json) -> Decision:
        number = fields["decision"]
        asked = self._asked.pop(number, None)
        if asked is not None:
            context, proposal = asked.context, asked.proposal
        else:
            context = _read_context(problem, fields["context"])
            proposal = _read_proposal(context, fields["proposal"])
        recourse = fields["recourse"]
        return Decision(
            number,
            context,
            fields["arm"],
            None if recourse is None else Recourse(**recourse),
            fields["no_recourse"],
            _read_choice(proposal, fields["choice"]),
            proposal,
            _read_consultation(context, fields["consultation"]),
            fields["request_id"],
            fields["subject"],
        )


def _asked(pending: Pending) -> Json:
    return {
        "decision": pending.id,
        "request_id": pending.request_id,
        "subject": pending.subject,
        "deadline": None if pending.deadline is None else pending.deadline.isoformat(),
        "context": _context(pending.context),
        "proposal": _proposal(pending.proposal),
    }


def _read_asked(problem: Problem, fields: Json) -> Pending:
    context = _read_context(problem, fields["context"])
    deadline = fields["deadline"]
    return Pending(
        fields["decision"],
        _read_proposal(context, fields["proposal"]),
        fields["request_id"],
        fields["subject"],
        None if deadline is None else datetime.fromisoformat(deadline),
    )


def _decided(decision: Decision) -> Json:
    before = decision.consultation is not None  # an asked event holds person and proposal
    return {
        "decision": decision.id,
        "request_id": decision.request_id,
        "subject": decision.subject,
        "context": None if before else _context(decision.context),
        "proposal": None if before else _proposal(decision.proposal),
        "arm": decision.arm,
        "recourse": None if decision.recourse is None else asdict(decision.recourse),
        "no_recourse": decision.no_recourse,
        "choice": _choice(decision),
        "consultation": _consultation(decision.context, decision.consultation),
    }


def _context(context: Context) -> Json:
    return {
        "given": dict(context.given),
        "eligible": np.flatnonzero(context.eligible).tolist(),
        "imputed": list(context.imputed),
    }


def _read_context(problem: Problem, fields: Json) -> Context:
    names = [problem.arm_names[arm] for arm in fields["eligible"]]
    return problem.context(fields["given"], names)


def _proposal(proposal: Proposal) -> Json:
    return {
        "arm": int(proposal.arm),
        "point": _point(proposal.context, proposal.point),
        "mean": _numbers(proposal.mean),
        "high": _numbers(proposal.high),
        "ruled_out": np.flatnonzero(proposal.ruled_out).tolist(),
        "asks": bool(proposal.asks),
        "explored": bool(proposal.explored),
        "propensity": None if proposal.propensity is None else float(proposal.propensity),
        "trace": _trace(proposal.trace),
    }


def _read_proposal(context: Context, fields: Json) -> Proposal:
    ruled_out = np.zeros(context.eligible.shape, dtype=bool)
    ruled_out[fields["ruled_out"]] = True
    return Proposal(
        context,
        fields["arm"],
        _read_point(context, fields["point"]),
        _read_numbers(fields["mean"], np.full(context.eligible.shape, math.nan)),
        _read_numbers(fields["high"], np.where(context.eligible, math.inf, -math.inf)),
        ruled_out,
        fields["asks"],
        fields["explored"],
        fields["propensity"],
        fields["trace"],
    )


def _choice(decision: Decision) -> Json:
    choice, proposed = decision.choice, decision.proposal.point
    as_proposed = choice.point is proposed or bool((choice.point == proposed).all())
    return {
        "arm": int(choice.arm),
        "point": None if as_proposed else _point(decision.context, choice.point),
        "mean": _number(choice.mean),
        "low": _number(choice.low),
        "high": _number(choice.high),
        "source": choice.source,
        "vetoed": bool(choice.vetoed),
        "explored": None if choice.explored is None else bool(choice.explored),
        "propensity": None if choice.propensity is None else float(choice.propensity),
        "trace": _trace(choice.trace),
    }


def _read_choice(proposal: Proposal, fields: Json) -> Choice:
    point = fields["point"]
    return Choice(
        fields["arm"],
        proposal.point if point is None else _read_point(proposal.context, point),
        math.nan if fields["mean"] is None else fields["mean"],
        -math.inf if fields["low"] is None else fields["low"],
        math.inf if fields["high"] is None else fields["high"],
        fields["source"],
        fields["vetoed"],
        fields["explored"],
        fields["propensity"],
        fields["trace"],
    )


def _consultation(context: Context, consultation: Consultation | None) -> Json | None:
    if consultation is None:
        return None
    given = consultation.given
    advice = None
    if given is not None:
        point = _point(context, given.point)
        advice = {"arm": int(given.arm), "point": point, "note": given.note}
    return {"given": advice, "reason": consultation.reason}


def _read_consultation(context: Context, fields: Json | None) -> Consultation | None:
    if fields is None:
        return None
    given = fields["given"]
    if given is None:
        return Consultation(None, fields["reason"])
    point = _read_point(context, given["point"])
    return Consultation(Advice(given["arm"], point, given["note"]), fields["reason"])


def _point(context: Context, point: Array) -> list[float]:
    mutable: list[float] = point[context.feasible.mutable].tolist()
    return mutable


def _read_point(context: Context, mutable: list[float]) -> Array:
    point = context.values.copy()
    point[context.feasible.mutable] = mutable
    return point


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _numbers(values: Array) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _read_numbers(values: list[float | None], missing: Array) -> Array:
    known = zip(values, missing.tolist(), strict=True)
    return np.array([instead if value is None else value for value, instead in known])


def _trace(trace: Mapping[str, Any]) -> Json:
    return {
        name: value.tolist() if hasattr(value, "tolist") else value for name, value in trace.items()
    }
