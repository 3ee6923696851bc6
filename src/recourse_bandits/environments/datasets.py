"""Data sets that the project uses but does not ship: a local path, or a checked download."""

import csv
import hashlib
import json
import urllib.request
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from recourse_bandits.cache import cache_folder
from recourse_bandits.errors import RecourseBanditsError, TableError
from recourse_bandits.problem import Problem
from recourse_bandits.tables import PeopleColumns

_FERTILITY_COLUMNS = (
    "season",
    "age",
    "childish_diseases",
    "accident",
    "surgical_intervention",
    "high_fevers",
    "alcohol",
    "smoking",
    "sitting",
    "diagnosis",
)
_FERTILITY_SHA256 = "3e09e962e8683ac3c474c6e980d4e8ad29e722e5515517f4ddd1da9ebcff4b35"
_FERTILITY_URL = (
    "https://raw.githubusercontent.com/MercedesDeLaGarza/CS-4375_Assignment1/"
    "e6a634292914e9d7e0be05f28417f83a6e7bfdc9/fertility_Diagnosis.txt"
)
_TIMEOUT = 20.0


class DatasetError(RecourseBanditsError, OSError):
    """A data set cannot be had, or is not what it should be."""


def fertility_rows(path: str | None = None) -> list[dict[str, str]]:
    """Return the 100 persons of the UCI Fertility data (Gil and others, 2012; CC BY 4.0).

    Parameters
    ----------
    path
        A CSV file with the header season, age, childish_diseases, accident,
        surgical_intervention, high_fevers, alcohol, smoking, sitting, diagnosis. None: the download
        of an earlier call, else a download, whose checksum is verified.

    Raises
    ------
    DatasetError
        If the file is absent or has other columns, or the download fails or differs.
    """
    text = read_text(path) if path is not None else _downloaded_fertility()
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or set(rows[0]) != set(_FERTILITY_COLUMNS):
        found = ", ".join(rows[0]) if rows else "no rows"
        raise DatasetError(
            f"{path or _FERTILITY_URL}: expected the columns {', '.join(_FERTILITY_COLUMNS)}, "
            f"found {found}"
        )
    return rows


@lru_cache(maxsize=2)
def cohort_people(path: str, study: str) -> list[dict[str, Any]]:
    """Return the persons of a table whom a study's problem accepts.

    Parameters
    ----------
    path
        A CSV or Parquet file.
    study
        JSON of the study's settings: `problem`, `people` and `seed`.

    Raises
    ------
    DatasetError
        If the file cannot be used, or no person is accepted.
    """
    from recourse_bandits.tables.files import read_table
    from recourse_bandits.tables.people import people_of, texts_of

    described = json.loads(study)
    problem = Problem.from_json(described["problem"])
    columns = TypeAdapter(PeopleColumns).validate_python(described.get("people", {}))
    try:
        frame = read_table(path, texts=texts_of(problem, columns))
        found = people_of(frame, problem, columns, seed=int(described.get("seed", 0)))
    except TableError as error:
        raise DatasetError(f"{path}: {error}") from error
    names = list(found.persons)
    persons = [
        dict(zip(names, values, strict=True))
        for values in zip(*found.persons.values(), strict=True)
    ]
    _, refused = problem.contexts(persons)
    wrong = {row for row, _ in refused}
    accepted = [person for row, person in enumerate(persons) if row not in wrong]
    if not accepted:
        raise DatasetError(f"{path}: no person is accepted; the first reason: {refused[0][1]}")
    return accepted


def digest(rows: list[dict[str, Any]]) -> str:
    """Return the SHA-256 of a table, in hexadecimal digits.

    Parameters
    ----------
    rows
        Plain values by column.
    """
    text = json.dumps(rows, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def read_text(path: str | Path) -> str:
    """Return the text of a file.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DatasetError
        If it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error


def _downloaded_fertility() -> str:
    kept = cache_folder("data") / "fertility.csv"
    if kept.exists():
        return read_text(kept)
    try:
        with urllib.request.urlopen(_FERTILITY_URL, timeout=_TIMEOUT) as reply:
            raw = reply.read().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"the fertility data could not be downloaded ({error}); get the file from "
            "https://doi.org/10.24432/C5Z01Z or a colleague, with a header line, and give its path:"
            " --set environment.path=FILE.csv"
        ) from error
    lines = [line.strip().replace("\t", ",") for line in raw.splitlines() if line.strip()]
    text = "\n".join([",".join(_FERTILITY_COLUMNS), *lines]) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != _FERTILITY_SHA256:
        raise DatasetError(
            f"the fertility data at {_FERTILITY_URL} are not those expected: SHA-256 {digest}, not "
            f"{_FERTILITY_SHA256}"
        )
    kept.write_text(text, encoding="utf-8")
    return text
