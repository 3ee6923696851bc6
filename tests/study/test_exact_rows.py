"""A study whose policy keeps rows for a while: journal, snapshot, correction, replay."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.policies.linear_state import LinearState
from recourse_bandits.study.snapshot import leaves, rebuilt
from tests.study.builders import PROBLEM, Clock, assert_same, assert_same_future, decided, people

LIMIT, ROUNDS = 8, 40
REWARDS = {
    "logistic": rb.Reward("better", link="logistic", coefficient_bound=5.0),
    "log": rb.Reward(
        "falls", link="log", bounds=(0, 12), direction="decrease", coefficient_bound=3.0
    ),
}
POLICIES: dict[str, AnyPolicy] = {
    "GLRB": rb.GLRB(exact_rows=LIMIT, scale=0.5),
    "LIBRA": rb.LIBRA(rb.GLRB(exact_rows=LIMIT, scale=0.5), threshold=0.1),
}


def study_of(link: str, policy: AnyPolicy, journal: Any = None) -> rb.Study:
    problem = replace(PROBLEM, reward=REWARDS[link])
    journal = rb.MemoryJournal() if journal is None else journal
    return rb.Study(problem, policy, rb.AlwaysRandom(), journal=journal, seed=1, clock=Clock())


def measured(link: str, number: int) -> dict[str, float]:
    return {"better": float(number % 3 > 0)} if link == "logistic" else {"falls": number % 5}


def played(link: str, policy: AnyPolicy, journal: Any = None, right: int = -1) -> rb.Study:
    """Decisions first, then outcomes; that of decision `right` is a 1 whatever comes."""
    study = study_of(link, policy, journal)
    for person in people(ROUNDS):
        decided(study, person)
    for number in range(ROUNDS):
        name = REWARDS[link].measure
        study.observe(number, {name: 1.0} if number == right else measured(link, number))
    return study


def rows_of(study: rb.Study) -> Any:
    state = study.state
    linear = state if isinstance(state, LinearState) else state.base
    assert linear.rows is not None
    return linear, linear.rows


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest) -> AnyPolicy:
    return POLICIES[request.param]


@pytest.fixture(params=REWARDS)
def link(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_some_arm_went_over_and_rows_were_kept_before(link: str, policy: AnyPolicy) -> None:
    linear, rows = rows_of(played(link, policy))
    assert linear.counts.sum() == ROUNDS
    assert linear.counts.max() > LIMIT
    expected = [count if count <= LIMIT else 0 for count in linear.counts]
    assert [each.size for each in rows.rewards] == expected


def test_every_decision_is_verified(link: str, policy: AnyPolicy) -> None:
    study = played(link, policy)
    found = study.verify()
    assert found.passed, found.difference


def test_a_continued_study_decides_as_the_first_would_have(link: str, policy: AnyPolicy) -> None:
    first, twin = (played(link, policy) for _ in range(2))
    again = study_of(link, policy, first.journal)
    assert_same_future(again, twin, people(3, seed=9))


@pytest.mark.parametrize("number", [0, 5, ROUNDS - 1])
def test_a_correction_leads_to_where_the_right_value_would_have_led(
    link: str, policy: AnyPolicy, number: int
) -> None:
    """Of a row that is still kept, of one that was dropped, and of one that never was kept."""
    corrected, right = played(link, policy), played(link, policy, right=number)
    wrong = corrected.state
    corrected.correct(number, {REWARDS[link].measure: 1.0})
    assert_same(corrected.state, right.state)
    if measured(link, number)[REWARDS[link].measure] != 1.0:
        assert not same(corrected.state, wrong)


def same(left: Any, right: Any) -> bool:
    try:
        assert_same(left, right)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("outcomes", [0, 5, 12, ROUNDS])
def test_a_snapshot_holds_the_rows(link: str, policy: AnyPolicy, outcomes: int) -> None:
    """It is read into the state of a study without outcomes, whose arrays of rows are empty."""
    study = study_of(link, policy)
    for person in people(outcomes):
        decided(study, person)
    for number in range(outcomes):
        study.observe(number, measured(link, number))
    stored = dict(leaves(study.state, "policy"))
    assert_same(rebuilt(study_of(link, policy).state, stored, "policy"), study.state)


def test_a_snapshot_of_another_dimension_is_refused() -> None:
    study = played("logistic", POLICIES["GLRB"])
    stored = dict(leaves(study.state, "policy"))
    empty = study_of("logistic", POLICIES["GLRB"]).state
    transposed = {"policy.rows.points.0": np.ones((empty.estimate.shape[1], 2))}
    with pytest.raises(ValueError, match="policy.rows.points.0 must be of shape"):
        rebuilt(empty, stored | transposed, "policy")


def test_in_a_file_it_goes_on_from_a_snapshot(tmp_path: Path) -> None:
    where, policy = f"sqlite:///{tmp_path / 'clinic.db'}", POLICIES["GLRB"]
    with played("logistic", policy, where) as study:
        before = study.state
    with rb.Study.open(where, rb.AlwaysRandom()) as again:
        assert_same(again.state, before)
        found = again.verify()
        assert found.passed, found.difference
        again.observe(decided(again).id, {"better": 1.0})
