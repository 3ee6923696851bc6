"""Reading CSV and Parquet files."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from recourse_bandits.errors import TableError
from recourse_bandits.problem.encoding import nearest

_BLANK = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "."]


def read_table(path: str | Path, *, texts: Collection[str] = ()) -> pl.DataFrame:
    """Read a table of people, outcomes or treatments.

    Parameters
    ----------
    path
        A ``.csv`` (UTF-8, commas, one header line; also ``.csv.gz``) or ``.parquet`` file. Empty
        cells of a CSV file, NA, N/A, NaN, null and a single dot are blank.
    texts
        Columns whose values are texts though they look like numbers: identifiers and codes.

    Raises
    ------
    TableError
        If the file cannot be read, is of another kind, or has no rows.
    """
    path = Path(path)
    name = path.name.lower()
    try:
        if name.endswith((".csv", ".csv.gz")):
            frame = pl.read_csv(
                path,
                infer_schema_length=None,
                null_values=_BLANK,
                schema_overrides=dict.fromkeys(texts, pl.String),
            )
        elif name.endswith(".parquet"):
            frame = pl.read_parquet(path)
        else:
            raise TableError(f"{path} must be a .csv, .csv.gz or .parquet file")
    except pl.exceptions.NoDataError as error:
        raise TableError(f"{path} is empty") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        hint = "; save it as UTF-8" if "utf-8" in str(error).lower() else ""
        raise TableError(f"{path} cannot be read: {error}{hint}") from error
    if frame.is_empty():
        raise TableError(f"{path} has a header and no rows")
    casts = [pl.col(text).cast(pl.String) for text in texts if text in frame.columns]
    return frame.with_columns(casts)


def selected(frame: pl.DataFrame, where: str | None) -> pl.DataFrame:
    """Return the rows for which a condition holds, with a column ``row``, their number from 1.

    Parameters
    ----------
    frame
        The table.
    where
        A condition in SQL on its columns, or None.

    Raises
    ------
    TableError
        If the condition cannot be computed, or no row fulfils it.
    """
    numbered = frame.with_columns(pl.int_range(1, frame.height + 1).alias(ROW))
    if where is None:
        return numbered
    try:
        rows = numbered.filter(pl.sql_expr(where))
    except pl.exceptions.PolarsError as error:
        raise TableError(f"where = {where!r} cannot be computed: {error}") from error
    if rows.is_empty():
        raise TableError(f"where = {where!r} holds for none of the {frame.height} rows")
    return rows


def require_columns(frame: pl.DataFrame, needed: Collection[str], why: str) -> None:
    """Raise TableError unless a table has the columns.

    Parameters
    ----------
    frame
        The table.
    needed
        Names of columns.
    why
        What they are needed for.
    """
    for column in needed:
        if column not in frame.columns:
            raise TableError(
                f"the table has no column {column!r}{nearest(column, frame.columns)}, which "
                f"{why} needs; it has {', '.join(c for c in frame.columns if c != ROW)}"
            )


ROW = "row of the table"
