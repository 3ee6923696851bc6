"""What a link excludes is refused by name wherever an outcome comes in, and leaves no trace."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from recourse_bandits import GLRB, MemoryJournal, Problem, Reward, Study
from recourse_bandits.errors import InvalidMeasure, RecourseBanditsError
from recourse_bandits.study import outcomes
from recourse_bandits.study.outcomes import Observation
from recourse_bandits.study.requests import PastTreatment
from tests.study.builders import PERSON, PROBLEM, assert_same, decided, people, snapshot

REWARDS: dict[str, dict[str, Any]] = {
    "successes": {"link": "logistic"},
    "failures": {"link": "logistic", "direction": "decrease"},
    "probits": {"link": "probit"},
    "scores": {"link": "logistic", "transformation": "y / 10"},
    "scores, less is better": {
        "link": "probit",
        "transformation": "y / 10",
        "direction": "decrease",
    },
    "bounded scores": {"link": "logistic", "transformation": "y / 10", "bounds": (0, 10)},
    "counts": {"link": "log", "bounds": (0, 12)},
    "counts, less is better": {"link": "log", "bounds": (0, 12), "direction": "decrease"},
}
IMPOSSIBLE: list[tuple[str, float, str]] = [
    ("successes", 2, r"y must lie in \[0, 1\] for a logistic link, got 2"),
    ("successes", -1, r"y must lie in \[0, 1\] for a logistic link, got -1"),
    ("successes", 1.5, r"y must lie in \[0, 1\] for a logistic link, got 1\.5"),
    ("failures", 2, r"y must lie in \[0, 1\] for a logistic link, got 2"),
    ("failures", -1, r"y must lie in \[0, 1\] for a logistic link, got -1"),
    ("probits", -1, r"y must lie in \[0, 1\] for a probit link, got -1"),
    ("scores", 11, r"'y / 10' must lie in \[0, 1\] for a logistic link, got 1\.1"),
    ("scores", -1, r"'y / 10' must lie in \[0, 1\] for a logistic link, got -0\.1"),
    ("scores, less is better", 11, r"'y / 10' must lie in \[0, 1\] for a probit link"),
    ("bounded scores", 11, r"y must lie in \[0\.0, 10\.0\]"),
    ("counts", 1.5, r"y must be a whole number for a log link.*got 1\.5"),
    ("counts", -1, r"y must lie in \[0\.0, 12\.0\]"),
    ("counts", 13, r"y must lie in \[0\.0, 12\.0\]"),
    ("counts, less is better", 1.5, r"y must be a whole number for a log link"),
    ("counts, less is better", -1, r"y must lie in \[0\.0, 12\.0\]"),
    ("counts, less is better", 13, r"y must lie in \[0\.0, 12\.0\]"),
]


def problem_with(name: str) -> Problem:
    reward = Reward("y", coefficient_bound=3.0, **REWARDS[name])
    return replace(PROBLEM, reward=reward)


def begun(name: str) -> Study:
    """Decision 0 is complete, 1 is open, and one past treatment was imported."""
    study = Study(problem_with(name), GLRB(scale=0.5), journal=MemoryJournal(), seed=1)
    study.import_past(PERSON, "combination", {"y": 1}, request_id="past")
    for person in people(2):
        decided(study, person)
    study.observe(0, {"y": 0})
    return study


WAYS: dict[str, Callable[[Study, float], Any]] = {
    "observe": lambda study, y: study.observe(1, {"y": y}),
    "with what was realised": lambda study, y: study.observe(
        1, {"y": y}, realized={"diet": 7.0}, arm="combination"
    ),
    "correct": lambda study, y: study.correct(0, {"y": y}),
    "import": lambda study, y: study.import_past(PERSON, "combination", {"y": y}),
}


@pytest.mark.parametrize(("name", "y", "message"), IMPOSSIBLE)
@pytest.mark.parametrize("way", WAYS)
def test_an_impossible_outcome_changes_nothing(way: str, name: str, y: float, message: str) -> None:
    study = begun(name)
    before = snapshot(study)
    with pytest.raises(InvalidMeasure, match=message):
        WAYS[way](study, y)
    assert_same(snapshot(study), before)
    assert study.verify().passed


@pytest.mark.parametrize(("name", "y", "message"), IMPOSSIBLE)
@pytest.mark.parametrize("chunk", [1, 1000])
def test_one_impossible_outcome_among_many_is_refused_alone(
    chunk: int, name: str, y: float, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "CHUNK", chunk)
    study, other = begun(name), begun(name)
    for one in (study, other):
        for person in people(2, seed=3):
            decided(one, person)
    rows = [Observation(1, {"y": 1}), Observation(2, {"y": y}), Observation(3, {"y": 0})]
    assert_refused(study.observe_many(rows), message)
    for number, value in ((1, 1), (3, 0)):
        other.observe(number, {"y": value})
    assert_same(snapshot(study)[1:], snapshot(other)[1:])
    assert study.open_decisions == (2,)

    corrections = [Observation(0, {"y": 1}), Observation(1, {"y": y}), Observation(3, {"y": 1})]
    assert_refused(study.correct_many(corrections), message)
    for number in (0, 3):
        other.correct(number, {"y": 1})
    assert_same(study.state, other.state)
    assert study.verify().passed


@pytest.mark.parametrize(("name", "y", "message"), IMPOSSIBLE)
def test_one_impossible_past_treatment_is_refused_alone(name: str, y: float, message: str) -> None:
    study, other = begun(name), begun(name)
    values = [1.0, y, 0.0]
    past = [
        PastTreatment(person, "combination", {"y": value}, f"s{n}", f"p{n}")
        for n, (person, value) in enumerate(zip(people(3, seed=4), values, strict=True))
    ]
    before = snapshot(study)
    try:
        reasons = study.import_many(past)
    except RecourseBanditsError as error:  # all or nothing
        assert_same(snapshot(study), before)
        raise AssertionError(str(error)) from error
    assert_refused(reasons, message)
    for row in (past[0], past[2]):
        other.import_past(
            row.person, row.arm, row.measures, subject=row.subject, request_id=row.request_id
        )
    assert_same(study.state, other.state)
    assert study.verify().passed


def assert_refused(reasons: Any, message: str) -> None:
    """Only the second of three was refused, and for that reason."""
    assert [reason is None for reason in reasons] == [True, False, True]
    with pytest.raises(InvalidMeasure, match=message):
        raise reasons[1] if isinstance(reasons[1], Exception) else InvalidMeasure(str(reasons[1]))


@pytest.mark.parametrize("name", REWARDS)
def test_possible_outcomes_are_learned_from(name: str) -> None:
    study = begun(name)
    before = study.state
    study.observe(1, {"y": 1})
    assert (study.state.estimate != before.estimate).any()
    assert int(study.state.counts.sum()) == 3
