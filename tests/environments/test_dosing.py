"""The world of medications with doses: its truth against brute force."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from recourse_bandits.environments import Dosing, DroppingOut
from recourse_bandits.environments.fixed_doses import best_together, settled
from recourse_bandits.environments.judged import COMPARATORS
from recourse_bandits.errors import DescriptionError
from recourse_bandits.records import Array, Key, Stream
from recourse_bandits.testing import check_environment

WORLDS = [Dosing(seed=seed, arms=arms) for seed, arms in ((1, 3), (2, 2), (3, 1))]


def crowd(world: Dosing, count: int = 2000) -> Array:
    return np.array(
        [
            world.problem.context(world.person(Key(99, number, Stream.PERSON))).values
            for number in range(count)
        ]
    )


def ranges_of(world: Dosing) -> tuple[Array, Array]:
    doses = world.problem.doses
    assert doses is not None
    return doses.lower, doses.upper


def odds_of(world: Dosing, people: Array, doses: Array) -> Array:
    """The log odds, written out."""
    low, high = ranges_of(world)
    effect = (people @ world.omega)[:, None] + doses / (high - low) * world.tau
    over, under = world.costs
    cost = np.where(
        effect > world.target, over * (effect - world.target), under * (world.target - effect)
    )
    return np.asarray(people @ world.theta.T - cost)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_it_keeps_the_laws_of_environments(comparator: str) -> None:
    check_environment(Dosing(seed=4, comparator=comparator))


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: f"{world.arms} arms")
def test_fixed_doses_are_no_worse_than_any_others(world: Dosing) -> None:
    people = crowd(world)
    each = [np.linspace(low, high, 9) for low, high in zip(*ranges_of(world), strict=True)]

    def mean_chance(doses: Array) -> float:
        return float((1 / (1 + np.exp(-odds_of(world, people, doses).max(axis=1)))).mean())

    best = max(mean_chance(np.array(doses)) for doses in product(*each))
    assert mean_chance(world.fixed_doses) > best - 0.005  # other people than those it was chosen by


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: f"{world.arms} arms")
def test_settled_doses_are_quantiles_of_the_doses_that_people_need(world: Dosing) -> None:
    """Of a cost that is linear on both sides the minimum is a quantile."""
    people = crowd(world)
    best = odds_of(world, people, world.settled_doses).argmax(axis=1)
    over, under = world.costs
    for k, (low, high) in enumerate(zip(*ranges_of(world), strict=True)):
        own, length = people[best == k], high - low
        needed = (world.target - own @ world.omega) / world.tau[k] * length
        share = under[k] / (over[k] + under[k])
        quantile = np.clip(np.quantile(needed, share), low, high)
        assert world.settled_doses[k] == pytest.approx(quantile, abs=0.05 * length)


def test_personal_doses_cost_least_of_all() -> None:
    world = Dosing(seed=5, comparator="personal")
    for columns in crowd(world, 30):
        context = world.problem.context(columns[1:])
        for k, (low, high) in enumerate(zip(*ranges_of(world), strict=True)):
            tried = np.linspace(low, high, 4001)
            chances = [world.expected(context, k, columns, dose) for dose in tried]
            assert world.expected(context, k, columns) >= max(chances) - 1e-12


def test_where_people_do_not_differ_one_dose_is_right_for_all() -> None:
    world = Dosing(seed=6, spread=0.0)
    low, high = ranges_of(world)
    needed = (world.target - 5.0) / world.tau * (high - low)
    assert world.fixed_doses == pytest.approx(needed, rel=2e-3)
    assert world.settled_doses == pytest.approx(needed, rel=2e-3)
    context = world.problem.context(world.person(Key(1, 1, Stream.PERSON)))
    personal = replace(world, comparator="personal")
    assert personal.best_dose(context, 0, context.values) == pytest.approx(needed[0])


def test_changes_are_best_together_with_their_dose() -> None:
    world = Dosing(seed=9, mutable=2, radius=1.2, spread=2.0, comparator="personal")
    steps = np.linspace(-1.2, 1.2, 25)
    tried = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    tried = tried[np.linalg.norm(tried, axis=1) <= 1.2]
    moved = 0
    for number in range(12):
        context = world.problem.context(world.person(Key(9, number, Stream.PERSON)))
        arm, point = world.best(context)
        best = world.expected(context, arm, point)
        worst = world.expected(context, *world.worst(context))
        for change in tried:
            other = context.values.copy()
            other[context.feasible.mutable] += change
            chances = [world.expected(context, k, other) for k in range(3)]
            assert worst - 1e-12 <= min(chances)
            assert max(chances) <= best + 1e-12
        moved += not np.array_equal(point, context.values)
    assert moved == 12


def test_measures_have_the_expected_means() -> None:
    world = Dosing(seed=7, noise=2.0)
    context = world.problem.context(world.person(Key(7, 0, Stream.PERSON)))
    found = [
        world.measures(context, 1, context.values, Key(7, number, Stream.NOISE), 3.0)
        for number in range(4000)
    ]
    labs = np.array([one["lab"] for one in found])
    successes = np.array([one["success"] for one in found])
    chance = world.expected(context, 1, context.values, 3.0)
    assert labs.mean() == pytest.approx(world.effect(context.values, 1, 3.0), abs=5 * 2 / 4000**0.5)
    assert labs.std() == pytest.approx(2.0, rel=0.1)
    assert successes.mean() == pytest.approx(chance, abs=5 * 0.5 / 4000**0.5)
    assert abs(np.corrcoef(labs, successes)[0, 1]) < 0.08  # two draws, not one


def test_doses_of_an_arm_for_nobody_stay() -> None:
    odds, base = np.array([[0.0, -50.0], [1.0, -50.0]]), np.zeros(2)
    lower, upper = np.zeros(2), np.ones(2)

    def cost(own: Array, arm: int, dose: float) -> Array:
        return np.abs(own - dose + 0.3)

    start = np.array([0.9, 0.7])
    assert settled(odds, base, cost, lower, upper, start=start) == pytest.approx([0.3, 0.7])
    assert best_together(odds, base, cost, lower, upper)[0] == pytest.approx(0.3)


def test_nothing_goes_around_it_that_knows_no_doses() -> None:
    with pytest.raises(DescriptionError, match="without doses"):
        DroppingOut(Dosing(seed=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"dimension": 0},
        {"arms": 0},
        {"noise": 0.0},
        {"spread": -1.0},
        {"step": -0.1},
        {"step": 3.0},
        {"target": np.inf},
        {"comparator": "best"},
        {"mutable": 6, "comparator": "personal"},
        {"mutable": 1},
        {"radius": -1.0},
    ],
    ids=str,
)
def test_wrong_parameters_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(DescriptionError, match=next(iter(wrong))):
        Dosing(seed=1, **wrong)
