"""Whoever learns doses gives better ones than the middle of the range, and ever better ones."""

import math
from typing import Any

import numpy as np
import pytest

from recourse_bandits import (
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
BEST = (TARGET - BASE) / SLOPES  # 4 and 1, where nobody differs from anybody
SUB_OUTCOME = SubOutcome("inr", target=TARGET, over=1.0, under=1.0, noise=0.5)
PROBLEM = Problem(
    features=[Feature("age", mean=0.0, scale=1.0)],
    arms=[Arm("a", dose=Dose("mg", 0.0, 10.0)), Arm("b", dose=Dose("mg", 0.0, 10.0))],
    budget=Budget("l2", 0.0),
    reward=Reward("recovered", link="logistic", coefficient_bound=4.0),
    sub_outcome=SUB_OUTCOME,
)


def lived(policy: AnyPolicy, seed: int) -> tuple[Array, Array]:
    """Share of the range by which each given dose is off, and the chance of success."""
    state: Any = policy.init(PROBLEM)
    ages = draws.normal(seed, np.arange(ROUNDS), 2, 0)
    noise, luck = (
        draws.normal(seed, np.arange(ROUNDS), 3, 0),
        draws.uniform(seed, np.arange(ROUNDS), 4, 0),
    )
    off, chances = np.empty(ROUNDS), np.empty(ROUNDS)
    for number in range(ROUNDS):
        context = PROBLEM.context([float(ages[number])])
        proposal = policy.propose(state, context, Key(seed, number, 0))
        choice = policy.settle(state, proposal, None)
        decision: Decision = decision_of(PROBLEM, Pending(number, proposal), choice, None)
        arm, dose, x = choice.arm, decision.dose, context.values
        assert dose is not None
        effect = BASE + SLOPES[arm] * dose
        margin = 1.5 + 0.5 * x[1] * (1 - 2 * arm) - abs(effect - TARGET)
        off[number] = abs(dose - BEST[arm]) / 10.0
        chances[number] = 1.0 / (1.0 + math.exp(-margin))
        state = policy.committed(state, decision)
        told = Effect(arm, x, float(effect + 0.5 * noise[number]), dose)
        state = policy.effect_observed(state, decision, told, donate=True)
        success = float(luck[number] < chances[number])
        state = policy.observed(state, decision, Outcome(arm, x, success, dose), donate=True)
    return off, chances


@pytest.mark.parametrize("policy", [SGDMAB()], ids=["SGDMAB"])
def test_doses_become_better_than_the_middle_one(policy: AnyPolicy) -> None:
    offs, chances = np.array([lived(policy, seed) for seed in range(3)]).swapaxes(0, 1)
    middle, _ = np.array([lived(LinUCB(), seed) for seed in range(3)]).swapaxes(0, 1)
    late = offs[:, LATE].mean()
    assert offs[:, EARLY].mean() > 0.1  # measured: 0.124
    assert late < 0.02  # measured: 0.012
    assert middle[:, LATE].mean() > 5.0 * late  # measured: 0.119
    assert chances[:, LATE].mean() > 0.78  # measured: 0.798; 0.67 early
