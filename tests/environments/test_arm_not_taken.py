"""People who take another arm than the recommended one."""

import math
from itertools import product

import numpy as np
import pytest

from recourse_bandits import Hypertension, Key
from recourse_bandits.advisers.scripted import random_pair
from recourse_bandits.environments import ArmNotTaken
from recourse_bandits.environments.realising import realise
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Stream
from tests.contracts.worlds import World
from tests.environments.noncomplying import MIXING, contexts, done


def worth(world: ArmNotTaken, context: Context, arm: int, point: Array) -> float:
    """The definition: with p the mean over what is taken instead, with 1 - p the arm itself."""
    inside = World("l2") if not isinstance(world.world, World) else world.world
    others = [
        other
        for other, name in enumerate(world.problem.arm_names)
        if other != arm and context.eligible[other] and world.instead in (None, name)
    ]
    if not others:
        return float(point @ inside.theta[arm])
    slope = [world.coefficients.get(name, 0.0) for name in world.problem.columns]
    p = 1.0 / (1.0 + math.exp(-world.level - float(context.values @ slope)))
    instead = np.mean([point @ inside.theta[other] for other in others])
    return float((1.0 - p) * (point @ inside.theta[arm]) + p * instead)


@pytest.mark.parametrize("instead", [None, "b"])
@pytest.mark.parametrize("name", MIXING)
def test_recommending_is_worth_what_the_definition_says(name: str, instead: str | None) -> None:
    inside = World(name)
    column = {inside.problem.columns[-1]: 1.2}
    world = ArmNotTaken(inside, level=-0.4, coefficients=column, instead=instead)
    for number, context in enumerate(contexts(world, 10)):
        _, point = random_pair(context, Key(5, number, Stream.ADVISER))
        for arm in np.flatnonzero(context.eligible):
            stated = world.expected(context, int(arm), point)
            assert stated == pytest.approx(worth(world, context, int(arm), point), abs=1e-12)


@pytest.mark.parametrize("instead", [None, "a"])
@pytest.mark.parametrize("name", ["l2", "eligibility", "bounds and directions", "weights"])
def test_best_and_worst_are_those_of_a_search_over_arms_and_directions(
    name: str, instead: str | None
) -> None:
    world = ArmNotTaken(World(name), level=0.5, coefficients={"diet": 0.5}, instead=instead)
    draw = np.random.default_rng(2)
    for context in contexts(world, 5):
        feasible = context.feasible
        size = feasible.mutable.size
        wished = np.concatenate(
            [
                8.0 * draw.normal(size=(1000, size)),
                20.0 * np.array(list(product([-1, 0, 1], repeat=size))),
            ]
        )
        points = [feasible.moved(context.values, feasible.nearest(change)) for change in wished]
        found = [
            worth(world, context, int(arm), point)
            for arm in np.flatnonzero(context.eligible)
            for point in points
        ]
        best, worst = (
            worth(world, context, *pair) for pair in (world.best(context), world.worst(context))
        )
        assert best >= max(found) - 1e-9
        assert worst <= min(found) + 1e-9
        if size <= 2 and name != "bounds and directions":  # the search comes close
            assert best == pytest.approx(max(found), abs=5e-3)
            assert worst == pytest.approx(min(found), abs=5e-3)


def test_the_best_recourse_is_not_that_of_people_who_comply() -> None:
    world = ArmNotTaken(Hypertension(), level=0.0)
    for context in contexts(world, 5):
        (arm, point), (own, plain) = world.best(context), Hypertension().best(context)
        # half of each arm, whatever is recommended
        slope = Hypertension().theta[:, context.feasible.mutable].mean(axis=0)
        change = (point - context.values)[context.feasible.mutable]
        np.testing.assert_allclose(change, 3.0 * slope / np.linalg.norm(slope))
        assert np.abs(point - plain).max() > 0.01
        assert world.expected(context, arm, point) > world.expected(context, own, plain)


@pytest.mark.parametrize("instead", [None, "a", "c"])
def test_nobody_takes_an_arm_that_is_not_for_them(instead: str | None) -> None:
    world = ArmNotTaken(World("eligibility"), level=math.inf, instead=instead)
    stayed = 0
    for context in contexts(world, 40):
        point = context.values
        for arm in np.flatnonzero(context.eligible):
            taken = {given for given, _ in done(world, context, int(arm), point, 40)}
            assert context.eligible[list(taken)].all()
            allowed = set(np.flatnonzero(context.eligible)) - {arm}
            if instead is not None:
                allowed &= {world.problem.arm_names.index(instead)}
            assert taken == (allowed or {arm})
            stayed += not allowed
    assert stayed > 0


def test_arms_are_taken_with_the_stated_probabilities_and_the_change_is_made() -> None:
    world = ArmNotTaken(World("l2"), level=1.5, coefficients={"age": 2.0})
    draws = 3000
    chances = []
    for context in contexts(world, 4):
        arm, point = random_pair(context, Key(5, 0, Stream.ADVISER))
        pairs = done(world, context, arm, point, draws)
        assert all(reached is point for _, reached in pairs)
        shares = np.bincount([given for given, _ in pairs], minlength=3) / draws
        p = 1.0 / (1.0 + math.exp(-1.5 - 2.0 * context.values[1]))
        law = np.full(3, p / 2)
        law[arm] = 1.0 - p
        np.testing.assert_allclose(world.given(context)[arm], law)
        assert np.abs(shares - law).max() <= 4.0 * math.sqrt(0.25 / draws)
        chances.append(p)
    assert max(chances) - min(chances) > 0.2


def test_who_refuses_does_so_whatever_is_recommended() -> None:
    world = ArmNotTaken(World("l2"), level=0.0)
    refused = []
    for number, context in enumerate(contexts(world, 60)):
        key = Key(1, number, Stream.REALISED)
        given = [world.realised(context, arm, context.values, key)[0] for arm in range(3)]
        refused.append([given[arm] != arm for arm in range(3)])
    assert 10 < sum(all(each) for each in refused) < 50
    assert all(len(set(each)) == 1 for each in refused)


def test_a_study_hears_which_arm_was_given() -> None:
    world = ArmNotTaken(Hypertension(), level=math.inf)
    context = contexts(world, 1)[0]
    happened = realise(world, context, *world.best(context), Key(1, 0, Stream.REALISED))
    assert happened.name == world.problem.arm_names[happened.arm]
    assert happened.raw is None
