"""Format 1 of the journal as JSON, to and from; `events` describes it.

Numbers are written in the shortest form that reads back exactly. NaN and infinities, which JSON has
not, are written as null; which of them null stands for follows from the field.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np
from pydantic_core import PydanticSerializationError, from_json
from pydantic_core import to_json as json_bytes

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
from recourse_bandits.exchanges import Exchange
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
_OPTIONAL = {  # absent where None
    Observed: ("reason",),
    Corrected: ("reason",),
    Imported: ("request_id", "dose"),
}
Json = dict[str, Any]


def to_json(event: Event) -> str:
    """Write an event as one line of JSON.

    Parameters
    ----------
    event
        The event.

    Raises
    ------
    JournalError
        If it holds something that JSON cannot.
    """
    body = event.body
    if isinstance(body, Pending):
        described = _asked(body)
    elif isinstance(body, Decision):
        described = _decided(body)
    else:
        described = _plain(body)
    head = {"event": event.kind, "number": event.number, "time": event.time.isoformat()}
    try:
        return json_bytes({**head, **described}, inf_nan_mode="null").decode()
    except (PydanticSerializationError, UnicodeError) as error:
        raise JournalError(
            f"event {event.number} ({event.kind}) cannot be written as JSON: {error}"
        ) from error


class Reader:
    """Reads a journal's lines in order; the first one tells the problem.

    Parameters
    ----------
    problem
        The problem, if it is known before the first line.
    question
        Returns the `asked` line of a decision, for readers that start after it.
    """

    def __init__(
        self, problem: Problem | None = None, question: Callable[[int], str] | None = None
    ) -> None:
        self.problem = problem
        self._question = question
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
            described: Json = from_json(line)
            kind = described.pop("event")
            number, time = described.pop("number"), datetime.fromisoformat(described.pop("time"))
            return Event(number, time, kind, self._body(kind, described))
        except (ValueError, LookupError, TypeError) as error:
            raise JournalError(
                f"not an event of journal format {JOURNAL_FORMAT}: {line[:80]!r} "
                f"({type(error).__name__}: {error})"
            ) from error

    def _body(self, kind: str, described: Json) -> Any:
        if kind == "began":
            self._check_format(described)
            self.problem = Problem.from_json(described["problem"])
        if kind in _PLAIN:
            if kind == "withdrawn":
                self._asked.pop(described["decision"], None)
            return _PLAIN[kind](**described)
        if self.problem is None:
            raise JournalError(f"a journal must start with 'began', got {kind!r}")
        if kind == "asked":
            pending = _read_asked(self.problem, described)
            self._asked[pending.id] = pending
            return pending
        if kind == "decided":
            return self._read_decided(self.problem, described)
        raise JournalError(f"unknown kind of event: {kind!r}")

    @staticmethod
    def _check_format(described: Json) -> None:
        if described.get("journal_format") != JOURNAL_FORMAT:
            raise JournalError(
                f"the journal has format {described.get('journal_format')}, this package reads "
                f"format {JOURNAL_FORMAT}"
            )

    def _read_decided(self, problem: Problem, described: Json) -> Decision:
        number = described["decision"]
        if described["context"] is None:
            asked = self._asked.pop(number, None) or self._earlier_question(number)
            context, proposal = asked.context, asked.proposal
        else:
            context = _read_context(problem, described["context"])
            proposal = _read_proposal(context, described["proposal"])
        recourse = described["recourse"]
        return Decision(
            number,
            context,
            described["arm"],
            None if recourse is None else Recourse(**recourse),
            described["no_recourse"],
            _read_choice(proposal, described["choice"]),
            proposal,
            _read_consultation(context, described["consultation"]),
            described["request_id"],
            described["subject"],
            described.get("batch"),
        )

    def _earlier_question(self, number: int) -> Pending:
        if self._question is None:
            raise JournalError(f"decision {number} was asked about, but no 'asked' event holds it")
        pending = self.read(self._question(number)).body
        del self._asked[number]
        assert isinstance(pending, Pending)
        return pending


def _plain(body: Any) -> Json:
    described = {field.name: getattr(body, field.name) for field in fields(body)}
    for name in _OPTIONAL.get(type(body), ()):
        if described[name] is None:
            del described[name]
    return described


def _asked(pending: Pending) -> Json:
    return {
        "decision": pending.id,
        "request_id": pending.request_id,
        "subject": pending.subject,
        "deadline": None if pending.deadline is None else pending.deadline.isoformat(),
        "context": _context(pending.context),
        "proposal": _proposal(pending.proposal),
        **({} if pending.addressee is None else {"addressee": pending.addressee}),
    }


def _read_asked(problem: Problem, described: Json) -> Pending:
    context = _read_context(problem, described["context"])
    deadline = described["deadline"]
    return Pending(
        described["decision"],
        _read_proposal(context, described["proposal"]),
        described["request_id"],
        described["subject"],
        None if deadline is None else datetime.fromisoformat(deadline),
        described.get("addressee"),
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
        "recourse": None if decision.recourse is None else _plain(decision.recourse),
        "no_recourse": decision.no_recourse,
        "choice": _choice(decision),
        "consultation": _consultation(decision.context, decision.consultation),
        **({} if decision.batch is None else {"batch": decision.batch}),
    }


def _context(context: Context) -> Json:
    return {
        "given": dict(context.given),
        "eligible": context.eligible.nonzero()[0].tolist(),
        "imputed": list(context.imputed),
    }


def _read_context(problem: Problem, described: Json) -> Context:
    return problem.stored_context(described["given"], described["eligible"])


def _proposal(proposal: Proposal) -> Json:
    low = {} if proposal.low is None else {"low": proposal.low.tolist()}
    doses = {} if proposal.doses is None else {"doses": proposal.doses.tolist()}
    return (
        low
        | doses
        | {
            "arm": int(proposal.arm),
            "point": _point(proposal.context, proposal.point),
            "mean": proposal.mean.tolist(),
            "high": proposal.high.tolist(),
            "ruled_out": proposal.ruled_out.nonzero()[0].tolist(),
            "asks": bool(proposal.asks),
            "explored": bool(proposal.explored),
            "propensity": None if proposal.propensity is None else float(proposal.propensity),
            "trace": _trace(proposal.trace),
        }
    )


def _read_proposal(context: Context, described: Json) -> Proposal:
    ruled_out = np.zeros(context.eligible.shape, dtype=bool)
    ruled_out[described["ruled_out"]] = True
    return Proposal(
        context,
        described["arm"],
        _read_point(context, described["point"]),
        np.array(described["mean"], dtype=np.float64),  # None becomes NaN
        _read_highs(described["high"], context),
        ruled_out,
        described["asks"],
        described["explored"],
        described["propensity"],
        described["trace"],
        np.array(described["low"], dtype=np.float64) if "low" in described else None,
        np.array(described["doses"], dtype=np.float64) if "doses" in described else None,
    )


def _choice(decision: Decision) -> Json:
    choice, proposed = decision.choice, decision.proposal.point
    as_proposed = choice.point is proposed or bool((choice.point == proposed).all())
    return {
        "arm": int(choice.arm),
        "point": None if as_proposed else _point(decision.context, choice.point),
        "mean": float(choice.mean),
        "low": float(choice.low),
        "high": float(choice.high),
        "source": choice.source,
        "vetoed": bool(choice.vetoed),
        "explored": None if choice.explored is None else bool(choice.explored),
        "propensity": None if choice.propensity is None else float(choice.propensity),
        "trace": _trace(choice.trace),
        **({} if choice.dose is None else {"dose": float(choice.dose)}),
    }


def _read_choice(proposal: Proposal, described: Json) -> Choice:
    point = described["point"]
    return Choice(
        described["arm"],
        proposal.point if point is None else _read_point(proposal.context, point),
        math.nan if described["mean"] is None else described["mean"],
        -math.inf if described["low"] is None else described["low"],
        math.inf if described["high"] is None else described["high"],
        described["source"],
        described["vetoed"],
        described["explored"],
        described["propensity"],
        described["trace"],
        described.get("dose"),
    )


def _consultation(context: Context, consultation: Consultation | None) -> Json | None:
    if consultation is None:
        return None
    given = consultation.given
    advice = None
    if given is not None:
        point = _point(context, given.point)
        advice = {"arm": int(given.arm), "point": point, "note": given.note}
    exchange = consultation.exchange
    told = {} if exchange is None else {"exchange": exchange.to_json()}
    return {"given": advice, "reason": consultation.reason, **told}


def _read_consultation(context: Context, described: Json | None) -> Consultation | None:
    if described is None:
        return None
    given, told = described["given"], described.get("exchange")
    exchange = None if told is None else Exchange.from_json(told)
    if given is None:
        return Consultation(None, described["reason"], exchange)
    point = _read_point(context, given["point"])
    return Consultation(Advice(given["arm"], point, given["note"]), described["reason"], exchange)


def _point(context: Context, point: Array) -> list[float]:
    mutable: list[float] = point[context.feasible.mutable].tolist()
    return mutable


def _read_point(context: Context, mutable: list[float]) -> Array:
    point = context.values.copy()
    point[context.feasible.mutable] = mutable
    return point


def _read_highs(values: list[float | None], context: Context) -> Array:
    highs = np.array(values, dtype=np.float64)
    if None in values:  # unknown, or of an arm that may not be given
        missing = np.isnan(highs)
        highs[missing] = np.where(context.eligible, math.inf, -math.inf)[missing]
    return highs


def _trace(trace: Mapping[str, Any]) -> Json:
    return {
        name: value.tolist() if hasattr(value, "tolist") else value for name, value in trace.items()
    }
