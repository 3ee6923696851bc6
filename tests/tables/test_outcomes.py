"""From rows to outcomes."""

from pathlib import Path
from typing import Any

import pytest

from recourse_bandits.errors import SettingsError, TableError
from recourse_bandits.tables import Column, OutcomeColumns
from recourse_bandits.tables.files import read_table
from recourse_bandits.tables.outcomes import OutcomeRow, measure_columns, outcomes_of
from tests.tables.builders import PROBLEM, csv_file

TEXT = "visit,number,drop,diet,given\na,0,3.5,,\nb,1,,6,\nc,2,,,\nd,3,-2,1,2\n"


def rows(folder: Path, text: str = TEXT, **settings: Any) -> list[OutcomeRow]:
    key: dict[str, Any] = {} if "decision" in settings else {"request_id": "visit"}
    columns = OutcomeColumns(**key, **settings)
    return list(outcomes_of(read_table(csv_file(folder, text)), PROBLEM, columns))


def test_rows_with_any_value_are_outcomes(tmp_path: Path) -> None:
    found = rows(tmp_path, realized={"diet": Column()}, arm=Column(column="given"))
    assert [row.row for row in found] == [1, 2, 4]
    assert [row.request_id for row in found] == ["a", "b", "d"]
    assert [row.measures for row in found] == [{"drop": 3.5}, {}, {"drop": -2.0}]
    assert [row.realized for row in found] == [{}, {"diet": 6}, {"diet": 1}]
    assert [row.arm for row in found][:2] == [None, None]


def test_a_decision_may_be_named_by_its_number(tmp_path: Path) -> None:
    found = rows(tmp_path, decision="number", where="number > 0")
    assert [(row.row, row.decision, row.request_id) for row in found] == [(4, 3, None)]


def test_a_measure_is_converted(tmp_path: Path) -> None:
    measures = {"drop": Column(unit="kPa", factor=7.5)}
    assert rows(tmp_path, measures=measures)[0].measures == {"drop": pytest.approx(26.25)}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown measure": (
        {"measures": {"dorp": Column()}},
        "measures.dorp: .*did you mean 'drop'",
    ),
    "an unknown feature": (
        {"realized": {"dite": Column()}},
        "realized.dite: .*did you mean 'diet'",
    ),
    "a measure in another unit": ({"measures": {"drop": Column(unit="kPa")}}, "'mmHg', .*'kPa'"),
    "a feature in another unit": ({"realized": {"height": Column(unit="cm")}}, "'m', .*'cm'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_settings_that_do_not_fit_the_problem_are_refused(tmp_path: Path, case: str) -> None:
    settings, message = WRONG[case]
    text = "visit,drop,dite,height\na,1,2,170\n"
    with pytest.raises(SettingsError, match=message):
        rows(tmp_path, text, **settings)


MISSING: dict[str, dict[str, Any]] = {
    "the measure": {"measures": {"drop": Column(column="dropp")}},
    "a feature": {"realized": {"diet": Column(column="diett")}},
    "the arm": {"arm": Column(column="givenn")},
    "the decision": {"decision": "numberr"},
    "a unit": {
        "measures": {"drop": Column(unit_column="unit", factors={"mmHg": 1})},
    },
}


@pytest.mark.parametrize("case", MISSING)
def test_a_column_that_is_not_there_is_named(tmp_path: Path, case: str) -> None:
    with pytest.raises(TableError, match="the table has no column"):
        rows(tmp_path, **MISSING[case])


def test_nothing_drawn_is_ever_an_outcome(tmp_path: Path) -> None:
    drawn = Column(drawn={"mean": 0, "scale": 1})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="drawn"):
        measure_columns(PROBLEM, {"drop": drawn})
