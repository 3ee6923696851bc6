"""What a simulator's rows are worth, and what a wrong simulator costs."""

from dataclasses import replace
from typing import Any

import numpy as np

from recourse_bandits import Hypertension, Prior, RecourseTS, kernels
from recourse_bandits.records import Key, Stream
from tests.learning.simulated_lives import lived

WORLD = Hypertension(noise=10.0)
SEEDS = range(10)


def rows(sign: float) -> list[tuple[Any, str, float]]:
    """100 made-up persons with noisy outcomes; `sign` -1 reverses the effect of every feature."""
    theta = WORLD.theta * np.r_[1.0, np.full(8, sign)]
    found = []
    for number in range(100):
        person = WORLD.person(Key(77, number, Stream.PERSON))
        arm = number % 2
        reward = float(WORLD.problem.context(person).values @ theta[arm])
        reward += WORLD.noise * float(kernels.draws.normal(77, number, Stream.NOISE, 0))
        found.append((person, WORLD.problem.arm_names[arm], reward))
    return found


def regret(sign: float, trust: float, rounds: int) -> Any:
    """Mean regret of each hundred rounds."""
    problem = WORLD.problem
    prior = Prior.simulated(problem, rows(sign), trust=trust)
    told = replace(problem, reward=replace(problem.reward, prior=prior))
    runs = [lived(WORLD, RecourseTS(), rounds, seed, problem=told)[0] for seed in SEEDS]
    return np.mean(runs, axis=0).reshape(-1, 100).sum(axis=1)


def test_a_right_simulator_saves_most_of_the_first_hundred_rounds() -> None:
    # measured: 179 against 604
    assert regret(1.0, 1.0, 100)[0] < 0.5 * regret(1.0, 0.0, 100)[0]


def test_no_trust_is_no_prior() -> None:
    plain = [lived(WORLD, RecourseTS(), 100, seed)[0] for seed in SEEDS]
    assert regret(1.0, 0.0, 100).tolist() == [np.mean(plain, axis=0).sum()]


def test_the_harm_of_a_simulator_with_reversed_effects_washes_out() -> None:
    # measured, without | trust 1 | trust 0.1: 1,412 | 2,564 | 1,255 in 1,000 rounds, of which
    # 44 | 144 | 36 in the last hundred
    none, full, some = regret(1.0, 0.0, 1000), regret(-1.0, 1.0, 1000), regret(-1.0, 0.1, 1000)
    assert full.sum() < 2.5 * none.sum()
    assert full[-1] < 0.3 * full[0]
    assert some.sum() < 1.25 * none.sum()
    assert some[-1] < 1.5 * none[-1]
