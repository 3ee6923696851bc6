"""Plans for people who deviate, where the reward has a link."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

import recourse_bandits as rb
from recourse_bandits.environments import Deviating, Synthetic
from recourse_bandits.records import Key, Outcome, Stream
from recourse_bandits.testing import difference

LINKS = ("logistic", "probit", "log")
PLANS: dict[str, Any] = {
    "Random": rb.Random(memory=30),
    "Adversarial": rb.Adversarial(0.4),
    "Adherence": rb.Adherence(prior_weight=1.0),
}


def lived(policy: Any, link: Any, rounds: int = 60) -> rb.Study:
    """A study in a world whose people deviate at random, with a bias."""
    inner = Synthetic(3, dimension=4, arms=3, radius=1.0, link=link, strength=0.5, largest=9)
    world = Deviating(inner, longest=0.8, bias=[0.3, -0.3, 0.2, 0.0])
    study = rb.Study(world.problem, policy, seed=2)
    for number in range(rounds):
        decision = study.decide(world.person(Key(2, number, Stream.PERSON)))
        assert isinstance(decision, rb.Decision)
        context, choice = decision.context, decision.choice
        key = Key(2, number, Stream.REALISED)
        arm, point = world.realised(context, choice.arm, choice.point, key)
        raw = dict(zip(world.problem.limits.names, point.tolist(), strict=True))
        measured = world.measures(context, arm, point, Key(2, number, Stream.NOISE))
        study.observe(decision.id, measured, realized=raw)
    return study


def policies(plan: Any) -> list[Any]:
    return [
        rb.GLRB(scale=0.2, noncompliance=plan),
        rb.RecourseTS(noncompliance=plan),
        rb.LinUCB(scale=0.2),
    ][: 2 if plan is not None else 3]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("plan", PLANS)
def test_every_plan_keeps_rewards_possible_and_replays(plan: str, link: str) -> None:
    for policy in policies(PLANS[plan]):
        study = lived(policy, link)
        largest = study.problem.reward.largest
        for number in range(60):
            decision = study.decision(number)
            assert isinstance(decision, rb.Decision)
            choice = decision.choice
            assert 0.0 <= choice.low <= choice.mean <= choice.high <= largest
        assert study.verify().exact == 60


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("kind", [0, 1], ids=["GLRB", "RecourseTS"])
def test_without_deviations_the_plan_is_that_for_people_who_comply(kind: int, link: str) -> None:
    world = Synthetic(3, dimension=4, arms=3, radius=1.0, link=link, strength=0.5, largest=9)  # type: ignore[arg-type]
    plans = [None, rb.Random(), rb.Adversarial(0.0), rb.Adherence()]
    studies = [rb.Study(world.problem, policies(plan)[kind], seed=4) for plan in plans]
    for number in range(40):
        person = world.person(Key(4, number, Stream.PERSON))
        decisions = [study.decide(person) for study in studies]
        first = decisions[0]
        assert isinstance(first, rb.Decision)
        for other in decisions:
            assert isinstance(other, rb.Decision)
            assert difference(replace(other.choice, trace={}), first.choice) is None
        noise = Key(4, number, Stream.NOISE)
        measured = world.measures(first.context, first.choice.arm, first.choice.point, noise)
        for study in studies:
            study.observe(first.id, measured)


def test_intervals_are_means_over_the_deviations_that_are_kept() -> None:
    study = lived(rb.GLRB(scale=0.2, noncompliance=rb.Random(memory=25)), "logistic")
    state, policy = study.state, study.policy
    context = study.problem.context([0.3, -0.2, 0.5, 0.1])
    for arm in range(3):
        point = context.values + np.array([0.2, 0.1, -0.4, 0.3])
        reached = point + state.people.recent
        z = reached @ state.estimate[arm]
        precision = state.factor[arm].T @ state.factor[arm]
        lengths = np.sqrt(np.einsum("nd,nd->n", reached, np.linalg.solve(precision, reached.T).T))
        half = state.confidence_radius[arm] * lengths
        expected = [expit(z + sign * half).mean() for sign in (0, -1, 1)]
        np.testing.assert_allclose(policy.interval(state, context, arm, point), expected)


@pytest.mark.parametrize("kind", [0, 1], ids=["GLRB", "RecourseTS"])
def test_the_chosen_arm_is_best_on_average_among_what_each_arm_would_recommend(kind: int) -> None:
    study = lived(policies(rb.Random(memory=25))[kind], "log")
    policy, state, key = study.policy, study.state, Key(1, 7, Stream.POLICY)
    assert isinstance(policy, rb.GLRB | rb.RecourseTS)
    plan = policy.noncompliance
    for draw in range(20):
        context = study.problem.context(np.random.default_rng(draw).standard_normal(4))
        proposal = policy.propose(state, context, key)
        points, theta = policy.candidates(state, plan.planned(state.people, context), key)  # type: ignore[union-attr]
        points = points - state.people.total / state.people.counts
        values = []
        for arm in range(3):
            reached = points[arm] + state.people.recent
            if kind:
                values.append(np.minimum(np.exp(reached @ theta[arm]), 9.0).mean())
            else:
                values.append(policy.interval(state, context, arm, points[arm])[2])
        assert values[proposal.arm] == max(values)  # several may be at the largest count
        np.testing.assert_allclose(proposal.point, points[proposal.arm], atol=1e-9)


def test_a_batch_is_planned_for_as_each_of_its_people() -> None:
    for policy in (*policies(PLANS["Random"]), *policies(PLANS["Adversarial"])):
        study = lived(policy, "probit", rounds=30)
        people = np.random.default_rng(1).standard_normal((5, 4))
        table = study.preview_many(people)
        first = study.decide(people[0])
        assert isinstance(first, rb.Decision)
        row = table.row(0, named=True)
        assert row["arm"] == first.arm
        np.testing.assert_allclose(
            [row["mean"], row["low"], row["high"]],
            [first.choice.mean, first.choice.low, first.choice.high],
            rtol=1e-9,
        )


def test_what_is_imported_teaches_nothing_about_people() -> None:
    study = lived(rb.GLRB(noncompliance=rb.Random()), "logistic", rounds=5)
    before = study.state.people
    after = study.policy.observed(study.state, None, Outcome(0, np.ones(4), 1.0)).people
    assert difference(before, after) is None
