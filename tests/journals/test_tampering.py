"""Whoever rewrites an event and the whole chain after it is found by making its decisions anew."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import recourse_bandits as rb
from recourse_bandits.errors import JournalError
from recourse_bandits.journals.sqlite.schema import chained
from recourse_bandits.study.verification import Verification, verified
from tests.journals.clinic import problem

Line = dict[str, Any]
ALTERED = 15


def person(number: int) -> dict[str, float]:
    return {"age": 40.0 + number, "activity": float(number % 7)}


def fill(file: Path, policy: Any) -> None:
    with rb.Study(problem(), policy, journal=f"sqlite:///{file}", seed=1) as study:
        for number in range(20):
            made = study.decide(person(number), request_id=f"r{number}", subject=f"s{number}")
            if isinstance(made, rb.Pending):
                advised = study.advice(made, "b", {"activity": person(number)["activity"]})
                study.settle(made.id, advised if number % 2 else None)
            if number != ALTERED:
                study.observe(made.id, {"drop": float(number % 3)})


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    fill(tmp_path / "plain.db", rb.GLRB(scale=0.2))
    return tmp_path / "plain.db"


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    fill(tmp_path / "asked.db", rb.LIBRA(rb.GLRB(scale=0.1), threshold=0.0))
    return tmp_path / "asked.db"


def rewritten(file: Path, alter: Callable[[Line], Line | None]) -> None:
    """Alter lines, leave out those for which None is returned, and compute all digests anew."""
    connection = sqlite3.connect(file)
    lines = [json.loads(row[0]) for row in connection.execute("SELECT line FROM events ORDER BY 1")]
    lines.sort(key=lambda line: int(line["number"]))
    kept = [line for line in (alter(line) for line in lines) if line is not None]
    connection.execute("DELETE FROM events")
    digest = b""
    for number, line in enumerate(kept):
        line["number"] = number
        text = json.dumps(line)
        digest = chained(digest, text)
        look_ups = (line["event"], line.get("decision"), line.get("request_id"))
        connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", (number, *look_ups, text, digest)
        )
    connection.commit()
    connection.close()


def found_in(file: Path) -> Verification:
    with rb.SqliteReader(file) as reader:
        return verified(reader)


def on_decided(change: Callable[[Line], object]) -> Callable[[Line], Line]:
    def alter(line: Line) -> Line:
        if line["event"] == "decided" and line["decision"] == ALTERED:
            change(line)
        return line

    return alter


def other_arm(line: Line) -> None:
    arm = 1 - int(line["choice"]["arm"])
    line["arm"] = "ab"[arm]
    line["choice"]["arm"] = arm


def other_arm_throughout(line: Line) -> None:
    other_arm(line)
    line["proposal"]["arm"] = line["choice"]["arm"]


CHANGES: dict[str, Callable[[Line], object]] = {
    "arm": other_arm,
    "arm and proposal": other_arm_throughout,
    "target": lambda line: line["recourse"]["target"].update(activity=19.0),
    "no recourse": lambda line: line.update(recourse=None, no_recourse="because"),
    "mean": lambda line: line["choice"].update(mean=77.0),
    "low": lambda line: line["choice"].update(low=-1e6),
    "propensity": lambda line: line["choice"].update(propensity=0.3),
    "proposed propensity": lambda line: line["proposal"].update(propensity=0.3),
    "proposed point": lambda line: line["proposal"].update(point=[5.0]),
    "bound of an arm": lambda line: line["proposal"]["high"].__setitem__(0, 99.0),
    "ruled out": lambda line: line["proposal"].update(ruled_out=[0]),
    "explored": lambda line: line["choice"].update(explored=not line["choice"]["explored"]),
    "person": lambda line: line["context"]["given"].update(age=90.0),
    "eligible arms": lambda line: line["context"].update(eligible=[0]),
    "an answer": lambda line: line.update(consultation={"given": None, "reason": "no line"}),
    "advice": lambda line: line.update(
        consultation={"given": {"arm": 1, "point": [0.0], "note": ""}, "reason": None}
    ),
    "number": lambda line: line.update(decision=40),
}


def test_an_intact_journal_passes(plain: Path, asked: Path) -> None:
    for file in (plain, asked):
        found = found_in(file)
        assert found.passed, found.difference
        assert (found.decisions, found.exact, found.near_ties) == (20, 20, [])
        rewritten(file, lambda line: line)
        assert found_in(file).exact == 20


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_decision_is_found(plain: Path, what: str) -> None:
    rewritten(plain, on_decided(CHANGES[what]))
    found = found_in(plain)
    assert not found.passed
    assert found.difference is not None
    assert "decision" in found.difference
    assert found.near_ties == []


@pytest.mark.parametrize("what", ["request_id", "subject", "context", "proposal"])
def test_a_decision_that_is_not_its_questions_is_found(asked: Path, what: str) -> None:
    forged: dict[str, Any] = {"request_id": "zzz", "subject": "zzz"}
    questions: dict[int, Line] = {}

    def alter(line: Line) -> Line:
        if line["event"] == "asked":
            questions[line["decision"]] = line
        if line["event"] == "decided" and line["decision"] == 1:
            if what in forged:
                line[what] = forged[what]
            else:
                line["context"] = {**questions[1]["context"], "given": person(9)}
                line["proposal"] = questions[1]["proposal"]
        return line

    rewritten(asked, alter)
    found = found_in(asked)
    assert not found.passed
    assert "decision 1" in str(found.difference)


def test_a_decision_left_out_is_found(plain: Path) -> None:
    rewritten(plain, lambda line: None if line.get("decision") == ALTERED else line)
    assert "its number should be 15" in str(found_in(plain).difference)


def test_an_outcome_changed_is_found_by_the_next_decision(plain: Path) -> None:
    def alter(line: Line) -> Line:
        if line["event"] == "observed" and line["decision"] == 3:
            line["measures"]["drop"] = 4.5
        return line

    rewritten(plain, alter)
    assert not found_in(plain).passed


@pytest.mark.parametrize(
    "kind", ["observed twice", "corrected before", "settled twice", "ruled out"]
)
def test_events_that_fit_nothing_are_named(plain: Path, kind: str) -> None:
    def alter(line: Line) -> Line:
        if line["event"] == "observed" and line["decision"] == 4:
            if kind == "observed twice":
                line["decision"] = 3
            elif kind == "corrected before":
                line.update(event="corrected", decision=ALTERED)
        if line["event"] == "decided" and line["decision"] == 4:
            if kind == "settled twice":
                line["decision"] = 3
            elif kind == "ruled out":
                line["proposal"]["ruled_out"] = [9]
        return line

    rewritten(plain, alter)
    if kind == "settled twice":
        assert not found_in(plain).passed
        return
    with pytest.raises(JournalError):
        found_in(plain)
    if kind != "corrected before":  # which changes no state
        with pytest.raises(JournalError):
            rb.Study.open(f"sqlite:///{plain}")


def test_an_equally_good_arm_is_listed_as_a_near_tie(tmp_path: Path) -> None:
    fill(tmp_path / "ties.db", rb.LinUCB())

    def alter(line: Line) -> Line:
        if line["event"] == "decided" and line["decision"] == 0:  # nothing was known: all are equal
            other_arm_throughout(line)
        return line

    assert found_in(tmp_path / "ties.db").exact == 20
    rewritten(tmp_path / "ties.db", alter)
    found = found_in(tmp_path / "ties.db")
    assert found.near_ties == [0]
    # the outcome was now learned for another arm, so that later decisions differ
    assert "decision" in str(found.difference)


def test_a_changed_state_in_a_snapshot_is_found(plain: Path, tmp_path: Path) -> None:
    with rb.Study.open(f"sqlite:///{plain}") as study:
        study._ledger.keep_snapshot()
        file = plain
        assert found_in(file).snapshots == 1
        study.state.estimate[:] = 7.0  # a copy: nothing happens
        study._ledger.fold.policy_state.estimate[:] = 7.0
        assert not study.verify().passed
        study._ledger.keep_snapshot()
    assert "the snapshot after" in str(found_in(file).difference)
