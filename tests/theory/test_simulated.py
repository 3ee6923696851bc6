"""What is proved is not contradicted by what happens."""

import itertools
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits import kernels, theory
from recourse_bandits.environments import LinearEnvironment
from recourse_bandits.problem import Person
from recourse_bandits.records import Array, Decision, Key, Stream
from recourse_bandits.theory import Setting


@dataclass(frozen=True)
class Tiny(LinearEnvironment):
    """People of length 0.8 at most, changes of 0.2 at most, two arms of length 1."""

    seed: int = 0

    note: ClassVar[str] = "Everything is made up."

    @property
    def problem(self) -> rb.Problem:
        return rb.Problem(
            features=[rb.Feature(name, mean=0, scale=1, mutable=name == "b") for name in "ab"],
            arms=["first", "second"],
            budget=rb.Budget("l2", 0.2),
            reward=rb.Reward("reward", noise=0.3, coefficient_bound=1.0),
            intercept=False,
        )

    @property
    def theta(self) -> Array:  # type: ignore[override]
        return np.array([[0.6, 0.8], [-0.6, -0.8]])

    def person(self, key: Key) -> Person:
        angle, length = np.asarray(kernels.draws.uniform(*key, np.arange(2)))
        direction = np.array([math.sin(6.28 * angle), math.cos(6.28 * angle)])
        return np.asarray(0.8 * length * direction)


def missing_value(study: rb.Study, decision: Decision) -> float:
    """How much higher an end of somebody's set lies than the pair that Algorithm 2 found."""
    ends = decision.context.values + np.array([[0.0, -0.2], [0.0, 0.2]])
    values = [
        study.policy.interval(study.state, decision.context, arm, end)[2]
        for arm, end in itertools.product(range(2), ends)
    ]
    return max(values) - float(decision.proposal.interval[2])


def test_regret_of_glrb_is_below_theorem_2_where_its_assumptions_hold() -> None:
    world, rounds = Tiny(), 300
    study = rb.Study(world.problem, rb.GLRB(scale=1.0, context_bound=1.0), seed=3)
    regret, gap = [0.0], 0.0
    for number in range(rounds):
        decision = study.decide(world.person(Key(3, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        context, choice = decision.context, decision.choice
        assert np.linalg.norm(choice.point) <= 1.0
        gap = max(gap, missing_value(study, decision))
        best = world.expected(context, *world.best(context))
        regret.append(regret[-1] + best - world.expected(context, choice.arm, choice.point))
        noise = Key(3, number, Stream.NOISE)
        study.observe(decision.id, world.measures(context, choice.arm, choice.point, noise))
    setting = Setting(
        dimension=2,
        arms=2,
        rounds=np.arange(1, rounds + 1),
        noise=0.3,
        context_bound=1.0,
        coefficient_bound=1.0,
        gap=max(gap, 0.0),
    )
    bound = theory.glrb_regret(setting)
    assert bound.holds
    assert np.all(np.array(regret[1:]) <= bound.values)
    assert regret[-1] > 1.0  # something was lost
    assert gap < 0.05


def test_a_policy_that_always_wants_advice_asks_as_often_as_it_may_and_not_more() -> None:
    world, rounds = Tiny(), 200
    policy = rb.LIBRA(rb.GLRB(), threshold=1e-9, consultation_budget=0.5)
    study = rb.Study(world.problem, policy, rb.Silent(), seed=4)
    asked = []
    for number in range(rounds):
        decision = study.decide(world.person(Key(4, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        asked.append(decision.asked)
    cap = theory.question_cap(np.arange(1, rounds + 1), 0.5).values
    assert np.all(np.cumsum(asked) <= cap)
    assert sum(asked) == cap[-1] == 15  # 0.5·log(201)² = 14.06


@pytest.mark.parametrize("adviser", [rb.AlwaysRandom(), rb.AlwaysWorst(Tiny().worst)])
def test_advice_that_is_followed_costs_at_most_both_widths(adviser: Any) -> None:
    world, rounds = Tiny(), 200
    base = rb.GLRB(scale=1.0, context_bound=1.0)
    policy = rb.LIBRA(base, threshold=0.05, consultation_budget=None)
    study = rb.Study(world.problem, policy, adviser, seed=5)
    costs, vetoed = [], 0
    for number in range(rounds):
        decision = study.decide(world.person(Key(5, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        context, choice = decision.context, decision.choice
        vetoed += choice.vetoed
        if choice.source == "advice":
            best = world.expected(context, *world.best(context))
            cost = best - world.expected(context, choice.arm, choice.point)
            gap = max(missing_value(study, decision), 0.0)
            costs.append((cost, decision.proposal.width, choice.high - choice.low, gap))
        noise = Key(5, number, Stream.NOISE)
        study.observe(decision.id, world.measures(context, choice.arm, choice.point, noise))
    cost, own, advised, gaps = np.array(costs).T
    setting = Setting(
        dimension=2,
        arms=2,
        rounds=rounds,
        noise=0.3,
        context_bound=1.0,
        coefficient_bound=1.0,
        gap=gaps.max(),
    )
    bound = theory.followed_round_regret(setting, own, advised)
    assert bound.holds
    assert np.all(cost <= bound.values)
    assert len(cost) > 20
    assert vetoed > 20
    assert np.any(bound.values < setting.largest_round_regret)


@pytest.mark.parametrize("step", [0.02, 0.05])
def test_a_learner_of_signs_loses_at_least_what_the_proof_says(step: float) -> None:
    """One arm, 8 signs, 400 rounds of noise 1: the best-informed learner that we can think of.

    It is told that the coefficients are ±size, tries random signs in every second round, and else
    plays the signs of its estimate. Averaged over 400 worlds.
    """
    worlds, mutable, rounds = 400, 8, 400
    rng = np.random.default_rng(6)
    signs = rng.choice([-1.0, 1.0], (worlds, mutable))
    moment, lost = np.zeros((worlds, mutable)), np.zeros(worlds)
    for number in range(rounds):
        tried = np.where(moment == 0.0, 1.0, np.sign(moment))
        if number % 2 == 0:
            tried = rng.choice([-1.0, 1.0], (worlds, mutable))
        value = step * np.sum(signs * tried, axis=1)
        lost += step * mutable - value
        if number % 2 == 0:
            moment += (value + rng.normal(size=worlds))[:, None] * tried
    least = theory.instance_regret(
        [rounds], mutable=mutable, arms=1, size=step, change=1.0, noise=1.0
    )
    assert least[0] > 0.0 or step == 0.05  # (0.05·20 = 1: there the bound is 0)
    error = lost.std() / math.sqrt(worlds)
    assert lost.mean() >= least[0] + 3.0 * error
    assert lost.mean() <= step * mutable * rounds + 3.0 * error
