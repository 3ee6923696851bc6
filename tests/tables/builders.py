"""Files and settings of a small made-up ward."""

import gzip
from pathlib import Path
from typing import Any

import polars as pl

from recourse_bandits import Budget, Feature, Problem, Reward
from recourse_bandits.tables import Column, PeopleColumns
from recourse_bandits.tables.files import read_table
from recourse_bandits.tables.people import People, people_of, texts_of

PROBLEM = Problem(
    features=[
        Feature("age", unit="years", mean=60, scale=10, bounds=(18, 110)),
        Feature("sex", mean=0.5, scale=0.5, bounds=(0, 1)),
        Feature("ward", categories=("1", "2", "x"), missing="x"),
        Feature("height", unit="m", mean=1.7, scale=0.1, bounds=(1.2, 2.3)),
        Feature("diet", mutable=True, mean=5, scale=2, bounds=(0, 10)),
    ],
    arms=["1", "2"],
    budget=Budget("l2", 1.0),
    reward=Reward("drop", unit="mmHg", noise=1, coefficient_bound=5, bounds=(-100, 100)),
)
ROW = {"visit": "v1", "age": 50, "sex": 1, "ward": "x", "height": 1.7, "diet": 4.0}


def csv_file(folder: Path, text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    raw = text.encode(encoding)
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def parquet_file(folder: Path, columns: dict[str, Any]) -> Path:
    path = folder / "table.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def columns_with(**settings: Any) -> PeopleColumns:
    """Columns by feature; `request_id`, `subject` and `where` as such."""
    own = {name: settings.pop(name, None) for name in ("subject", "where")}
    key = settings.pop("request_id", "visit")
    return PeopleColumns(
        request_id=key, features={n: Column(**c) for n, c in settings.items()}, **own
    )


def read(path: Path, columns: PeopleColumns | None = None, seed: int = 1) -> People:
    columns = columns_with() if columns is None else columns
    return people_of(
        read_table(path, texts=texts_of(PROBLEM, columns)), PROBLEM, columns, seed=seed
    )


def people_in(rows: list[dict[str, Any]], folder: Path, columns: PeopleColumns) -> People:
    """The people of rows, written as Parquet with their native types."""
    return read(
        parquet_file(folder, {name: [row[name] for row in rows] for name in rows[0]}), columns
    )
