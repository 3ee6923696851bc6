"""recourse observe, correct and withdraw."""

import polars as pl
import pytest

from recourse_bandits import Study
from recourse_bandits.study.happened import Recorded
from tests.operations.clinic import OUTCOMES, PEOPLE, SETTINGS, Clinic


@pytest.fixture
def decided(clinic: Clinic) -> Clinic:
    clinic.decide()
    return clinic


def recorded(clinic: Clinic) -> list[Recorded]:
    with Study.open(clinic.journal) as study:
        assert study.verify().passed
        return [study.outcome(number) for number in range(study.decisions)]


FIRST = Recorded({"drop": 3.5}, {"activity": pytest.approx(2.5)}, None)
EXPLAINED = """reason = "why"

[outcomes.realized.age]
column = "years"

[outcomes.measures.drop]
"""
SECOND = Recorded({"drop": -2.0}, {}, "b")


def test_outcomes_are_recorded_once(decided: Clinic) -> None:
    ran = decided.learn("observe", OUTCOMES)
    assert ran.code == 0
    assert "2 recorded, 0 as recorded before, 0 refused, of 2 rows" in ran.out
    assert recorded(decided) == [FIRST, SECOND, Recorded()]
    again = decided.learn("observe", OUTCOMES + "009,1,,\n")
    assert "1 recorded, 2 as recorded before, 0 refused, of 3 rows" in again.out
    assert recorded(decided) == [FIRST, SECOND, Recorded({"drop": 1.0})]


def test_what_happened_may_come_before_what_was_measured(decided: Clinic) -> None:
    decided.learn("observe", "visit,drop,minutes,given\n007,,150,\n")
    assert decided.learn("observe", OUTCOMES).code == 0
    assert recorded(decided)[0] == FIRST


