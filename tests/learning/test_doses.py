"""Whoever learns doses gives better ones than the middle of the range, and ever better ones."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from recourse_bandits import (
    BSGDMAB,
    SGDMAB,
    Arm,
    Budget,
    Dose,
    Feature,
    LinUCB,
    Problem,
    Reward,
    SubOutcome,
)
from recourse_bandits.kernels import draws
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Array, Decision, Effect, Key, Outcome, Pending
from recourse_bandits.study.recommendation import decision_of

ROUNDS = 3000
EARLY, LATE = slice(100), slice(-500, None)
SLOPES = np.array([0.5, 2.0])
TARGET, BASE = 3.0, 1.0
BEST = (TARGET - BASE) / SLOPES  # 4 and 1, the same for everybody
SUB_OUTCOME = SubOutcome("inr", target=TARGET, over=1.0, under=1.0, noise=0.5)
PROBLEM = Problem(
    features=[Feature("age", mean=0.0, scale=1.0)],
    arms=[
        Arm("a", dose=Dose("mg", 0.0, 10.0, penalty="0.1 * (dose - 4) * (dose - 4)")),
        Arm("b", dose=Dose("mg", 0.0, 10.0, penalty="0.1 * (dose - 1) * (dose - 1)")),
    ],
    budget=Budget("l2", 0.0),
    reward=Reward("recovered", link="logistic", coefficient_bound=4.0),
    sub_outcome=SUB_OUTCOME,
)
Loss = Callable[[int, float], float]


def distance(arm: int, dose: float) -> float:
    """What the sub-outcome's distance from its target costs."""
    return float(abs(BASE + SLOPES[arm] * dose - TARGET))


def square(arm: int, dose: float) -> float:
    """What the formulas say."""
    return float(0.1 * (dose - BEST[arm]) ** 2)


class Life(NamedTuple):
    """What was given, and what chance it had."""

    arms: Array
    off: Array
    """By how much each dose was above the best one, as a share of the range."""
    chances: Array

    def error(self, rounds: slice) -> float:
        """How far the mean doses of the arms are from the best ones, at worst."""
        arms, off = self.arms[rounds], self.off[rounds]
        return max(abs(float(off[arms == arm].mean())) for arm in (0, 1))


def lived(policy: AnyPolicy, loss: Loss, seed: int) -> Life:
    """A few thousand people, each of whom is observed at once."""
    state: Any = policy.init(PROBLEM)
    number_of = np.arange(ROUNDS)
    ages, noise = (draws.normal(seed, number_of, stream, 0) for stream in (2, 3))
    luck = draws.uniform(seed, number_of, 4, 0)
    arms, off, chances = np.empty((3, ROUNDS))
    for number in range(ROUNDS):
        context = PROBLEM.context([float(ages[number])])
        proposal = policy.propose(state, context, Key(seed, number, 0))
        choice = policy.settle(state, proposal, None)
        decision: Decision = decision_of(PROBLEM, Pending(number, proposal), choice, None)
        arm, dose, x = choice.arm, decision.dose, context.values
        assert dose is not None
        margin = 1.5 + 2.0 * x[1] * (1 - 2 * arm) - loss(arm, dose)
        arms[number], off[number] = arm, (dose - BEST[arm]) / 10.0
        chances[number] = 1.0 / (1.0 + math.exp(-margin))
        state = policy.committed(state, decision)
        effect = BASE + SLOPES[arm] * dose + 0.5 * noise[number]
        told = Effect(arm, x, float(effect), dose)
        state = policy.effect_observed(state, decision, told, donate=True)
        success = float(luck[number] < chances[number])
        state = policy.observed(state, decision, Outcome(arm, x, success, dose), donate=True)
    return Life(arms, off, chances)


@pytest.mark.parametrize(("policy", "loss"), [(SGDMAB(), distance), (BSGDMAB(ROUNDS, 8.1), square)])
def test_doses_become_better_than_the_middle_one(policy: AnyPolicy, loss: Loss) -> None:
    lives = [lived(policy, loss, seed) for seed in range(3)]
    fixed = [lived(LinUCB(), loss, seed) for seed in range(3)]
    early, late = (max(life.error(when) for life in lives) for when in (EARLY, LATE))
    won, lost = (np.mean([life.chances[LATE].mean() for life in some]) for some in (lives, fixed))
    assert early > 0.2  # measured on average: 0.23; 0.38 where only the penalty is seen
    assert late < 0.02  # measured at worst: 0.010; 0.012
    assert won > lost + 0.05  # measured: 0.92 and 0.65; 0.93 and 0.87
