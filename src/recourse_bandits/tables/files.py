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
    if path.is_dir():
        raise TableError(f"{path} cannot be read: it is a folder")
    try:
        if name.endswith((".csv", ".csv.gz")):
            frame = pl.read_csv(
                path,
                glob=False,
                infer_schema_length=None,
                null_values=_BLANK,
                schema_overrides=dict.fromkeys(texts, pl.String),
            )
        elif name.endswith(".parquet"):
            frame = pl.read_parquet(path, glob=False)
        else:
            raise TableError(f"{path} must be a .csv, .csv.gz or .parquet file")
    except pl.exceptions.NoDataError as error:
        raise TableError(f"{path} is empty") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        hint = "; save it as UTF-8" if "utf-8" in str(error).lower() else ""
        raise TableError(f"{path} cannot be read: {error}{hint}") from error
    if frame.is_empty():
        raise TableError(f"{path} has a header and no rows")
    for column in frame.columns:
        first, again, _ = column.rpartition("_duplicated_")
        if again and first in frame.columns:
            raise TableError(f"{path} has the column {first!r} twice")
    return frame.with_columns(_text(frame[text]) for text in texts if text in frame.columns)


def _text(column: pl.Series) -> pl.Series:
    """Return identifiers and codes as texts, whole numbers without a point."""
    whole = column.dtype.is_float() and (column.drop_nulls() % 1 == 0).all()
    return (column.cast(pl.Int64) if whole else column).cast(pl.String)


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
    numbered = numbered.filter(~pl.all_horizontal(pl.col(frame.columns).is_null()))  # blank lines
    if where is None:
        return numbered
    try:
        condition = pl.sql_expr(where)
        if condition.meta.root_names() and frame.select(condition).height != frame.height:
            raise TableError(f"where = {where!r} must have one value a row")
        rows = numbered.filter(condition)
    except pl.exceptions.PolarsError as error:
        raise TableError(
            f"where = {where!r} cannot be computed: {error}; columns of identifiers, codes and "
            "categories hold texts, so compare them with '1' and not with 1"
        ) from error
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
            whole = [name for name in frame.columns if name != ROW]
            if len(whole) == 1 and any(mark in whole[0] for mark in ";\t|"):
                raise TableError(
                    f"the cells must be separated by commas; the header is {whole[0]!r}"
                )
            raise TableError(
                f"the table has no column {column!r}{nearest(column, frame.columns)}, which "
                f"{why} needs; it has {', '.join(c for c in frame.columns if c != ROW)}"
            )


ROW = "row of the table"
