"""Many persons at once become the same contexts as one by one, to the last bit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import Arm, Budget, Feature, Problem, Reward
from recourse_bandits.errors import PersonError
from recourse_bandits.problem import Context
from recourse_bandits.testing.comparison import difference
from tests.problem.strategies import persons, problems

_STRANGE: list[Any] = [
    {},
    {"m0": "12"},
    {"m0": None},
    "nobody",
    {"m0": float("inf")},
    {"m0": 10**400},
    {"other": 1.0},
    [1.0],
]


def one_by_one(problem: Problem, people: list[Any]) -> list[Context | PersonError]:
    found: list[Context | PersonError] = []
    for person in people:
        try:
            found.append(problem.context(person))
        except PersonError as error:
            found.append(error)
    return found


def assert_same(ours: Context | PersonError, theirs: Context | PersonError) -> None:
    if isinstance(theirs, PersonError):
        assert (type(ours), str(ours)) == (type(theirs), str(theirs))
    else:
        assert difference(ours, theirs) is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_problems_and_people(data: st.DataObject) -> None:
    problem = data.draw(problems())
    people = data.draw(st.lists(st.one_of(persons(problem), st.sampled_from(_STRANGE)), max_size=8))
    found = list(problem.each_context(people))
    assert len(found) == len(people)
    for ours, theirs in zip(found, one_by_one(problem, people), strict=True):
        assert_same(ours, theirs)


def plain(**parts: Any) -> Problem:
    return Problem(
        features=[
            Feature("age", mean=60, scale=10),
            Feature("activity", mutable=True, mean=3, scale=2, **parts),
        ],
        arms=["a", Arm("b", eligible="age >= 50")],
        budget=Budget("l2", 1.0),
        reward=Reward("drop", noise=1, coefficient_bound=5),
    )


@pytest.mark.parametrize("bounds", [(0, 20), (None, None)])
def test_rules_of_arms_are_kept(bounds: Any) -> None:
    problem = plain(bounds=bounds)
    people = [{"age": 40.0, "activity": 1.0}, {"age": 60.0, "activity": 1.0}]
    young, old = problem.each_context(people)
    assert isinstance(young, Context)
    assert isinstance(old, Context)
    assert young.eligible.tolist() == [True, False]
    assert old.eligible.tolist() == [True, True]


def test_offered_arms_are_kept() -> None:
    problem = Problem(
        features=[Feature("age", mean=60, scale=10)],
        arms=["a", "b"],
        budget=Budget("l2", 1.0),
        reward=Reward("drop", noise=1, coefficient_bound=5),
    )
    (only,) = problem.each_context([{"age": 40.0}], ["b"])
    assert isinstance(only, Context)
    assert only.eligible.tolist() == [False, True]
    assert np.array_equal(only.values, [1.0, -2.0])


@pytest.mark.parametrize("bounds", [(0, 20), (None, None)])
def test_every_person_has_arrays_of_their_own_kind(bounds: Any) -> None:
    features = [
        Feature(f"x{place}", mutable=True, mean=3, scale=2, bounds=bounds) for place in range(3)
    ]
    problem = Problem(
        features=features,
        arms=["a"],
        budget=Budget("l2", 1.0),
        reward=Reward("drop", noise=1, coefficient_bound=5),
    )
    people = [{feature.name: float(row) for feature in features} for row in range(5)]
    for found in problem.each_context(people):
        assert isinstance(found, Context)
        parts = (found.values, found.feasible.lower, found.feasible.upper, found.feasible.weight)
        assert all(part.flags.c_contiguous for part in parts)
