"""Doses and lab values by tables alone: one table that is sent again as its columns are filled."""

from typing import Any

import polars as pl
import pytest

from recourse_bandits import Study
from recourse_bandits.study.happened import Recorded
from tests.operations.clinic import Clinic

SETTINGS = """
seed = 3

[policy]
name = "LinUCB"

[people]
request_id = "visit"

[outcomes]
request_id = "visit"

[outcomes.measures.well]
column = "success"

[outcomes.realized.dose]
column = "taken"
unit = "mg/week"

[outcomes.arm]
column = "given"

[past]
arm = { column = "given" }
measures = { well = { column = "success" } }
dose = { column = "taken" }

[problem]
budget = { norm = "l2", radius = 0 }

[[problem.features]]
name = "age"
mean = 60
scale = 10

[[problem.arms]]
name = "warfarin"
eligible = "age >= 18"
dose = { unit = "mg/week", lower = 7, upper = 70, step = 2.5, start = 30 }

[[problem.arms]]
name = "nothing"
eligible = "age < 18"

[problem.reward]
measure = "well"
link = "logistic"
coefficient_bound = 5

[problem.sub_outcome]
measure = "inr"
unit = "ratio"
target = 2.5
over = 2
under = 1
noise = 0.4
bounds = [0.5, 20]
"""
PEOPLE = "visit,age\n007,71\n008,65\n009,12\n"
HEAD = "visit,inr,success,taken,given\n"
ORDERS: dict[str, list[tuple[str, str]]] = {
    "the lab value first": [
        ("007,3.1,,27.5,\n008,2.0,,,\n", "2 recorded, 0 as"),
        ("007,3.1,1,27.5,\n008,2.0,0,,\n009,,1,,\n", "3 recorded, 0 as"),
    ],
    "the flag first": [
        ("007,,1,27.5,\n008,,0,,\n009,,1,,\n", "3 recorded, 0 as"),
        ("007,3.1,1,27.5,\n008,2.0,0,,\n009,,1,,\n", "2 recorded, 1 as"),
    ],
    "both": [("007,3.1,1,27.5,\n008,2.0,0,,\n009,,1,,\n", "3 recorded, 0 as")],
    "the dose first": [
        ("007,,,27.5,\n", "1 recorded, 0 as"),
        ("007,3.1,,27.5,\n008,2.0,,,\n", "2 recorded, 0 as"),
        ("007,3.1,1,27.5,\n008,2.0,0,,\n009,,1,,\n", "3 recorded, 0 as"),
    ],
    "the arm as recommended, later": [
        ("007,3.1,,27.5,\n008,2.0,,,\n", "2 recorded, 0 as"),
        (
            "007,3.1,1,27.5,warfarin\n008,2.0,0,30,warfarin\n009,,1,,\n",
            "3 recorded, 0 as",
        ),
    ],
    "a row for each value": [
        (
            "007,3.1,,27.5,\n008,2.0,,,\n007,,1,,\n008,2.0,0,,\n009,,1,,\n007,3.1,1,27.5,\n",
            "5 recorded, 1 as",
        ),
    ],
}
RECORDED = [
    Recorded({"inr": 3.1, "well": 1.0}, {"dose": 27.5}),
    Recorded({"inr": 2.0, "well": 0.0}),
    Recorded({"well": 1.0}),
]


@pytest.fixture
def decided(clinic: Clinic) -> Clinic:
    assert clinic.decide(PEOPLE, settings=SETTINGS).code == 0
    return clinic


def recorded(clinic: Clinic) -> list[Recorded]:
    with Study.open(clinic.journal) as study:
        assert study.verify().passed
        return [study.outcome(number) for number in range(study.decisions)]


def length(clinic: Clinic) -> int:
    with Study.open(clinic.journal) as study:
        return study.journal.length


def test_decisions_have_their_dose(clinic: Clinic) -> None:
    ran = clinic.decide(PEOPLE, settings=SETTINGS)
    assert "mean dose" in ran.out
    for table in (
        pl.read_csv(clinic.folder / "out" / "decisions.csv"),
        pl.read_parquet(clinic.folder / "out" / "decisions.parquet"),
    ):
        assert table["dose"].to_list() == [30.0, 30.0, None]
    explained = clinic.of_journal("explain", "--request-id", "007").out
    assert "warfarin, 30 mg/week" in explained


