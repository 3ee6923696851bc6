"""The exchanges of a journal as Parquet files, written part by part: memory stays flat."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import polars as pl

from recourse_bandits.events import Event, Withdrawn
from recourse_bandits.operations.advice_rows import (
    ATTEMPT_SCHEMA,
    Row,
    attempt_rows,
    open_row,
    question_schema,
    settled_row,
)
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision, Pending

_PART = 1000  # rows that are held in memory, and of a row group


class AdviceFiles:
    """Writes `advice.parquet` and `attempts.parquet`; a context manager.

    Parameters
    ----------
    problem
        The study's problem.
    out
        Folder for the files.
    """

    def __init__(self, problem: Problem, out: Path) -> None:
        self._problem = problem
        self._out = out
        self._waiting: dict[int, tuple[Pending, datetime]] = {}

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix=".advice-", dir=self._out)
        parts = Path(self._folder.name)
        self._questions = _Parts(parts, "advice", question_schema(self._problem))
        self._attempts = _Parts(parts, "attempts", ATTEMPT_SCHEMA)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def take(self, event: Event) -> None:
        """Take over the next event.

        Parameters
        ----------
        event
            The event.
        """
        body = event.body
        if isinstance(body, Pending):
            self._waiting[body.id] = body, event.time
        elif isinstance(body, Decision) and body.consultation is not None:
            _, asked = self._waiting.pop(body.id, (None, None))
            self._questions.add(settled_row(self._problem, body, asked, event.time))
            for row in attempt_rows(body):
                self._attempts.add(row)
        elif isinstance(body, Withdrawn) and body.decision in self._waiting:
            pending, asked = self._waiting.pop(body.decision)
            row = open_row(self._problem, pending, asked, "withdrawn")
            self._questions.add({**row, "answered": None, "reason": body.reason})

    def write(self) -> dict[str, int]:
        """Write the files, questions that still wait at the end; return their rows by name."""
        for pending, asked in self._waiting.values():
            self._questions.add(open_row(self._problem, pending, asked, "waiting"))
        return {parts.name: parts.write(self._out) for parts in (self._questions, self._attempts)}


class _Parts:
    """Rows of one table, in files of their own until they are joined."""

    def __init__(self, folder: Path, name: str, schema: Mapping[str, Any]) -> None:
        self.name = name
        self._folder, self._schema = folder, dict(schema)
        self._rows: list[Row] = []
        self._files: list[Path] = []
        self._count = 0

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= _PART:
            self._keep()

    def write(self, out: Path) -> int:
        if self._rows or not self._files:
            self._keep()
        joined = pl.scan_parquet(self._files, glob=False)
        ready = self._folder / f"{self.name}.parquet"
        joined.sink_parquet(ready, row_group_size=_PART, maintain_order=True)
        ready.replace(out / ready.name)
        return self._count

    def _keep(self) -> None:
        file = self._folder / f"{self.name}-{len(self._files)}.parquet"
        pl.DataFrame(self._rows, schema=self._schema, orient="row").write_parquet(file)
        self._files.append(file)
        self._count += len(self._rows)
        self._rows = []
