"""recourse decide: a table, or one person."""

import json
from pathlib import Path

import polars as pl
import pytest

from recourse_bandits import Study
from recourse_bandits.records import Decision
from tests.operations.clinic import PEOPLE, SETTINGS, Clinic

ASKS = SETTINGS.replace(
    'name = "GLRB"', 'name = "LIBRA"\nthreshold = 0.0\nbase = { name = "GLRB" }'
)


def test_a_table_is_decided_and_written(clinic: Clinic) -> None:
    ran = clinic.decide()
    assert ran.code == 0
    assert "3 decided, 0 decided before, 0 refused, of 3 rows" in ran.out
    assert "Everything here is made up [1]." in ran.out
    table = pl.read_parquet(clinic.folder / "out" / "decisions.parquet")
    assert table["row"].to_list() == [1, 2, 3]
    assert table["request_id"].to_list() == ["007", "008", "009"]
    assert table["subject"].to_list() == ["p1", "p2", "p3"]
    lines = (clinic.folder / "out" / "decisions.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(table.columns)
    assert [line.split(",")[1] for line in lines[1:]] == ["007", "008", "009"]
    with Study.open(clinic.journal) as study:
        for number, (age, sex, hours) in enumerate([(71, 0, 1), (65, 1, 2), (44, 1, 0.5)]):
            decision = study.decision(number)
            assert isinstance(decision, Decision)
            assert decision.arm == table["arm"][number]
            given = {"age": age, "sex": sex, "activity": pytest.approx(hours)}
            assert decision.context.given == given


def test_the_summary_says_where_everything_comes_from(clinic: Clinic) -> None:
    clinic.decide()
    text = (clinic.folder / "out" / "summary.json").read_text(encoding="utf-8")
    assert json.loads(text) == {
        "rows": 3,
        "decided": 3,
        "decided_before": 0,
        "refused": 0,
        "note": "Everything here is made up [1].",
        "features": {
            "as_measured": ["age"],
            "recoded": ["sex: SEX (1 = 0, 2 = 1)"],
            "converted": ["activity: minutes"],
        },
    }


def test_a_rerun_decides_only_what_is_new(clinic: Clinic) -> None:
    clinic.decide()
    first = pl.read_parquet(clinic.folder / "out" / "decisions.parquet")
    ran = clinic.decide(PEOPLE + "010,p4,50,1,0\n")
    assert ran.code == 0
    assert "1 decided, 3 decided before, 0 refused, of 4 rows" in ran.out
    again = pl.read_parquet(clinic.folder / "out" / "decisions.parquet")
    assert again["repeated"].to_list() == [True, True, True, False]
    assert again[:3].drop("repeated").equals(first.drop("repeated"))


BAD = """visit,who,age,SEX,minutes
007,p1,17,1,60
,p2,65,2,120
008,p3,5o,2,30
009,p4,44,3,30
010,p5,44,2,
011,p6,44,2,90000
012,p7,44,2,60
012,p7,45,2,60
"""


def test_refused_rows_are_listed_by_the_files_rows_and_columns(clinic: Clinic) -> None:
    ran = clinic.decide(BAD)
    assert ran.code == 1
    assert "1 decided, 0 decided before, 7 refused, of 8 rows" in ran.out
    refused = pl.read_csv(clinic.folder / "out" / "refused.csv").rows()
    assert [row[:2] for row in refused] == [
        (1, "age"),
        (2, None),
        (3, "age"),
        (4, "SEX"),
        (5, "minutes"),
        (6, "minutes"),
        (8, None),
    ]
    cells = ["17", None, "5o", "3", None, "90000", None]  # as they stand in the file
    assert [row[2] for row in refused] == cells
    rules = [row[3] for row in refused]
    for rule, expected in zip(
        rules,
        [
            "'age' must lie in [18, 110], got 17",
            "no request id",
            "'age' must be a number, got '5o'",
            "'sex' must lie in [0, 1], got 3",
            "'activity' has no value",
            "at most 20 h/week outside [0, 20] h/week, got 1500",
            "for other content: age differ",
        ],
        strict=True,
    ):
        assert expected in rule
    assert "refused: 7" in ran.out


def test_without_refusals_the_list_is_a_header(clinic: Clinic) -> None:
    clinic.decide()
    text = (clinic.folder / "out" / "refused.csv").read_text(encoding="utf-8")
    assert text == "row,column,value,rule\n"


def test_many_reasons_are_shortened_on_the_screen_and_whole_in_the_file(clinic: Clinic) -> None:
    rows = [f"v{n},p,{n},1,60" for n in range(111, 141)]
    ran = clinic.decide("visit,who,age,SEX,minutes\n" + "\n".join(rows))
    assert "and 10 reasons more" in ran.out
    assert pl.read_csv(clinic.folder / "out" / "refused.csv").height == 30


def test_only_rows_that_fulfil_the_condition(clinic: Clinic) -> None:
    where = SETTINGS.replace('subject = "who"', 'subject = "who"\nwhere = "age < 70"')
    clinic.decide(settings=where)
    table = pl.read_parquet(clinic.folder / "out" / "decisions.parquet")
    assert table["row"].to_list() == [2, 3]
    nobody = where.replace("age < 70", "age > 100")
    ran = clinic.decide(settings=nobody)
    assert ran.code == 3
    assert "people.csv: where = 'age > 100' holds for none of the 3 rows" in ran.err


def test_a_parquet_table_is_the_same_as_the_csv_one(clinic: Clinic) -> None:
    clinic.decide()
    pl.read_csv(clinic.folder / "people.csv", schema_overrides={"visit": pl.String}).cast(
        {"SEX": pl.Float64}
    ).write_parquet(clinic.folder / "people.parquet")
    path = str(clinic.folder / "people.parquet")
    ran = clinic.run("decide", "study.toml", "--people", path, "--journal", clinic.journal)
    assert "0 decided, 3 decided before, 0 refused" in ran.out
    assert (clinic.folder / "runs" / "study" / "decisions.csv").exists()


def test_who_is_asked_about(clinic: Clinic) -> None:
    refused = clinic.decide(PEOPLE, "--fallback", "refuse", settings=ASKS)
    assert refused.code == 1
    assert "advice is wanted for this person" in refused.out
    assert "3 refused" in refused.out
    assert clinic.decide(settings=ASKS).code == 0
    assert pl.read_parquet(clinic.folder / "out" / "decisions.parquet")["unasked"].all()
    assert clinic.of_journal("verify").code == 0
    with Study.open(clinic.journal) as study:
        assert (study.state.asked, study.state.rounds) == (0, 3)


def test_paths_with_blanks_and_relative_ones(clinic: Clinic) -> None:
    (clinic.folder / "my ward").mkdir()
    clinic.monkeypatch.chdir(clinic.folder / "my ward")
    clinic.write("my ward/my study.toml", SETTINGS)
    clinic.write("my ward/my people.csv", PEOPLE)
    words = ["--journal", "sqlite:///my kept/clinic.db", "--out", "my out"]
    assert clinic.run("decide", "my study.toml", "--people", "my people.csv", *words).code == 0
    assert (clinic.folder / "my ward" / "my kept" / "clinic.db").exists()
    assert (clinic.folder / "my ward" / "my out" / "decisions.csv").exists()


def test_the_journal_may_stand_in_the_settings(clinic: Clinic) -> None:
    clinic.write("people.csv", PEOPLE)
    clinic.write("study.toml", 'journal = "sqlite:///mine.db"\n' + SETTINGS)
    assert clinic.run("decide", "study.toml", "--people", "people.csv").code == 0
    assert (clinic.folder / "mine.db").exists()


def test_without_a_journal_nothing_is_decided(clinic: Clinic) -> None:
    clinic.write("people.csv", PEOPLE)
    clinic.write("study.toml", SETTINGS)
    ran = clinic.run("decide", "study.toml", "--people", "people.csv")
    assert ran.code == 2
    assert "no journal is named: give --journal sqlite:///FILE" in ran.err


def test_an_out_folder_that_is_a_file_is_refused_before_anything_is_decided(
    clinic: Clinic,
) -> None:
    clinic.decide()
    clinic.write("file", "")
    table = str(clinic.folder / "people.csv")
    words = ["--people", table, "--journal", "sqlite:///new.db", "--out", "file"]
    ran = clinic.run("decide", "study.toml", *words)
    assert ran.code == 2
    assert "file" in ran.err
    assert not (clinic.folder / "new.db").exists()
    assert clinic.of_journal("export", "--out", "file").code == 2


# -- one person ------------------------------------------------------------------------------------


def person(clinic: Clinic, *values: str, request_id: str | None = "one") -> tuple[int, str]:
    clinic.write("study.toml", SETTINGS)
    words = [word for value in values for word in ("--person", value)]
    words += [] if request_id is None else ["--request-id", request_id]
    ran = clinic.run("decide", "study.toml", "--journal", clinic.journal, *words)
    return ran.code, ran.out + ran.err


def test_one_person_is_decided_and_explained(clinic: Clinic) -> None:
    code, said = person(clinic, "age=71", "sex=0", "activity= 2 ")
    assert code == 0
    assert "decision 0:" in said
    assert "(one)" in said
    assert "arms, each at its own recourse: a:" in said
    assert person(clinic, "age=71", "sex=0", "activity=2") == (code, said)
    with Study.open(clinic.journal) as study:
        assert study.decisions == 1


PERSONS: dict[str, tuple[list[str], int, str]] = {
    "other content": (["age=72", "sex=0", "activity=2"], 1, "for other content: age differ"),
    "a value missing": (["age=71", "sex=0"], 1, "'activity' has no value"),
    "an empty value": (["age=71", "sex=", "activity=2"], 1, "'sex' has no value"),
    "no number": (["age=old", "sex=0", "activity=2"], 1, "'age' must be a number, got 'old'"),
    "a feature misspelt": (["agee=71"], 1, "did you mean 'age'?"),
    "no equals sign": (["age"], 2, "--person 'age' must be name=value"),
    "no name": (["=71"], 2, "must be name=value"),
    "a name twice": (["age=71", "age=72", "sex=0", "activity=2"], 2, "twice"),
}


@pytest.mark.parametrize("case", PERSONS)
def test_a_person_who_cannot_be_decided_for(clinic: Clinic, case: str) -> None:
    values, expected, message = PERSONS[case]
    person(clinic, "age=71", "sex=0", "activity=2")
    code, said = person(clinic, *values)
    assert (code, message in said) == (expected, True), said


def test_a_person_needs_a_request_and_no_table(clinic: Clinic) -> None:
    assert person(clinic, "age=71", request_id=None)[0] == 2
    assert clinic.decide(PEOPLE, "--person", "age=71").code == 2
    assert clinic.run("decide", "study.toml", "--journal", clinic.journal).code == 2


# -- settings --------------------------------------------------------------------------------------

SPOILT: dict[str, tuple[str, str, int, str]] = {
    "a key": ("seed = 3", "sead = 3", 2, "sead is not a known key"),
    "a seed": ("seed = 3", "seed = -3", 2, "seed: Input should be greater than or equal to 0"),
    "a table": ("[people]", "[peple]", 2, "peple is not a known key"),
    "no table": ("[past]", "[past", 2, "is not TOML"),
    "a policy": ('"GLRB"', '"GRLB"', 2, "unknown policy 'GRLB' (did you mean 'GLRB'?)"),
    "a parameter": ('"GLRB"', '"GLRB"\nscal = 2', 2, "no parameter 'scal' (did you mean 'scale'?)"),
    "a column's key": ("unit =", "units =", 2, "people.features.activity.units is not a known key"),
    "a number": ("mean = 60", 'mean = "sixty"', 2, "problem.features.0.mean"),
    "no scale": ("mean = 60\nscale = 10", "", 2, "has no mean and scale"),
    "no arms": ('arms = ["a", "b"]', "arms = []", 2, "a problem needs at least one arm"),
    "a feature": ("people.features.sex", "people.features.sexx", 2, "did you mean 'sex'?"),
    "a factor": ("factor = 0.016666666666666666\n\n[outcomes]", "[outcomes]", 2, "give factor"),
    "a column": ('"visit"', '"vist"', 3, "people.csv: the table has no column 'vist' (did you"),
    "no request": ('request_id = "visit"\nsubject', "subject", 2, "people.request_id must name"),
    "a condition": ('subject = "who"', 'where = "agee > 1"', 3, "people.csv: where = 'agee > 1'"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_wrong_settings_are_named_and_nothing_is_begun(clinic: Clinic, case: str) -> None:
    right, wrong, code, message = SPOILT[case]
    assert right in SETTINGS
    ran = clinic.decide(settings=SETTINGS.replace(right, wrong, 1))
    assert (ran.code, message in ran.err) == (code, True), ran.err
    assert not (clinic.folder / "clinic.db").exists()


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_settings_that_cannot_be_read(clinic: Clinic, name: str) -> None:
    ran = clinic.run("decide", name, "--people", "people.csv")
    assert (ran.code, "cannot be read" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("name", "content"), [("absent.csv", None), ("p.txt", "a\n1\n"), ("p.csv", "")]
)
def test_a_table_that_cannot_be_had_has_its_own_exit_code(
    clinic: Clinic, name: str, content: str | None
) -> None:
    clinic.write("study.toml", SETTINGS)
    if content is not None:
        clinic.write(name, content)
    ran = clinic.run("decide", "study.toml", "--people", name, "--journal", clinic.journal)
    assert (ran.code, name in ran.err) == (3, True)


# -- journals --------------------------------------------------------------------------------------

OTHERS: dict[str, tuple[str, str, str]] = {
    "another problem": ("mean = 60", "mean = 61", "another problem"),
    "another policy": ('"GLRB"', '"LinUCB"', "another policy"),
    "another parameter": ('"GLRB"', '"GLRB"\nscale = 0.5', "another policy"),
    "another seed": ("seed = 3", "seed = 4", "another seed: "),
}


@pytest.mark.parametrize("case", OTHERS)
def test_two_studies_do_not_share_a_file(clinic: Clinic, case: str) -> None:
    right, other, message = OTHERS[case]
    clinic.decide()
    ran = clinic.decide(settings=SETTINGS.replace(right, other, 1))
    assert (ran.code, message in ran.err) == (4, True)
    assert len(ran.err) < 300, "the difference alone is of interest"
    assert clinic.decide().code == 0


def test_other_settings_of_the_table_or_the_note_are_the_same_study(clinic: Clinic) -> None:
    clinic.decide()
    assert clinic.decide(settings=SETTINGS.replace("made up", "invented")).code == 0


@pytest.mark.parametrize(
    "where", ["sqlite:///people.csv", "sqlite:///out", "people.db", "sqlite:///"]
)
def test_what_is_no_journal_is_refused_and_left_alone(clinic: Clinic, where: str) -> None:
    clinic.decide()
    ran = clinic.run("decide", "study.toml", "--people", "people.csv", "--journal", where)
    assert ran.code == 4
    assert (clinic.folder / "people.csv").read_text(encoding="utf-8") == PEOPLE
    assert not Path("people.db").exists()


def test_while_another_process_writes_nothing_is_decided(clinic: Clinic) -> None:
    clinic.decide()
    with Study.open(clinic.journal):
        ran = clinic.decide(PEOPLE + "010,p4,50,1,0\n")
        assert ran.code == 4
        assert "is being written by process" in ran.err
        assert clinic.of_journal("verify").code == 0
        assert clinic.of_journal("export", "--out", "export").code == 0
        assert clinic.of_journal("explain", "--decision", "0").code == 0
    assert "1 decided, 3 decided before" in clinic.decide(PEOPLE + "010,p4,50,1,0\n").out