@pytest.mark.parametrize("case", ORDERS)
def test_a_table_is_sent_again_as_its_columns_are_filled(decided: Clinic, case: str) -> None:
    for rows, said in ORDERS[case]:
        ran = decided.learn("observe", HEAD + rows, settings=SETTINGS)
        assert (ran.code, said in ran.out) == (0, True), ran.out
        before = length(decided)
        again = decided.learn("observe", HEAD + rows, settings=SETTINGS)
        assert (again.code, "0 recorded" in again.out, "0 refused" in again.out) == (0, True, True)
        assert length(decided) == before
    assert recorded(decided) == RECORDED
    with Study.open(decided.journal) as study:
        assert study.open_decisions == ()


CHANGED: dict[str, tuple[str, str]] = {
    "the lab value": ("007,3.4,1,27.5,", "already has inr = 3.1; each measure is accepted once; "),
    "the dose": ("007,3.1,1,25,", "already has measures: what was realized must come with"),
    "the arm": ("007,3.1,1,,nothing", "already has measures: what was realized must come with"),
    "a lab value without a dose": ("009,3.1,1,,", "'nothing' has no dose that inr could judge"),
    "no success": ("007,3.1,0.5,27.5,", "well must be 1 for a success or 0 for a failure"),
    "an impossible lab value": ("008,31,,,", "inr must lie in [0.5, 20] ratio, got 31"),
    "a dose in another unit": ("008,3.1,,30000,", "check the unit"),
    "a text": ("008,3.1 or so,,,", "inr must be a number"),
}


@pytest.mark.parametrize("case", CHANGED)
def test_another_value_is_refused_by_its_row(decided: Clinic, case: str) -> None:
    decided.learn("observe", HEAD + "007,3.1,,27.5,\n", settings=SETTINGS)
    before = length(decided)
    row, message = CHANGED[case]
    file = decided.folder / "refused.csv"
    ran = decided.learn(
        "observe", f"{HEAD}007,3.1,,27.5,\n{row}\n", "--refused", str(file), settings=SETTINGS
    )
    assert (ran.code, "0 recorded, 1 as recorded before, 1 refused" in ran.out) == (1, True)
    ((number, *_, rule),) = pl.read_csv(file, infer_schema=False).rows()
    assert number == "2"
    assert message in rule
    assert length(decided) == before
    assert recorded(decided)[0] == Recorded({"inr": 3.1}, {"dose": 27.5})


def test_a_correction_replaces_the_lab_value_and_the_dose(decided: Clinic) -> None:
    decided.learn("observe", HEAD + ORDERS["both"][0][0], settings=SETTINGS)
    rows = "007,3.4,1,25,\n008,2.0,0,,\n"
    ran = decided.learn("correct", HEAD + rows, settings=SETTINGS)
    assert "1 corrected, 1 as recorded before, 0 refused" in ran.out
    first = Recorded({"inr": 3.4, "well": 1.0}, {"dose": 25.0}, "warfarin")
    assert recorded(decided) == [first, *RECORDED[1:]]
    again = decided.learn("correct", HEAD + rows, settings=SETTINGS)
    assert "0 corrected, 2 as recorded before, 0 refused" in again.out


def test_a_changed_lab_value_beside_a_new_flag_is_corrected_then_observed(decided: Clinic) -> None:
    decided.learn("observe", HEAD + "007,3.1,,27.5,\n", settings=SETTINGS)
    rows = "007,3.4,1,27.5,\n"
    refused = decided.learn("observe", HEAD + rows, settings=SETTINGS)
    assert (refused.code, "already has inr = 3.1" in refused.out) == (1, True)
    ran = decided.learn("correct", HEAD + rows, settings=SETTINGS)
    assert (ran.code, "1 corrected" in ran.out) == (0, True)
    assert "1 has values that are not recorded yet: recourse observe records them" in ran.out
    assert recorded(decided)[0].measures == {"inr": 3.4}
    done = decided.learn("observe", HEAD + rows, settings=SETTINGS)
    assert (done.code, "1 recorded" in done.out) == (0, True)
    assert recorded(decided)[0].measures == {"inr": 3.4, "well": 1.0}
    again = decided.learn("correct", HEAD + rows, settings=SETTINGS)
    assert "0 corrected, 1 as recorded before" in again.out
    assert "not recorded yet" not in again.out


def test_export_has_doses(decided: Clinic) -> None:
    decided.learn("observe", HEAD + ORDERS["both"][0][0], settings=SETTINGS)
    out = decided.folder / "analysis"
    assert decided.of_journal("export", "--out", str(out)).code == 0
    outcomes = pl.read_parquet(out / "outcomes.parquet")
    assert outcomes["measure.inr"].to_list() == [3.1, 2.0, None]
    assert outcomes["realized.dose"].to_list() == [27.5, None, None]


