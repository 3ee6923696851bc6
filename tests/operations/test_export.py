"""recourse export, explain, verify and rescue."""

import sqlite3

import polars as pl
import pytest

from recourse_bandits import Study
from recourse_bandits.records import Decision
from tests.operations.clinic import OUTCOMES, PAST, PEOPLE, SETTINGS, Clinic


@pytest.fixture
def lived(clinic: Clinic) -> Clinic:
    clinic.learn("import", PAST)
    clinic.decide()
    clinic.learn("observe", OUTCOMES)
    clinic.learn("correct", "visit,drop,minutes,given\n007,4,120,\n")
    clinic.of_journal("withdraw", "--request-id", "009", "--reason", "moved [away]")
    return clinic


def exported(clinic: Clinic, name: str) -> pl.DataFrame:
    assert clinic.of_journal("export", "--out", "export").code == 0
    return pl.read_parquet(clinic.folder / "export" / f"{name}.parquet")


def test_decisions_are_those_of_the_journal(lived: Clinic) -> None:
    frame = exported(lived, "decisions")
    assert frame.schema["time"] == pl.Datetime("us", "UTC")
    assert frame.schema["arm"] == pl.Enum(["a", "b"])
    assert frame.schema["source"] == pl.Enum(["policy", "advice"])
    assert frame["withdrawn"].to_list() == [None, None, "moved [away]"]
    with Study.open(lived.journal) as study:
        events = {event.body.id: event for event in study.journal.read() if event.kind == "decided"}
        for row in frame.iter_rows(named=True):
            decision = study.decision(row["decision"])
            assert isinstance(decision, Decision)
            assert row["time"] == events[decision.id].time
            assert (row["request_id"], row["subject"]) == (decision.request_id, decision.subject)
            assert (row["arm"], row["mean"]) == (decision.arm, decision.predicted)
            assert (row["low"], row["high"]) == decision.interval
            assert row["batch"] == 0
            assert decision.recourse is not None
            assert row["cost"] == decision.recourse.cost
            assert row["target.activity"] == decision.recourse.target["activity"]
            assert row["change.activity"] == decision.recourse.change["activity"]
            given = {name: row[f"given.{name}"] for name in ("age", "sex", "activity")}
            assert given == decision.context.given


def test_outcomes_are_as_corrected(lived: Clinic) -> None:
    frame = exported(lived, "outcomes")
    arm = exported(lived, "decisions")["arm"][0]
    assert frame.drop("time").rows() == [
        (0, arm, 4.0, True, None, 4.0, None, None, 2.0),
        (1, "b", -2.0, False, None, -2.0, None, None, None),
    ]
    assert frame.columns == [
        "decision",
        "time",
        "arm",
        "reward",
        "corrected",
        "reason",
        "measure.drop",
        "realized.age",
        "realized.sex",
        "realized.activity",
    ]


def test_imported_treatments(lived: Clinic) -> None:
    frame = exported(lived, "imported")
    assert frame.drop("time").rows() == [
        ("i1", "p1", "a", 3.5, 71.0, 0.0, 1.0),
        ("i2", "p2", "b", 1.5, 65.0, 1.0, 2.0),
    ]


def test_an_empty_study_has_empty_tables(clinic: Clinic) -> None:
    clinic.write("study.toml", SETTINGS)
    clinic.learn("import", PAST.splitlines()[0] + "\ni1,p,17,1,60,a,1\n")
    for name in ("decisions", "outcomes", "imported"):
        assert exported(clinic, name).height == 0


def test_an_outcome_of_a_waiting_measure_has_no_reward(clinic: Clinic) -> None:
    clinic.decide()
    clinic.learn("observe", "visit,drop,minutes,given\n007,,150,b\n")
    row = exported(clinic, "outcomes").row(0, named=True)
    assert (row["reward"], row["measure.drop"], row["arm"]) == (None, None, "b")
    assert row["realized.activity"] == pytest.approx(2.5)


# -- explain ---------------------------------------------------------------------------------------


