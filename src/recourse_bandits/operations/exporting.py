"""A journal as tables for analysis; `docs/output.md` is their schema."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape

from recourse_bandits.events import Event, Imported, Withdrawn
from recourse_bandits.journals import open_journal
from recourse_bandits.operations.opening import folder_for
from recourse_bandits.operations.progress import advancing
from recourse_bandits.problem import Feature, Problem
from recourse_bandits.problem.dose import DOSE
from recourse_bandits.records import Decision
from recourse_bandits.study.beginning import beginning_of
from recourse_bandits.study.chunks import chunks
from recourse_bandits.study.corrections import Corrections
from recourse_bandits.study.happened import NOTHING_YET, Recorded
from recourse_bandits.study.rows import choice_of, choice_schema, dose_schema

_CHUNK = 10_000
Row = dict[str, Any]


def export(journal: str, out: Path, console: Console) -> None:
    """Write decisions, outcomes and imported treatments as Parquet.

    Parameters
    ----------
    journal
        ``sqlite:///FILE``; another process may be writing to it.
    out
        Folder for the tables.
    console
        Where to print.

    Raises
    ------
    JournalError
        If the journal cannot be read.
    """
    folder_for(out)
    with open_journal(journal, reading=True) as kept:
        exported = _Export(beginning_of(kept).problem, kept.corrections())
        with advancing(console, "exporting", kept.length) as progress:
            for events in chunks(kept.read(), _CHUNK):
                exported.take(events)
                progress(len(events))
    for name, frame in exported.tables().items():
        frame.write_parquet(out / f"{name}.parquet")
        console.print(f"{frame.height:>9,} rows  {escape(str(out / name))}.parquet")


class _Export:
    def __init__(self, problem: Problem, corrections: Sequence[Event]) -> None:
        self._problem = problem
        self._corrections = Corrections(corrections)
        self._corrected = {event.body.decision for event in corrections}
        self._outcomes: dict[int, tuple[Recorded, Event]] = {}
        self._withdrawn: dict[int, str] = {}
        self._arms: dict[int, str] = {}
        self._decisions = [_frame([], _decision_schema(self._problem))]
        self._imported = [_frame([], _imported_schema(self._problem))]

    def take(self, events: list[Event]) -> None:
        """Take over further events."""
        decisions: list[Row] = []
        imported: list[Row] = []
        for event in events:
            body = event.body
            if isinstance(body, Decision):
                decisions.append(_decision(event, body, self._problem.mutable))
                self._arms[body.id] = body.arm
            elif isinstance(body, Withdrawn):
                self._withdrawn[body.decision] = body.reason
            elif isinstance(body, Imported):
                imported.append(_imported(event, body))
            elif event.kind == "observed":
                known, _ = self._outcomes.get(body.decision, (NOTHING_YET, event))
                after = known.after(self._corrections.applied(event).body)
                self._outcomes[body.decision] = after, event
        self._decisions.append(_frame(decisions, _decision_schema(self._problem)))
        self._imported.append(_frame(imported, _imported_schema(self._problem)))

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables by name."""
        schema = _outcome_schema(self._problem)
        outcomes = _frame(list(self._outcome_rows()), schema)
        withdrawn = pl.DataFrame(
            list(self._withdrawn.items()),
            schema={"decision": pl.Int64, "withdrawn": pl.String},
            orient="row",
        )
        decisions = pl.concat(self._decisions).join(withdrawn, on="decision", how="left")
        return {
            "decisions": decisions.sort("decision"),
            "outcomes": outcomes.sort("decision"),
            "imported": pl.concat(self._imported),
        }

    def _outcome_rows(self) -> Iterator[Row]:
        reward = self._problem.reward
        for number, (known, event) in self._outcomes.items():
            measured = known.measures.get(reward.measure)
            yield {
                "decision": number,
                "time": event.time,
                "arm": known.arm or self._arms.get(number),
                "reward": None if measured is None else reward.value(measured),
                "corrected": number in self._corrected,
                "reason": known.reason,
                **{f"measure.{name}": value for name, value in known.measures.items()},
                **{f"realized.{name}": value for name, value in known.realized.items()},
            }


def _frame(rows: list[Row], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema), orient="row")


def _values(prefix: str, features: Sequence[Feature]) -> dict[str, Any]:
    return {
        f"{prefix}.{feature.name}": pl.String if feature.categories else pl.Float64
        for feature in features
    }


def _decision_schema(problem: Problem) -> dict[str, Any]:
    return {
        "decision": pl.Int64,
        "time": pl.Datetime("us", "UTC"),
        "request_id": pl.String,
        "subject": pl.String,
        "batch": pl.Int64,
        **choice_schema(problem),
        "source": pl.Enum(["policy", "advice"]),
        "asked": pl.Boolean,
        "vetoed": pl.Boolean,
        "failed": pl.Boolean,
        **_values("given", problem.features),
    }


def _decision(event: Event, decision: Decision, mutable: Collection[Feature]) -> Row:
    return {
        "decision": decision.id,
        "time": event.time,
        "request_id": decision.request_id,
        "subject": decision.subject,
        "batch": decision.batch,
        **choice_of(decision, mutable),
        "source": decision.source,
        "asked": decision.asked,
        "vetoed": decision.vetoed,
        "failed": decision.failed,
        **{f"given.{name}": value for name, value in decision.context.given.items()},
    }


def _outcome_schema(problem: Problem) -> dict[str, Any]:
    return {
        "decision": pl.Int64,
        "time": pl.Datetime("us", "UTC"),
        "arm": pl.Enum(problem.arm_names),
        "reward": pl.Float64,
        "corrected": pl.Boolean,
        "reason": pl.String,
        **_measured(problem),
        **_values("realized", problem.features),
        **({} if problem.doses is None else {f"realized.{DOSE}": pl.Float64}),
    }


def _imported_schema(problem: Problem) -> dict[str, Any]:
    return {
        "time": pl.Datetime("us", "UTC"),
        "request_id": pl.String,
        "subject": pl.String,
        "arm": pl.Enum(problem.arm_names),
        **dose_schema(problem),
        **_measured(problem),
        **_values("given", problem.features),
    }


def _measured(problem: Problem) -> dict[str, Any]:
    return {f"measure.{name}": pl.Float64 for name in problem.measures}


def _imported(event: Event, imported: Imported) -> Row:
    return {
        "time": event.time,
        "request_id": imported.request_id,
        "subject": imported.subject,
        "arm": imported.arm,
        **({} if imported.dose is None else {"dose": imported.dose}),
        **{f"measure.{name}": value for name, value in imported.measures.items()},
        **{f"given.{name}": value for name, value in imported.person.items()},
    }
