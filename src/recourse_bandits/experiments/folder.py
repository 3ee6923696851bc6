"""The folder of an experiment: a file for each finished cell, and what it is a folder of.

A cell is written beside its place, forced to disk, and renamed: it is there whole or not at all.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from recourse_bandits._version import __version__
from recourse_bandits.config import ExperimentSettings
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments.cells import ROWS_FORMAT, Cell
from recourse_bandits.experiments.writing import replace
from recourse_bandits.ownership import Ownership
from recourse_bandits.study.differences import described_differently

EXPERIMENT = "experiment.json"
_DECIDES = (
    "rounds", "seed", "environment", "delay", "sub_outcome_delay", "policy_defaults", "policies",
    "axes", "cases",
)  # fmt: skip


class Folder:
    """Finished cells on disk; a context manager, inside which this process owns the folder.

    Parameters
    ----------
    path
        The folder; made if needed.
    settings
        The experiment. Its words, its claims and its number of runs may change between two uses.
    overwrite
        Remove another experiment's cells, and nothing else, rather than refuse them.

    Raises
    ------
    SettingsError
        On entering, if the folder cannot be written, is in use, or holds another experiment's cells
        or another version's.
    """

    def __init__(
        self, path: Path, settings: ExperimentSettings, *, overwrite: bool = False
    ) -> None:
        self.path = path
        self._overwrite = overwrite
        self._described = {
            "rows_format": ROWS_FORMAT,
            "version": __version__,
            "settings": settings.model_dump(mode="json", by_alias=True),
        }
        self._ownership = Ownership(path / "experiment")
        self._files: dict[str, Path] | None = None

    def __enter__(self) -> Self:
        try:
            self._cells.mkdir(parents=True, exist_ok=True)
            who = self._ownership.take()
        except OSError as error:
            raise SettingsError(f"the folder {self.path} cannot be written: {error}") from error
        if who is not None:
            raise SettingsError(
                f"the folder {self.path} is being used by {who}: wait for it, or give another --out"
            )
        try:
            if self._overwrite:
                self._remove()
            self._check_same()
            for left_over in self._cells.glob("*.part"):
                left_over.unlink()
            replace(self.path / EXPERIMENT, json.dumps(self._described, indent=2).encode())
        except BaseException:
            self._ownership.give_up()
            raise
        self._files = {file.name[:16]: file for file in self._cells.glob("*.parquet")}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files = None
        self._ownership.give_up()

    def load(self, cell: Cell) -> pl.DataFrame | None:
        """Return the rows of a finished cell; None if it is not there, or not as it was written.

        Parameters
        ----------
        cell
            Which one.
        """
        file = self._owned().get(cell.id)
        if file is None:
            return None
        try:
            content = file.read_bytes()
        except OSError:
            return None
        return pl.read_parquet(BytesIO(content)) if file == self._file(cell, content) else None

    def store(self, cell: Cell, rows: pl.DataFrame) -> None:
        """Keep the rows of a finished cell.

        Parameters
        ----------
        cell
            Which one.
        rows
            Its rows.

        Raises
        ------
        OSError
            If the disk does not take them; nothing of them is left then.
        """
        stream = BytesIO()
        rows.write_parquet(stream)
        content = stream.getvalue()
        damaged, target = self._owned().get(cell.id), self._file(cell, content)
        replace(target, content)
        self._owned()[cell.id] = target
        if damaged not in (None, target):
            damaged.unlink(missing_ok=True)

    def _owned(self) -> dict[str, Path]:
        """Return the files of cells by id."""
        if self._files is None:
            raise SettingsError(f"the folder {self.path} is not owned: use `with Folder(...)`")
        return self._files

    @property
    def _cells(self) -> Path:
        return self.path / "cells"

    def _file(self, cell: Cell, content: bytes) -> Path:
        """Return a cell's place: its id, and a digest that tells whether it is as it was."""
        return self._cells / f"{cell.id}-{hashlib.sha256(content).hexdigest()[:16]}.parquet"

    def _remove(self) -> None:
        for file in self._cells.glob("*.parquet"):
            file.unlink()
        (self.path / EXPERIMENT).unlink(missing_ok=True)

    def _check_same(self) -> None:
        file = self.path / EXPERIMENT
        if not file.exists():
            if any(self._cells.glob("*.parquet")):
                raise SettingsError(
                    f"the folder {self.path} has cells, but {EXPERIMENT} is missing: {_REMEDY}"
                )
            return
        try:
            before = json.loads(file.read_text(encoding="utf-8"))
            there = dict(_what_decides(before))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SettingsError(f"{file} cannot be read ({error}): {_REMEDY}") from error
        for where, theirs, ours in described_differently(
            there, dict(_what_decides(self._described)), ""
        ):
            raise SettingsError(
                f"the folder {self.path} holds another experiment: {where.removeprefix('.')} was "
                f"{theirs!r}, it is {ours!r} now: {_REMEDY}"
            )


_REMEDY = "give another --out, or --overwrite to remove what is there"


def _what_decides(described: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what must be the same for a finished cell to be of use."""
    yield "rows_format", described["rows_format"]
    yield "version", described["version"]
    for name in _DECIDES:
        value = described["settings"].get(name)
        if name == "axes":
            value = [{k: axis[k] for k in ("name", "keys", "values")} for axis in value]
        if name == "policies":
            value = {label: {**one, "paper": None} for label, one in value.items()}
        yield name, value
