"""Past treatments by the thousand, and what is recorded of an outcome."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from recourse_bandits import GLRB, OpenDecisionsJournal, Study
from recourse_bandits.errors import (
    ClosedDecision,
    JournalError,
    RequestConflict,
    UnknownDecision,
)
from recourse_bandits.study.happened import Recorded
from recourse_bandits.study.requests import PastTreatment
from tests.study.builders import (
    ASKS_ALWAYS,
    PERSON,
    PROBLEM,
    assert_same,
    assert_same_future,
    decided,
    drops,
    pending,
    people,
    snapshot,
    study_of,
    taught,
)
from tests.study.tables import kept_in


def past(count: int, *, named: bool = True) -> list[PastTreatment]:
    arms = PROBLEM.arm_names
    return [
        PastTreatment(person, arms[n % 2], {"drop": drop}, f"s{n}", f"past-{n}" if named else None)
        for n, (person, drop) in enumerate(zip(people(count), drops(count), strict=True))
    ]


def test_many_at_once_teach_what_one_by_one_would() -> None:
    many, one_by_one = study_of(), study_of()
    assert many.import_many(past(20)) == [None] * 20
    for person, arm, measures, subject, request_id, _ in past(20):
        one_by_one.import_past(person, arm, measures, subject=subject, request_id=request_id)
    assert many.decisions == 0
    assert_same_future(many, one_by_one)
    assert_same(study_of(journal=many.journal).state, many.state)
    assert many.verify().passed


def test_a_second_import_teaches_nothing_and_a_longer_one_the_rest() -> None:
    study = study_of()
    study.import_many(past(5))
    before = snapshot(study)
    assert study.import_many(past(5)) == [None] * 5
    assert_same(snapshot(study), before)
    assert study.import_many(past(8)) == [None] * 8
    assert study.journal.length == before[0] + 3
    single = past(1)[0]
    study.import_past(*single[:3], subject=single.subject, request_id=single.request_id)
    assert study.journal.length == before[0] + 3


def test_without_a_request_every_treatment_is_a_new_one() -> None:
    study = study_of()
    study.import_many(past(3, named=False))
    study.import_many(past(3, named=False))
    assert study.journal.length == 1 + 6


def test_an_impossible_treatment_is_refused_and_the_others_teach() -> None:
    study = study_of()
    good = past(2)
    refused: dict[str, PastTreatment] = {
        "unknown arm 'placebo'": good[0]._replace(arm="placebo"),
        "unknown arm None": good[0]._replace(arm=None),  # type: ignore[arg-type]
        "'diet' must be": good[0]._replace(person={**PERSON, "diet": 99.0}),
        "drop must lie in": good[0]._replace(measures={"drop": 101.0}),
        "drop must be": good[0]._replace(measures={"drop": float("nan")}),
        "needs its drop": good[0]._replace(measures={}),
        "unknown measure": good[0]._replace(measures={"dorp": 1.0}),
    }
    reasons = study.import_many([good[0], *refused.values(), good[1]])
    assert (reasons[0], reasons[-1]) == (None, None)
    for expected, reason in zip(refused, reasons[1:-1], strict=True):
        assert expected in str(reason)
    assert study.journal.length == 3


def test_an_id_used_for_something_else_is_refused() -> None:
    study = study_of()
    first = past(1)[0]
    other = first._replace(measures={"drop": 50.0})
    decided(study, request_id="decided")
    reasons = study.import_many([first, first, other, first._replace(request_id="decided")])
    assert reasons[:2] == [None, None]
    assert "for another treatment" in str(reasons[2])
    assert "for a decision" in str(reasons[3])
    assert "for another treatment" in str(study.import_many([other])[0])
    with pytest.raises(RequestConflict, match="for another treatment"):
        study.import_past(*other[:3], subject=other.subject, request_id=other.request_id)
    assert study.journal.length == 3


def test_a_thousand_at_a_time() -> None:
    steps: list[int] = []
    study = study_of()
    assert study.import_many(iter(past(1200)), progress=steps.append) == [None] * 1200
    assert steps == [1000, 200]
    assert study.import_many([]) == []
    assert study.journal.length == 1201


def test_an_id_that_is_no_text_is_refused() -> None:
    study = study_of()
    wrong = past(1)[0]._replace(request_id=5)  # type: ignore[arg-type]
    reasons = study.import_many([past(1)[0], wrong])
    assert reasons[0] is None
    assert "request_id must be a text" in str(reasons[1])
    assert study.journal.length == 2


@pytest.mark.filterwarnings("ignore:no snapshot could be kept")
def test_a_full_disk_keeps_the_thousands_before_and_a_rerun_completes_them(
    tmp_path: Path,
) -> None:
    whole = study_of()
    whole.import_many(past(2500))
    with Study(PROBLEM, GLRB(scale=0.5), journal=kept_in(tmp_path), seed=1) as study:
        connection: sqlite3.Connection = study.journal._connection  # type: ignore[attr-defined]
        study.import_many(past(1000))
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {int(1.5 * pages)}")
        with pytest.raises(JournalError, match="could not be written"):
            study.import_many(past(2500))
        assert study.journal.length == 1001
        connection.execute("PRAGMA max_page_count = 1000000")
        study.import_many(past(2500))
        assert study.journal.length == 2501
        assert_same(study.state, whole.state)
        assert study.verify().passed


# -- outcomes ------------------------------------------------------------------------------------


def test_an_outcome_is_what_was_recorded_with_corrections() -> None:
    study = study_of()
    decided(study)
    assert study.outcome(0) == Recorded()
    study.observe(0, {}, realized={"diet": 6.0}, arm="combination")
    assert study.outcome(0) == Recorded({}, {"diet": 6.0}, "combination")
    study.observe(0, {"drop": 4.0})
    study.correct(0, {"drop": 5.0}, realized={"activity": 2.0})
    assert study.outcome(0) == Recorded({"drop": 5.0}, {"activity": 2.0}, "combination")
    study.correct(0, arm="beta_blocker")
    assert study.outcome(0) == Recorded({"drop": 5.0}, {"activity": 2.0}, "beta_blocker")
    taught(study, 3)
    assert study_of(journal=study.journal).outcome(0) == study.outcome(0)


def test_who_has_no_outcome_yet_has_an_empty_one() -> None:
    study = study_of(ASKS_ALWAYS)
    waiting = pending(study)
    assert study.outcome(waiting.id) == Recorded()
    study.withdraw(waiting.id)
    assert study.outcome(waiting.id) == Recorded()


@pytest.mark.parametrize("number", [-1, 1, 10**20])
def test_an_unknown_decision_has_no_outcome(number: int) -> None:
    study = study_of()
    decided(study)
    with pytest.raises(UnknownDecision):
        study.outcome(number)


def test_an_outcome_that_is_no_longer_kept_is_named() -> None:
    study = study_of(journal=OpenDecisionsJournal())
    decided(study)
    study.observe(0, {}, realized={"diet": 6.0})
    assert study.outcome(0).realized == {"diet": 6.0}
    study.observe(0, {"drop": 1.0})
    with pytest.raises(ClosedDecision, match="no longer kept"):
        study.outcome(0)


NOT_JSON: dict[str, Any] = {"a decimal": "Decimal", "a fraction": "Fraction"}


@pytest.mark.parametrize("kind", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_recorded_can_be_read_again(tmp_path: Path, kind: str) -> None:
    from decimal import Decimal
    from fractions import Fraction

    value = {"Decimal": Decimal("6.5"), "Fraction": Fraction(13, 2)}[kind]
    with Study(PROBLEM, GLRB(), journal=kept_in(tmp_path), seed=1) as study:
        decided(study)
        study.observe(0, {"drop": 1.0}, realized={"diet": value})
        state = study.state
    with Study.open(kept_in(tmp_path)) as again:
        assert_same(again.state, state)
        assert again.outcome(0).realized == {"diet": 6.5}


def test_an_interruption_while_it_learns_leaves_a_study_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recourse_bandits.study.fold import Fold

    learn = Fold._learn

    def interrupted(self: Fold, decision: Any, happened: Any, measures: Any) -> None:
        learn(self, decision, happened, measures)
        raise KeyboardInterrupt

    with Study(PROBLEM, GLRB(), journal=kept_in(tmp_path), seed=1) as study:
        study.decide_many(people(150))
        monkeypatch.setattr(Fold, "_learn", interrupted)
        with pytest.raises(KeyboardInterrupt):
            study.observe(7, {"drop": 2.0})
        monkeypatch.undo()
    with Study.open(kept_in(tmp_path)) as again:
        assert again.outcome(7).measures == {"drop": 2.0}
        assert again.verify().passed
