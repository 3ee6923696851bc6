"""Worlds in which people change categories, move in steps, or pay a price."""

from dataclasses import replace

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.environments import Deviating, LinearEnvironment, Opposing, PartlyAdhering
from recourse_bandits.environments.realising import realise
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Context, Person, Problem
from recourse_bandits.records import Array, Key
from recourse_bandits.testing import check_environment, random_people
from tests.problem.movable import ACTIVITY, SMOKER, WEIGHT, movable


class World(LinearEnvironment):
    """A world of people as the problem describes them."""

    note = "simulated"

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        shape = (len(problem.arms), problem.dimension)
        self.theta = np.random.default_rng(2).standard_normal(shape)

    @property
    def problem(self) -> Problem:
        return self._problem

    def person(self, key: Key) -> Person:
        return random_people(self.problem, 1, int(key.number))[0]


class Relapsing(World):
    """Nobody stays a former smoker."""

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        reached, columns = point.copy(), list(self.problem.columns)
        former, current = (columns.index(f"smoking={name}") for name in ("former", "current"))
        if point[former] == 1.0:
            reached[former], reached[current] = 0.0, 1.0
        return arm, reached


def test_the_world_keeps_the_laws() -> None:
    check_environment(World(movable()))
    check_environment(World(movable(budget=rb.Budget("l2", 2.0, price=0.7))))


def test_the_worst_pair_is_sought_whatever_it_takes() -> None:
    dear = World(movable(budget=rb.Budget("l1", 3.0, max_changed=2, price=50.0)))
    free = World(movable(budget=rb.Budget("l1", 3.0, max_changed=2)))
    here, there = (world.problem.context(SMOKER) for world in (dear, free))
    np.testing.assert_array_equal(dear.best(here)[1], here.values)  # nothing is worth its price
    assert dear.worst(here)[0] == free.worst(there)[0]
    np.testing.assert_array_equal(dear.worst(here)[1], free.worst(there)[1])


def test_another_category_than_recommended_is_told_by_name() -> None:
    world = Relapsing(movable())
    context = world.problem.context(SMOKER)
    point = world.problem.realised_point(context, context.values, {"smoking": "former"})
    happened = realise(world, context, 0, point, Key(1, 0, 0))
    assert happened.raw == {"smoking": "current"}
    np.testing.assert_array_equal(happened.point, context.values)
    somebody = world.problem.context({**SMOKER, "smoking": "former"})
    assert realise(world, somebody, 0, somebody.values, Key(1, 0, 0)).raw == {"smoking": "current"}


@pytest.mark.parametrize("kind", [Deviating, Opposing, PartlyAdhering])
def test_nobody_is_between_two_categories(kind: type) -> None:
    with pytest.raises(DescriptionError, match="nobody is between the categories of smoking"):
        kind(World(movable()))


def test_nobody_deviates_in_what_is_tied_to_something_unknown() -> None:
    problem = movable(
        features=(ACTIVITY, replace(WEIGHT, missing="indicator")), budget=rb.Budget("l2", 1.0)
    )
    world = Deviating(World(problem), longest=0.5)
    known = problem.context({"activity": 3, "weight": 80})
    unknown = problem.context({"activity": 3, "weight": None})
    assert world.able(known).tolist() == [1.0, 1.0]
    assert world.able(unknown).tolist() == [0.0, 0.0]
    check_environment(Deviating(World(movable(features=(ACTIVITY, WEIGHT))), longest=0.5))


def test_a_price_is_weighed_against_the_share_that_is_made() -> None:
    steep = movable(features=(ACTIVITY,), arms=("a",), budget=rb.Budget("l2", 1.0, price=1.0))
    inner = World(steep)
    inner.theta = np.array([[0.0, 1.5]])
    context = steep.context({"activity": 3})
    assert inner.best(context)[1][1] == pytest.approx(1.0)  # 1.5 a unit, at a price of 1
    half = PartlyAdhering(inner, level=0.0)
    assert half.best(context)[1][1] == 0.0  # 0.75 a unit


@pytest.mark.parametrize("behaviour", [rb.Random(), rb.Adherence()])
def test_behaviours_say_which_problem_is_not_theirs(behaviour: rb.Random | rb.Adherence) -> None:
    with pytest.raises(DescriptionError, match=f"{type(behaviour).__name__} is for people who"):
        rb.Study(movable(), rb.GLRB(noncompliance=behaviour))


def test_random_deviations_of_steps_and_links_are_planned_for() -> None:
    plain = movable()
    problem = movable(features=[f for f in plain.features if f.name != "smoking"])
    study = rb.Study(problem, rb.GLRB(scale=0.2, noncompliance=rb.Random()), seed=1)
    for number, person in enumerate(random_people(problem, 30, 2)):
        decision = study.decide(person)
        assert isinstance(decision, rb.Decision)
        after = {} if decision.recourse is None else dict(decision.recourse.target)
        realized = {"activity": after.get("activity", 3.0) + 0.5}  # type: ignore[operator]
        study.observe(decision.id, {"gain": float(number % 5)}, realized=realized)
    assert study.verify().passed