BAD: dict[str, tuple[str, str]] = {
    "an unknown request": ("099,1,,", "no decision was made for request '099'"),
    "a blank request": (",1,,", "a whole number or a request, got None"),
    "another value": ("007,4.5,150,", "already has drop = 3.5"),
    "something realized later": ("008,-2,150,b", "has its outcome already; use correct"),
    "no number": ("009,3.5 mmHg,,", "drop must be a number, got '3.5 mmHg'"),
    "out of bounds": ("009,101,,", "drop must lie in"),
    "an infinity": ("009,inf,,", "drop must"),
    "an unknown arm": ("009,1,,c", "unknown arm 'c'"),
    "an impossible feature": ("009,1,90000,", "'activity' must be"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_impossible_outcome_is_refused_and_the_others_recorded(
    decided: Clinic, case: str
) -> None:
    row, message = BAD[case]
    ran = decided.learn("observe", f"{OUTCOMES}{row}\n")
    assert ran.code == 1
    assert "2 recorded, 0 as recorded before, 1 refused" in ran.out
    assert message in ran.out
    assert recorded(decided) == [FIRST, SECOND, Recorded()]


def test_refused_outcomes_are_listed_in_a_file(decided: Clinic) -> None:
    file = decided.folder / "refused.csv"
    ran = decided.learn("observe", f"{OUTCOMES}099,1,,\n\n009,inf,,\n", "--refused", str(file))
    assert ran.code == 1
    rows = pl.read_csv(file).rows()
    assert [row[0] for row in rows] == [3, 5]
    assert "request '099'" in rows[0][3]
    assert "drop must" in rows[1][3]


def test_a_row_that_stands_twice_is_recorded_once(decided: Clinic) -> None:
    ran = decided.learn("observe", OUTCOMES + "007,3.5,150,\n")
    assert "2 recorded, 1 as recorded before, 0 refused" in ran.out


def test_numbers_may_name_decisions(decided: Clinic) -> None:
    numbered = SETTINGS.replace(
        '[outcomes]\nrequest_id = "visit"', '[outcomes]\ndecision = "number"'
    )
    text = "number,drop,minutes,given\n0,3.5,150,\n1,-2,,b\n99,1,,\n"
    ran = decided.learn("observe", text, settings=numbered)
    assert "2 recorded" in ran.out
    assert "unknown decision 99" in ran.out
    assert recorded(decided)[:2] == [FIRST, SECOND]


def test_corrections_replace_what_was_recorded_and_only_that(decided: Clinic) -> None:
    decided.learn("observe", OUTCOMES)
    ran = decided.learn("correct", "visit,drop,minutes,given\n007,4,120,\n008,-2,,b\n009,1,,\n")
    assert ran.code == 1
    assert "1 corrected, 1 as recorded before, 1 refused" in ran.out
    assert "no outcome to correct yet" in ran.out
    first, *others = recorded(decided)
    assert (first.measures, first.realized) == ({"drop": 4.0}, {"activity": pytest.approx(2.0)})
    assert others == [SECOND, Recorded()]
    again = decided.learn("correct", "visit,drop,minutes,given\n007,4,120,\n")
    assert "0 corrected, 1 as recorded before, 0 refused" in again.out


def test_a_table_says_why_an_immutable_feature_differs(decided: Clinic) -> None:
    settings = SETTINGS.replace("[outcomes.measures.drop]", EXPLAINED)
    head = "visit,drop,minutes,given,years,why\n"
    rows = "007,3.5,150,,72,mistyped\n008,-2,,b,65,\n009,1,,,45, \n"
    ran = decided.learn("observe", head + rows, settings=settings)
    assert "2 recorded, 0 as recorded before, 1 refused" in ran.out
    assert "'age' is immutable and was 44.0" in ran.out
    first, second, _ = recorded(decided)
    assert (first.realized["age"], first.reason) == (72.0, "mistyped")
    assert second.reason is None
    again = decided.learn("correct", head + "007,3.5,150,,72,a typing error\n", settings=settings)
    assert "1 corrected" in again.out
    assert recorded(decided)[0].reason == "a typing error"
    same = decided.learn("correct", head + "007,3.5,150,,72,a typing error\n", settings=settings)
    assert "0 corrected, 1 as recorded before" in same.out


def test_a_mixture_of_units_is_refused_in_the_settings(decided: Clinic) -> None:
    head, tail = SETTINGS.split("[outcomes.arm]")
    without = head.rsplit("factor", 1)[0] + "[outcomes.arm]" + tail
    ran = decided.learn("observe", OUTCOMES, settings=without)
    assert ran.code == 2
    assert "outcomes.realized.activity" in ran.err
    assert "give factor" in ran.err


def test_settings_without_outcomes_say_so(decided: Clinic) -> None:
    start, end = SETTINGS.index("[outcomes]"), SETTINGS.index("[past]")
    ran = decided.learn("observe", OUTCOMES, settings=SETTINGS[:start] + SETTINGS[end:])
    assert (ran.code, "no [outcomes]" in ran.err) == (2, True)


@pytest.mark.parametrize("command", ["observe", "correct", "withdraw"])
def test_a_journal_that_is_not_there_is_not_begun(clinic: Clinic, command: str) -> None:
    if command == "withdraw":
        ran = clinic.of_journal("withdraw", "--decision", "0")
    else:
        ran = clinic.learn(command, OUTCOMES)
    assert ran.code == 4
    assert not (clinic.folder / "clinic.db").exists()


# -- withdrawing -----------------------------------------------------------------------------------


def test_decisions_are_withdrawn_by_request_and_number(decided: Clinic) -> None:
    ran = decided.of_journal(
        "withdraw", "--request-id", "007", "--decision", "1", "--reason", "moved away"
    )
    assert (ran.code, "2 of 2 withdrawn" in ran.out) == (0, True)
    again = decided.of_journal("withdraw", "--request-id", "007", "--decision", "2")
    assert again.code == 1
    assert "decision 0 was withdrawn" in again.out
    assert "1 of 2 withdrawn" in again.out
    late = decided.learn("observe", OUTCOMES)
    assert (late.code, "0 recorded" in late.out) == (1, True)
    assert "3 decided before" in decided.decide(PEOPLE).out


@pytest.mark.parametrize("request_id", ["099", "[/x]", "[bold]"])
def test_an_unknown_request_is_named_as_it_was_given(decided: Clinic, request_id: str) -> None:
    ran = decided.of_journal("withdraw", "--request-id", request_id)
    assert ran.code == 1
    assert f"no decision was made for request '{request_id}'" in ran.out


def test_something_must_be_named(decided: Clinic) -> None:
    ran = decided.of_journal("withdraw")
    assert (ran.code, "--request-id or --decision" in ran.err) == (2, True)
