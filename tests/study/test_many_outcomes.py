"""Many outcomes, or corrections, at once: as one by one, but for the time that it takes."""

from typing import Any

import pytest

import recourse_bandits as rb
from recourse_bandits.errors import JournalError
from recourse_bandits.study import outcomes
from recourse_bandits.study.outcomes import Observation
from recourse_bandits.testing.comparison import difference
from tests.journals.clinic import person, problem


def new_study(journal: Any = None) -> rb.Study:
    study = rb.Study(problem(), rb.GLRB(scale=0.1), journal=journal, seed=2)
    for number in range(30):
        study.decide(person(number))
    return study


OBSERVED = [
    Observation(7, {"drop": 2.0}),
    Observation(3, {"drop": 1.0}, {"activity": 2.5}, "a"),
    Observation(11, {}, {"activity": 1.0}),
    Observation(11, {"drop": 4.0}),
    Observation(3, {"drop": 1.0}),
    Observation(99, {"drop": 1.0}),
    Observation(4, {"drip": 1.0}),
    Observation(5, {"drop": float("nan")}),
    Observation(6, {"drop": 1.0}, {"height": 2.0}),
    Observation(8, {"drop": 1.0}, None, "c"),
    Observation("9", {"drop": 1.0}),  # type: ignore[arg-type]
    Observation([9], {"drop": 1.0}),  # type: ignore[arg-type]
    Observation(29, {"drop": -3.0}),
    Observation(10, {"drop": 1.0}, {"age": 1.0}),
    Observation(10, {"drop": 1.0}, None, None, 5),  # type: ignore[arg-type]
    Observation(10, {"drop": 1.0}, 5),  # type: ignore[arg-type]
]
REFUSED = [
    None,
    None,
    None,
    None,
    "already has drop = 1",
    "unknown decision 99",
    "did you mean 'drop'",
    "drop must be finite",
    "unknown feature 'height'",
    "unknown arm 'c'",
    "named by its whole number, got '9'",
    "named by its whole number",
    None,
    "'age' is immutable",
    "reason must be a text",
    "realized must be",
]


def assert_reasons(found: list[str | None], expected: list[str | None]) -> None:
    assert len(found) == len(expected)
    for reason, part in zip(found, expected, strict=True):
        assert (reason is None) == (part is None), (reason, part)
        assert part is None or part in str(reason)


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_outcomes_are_recorded_as_one_by_one(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "CHUNK", chunk)
    many, single = new_study(), new_study()
    steps: list[int] = []
    assert_reasons(many.observe_many(OBSERVED, steps.append), REFUSED)
    assert sum(steps) == len(OBSERVED)
    for (number, measures, realized, arm, _), refused in zip(OBSERVED, REFUSED, strict=True):
        if refused is None:
            single.observe(number, measures, realized=realized, arm=arm)
    assert difference(many.state, single.state) is None
    assert many.open_decisions == single.open_decisions
    assert many.verify().passed


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_corrections_are_recorded_as_one_by_one(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "CHUNK", chunk)
    many, single = new_study(), new_study()
    for study in (many, single):
        study.observe_many(OBSERVED)
    corrections = [
        Observation(3, {"drop": 1.5}),
        Observation(7, {}, {"activity": 6.0}, "b"),
        Observation(12, {"drop": 1.0}),
        Observation(3, {"drop": 2.5}, {}),
        Observation(7, {"drip": 2.0}),
    ]
    reasons = [None, None, "has no outcome to correct yet", None, "unknown measure"]
    assert_reasons(many.correct_many(corrections), reasons)
    for (number, measures, realized, arm, _), refused in zip(corrections, reasons, strict=True):
        if refused is None:
            single.correct(number, measures, realized=realized, arm=arm)
    assert difference(many.state, single.state) is None
    assert many.outcome(3).measures == {"drop": 2.5}
    assert many.outcome(3).realized == {}
    assert many.verify().passed


def test_nothing_is_corrected_where_nothing_is_kept() -> None:
    study = new_study(rb.OpenDecisionsJournal())
    study.observe(0, {"drop": 1.0})
    with pytest.raises(JournalError, match="keeps open decisions only"):
        study.correct_many([Observation(0, {"drop": 2.0})])


def test_outcomes_of_decisions_long_ago_are_learned_in_any_journal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recourse_bandits.study.fold._RECENT", 4)
    few, all_kept = new_study(rb.OpenDecisionsJournal()), new_study()
    for study in (few, all_kept):
        for number in (0, 17, 29, 1):
            study.observe(number, {"drop": float(number)}, realized={"activity": 1.0})
        assert study.decide(person(1)).id == 30
    assert difference(few.state, all_kept.state) is None
