"""recourse import: a study starts warm."""

import pytest

from recourse_bandits import Study
from recourse_bandits.config import load_study
from tests.operations.clinic import PAST, SETTINGS, Clinic
from tests.study.builders import assert_same


def test_a_study_starts_as_if_it_had_seen_the_past_itself(clinic: Clinic) -> None:
    ran = clinic.learn("import", PAST)
    assert ran.code == 0
    assert "2 imported, 0 imported before, 0 refused, of 2 rows" in ran.out
    assert "sex: SEX (1 = 0, 2 = 1)" in ran.out
    settings = load_study("study.toml")
    alone = Study(settings.problem, settings.built_policy(), seed=settings.seed)
    hour = 60 * 0.016666666666666666
    alone.import_past({"age": 71, "sex": 0, "activity": hour}, "a", {"drop": 3.5})
    alone.import_past({"age": 65, "sex": 1, "activity": 2 * hour}, "b", {"drop": 1.5})
    with Study.open(clinic.journal) as study:
        assert_same(study.state, alone.state)
        assert study.decisions == 0
    again = clinic.learn("import", PAST)
    assert (again.code, "0 imported, 2 imported before" in again.out) == (0, True)
    assert clinic.decide().code == 0
    assert clinic.of_journal("verify").code == 0


BAD = (
    PAST
    + """,p3,65,2,60,b,1.5
i4,p3,65,2,60,c,1.5
i5,p3,65,2,60,,1.5
i6,p3,65,2,60,b,
i7,p3,65,2,60,b,1o
i8,p3,17,2,60,b,1
i1,p1,71,1,60,a,4.5
"""
)


def test_impossible_treatments_are_refused_and_never_imported_twice(clinic: Clinic) -> None:
    ran = clinic.learn("import", BAD)
    assert ran.code == 1
    assert "2 imported, 0 imported before, 7 refused, of 9 rows" in ran.out
    for reason in (
        "no request id",
        "unknown arm 'c'",
        "unknown arm None",
        "drop must be a number, got None",
        "drop must be a number, got '1o'",
        "'age' must lie in",
        "for another treatment",
    ):
        assert reason in ran.out
    again = clinic.learn("import", BAD)
    assert "0 imported, 2 imported before, 7 refused, of 9 rows" in again.out


def test_an_id_of_a_decision_is_not_imported(clinic: Clinic) -> None:
    clinic.decide()
    ran = clinic.learn("import", PAST.replace("i1", "007"))
    assert (ran.code, "for a decision" in ran.out) == (1, True)


def test_arms_that_look_like_numbers(clinic: Clinic) -> None:
    numbered = SETTINGS.replace('arms = ["a", "b"]', 'arms = ["1", "2"]')
    past = PAST.replace(",a,", ",1,").replace(",b,", ",2,")
    assert clinic.learn("import", past, settings=numbered).code == 0
    clinic.decide(settings=numbered)
    outcomes = "visit,drop,minutes,given\n007,1,,2\n"
    assert clinic.learn("observe", outcomes, settings=numbered).code == 0


SPOILT: dict[str, tuple[str, str, int, str]] = {
    "no past": ('[past]\narm = { column = "given" }', "", 2, "the settings have no [past]"),
    "the arm's column": (
        '[past]\narm = { column = "given" }',
        '[past]\narm = { column = "givn" }',
        3,
        "did you mean 'given'?",
    ),
    "no request": ('request_id = "visit"\nsubject', "subject", 2, "import everything twice"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_wrong_settings_are_named(clinic: Clinic, case: str) -> None:
    right, wrong, code, message = SPOILT[case]
    assert right in SETTINGS
    ran = clinic.learn("import", PAST, settings=SETTINGS.replace(right, wrong, 1))
    assert (ran.code, message in ran.err) == (code, True), ran.err


def test_the_past_may_have_a_condition_of_its_own(clinic: Clinic) -> None:
    own = SETTINGS.replace("[past]", "[past]\nwhere = \"given = 'a'\"")
    assert (
        "1 imported, 0 imported before, 0 refused, of 1 rows"
        in clinic.learn("import", PAST, settings=own).out
    )
