"""Delays of a table's column, put into the settings in the place of their file's name."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recourse_bandits.config.toml import Parameters
from recourse_bandits.errors import SettingsError, TableError


def put_in_counted_delays(values: Parameters, folder: Path) -> None:
    """Replace `file` and `column` of every delay in an experiment by `delays` and `counts`.

    So the settings are complete: they say what was run, and go to other machines.

    Parameters
    ----------
    values
        The experiment as it stands in TOML; changed in place.
    folder
        To which the name of a file is relative.

    Raises
    ------
    SettingsError
        If a file cannot be read, or a cell of its column is no delay.
    """
    for described in _described(values):
        if "file" in described or "column" in described:
            file, column = described.pop("file", None), described.pop("column", None)
            if not described.keys().isdisjoint(("delays", "counts")):
                raise SettingsError("delay empirical: give delays, or a file and its column")
            described.update(_counted(file, column, folder))


def _described(values: Parameters) -> Iterator[Parameters]:
    """Yield the delays; what is of a wrong type is refused with everything else."""
    places = [values]
    cases = values.get("cases")
    for case in cases if isinstance(cases, list) else []:
        changes = case.get("set") if isinstance(case, dict) else None
        places += [changes] if isinstance(changes, dict) else []
    found = [place.get(key) for place in places for key in ("delay", "sub_outcome_delay")]
    yield from (one for one in found if isinstance(one, dict) and one.get("name") == "empirical")


def _counted(file: Any, column: Any, folder: Path) -> Parameters:
    if not (isinstance(file, str) and isinstance(column, str)):
        raise SettingsError(
            "delay empirical: a file and the column of it that holds the delays go together, got "
            f"file = {file!r} and column = {column!r}"
        )
    from recourse_bandits.tables.files import read_table, require_columns  # loads Polars

    path = folder / file
    try:
        table = read_table(path)
        require_columns(table, [column], "delay empirical")
    except TableError as error:
        raise SettingsError(f"delay empirical: {error}") from error
    counts = Counter(
        _whole(value, f"{path}, row {row}, column {column!r}")
        for row, value in enumerate(table[column].to_list(), 1)
    )
    delays = sorted(counts)
    return {"delays": delays, "counts": [counts[delay] for delay in delays]}


def _whole(value: Any, where: str) -> int:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and value >= 0 and value % 1 == 0:
        return int(value)
    raise SettingsError(
        f"{where}: a delay must be a whole number of rounds >= 0, got {value!r}; leave out the "
        "rows of outcomes that have not arrived, and set never, the share that never will"
    )
