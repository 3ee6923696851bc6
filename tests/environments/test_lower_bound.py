"""The world in which every policy errs, and the limits within which it exists."""

import math
from typing import Any

import numpy as np
import pytest

from recourse_bandits import theory
from recourse_bandits.environments import LowerBound
from recourse_bandits.errors import DescriptionError
from recourse_bandits.records import Key, Stream


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("mutable", "arms"), [(8, 2), (12, 4), (24, 20)])
def test_words_differ_as_the_margin_needs(seed: int, mutable: int, arms: int) -> None:
    world = LowerBound(seed=seed, mutable=mutable, arms=arms, rounds=10_000)
    products = world.words @ world.words.T
    assert np.diag(products) == pytest.approx(1.0)
    assert np.max(products - np.eye(arms)) <= 0.5 + 1e-12
    assert np.abs(world.theta[:, mutable:]) == pytest.approx(world.size)


def test_the_arm_of_the_kind_is_the_best_by_half_and_its_signs_the_best_change() -> None:
    world = LowerBound(seed=3)
    for number in range(8):
        context = world.problem.context(world.person(Key(3, number, Stream.PERSON)))
        arm, point = world.best(context)
        assert arm == number % 4
        signs = np.sign(world.theta[arm, 12:])
        assert point[12:] == pytest.approx(world.radius * signs)
        assert world.expected(context, arm, point) == pytest.approx(
            1.0 + world.size * world.radius * 12
        )
        for other in {0, 1, 2, 3} - {arm}:
            best = np.concatenate(
                [context.values[:12], world.radius * np.sign(world.theta[other, 12:])]
            )
            assert world.expected(context, other, best) <= (
                world.expected(context, arm, point) - 0.5 + 1e-12
            )
        assert np.linalg.norm(point) <= world.context_bound + 1e-12
        # an adviser who names the arm and no change is eta-good
        assert world.size * world.radius * 12 <= world.eta


def test_the_truth_follows_from_the_seed() -> None:
    assert np.array_equal(LowerBound(seed=1).theta, LowerBound(seed=1).theta)
    assert not np.array_equal(LowerBound(seed=1).theta, LowerBound(seed=2).theta)


def test_no_coefficients_are_longer_than_the_problem_says() -> None:
    world = LowerBound(seed=1)
    lengths = np.linalg.norm(world.theta, axis=1)
    assert lengths == pytest.approx(world.problem.reward.coefficient_bound)


def test_omega_by_hand() -> None:
    # 0.2·0.5·sqrt(4/400)
    assert LowerBound(seed=1, gamma=0.2, noise=0.5, rounds=400).size == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"arms": 5}, r"arms must be at most exp\(mutable / 8\) = 4.482, got 5"),
        ({"gamma": 0.25}, "gamma must be at most about 0.24, got 0.25"),
        ({"radius": 0.04}, "radius must be at most 1/32, got 0.04"),
        ({"eta": 0.1}, r"coefficients .* = 0.006325 must be at most eta .* = 0.002083: take more"),
        ({"rounds": 5, "gamma": 0.2}, "take more rounds, a smaller gamma or a larger eta"),
        ({"rounds": 0}, "rounds must be a whole number above 0"),
        ({"mutable": 1.5}, "mutable must be a whole number above 0"),
        ({"noise": 0.0}, "noise must be positive"),
        ({"eta": math.inf}, "eta must be positive and finite"),
    ],
)
def test_the_limits_of_the_instance_are_checked(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        LowerBound(**({"seed": 1} | changes))


def test_what_every_policy_loses_has_the_order_of_the_theorem() -> None:
    # sigma·gamma·c·d_M·sqrt(KT)·(1 - gamma·c), since omega·c·sqrt(T/K) is gamma·c·sigma
    world = LowerBound(seed=1, gamma=0.2, rounds=4000)
    least = theory.instance_regret(
        [4000],
        mutable=world.mutable,
        arms=world.arms,
        size=world.size,
        change=world.radius,
        noise=world.noise,
    )
    share = 0.2 / 32.0
    assert least == pytest.approx([share * 12 * math.sqrt(16_000) * (1.0 - share)])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rounds": [401]}, "rounds must be multiples of arms = 4, got"),
        ({"size": 5.0}, "size·change·mutable must be at most 1/2"),
        ({"change": 0.0}, "change must be positive"),
    ],
)
def test_numbers_without_the_instance_are_refused(changes: dict[str, Any], says: str) -> None:
    described: dict[str, Any] = {
        "rounds": [400],
        "mutable": 12,
        "arms": 4,
        "size": 0.1,
        "change": 0.03,
        "noise": 1.0,
    }
    with pytest.raises(DescriptionError, match=says):
        theory.instance_regret(**(described | changes))