def test_a_decision_is_explained_by_request_or_number(lived: Clinic) -> None:
    by_request = lived.of_journal("explain", "--request-id", "008")
    assert by_request == lived.of_journal("explain", "--decision", "1")
    assert (by_request.code, "decision 1: " in by_request.out) == (0, True)


def test_less_effort_is_told_as_by_the_study(lived: Clinic) -> None:
    with Study.open(lived.journal) as study:
        said = " ".join(study.explain(1).split())
    assert "by what is known now, effort" in said
    assert lived.of_journal("explain", "--decision", "1").out.strip() == said


def test_a_decision_of_a_damaged_journal_is_explained_without_what_is_known_now(
    lived: Clinic,
) -> None:
    changed(lived, "UPDATE events SET line = replace(line, 'p3', 'p4') WHERE number = 5")
    ran = lived.of_journal("explain", "--decision", "0")
    assert (ran.code, "decision 0: " in ran.out) == (0, True)
    assert "what is known now cannot be told: " in ran.out
    assert "event 5" in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--decision", "99"], "99"),
        (["--request-id", "i1"], "no decision was made for request 'i1'"),
        (["--request-id", "nobody"], "no decision was made for request 'nobody'"),
        ([], "request"),
    ],
)
def test_what_cannot_be_explained(lived: Clinic, words: list[str], message: str) -> None:
    ran = lived.of_journal("explain", *words)
    assert (ran.code, message in ran.err) == (2, True)


@pytest.mark.parametrize("words", [["explain", "--decision", "0"], ["verify"], ["export"]])
def test_a_journal_that_is_not_there(clinic: Clinic, words: list[str]) -> None:
    ran = clinic.of_journal(*words)
    assert (ran.code, "there is no such file" in ran.err) == (4, True)
    assert not (clinic.folder / "clinic.db").exists()


# -- verify and rescue -----------------------------------------------------------------------------


def changed(clinic: Clinic, statement: str) -> None:
    connection = sqlite3.connect(clinic.folder / "clinic.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_intact_journal_is_verified_and_copied_whole(lived: Clinic) -> None:
    ran = lived.of_journal("verify")
    assert (ran.code, "3 decisions made anew: 3 the same to the last bit" in ran.out) == (0, True)
    copied = lived.run("rescue", lived.journal, "sqlite:///copy.db")
    assert (copied.code, "10 events were copied; all events are intact" in copied.out) == (0, True)
    assert lived.run("verify", "--journal", "sqlite:///copy.db").out == ran.out


def test_what_stands_before_the_damage_is_rescued(lived: Clinic) -> None:
    changed(lived, "UPDATE events SET line = replace(line, 'p3', 'p4') WHERE number = 5")
    ran = lived.of_journal("verify")
    assert (ran.code, "event 5" in ran.err) == (4, True)
    rescued = lived.run("rescue", lived.journal, "sqlite:///copy.db")
    assert rescued.code == 0
    assert "5 events were copied; after them: " in rescued.out
    assert "event 5" in rescued.out
    assert lived.run("verify", "--journal", "sqlite:///copy.db").code == 0
    words = ["--people", "people.csv", "--journal", "sqlite:///copy.db", "--out", "new"]
    assert "1 decided, 2 decided before" in lived.run("decide", "study.toml", *words).out
    lived.monkeypatch.chdir(lived.folder)
    assert lived.run("rescue", lived.journal, "sqlite:///copy.db").code == 4


def test_where_nothing_is_intact_nothing_is_made(lived: Clinic) -> None:
    changed(lived, "UPDATE events SET line = 'x' WHERE number = 0")
    ran = lived.run("rescue", lived.journal, "sqlite:///copy.db")
    assert ran.code == 4
    assert not (lived.folder / "copy.db").exists()


def test_what_is_not_there_cannot_be_rescued(clinic: Clinic) -> None:
    clinic.write("people.csv", PEOPLE)
    for damaged in ("sqlite:///absent.db", "sqlite:///people.csv"):
        assert clinic.run("rescue", damaged, "sqlite:///copy.db").code == 4
        assert not (clinic.folder / "copy.db").exists()
