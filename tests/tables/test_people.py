"""From rows to persons."""

import decimal
import math
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recourse_bandits.errors import SettingsError, TableError
from recourse_bandits.tables import PeopleColumns
from recourse_bandits.tables.people import keys_of, statement, texts_of
from tests.tables.builders import (
    PROBLEM,
    ROW,
    columns_with,
    csv_file,
    parquet_file,
    people_in,
    read,
)

HEADER = "visit,who,age,sex,ward,height,diet\n"


def test_a_table_whose_columns_are_the_features(tmp_path: Path) -> None:
    text = HEADER + "007,p1,71,1,x,1.7,4\n008,p2,65,0,,1.6,NA\n"
    people = read(csv_file(tmp_path, text), columns_with(subject="who"))
    assert people.rows == [1, 2]
    assert people.request_ids == ["007", "008"]
    assert people.subjects == ["p1", "p2"]
    assert people.persons == {
        "age": [71, 65],
        "sex": [1, 0],
        "ward": ["x", None],
        "height": [1.7, 1.6],
        "diet": [4, None],
    }


def accepted(path: Path, columns: PeopleColumns) -> list[dict[str, Any]]:
    """Raw values of the persons of a file, as the problem uses them."""
    persons = read(path, columns).persons
    rows = [
        dict(zip(persons, values, strict=True)) for values in zip(*persons.values(), strict=True)
    ]
    contexts, refused = PROBLEM.contexts(rows)
    assert refused == []
    return [dict(context.given) for context in contexts]


def test_categories_that_look_like_numbers_are_categories(tmp_path: Path) -> None:
    text = HEADER + "1,a,50,1,1,1.7,4\n2,b,50,1,2,1.7,4\n"
    given = accepted(csv_file(tmp_path, text), columns_with())
    assert [person["ward"] for person in given] == ["1", "2"]


@pytest.mark.parametrize("codes", [[1, 2], [1.0, 2.0], ["1", "2"], ["1.0", "2.0"]])
def test_codes_are_recoded_however_a_file_writes_them(tmp_path: Path, codes: list[Any]) -> None:
    columns = columns_with(sex={"recode": {"1": 0, "2": 1}})
    rows = [{**ROW, "visit": f"v{code}", "sex": code} for code in codes]
    assert people_in(rows, tmp_path, columns).persons["sex"] == [0.0, 1.0]
    lines = [f"{row['visit']},a,50,{row['sex']},x,1.7,4" for row in rows]
    path = csv_file(tmp_path, HEADER + "\n".join(lines))
    assert read(path, columns).persons["sex"] == [0.0, 1.0]


@pytest.mark.parametrize("visits", [[7, 8], [7.0, 8.0], ["7", "8"]])
def test_a_request_is_named_alike_however_a_file_writes_it(
    tmp_path: Path, visits: list[Any]
) -> None:
    rows = [{**ROW, "visit": visit} for visit in visits]
    assert people_in(rows, tmp_path, columns_with()).request_ids == ["7", "8"]


@pytest.mark.parametrize("blank", [None, ""])
def test_a_blank_request_is_none(tmp_path: Path, blank: str | None) -> None:
    rows = [{**ROW, "visit": "a"}, {**ROW, "visit": blank}]
    assert people_in(rows, tmp_path, columns_with()).request_ids == ["a", None]


def test_several_columns_may_tell_one_decision_from_another(tmp_path: Path) -> None:
    path = csv_file(tmp_path, HEADER + "1,a,50,1,x,1.7,4\n,b,50,1,x,1.7,4\n")
    columns = columns_with(request_id=("who", "visit"))
    assert read(path, columns).request_ids == ["a-1", None]


def test_different_visits_never_get_the_same_request() -> None:
    frame = pl.DataFrame({"who": ["1", "1-2"], "visit": ["2-3", "3"]})
    assert len(set(keys_of(frame, ["who", "visit"]))) == 2


NATIVE: dict[str, Any] = {
    "a whole number": 50,
    "a decimal": decimal.Decimal("50.00"),
    "a text": "50",
    "a small number": pl.Series([50], dtype=pl.Int8)[0],
}


