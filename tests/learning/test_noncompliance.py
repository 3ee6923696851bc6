"""Planning for people who do otherwise, against planning for people who comply."""

import numpy as np

import recourse_bandits as rb
from recourse_bandits.environments import Deviating, Opposing, PartlyAdhering
from recourse_bandits.environments.realising import realise
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Stream

PLAIN = rb.GLRB(scale=0.1)
SEEDS = 6
ROUNDS = 300


def regret(world: rb.Environment, policy: AnyPolicy, seed: int) -> float:
    """Regret of one run, against the best pair to recommend to such people."""
    study = rb.Study(world.problem, policy, journal=rb.OpenDecisionsJournal(), seed=seed)
    total = 0.0
    for number in range(ROUNDS):
        decision = study.decide(world.person(rb.Key(seed, number, Stream.PERSON)))
        assert isinstance(decision, rb.Decision)
        context, choice = decision.context, decision.choice
        key = rb.Key(seed, number, Stream.REALISED)
        done = realise(world, context, choice.arm, choice.point, key)
        measures = world.measures(context, done.arm, done.point, rb.Key(seed, number, Stream.NOISE))
        study.observe(decision.id, measures, realized=done.raw, arm=done.name)
        best = world.expected(context, *world.best(context))
        total += best - world.expected(context, choice.arm, choice.point)
    return total


def ratio(worlds: list[rb.Environment], plan: AnyPolicy) -> float:
    """Regret of a plan over that of GLRB for people who comply, mean over the worlds."""
    runs = [(regret(w, plan, s), regret(w, PLAIN, s)) for s, w in enumerate(worlds)]
    ours, plain = np.array(runs).mean(axis=0)
    return float(ours / plain)


def synthetic(seed: int) -> rb.Synthetic:
    return rb.Synthetic(seed=seed, dimension=4, arms=4)


def test_a_large_mean_deviation_is_worth_planning_for() -> None:
    bias = (-1.4, 1.4, -1.4, 1.4)
    worlds = [Deviating(synthetic(seed), longest=3.0, bias=bias) for seed in range(SEEDS)]
    assert ratio(list(worlds), rb.GLRB(scale=0.1, noncompliance=rb.Random())) < 0.6


def test_a_small_mean_deviation_is_not_worth_planning_for_but_does_no_harm() -> None:
    # the arms of hypertension respond nearly alike to what can be changed
    worlds = [
        Deviating(rb.Hypertension(seed=seed), longest=1.0, bias=(-0.5, -0.5))
        for seed in range(SEEDS)
    ]
    assert 0.8 < ratio(list(worlds), rb.GLRB(scale=0.1, noncompliance=rb.Random())) < 1.2


def test_shares_that_differ_between_features_are_worth_learning() -> None:
    worlds = [
        PartlyAdhering(rb.Hypertension(seed=seed), level=3.0, feature_shares={"diet_score": 0.1})
        for seed in range(SEEDS)
    ]
    assert ratio(list(worlds), rb.GLRB(scale=0.1, noncompliance=rb.Adherence())) < 0.85


def test_opponents_are_worth_planning_for() -> None:
    worlds = [Opposing(synthetic(seed), longest=1.5) for seed in range(SEEDS)]
    assert ratio(list(worlds), rb.GLRB(scale=0.1, noncompliance=rb.Adversarial(1.5))) < 0.75
