"""What stands in a cell, and what it means."""

import math
from typing import Any

import pytest
from pydantic import ValidationError

from recourse_bandits.tables import Column, Drawn, OutcomeColumns

VALUES: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "a number": ({}, 4.5, 4.5),
    "a whole number": ({}, 4, 4),
    "a text that is a number": ({}, "4.5", 4.5),
    "a blank": ({}, None, None),
    "an empty text": ({}, "", None),
    "a blank with a meaning": ({"blank": 0}, None, 0.0),
    "a factor": ({"factor": 0.01}, 170, pytest.approx(1.7)),
    "a factor for a text": ({"factor": 0.01}, "170", pytest.approx(1.7)),
    "factor and offset": ({"factor": 5 / 9, "offset": -160 / 9}, 212.0, pytest.approx(100.0)),
    "a text that is no number": ({"factor": 2}, "12o", "12o"),
    "a number with its unit": ({"factor": 2}, "120 mmHg", "120 mmHg"),
    "a decimal comma": ({}, "1,5", "1,5"),
    "a code": ({"recode": {"1": 0, "2": 1}}, 2, 1.0),
    "a code as a text": ({"recode": {"1": 0, "2": 1}}, "2", 1.0),
    "a code as a float": ({"recode": {"1": 0, "2": 1}}, 2.0, 1.0),
    "a code as the text of a float": ({"recode": {"1": 0, "2": 1}}, "2.0", 1.0),
    "a code for a blank": ({"recode": {"777": ""}}, 777, None),
    "a code as the text of a float for a blank": ({"recode": {"777": ""}}, "777.0", None),
    "no code": ({"recode": {"777": ""}}, "77", 77.0),
    "a text that is no code": ({"recode": {"Yes": 1}}, "yes", "yes"),
    "a code for a category": ({"recode": {"1": "north"}}, "1", "north"),
    "a code is not converted": ({"recode": {"9": 5}, "factor": 2}, "9", 5.0),
    "no code is converted": ({"recode": {"9": 5}, "factor": 2}, "8", 16.0),
    "infinity": ({}, "inf", math.inf),
    "not a number means blank": ({"blank": 0}, math.nan, 0.0),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_cell_means(case: str) -> None:
    settings, cell, expected = VALUES[case]
    assert Column(**settings).value({"x": cell}, "x") == expected


@pytest.mark.parametrize(
    ("unit", "expected"), [("mg", 5.0), ("g", 5000.0), ("lb", "5 lb"), (None, "5 None")]
)
def test_the_unit_of_each_row(unit: str | None, expected: object) -> None:
    column = Column(column="dose", unit_column="unit", factors={"mg": 1, "g": 1000})
    assert column.value({"dose": 5, "unit": unit}, "x") == expected
    assert column.value({"dose": None, "unit": unit}, "x") is None


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a factor of 0": ({"factor": 0}, "finite and not 0"),
    "an infinite factor": ({"factor": math.inf}, "finite and not 0"),
    "a factor of 0 of a unit": ({"unit_column": "u", "factors": {"g": 0}}, "finite and not 0"),
    "an offset that is no number": ({"offset": math.nan}, "offset must be finite"),
    "a unit column without factors": ({"unit_column": "u"}, "belong together"),
    "factors without a unit column": ({"factors": {"g": 1}}, "belong together"),
    "factor and factors": ({"factor": 2, "unit_column": "u", "factors": {"g": 1}}, "either"),
    "drawn and read": ({"column": "x", "drawn": {"mean": 0, "scale": 1}}, "has no column"),
    "drawn and blank": ({"blank": 0, "drawn": {"mean": 0, "scale": 1}}, "has no column"),
    "a negative scale": ({"drawn": {"mean": 0, "scale": -1}}, "scale >= 0"),
    "no range": ({"drawn": {"mean": 0, "scale": 1, "low": 2, "high": 1}}, "low must be at most"),
    "an unknown key": ({"colum": "x"}, "colum"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_contradicts_itself_is_refused(case: str) -> None:
    settings, message = WRONG[case]
    with pytest.raises(ValidationError, match=message):
        Column(**settings)


def test_another_unit_needs_a_factor() -> None:
    Column().require_unit("height", "m")
    Column(unit="m").require_unit("height", "m")
    Column(unit="cm", factor=0.01).require_unit("height", "m")
    with pytest.raises(ValueError, match=r"height has the unit 'm', its column 'cm': give factor"):
        Column(unit="cm").require_unit("height", "m")


@pytest.mark.parametrize("settings", [{}, {"request_id": "r", "decision": "d"}])
def test_an_outcome_is_of_one_decision(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="either request_id or decision"):
        OutcomeColumns(**settings)


def test_a_draw_without_spread_is_its_mean() -> None:
    assert Drawn(mean=3, scale=0).decimals == 2