@pytest.mark.parametrize("kind", NATIVE)
def test_native_types_of_parquet_are_numbers(tmp_path: Path, kind: str) -> None:
    path = parquet_file(
        tmp_path, {name: [value] for name, value in {**ROW, "age": NATIVE[kind]}.items()}
    )
    assert accepted(path, columns_with())[0]["age"] == 50.0


def test_truth_values_and_categoricals_of_parquet(tmp_path: Path) -> None:
    frame = pl.DataFrame({**ROW, "sex": [True]}).with_columns(pl.col("ward").cast(pl.Categorical))
    frame.write_parquet(tmp_path / "t.parquet")
    given = accepted(tmp_path / "t.parquet", columns_with())[0]
    assert (given["sex"], given["ward"]) == (1.0, "x")
    recoded = columns_with(sex={"recode": {"true": 0, "false": 1}})
    assert accepted(tmp_path / "t.parquet", recoded)[0]["sex"] == 0.0


def test_not_a_number_in_parquet_is_a_blank_as_it_is_in_csv(tmp_path: Path) -> None:
    rows = [{**ROW, "diet": math.nan}]
    assert people_in(rows, tmp_path, columns_with(diet={"blank": 3})).persons["diet"] == [3.0]


REFUSED: dict[str, tuple[str, Any, str]] = {
    "a unit in the cell": ("age", "50 years", "'age' must be a number, got '50 years'"),
    "a decimal comma": ("height", "1,7", "'height' must be a number, got '1,7'"),
    "a letter in a number": ("age", "5o", "'age' must be a number, got '5o'"),
    "a grouped number": ("age", "1_0", "'age' must be a number, got '1_0'"),
    "an infinity": ("age", "inf", "'age' must be finite"),
    "a date": ("age", date(1960, 1, 1), "'age' must be a number"),
    "centimetres for metres": ("height", 170, r"'height' must lie in \[1.2, 2.3\] m, got 170"),
    "a child": ("age", 17, "'age' must lie in"),
    "an unknown category": ("ward", "3", "must be one of 1, 2, x"),
    "a blank": ("age", None, "'age' has no value"),
    "blanks": ("age", "  ", "'age' must be a number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_impossible_value_is_refused_by_the_problem(tmp_path: Path, case: str) -> None:
    feature, value, message = REFUSED[case]
    found = people_in([{**ROW, feature: value}], tmp_path, columns_with())
    person = {name: values[0] for name, values in found.persons.items()}
    _, refused = PROBLEM.contexts([person])
    assert len(refused) == 1
    assert refused[0][1].feature == feature
    with pytest.raises(type(refused[0][1]), match=message):
        PROBLEM.context(person)


def test_one_bad_cell_refuses_one_row(tmp_path: Path) -> None:
    lines = [f"{n},a,{50 if n != 7 else '5o'},1,x,1.7,4" for n in range(200)]
    persons = read(csv_file(tmp_path, HEADER + "\n".join(lines))).persons
    rows = [dict(zip(persons, v, strict=True)) for v in zip(*persons.values(), strict=True)]
    _, refused = PROBLEM.contexts(rows)
    assert [row for row, _ in refused] == [7]


def test_a_column_in_another_unit(tmp_path: Path) -> None:
    path = csv_file(tmp_path, HEADER + "1,a,50,1,x,170,4\n")
    metres = columns_with(height={"unit": "cm", "factor": 0.01})
    assert read(path, metres).persons["height"] == [pytest.approx(1.7)]
    with pytest.raises(SettingsError, match=r"people.features.height: .*'m', its column 'cm'"):
        read(path, columns_with(height={"unit": "cm"}))


def test_a_column_of_units(tmp_path: Path) -> None:
    text = (
        "visit,age,sex,ward,height,diet,u\n1,50,1,x,170,4,cm\n2,50,1,x,1.7,4,m\n3,5,1,x,67,4,in\n"
    )
    path = csv_file(tmp_path, text)
    units = {"unit_column": "u", "factors": {"cm": 0.01, "m": 1}}
    assert read(path, columns_with(height=units)).persons["height"] == [
        pytest.approx(1.7),
        1.7,
        "67.0 in",
    ]
    with pytest.raises(TableError, match="'uu'"):
        read(path, columns_with(height={**units, "unit_column": "uu"}))


def test_only_selected_rows_are_persons_and_keep_their_numbers(tmp_path: Path) -> None:
    path = csv_file(tmp_path, HEADER + "1,a,50,1,x,1.7,4\n2,b,20,1,x,1.7,4\n3,c,60,1,x,1.7,4\n")
    people = read(path, columns_with(where="age >= 50"))
    assert (people.rows, people.request_ids) == ([1, 3], ["1", "3"])


@pytest.mark.parametrize(
    "settings",
    [
        {"request_id": "vist"},
        {"subject": "woh"},
        {"age": {"column": "agee"}},
        {"where": "agee > 1"},
    ],
)
def test_a_column_that_is_not_there_is_named(tmp_path: Path, settings: dict[str, Any]) -> None:
    path = csv_file(tmp_path, HEADER + "1,a,50,1,x,1.7,4\n")
    with pytest.raises(TableError, match=r"[Dd]id you mean"):
        read(path, columns_with(**settings))


def test_an_unknown_feature_in_the_settings_is_named(tmp_path: Path) -> None:
    path = csv_file(tmp_path, HEADER + "1,a,50,1,x,1.7,4\n")
    with pytest.raises(SettingsError, match=r"people.features.agee: .*did you mean 'age'"):
        read(path, columns_with(agee={}))


# -- drawn -----------------------------------------------------------------------------------------

DRAWN = columns_with(diet={"drawn": {"mean": 5, "scale": 2, "low": 0, "high": 10, "decimals": 1}})


def drawn(
    folder: Path, visits: list[str], seed: int = 1, columns: PeopleColumns = DRAWN
) -> dict[str, float]:
    lines = [f"{visit},a,50,1,x,1.7" for visit in visits]
    header = "visit,who,age,sex,ward,height\n"
    people = read(csv_file(folder, header + "\n".join(lines)), columns, seed)
    return dict(zip(visits, people.persons["diet"], strict=True))


def test_a_draw_follows_from_the_request_alone(tmp_path: Path) -> None:
    first = drawn(tmp_path, ["a", "b", "c"])
    assert drawn(tmp_path, ["a", "b", "c"]) == first
    assert (
        drawn(tmp_path, ["c", "x", "y", "a"]).items() >= {"c": first["c"], "a": first["a"]}.items()
    )
    assert drawn(tmp_path, ["a", "b", "c"], seed=2) != first


def test_draws_have_the_stated_mean_scale_and_range(tmp_path: Path) -> None:
    values = pl.Series(list(drawn(tmp_path, [str(n) for n in range(2000)]).values()))
    assert values.mean() == pytest.approx(5.0, abs=0.2)
    assert values.std() == pytest.approx(2.0, abs=0.2)
    assert values.min() == 0.0
    assert values.max() == 10.0
    assert values.round(1).equals(values)


def test_a_draw_needs_no_column_and_two_features_are_drawn_apart(tmp_path: Path) -> None:
    both = columns_with(
        diet={"drawn": {"mean": 5, "scale": 1}}, age={"drawn": {"mean": 5, "scale": 1}}
    )
    persons = read(csv_file(tmp_path, HEADER + "1,a,50,1,x,1.7,4\n"), both).persons
    assert persons["diet"] != persons["age"]


# -- what is said of them


def test_it_is_stated_where_features_come_from() -> None:
    columns = columns_with(
        age={"column": "AGE"},
        sex={"recode": {"1": 0, "9": ""}},
        height={"factor": 0.01},
        diet={"drawn": {"mean": 5, "scale": 2}},
        ward={"blank": "x"},
    )
    assert statement(PROBLEM, columns) == {
        "as_measured": ["age: AGE"],
        "converted": ["height: height"],
        "recoded": ["sex: sex (1 = 0, 9 = blank)", "ward: ward (blank = x)"],
        "drawn": ["diet: normal, mean 5, scale 2"],
    }


def test_identifiers_and_codes_are_texts() -> None:
    columns = columns_with(
        request_id=("visit", "who"), subject="who", sex={"column": "s", "recode": {"1": 0}}
    )
    assert texts_of(PROBLEM, columns) == ["visit", "who", "s", "ward"]