PAST = "visit,age,given,taken,success,inr\np1,71,warfarin,35,1,2.4\np2,60,warfarin,20,0,\n"
PAST += "p3,12,nothing,,1,\n"


def test_the_past_has_doses(clinic: Clinic) -> None:
    ran = clinic.learn("import", PAST, settings=SETTINGS)
    assert (ran.code, "3 imported" in ran.out) == (0, True), ran.out
    again = clinic.learn("import", PAST, settings=SETTINGS)
    assert (again.code, "0 imported, 3 imported before" in again.out) == (0, True)
    out = clinic.folder / "analysis"
    clinic.of_journal("export", "--out", str(out))
    imported = pl.read_parquet(out / "imported.parquet")
    assert imported["dose"].to_list() == [35.0, 20.0, None]
    assert imported["measure.inr"].to_list() == [2.4, None, None]
    bad = PAST + "p4,71,warfarin,,1,2.4\np5,12,nothing,30,1,\np6,71,warfarin,30,,2\n"
    refused = clinic.learn("import", bad, settings=SETTINGS)
    assert "0 imported, 3 imported before, 3 refused" in refused.out
    for message in ("needs its dose in mg/week", "has none: leave it out", "well must be a number"):
        assert message in refused.out


OTHER = 'name = "nothing"\ndose = { unit = "IU", lower = 1, upper = 9 }'
SPOILT: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "an unknown measure": (
        "observe",
        [("measures.well", "measures.wll")],
        "measures.wll: unknown measure (did you mean 'well'?); the measures are well and inr",
    ),
    "a dose in another unit": (
        "observe",
        [('unit = "mg/week"\n\n[outcomes.arm]', 'unit = "mg/day"\n\n[outcomes.arm]')],
        "outcomes.realized.dose: dose has the unit 'mg/week', its column 'mg/day': give factor",
    ),
    "one unit for two": (
        "observe",
        [('name = "nothing"', OTHER)],
        "outcomes.realized.dose: the doses of the arms have the units 'IU', 'mg/week'",
    ),
    "a misspelt dose": (
        "observe",
        [("realized.dose", "realized.does")],
        "outcomes.realized.does: unknown feature",
    ),
    "no dose of the past": (
        "import",
        [('dose = { column = "taken" }', "")],
        "past.dose must say which column",
    ),
    "a past dose in another unit": (
        "import",
        [('dose = { column = "taken" }', 'dose = { column = "taken", unit = "g" }')],
        "past.dose: dose has the unit 'mg/week', its column 'g'",
    ),
    "a lab value in another unit": (
        "import",
        [("measures = {", 'measures = { inr = { unit = "s" },')],
        "measures.inr: inr has the unit 'ratio', its column 's'",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_wrong_settings_are_named(decided: Clinic, case: str) -> None:
    command, changes, message = SPOILT[case]
    settings = SETTINGS
    for right, wrong in changes:
        assert right in settings
        settings = settings.replace(right, wrong, 1)
    ran = decided.learn(
        command, f"{HEAD}007,3.1,,,\n" if command == "observe" else PAST, settings=settings
    )
    assert (ran.code, message in ran.err) == (2, True), ran.err


NO_DOSES: list[tuple[str, Any]] = [("observe", "unknown feature"), ("import", "no arm has a dose")]


@pytest.mark.parametrize(("command", "message"), NO_DOSES)
def test_a_dose_that_no_arm_has_is_refused(clinic: Clinic, command: str, message: str) -> None:
    settings = SETTINGS[: SETTINGS.index("[problem.sub_outcome]")]
    lines = [line for line in settings.splitlines() if not line.startswith("dose = { unit")]
    settings = "\n".join(lines)
    clinic.decide(PEOPLE, settings=settings)
    ran = clinic.learn(command, PAST, settings=settings)
    assert (ran.code, message in ran.err) == (2, True), ran.err


@pytest.mark.parametrize("unit", ["mg/day", None])
def test_doses_are_converted(clinic: Clinic, unit: str | None) -> None:
    clinic.decide(PEOPLE, settings=SETTINGS)
    how = 'unit = "mg/day"\nfactor = 7'
    if unit is None:
        how = 'unit_column = "per"\nfactors = { day = 7, week = 1 }'
    settings = SETTINGS.replace('unit = "mg/week"\n\n[outcomes.arm]', f"{how}\n\n[outcomes.arm]")
    text = "visit,inr,success,taken,per,given\n007,3.1,,5,day,\n"
    assert clinic.learn("observe", text, settings=settings).code == 0
    assert recorded(clinic)[0] == Recorded({"inr": 3.1}, {"dose": 35.0})
