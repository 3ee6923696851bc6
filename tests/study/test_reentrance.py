"""Whoever calls the study from what the study calls is told so, and nothing unfit is recorded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import recourse_bandits as rb
from recourse_bandits.errors import DescriptionError, JournalConflict, JournalError
from tests.journals.clinic import person, problem


def new_study(journal: Any = None, **parts: Any) -> rb.Study:
    study = rb.Study(problem(), rb.GLRB(scale=0.1), journal=journal, seed=2, **parts)
    for number in range(5):
        study.decide(person(number))
    return study


def test_outcomes_that_are_yielded_by_calls_of_the_study(tmp_path: Path) -> None:
    study = new_study(f"sqlite:///{tmp_path / 'clinic.db'}")

    def calls() -> Iterator[rb.Observation]:
        yield rb.Observation(0, {"drop": 1.0})
        study.withdraw(0, "left")
        yield rb.Observation(1, {"drop": 1.0})

    with pytest.raises(JournalConflict, match="call nothing of the study"):
        study.observe_many(calls())
    assert study.verify().passed
    study.close()
    with rb.Study.open(f"sqlite:///{tmp_path / 'clinic.db'}") as again:
        assert again.open_decisions == (1, 2, 3, 4)


def test_progress_that_calls_the_study() -> None:
    study = new_study()
    with pytest.raises(JournalConflict):
        study.observe_many([rb.Observation(0, {"drop": 1.0})], lambda _: study.withdraw(0))
    two_chunks = [person(number) for number in range(1001)]
    with pytest.raises(JournalConflict, match="call nothing of the study from `progress`"):
        study.decide_many(two_chunks, progress=lambda _: study.observe(1, {"drop": 1.0}))
    assert study.verify().passed


def test_a_ledger_writes_nothing_that_does_not_fit() -> None:
    study = new_study()
    made = study.decision(2)
    before = study.journal.length
    for kind, body in (
        ("decided", made),
        ("observed", rb.events.Observed(9, {"drop": 1.0})),
        ("withdrawn", rb.events.Withdrawn(9)),
    ):
        with pytest.raises(JournalConflict, match="nothing was recorded"):
            study._ledger.write(kind, body)
    assert study.journal.length == before


def test_a_clock_must_tell_a_time_with_a_zone() -> None:
    from datetime import date, datetime

    for clock in (lambda: datetime(2026, 1, 1), lambda: date(2026, 1, 1), lambda: 3.0):  # noqa: DTZ001
        with pytest.raises(DescriptionError, match="clock must return a datetime with a zone"):
            rb.Study(problem(), rb.GLRB(), clock=clock)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a\0b", "sur\ud800rogate"])
def test_impossible_names_of_files(name: str, tmp_path: Path) -> None:
    with pytest.raises(JournalError):
        rb.SqliteJournal(tmp_path / name)


def test_every_name_of_a_file_has_the_same_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study = new_study("sqlite:///clinic.db")
    (tmp_path / "alias.db").symlink_to(tmp_path / "clinic.db")
    with pytest.raises(JournalError, match="is being written"):
        rb.Study.open("sqlite:///alias.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert study.decide(person(5)).id == 5
    study.close()


@pytest.mark.parametrize("wait", [float("inf"), float("nan"), -1.0, 1e300])
def test_an_adviser_is_waited_for_a_possible_time(wait: float) -> None:
    class Slow(rb.AlwaysRandom):
        answer_within = wait

    with pytest.raises(DescriptionError, match="answer_within must be"):
        rb.Study(problem(), rb.GLRB(), Slow())


@pytest.mark.parametrize(
    "advice",
    ["b", rb.Advice(0.5, [0.0, 0.0]), rb.Advice(0, "x"), rb.Advice(0, [0.0, 0.0], 5)],  # type: ignore[arg-type]
)
def test_advice_of_another_kind(advice: Any) -> None:
    study = rb.Study(problem(), rb.LIBRA(rb.GLRB(), threshold=0.0))
    pending = study.decide(person(0))
    with pytest.raises(DescriptionError):
        study.settle(pending.id, advice)
    assert study.pending == (pending,)


def test_half_a_character_breaks_nothing() -> None:
    def failing(question: rb.Question) -> None:
        raise ConnectionError("\ud83d")

    study = rb.Study(problem(), rb.LIBRA(rb.GLRB(), threshold=0.0), rb.FromFunction(failing))
    decision = study.decide(person(0))
    assert isinstance(decision, rb.Decision)
    assert decision.failed
    assert decision.consultation is not None
    assert "\\ud83d" in str(decision.consultation.reason)
    with pytest.raises(DescriptionError, match="valid Unicode"):
        study.decide_many([person(1)], request_ids=["\ud800"])
    with pytest.raises(DescriptionError, match="valid Unicode"):
        study.decide_many([person(1)], subjects=["\ud800"])
    table = study.decide_many([person(1), {**person(2), "age": "\ud800"}])
    assert table["refused_value"].to_list() == [None, "\\ud800"]


def test_a_reading_study_verifies_what_it_knows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    with new_study(url) as writer:
        reader = rb.Study.open(rb.open_journal(url, reading=True))
        writer.observe(0, {"drop": 1.0})
        assert reader.verify().passed
        assert reader.decisions == 5
        reader.refresh()
        assert reader.open_decisions == (1, 2, 3, 4)
        assert reader.verify().events == writer.journal.length
        reader.close()


def test_a_refusal_tells_the_corrected_value() -> None:
    study = new_study()
    study.observe(0, {"drop": 3.5})
    study.correct(0, {"drop": 2.5})
    with pytest.raises(rb.errors.RepeatedMeasure, match="already has drop = 2.5"):
        study.observe(0, {"drop": 3.5})


def test_an_outcome_is_no_giant_and_its_decision_a_whole_number() -> None:
    study = new_study()
    with pytest.raises(rb.errors.InvalidMeasure, match="at most 1e\\+100"):
        study.observe(0, {"drop": 1.7e308})
    for wrong in (True, 0.0, "0", None):
        with pytest.raises(rb.errors.UnknownDecision, match="whole number"):
            study.observe(wrong, {"drop": 1.0})  # type: ignore[arg-type]


def test_a_snapshot_whose_counts_are_wrong_is_found(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    with new_study(url) as study:
        study._ledger.keep_snapshot()
        assert study.verify().passed
        study._ledger.fold.decisions += 5
        study._ledger.keep_snapshot()
        study._ledger.fold.decisions -= 5
        assert "its decisions are not those of the journal" in str(study.verify().difference)
