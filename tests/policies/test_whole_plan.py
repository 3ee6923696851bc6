"""Whole plans against their parts: kernels that draw, doses alone, changes alone."""

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits import kernels
from recourse_bandits.environments import Dosing
from recourse_bandits.errors import DescriptionError
from recourse_bandits.experiments.arrivals import report_of
from recourse_bandits.policies import AnyPolicy, WholePlan
from recourse_bandits.records import Decision, Key, Stream

WORLD = Dosing(seed=5, mutable=3, radius=1.0, spread=2.0, comparator="personal", step=0.05)


def lived(study: rb.Study, world: Dosing, rounds: int) -> float:
    """Decide and observe; return the regret of the last half."""
    regret = 0.0
    for number in range(rounds):
        decision = study.decide(world.person(Key(7, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        report_of(world, decision, 7).tell(study)
        choice, context = decision.choice, decision.context
        best = world.expected(context, *world.best(context))
        if 2 * number >= rounds:
            regret += best - world.expected(context, choice.arm, choice.point, choice.dose)
    return regret


def test_without_changes_the_arm_is_the_one_that_the_kernel_samples() -> None:
    world = Dosing(seed=3, comparator="personal")
    policy = WholePlan()
    study = rb.Study(world.problem, policy, seed=2)
    lived(study, world, 60)
    state, sub = study.state, world.problem.sub_outcome
    assert sub is not None
    for number in range(100, 130):
        context = world.problem.context(world.person(Key(1, number, Stream.PERSON)))
        key = Key(2, number, Stream.POLICY)
        proposal = policy.propose(state, context, key)
        assert (proposal.point == context.values).all()
        pi = kernels.dose_response.sampled(
            state.effects.factor, state.effects.estimate, sub.noise, *key
        )
        d = context.values.size
        span = state.judgement.span
        over, under = state.judgement.over, state.judgement.under
        base, tau = context.values @ pi[:d], pi[d:]
        low, high, start = (
            ends / span for ends in (state.doses.lower, state.doses.upper, state.doses.start)
        )
        doses = kernels.dose.personal(base, tau, sub.target, over, under, low, high, start)
        assert proposal.doses == pytest.approx(doses * span)
        offset = kernels.dose.penalty(doses, base, tau, sub.target, over, under)
        arm = kernels.chance_choice.best_sampled(
            state.chances.means, state.chances.precision, 1.0, context.values, offset,
            context.eligible, *key,
        )[0]  # fmt: skip
        assert proposal.arm == arm
        estimate = state.effects.estimate
        base, tau = context.values @ estimate[:d], estimate[d:]
        told = kernels.dose.personal(base, tau, sub.target, over, under, low, high, start)
        effect = base + told * tau
        cost = np.where(effect > sub.target, over, -under) * (effect - sub.target)
        margin = state.chances.means @ context.values - cost
        assert proposal.mean == pytest.approx(1 / (1 + np.exp(-margin)))


def test_decisions_are_legal_replay_and_come_in_tables_as_alone() -> None:
    study = rb.Study(WORLD.problem, WholePlan(inflation=0.7), seed=4)
    lived(study, WORLD, 80)
    for number in range(80):
        decision = study.decision(number)
        assert isinstance(decision, Decision)
        dose = WORLD.problem.treatments[decision.choice.arm].dose
        assert dose is not None
        assert decision.dose is not None
        assert dose.issued(decision.dose) == decision.dose
        assert decision.recourse is not None
        assert decision.recourse.cost <= 1.0 + 1e-9
    assert study.verify().exact == 80
    alone = rb.Study(WORLD.problem, WholePlan(), seed=9)
    table = rb.Study(WORLD.problem, WholePlan(), seed=9)
    people = [WORLD.person(Key(3, number, Stream.PERSON)) for number in range(20)]
    rows = table.decide_many(people)
    each = [alone.decide(person) for person in people]
    assert rows["arm"].to_list() == [one.arm for one in each if isinstance(one, Decision)]
    assert rows["dose"].to_list() == [one.dose for one in each if isinstance(one, Decision)]
    assert rows["cost"].to_list() == [
        one.recourse.cost for one in each if isinstance(one, Decision) and one.recourse
    ]


def test_the_interval_of_its_own_pair_is_that_of_the_best_dose_for_it() -> None:
    study = rb.Study(WORLD.problem, WholePlan(inflation=0.0), seed=4)
    lived(study, WORLD, 40)
    context = WORLD.problem.context(WORLD.person(Key(1, 1, Stream.PERSON)))
    policy, state = WholePlan(inflation=0.0), study.state
    proposal = policy.propose(state, context, Key(4, 40, Stream.POLICY))
    found = policy.interval(state, context, int(proposal.arm), proposal.point)
    assert found[0] == pytest.approx(proposal.mean[proposal.arm], abs=1e-12)
    assert not proposal.explored


def test_a_whole_plan_loses_less_than_either_part_of_it() -> None:
    """That together beats apart takes longer to see: the experiment whole-plan shows it."""
    policies: dict[str, AnyPolicy] = {
        "together": WholePlan(),
        "dose alone": rb.SGDMAB(),
        "change alone": rb.RecourseTS(exact_rows=0),
    }
    worlds = [Dosing(seed=seed, mutable=3, spread=2.0, comparator="personal") for seed in (1, 2)]
    regret = {
        name: sum(lived(rb.Study(world.problem, policy, seed=1), world, 300) for world in worlds)
        for name, policy in policies.items()
    }
    assert regret["together"] < 0.6 * min(regret["dose alone"], regret["change alone"])


def test_what_it_is_not_for_is_named() -> None:
    with pytest.raises(DescriptionError, match="order"):
        WholePlan(order="before")
    with pytest.raises(DescriptionError, match="sub-outcome"):
        WholePlan().init(rb.Synthetic(seed=1).problem)
    stepped = rb.Problem(
        features=[rb.Feature("x", mean=0, scale=1, mutable=True, step=0.5)],
        arms=[rb.Arm("a", dose=rb.Dose("mg", 0, 1))],
        budget=rb.Budget("l2", 1.0),
        reward=rb.Reward("success", link="logistic", coefficient_bound=1),
        sub_outcome=rb.SubOutcome("lab", target=0, over=1, under=1, noise=1),
    )
    with pytest.raises(DescriptionError, match="budget and bounds"):
        WholePlan().init(stepped)
