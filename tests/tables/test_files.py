"""Files as hospitals write them: read rightly, or refused with a reason."""

from pathlib import Path

import polars as pl
import pytest

from recourse_bandits.errors import TableError
from recourse_bandits.tables.files import ROW, read_table, require_columns, selected
from tests.tables.builders import csv_file, parquet_file

READ: dict[str, tuple[str, str]] = {
    "plain": ("id,x\n007,1.5\n", "utf-8"),
    "of Windows": ("id,x\r\n007,1.5\r\n", "utf-8"),
    "with a byte order mark": ("id,x\n007,1.5\n", "utf-8-sig"),
    "without a last newline": ("id,x\n007,1.5", "utf-8"),
    "quoted": ('"id","x"\n"007","1.5"\n', "utf-8"),
}


@pytest.mark.parametrize("case", READ)
@pytest.mark.parametrize("name", ["table.csv", "TABLE.CSV", "my table.csv", "table.csv.gz"])
def test_a_csv_file_is_read(tmp_path: Path, name: str, case: str) -> None:
    frame = read_table(csv_file(tmp_path, READ[case][0], name, READ[case][1]), texts=["id"])
    assert frame.to_dict(as_series=False) == {"id": ["007"], "x": [1.5]}


@pytest.mark.parametrize("blank", ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "."])
def test_what_means_blank(tmp_path: Path, blank: str) -> None:
    frame = read_table(csv_file(tmp_path, f"id,x,y\n{blank},{blank},1\n2,3,1\n"), texts=["id"])
    assert frame.to_dict(as_series=False) == {"id": [None, "2"], "x": [None, 3], "y": [1, 1]}


def test_a_quoted_newline_is_part_of_its_cell(tmp_path: Path) -> None:
    frame = read_table(csv_file(tmp_path, 'id,note\n1,"a\nb, ""c"""\n2,d\n'))
    assert frame["note"].to_list() == ['a\nb, "c"', "d"]


def test_one_bad_cell_among_many_makes_its_column_text(tmp_path: Path) -> None:
    cells = [str(number) for number in range(20_000)]
    cells[19_998] = "12o"
    frame = read_table(csv_file(tmp_path, "x\n" + "\n".join(cells)))
    assert frame.height == 20_000
    assert frame["x"][19_998] == "12o"
    assert frame["x"][0] == "0"


def test_a_column_may_be_wanted_as_text_and_absent(tmp_path: Path) -> None:
    assert read_table(csv_file(tmp_path, "x\n1\n"), texts=["id"]).columns == ["x"]


def test_parquet_keeps_its_types_but_for_texts(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, {"id": [7, None], "x": [1.5, 2.5], "on": [True, False]})
    frame = read_table(path, texts=["id", "on"])
    assert frame.to_dict(as_series=False) == {
        "id": ["7", None],
        "x": [1.5, 2.5],
        "on": ["true", "false"],
    }


REFUSED: dict[str, tuple[str, str, str]] = {
    "nothing in it": ("", "t.csv", "is empty"),
    "a header alone": ("id,x\n", "t.csv", "has a header and no rows"),
    "Latin-1": ("id,name\n1,José\n", "t.csv", "save it as UTF-8"),
    "too many cells": ("id\n1,2\n", "t.csv", "cannot be read"),
    "a quote that never ends": ('id,x\n1,"2\n3,4\n', "t.csv", "cannot be read"),
    "another ending": ("id\n1\n", "t.xlsx", "must be a .csv, .csv.gz or .parquet file"),
    "not Parquet": ("id\n1\n", "t.parquet", "cannot be read"),
    "a name twice": ("id,x,x\n1,2,3\n", "t.csv", "twice"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path, case: str) -> None:
    text, name, message = REFUSED[case]
    path = csv_file(tmp_path, text, name, "latin-1")
    with pytest.raises(TableError, match=message) as error:
        read_table(path)
    assert name in str(error.value)


def test_a_file_that_only_claims_to_be_compressed_is_refused_or_read_as_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00abc")
    with pytest.raises(TableError, match="cannot be read"):
        read_table(path)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_an_absent_file_and_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableError, match=f"{name} cannot be read"):
        read_table(tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(TableError, match=name):
        read_table(tmp_path / name)
    csv_file(tmp_path / name, "id\n1\n")
    with pytest.raises(TableError, match=name):
        read_table(tmp_path / name)


def test_a_star_is_no_pattern(tmp_path: Path) -> None:
    csv_file(tmp_path, "id\n1\n", "a.csv")
    with pytest.raises(TableError, match="cannot be read"):
        read_table(tmp_path / "*.csv")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_another_separator_is_guessed_in_the_message(tmp_path: Path, separator: str) -> None:
    frame = read_table(csv_file(tmp_path, "id,x\n1,2\n".replace(",", separator)))
    with pytest.raises(TableError, match=r"commas"):
        require_columns(frame, ["id"], "request_id")


def test_a_missing_column_is_named_with_the_nearest_one() -> None:
    frame = pl.DataFrame({"visit": [1], "age": [2]})
    require_columns(frame, ["age"], "the problem")
    with pytest.raises(
        TableError,
        match=r"no column 'agee' \(did you mean 'age'\?\), which the problem needs; it has "
        "visit, age",
    ):
        require_columns(frame, ["visit", "agee"], "the problem")


# -- which rows ------------------------------------------------------------------------------------

FRAME = pl.DataFrame({"age": [17, None, 20, 30], "sex": ["1", "2", None, "1"]})
SELECTED: dict[str, list[int]] = {
    "age >= 18": [3, 4],
    "NOT age >= 18": [1],
    "age IS NULL": [2],
    "age >= 18 AND sex = '1'": [4],
    "age >= 18 OR sex = '2'": [2, 3, 4],
    "age IN (17, 20)": [1, 3],
    "age BETWEEN 17 AND 20": [1, 3],
    "1 = 1": [1, 2, 3, 4],
}


@pytest.mark.parametrize("where", SELECTED)
def test_a_condition_selects_rows_and_keeps_their_numbers(where: str) -> None:
    assert selected(FRAME, where)[ROW].to_list() == SELECTED[where]


def test_without_a_condition_all_rows_are_kept() -> None:
    assert selected(FRAME, None)[ROW].to_list() == [1, 2, 3, 4]


NOT_SELECTED: dict[str, str] = {
    "age = NULL": "holds for none of the 4 rows",
    "age > 100": "holds for none of the 4 rows",
    "agee > 3": "agee",
    "age": "cannot be computed",
    "age + 1": "cannot be computed",
    "sex = 1": "cannot compare string with numeric",
    "age >= 18 AND": "cannot be computed",
    "SELECT 1": "cannot be computed",
    "age >= 18; DROP TABLE t": "cannot be computed",
    "": "cannot be computed",
    "MAX(age) > 18": "one value a row",
}


@pytest.mark.parametrize("where", NOT_SELECTED)
def test_a_condition_that_selects_nothing_is_refused(where: str) -> None:
    with pytest.raises(TableError, match=NOT_SELECTED[where]) as error:
        selected(FRAME, where)
    assert repr(where) in str(error.value)
