"""A first period of drawn arms and doses, and past treatments in its place."""

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Key
from recourse_bandits.testing import difference
from tests.policies.dosing import PROBLEM, contexts, people, problem_of


def studied(policy: AnyPolicy, rounds: int) -> tuple[rb.Study, list[rb.Decision]]:
    """People who are observed at once."""
    study, rng, decisions = rb.Study(PROBLEM, policy, seed=4), np.random.default_rng(7), []
    for person in people(rounds):
        decision = study.decide(person)
        assert isinstance(decision, rb.Decision)
        measures = {"recovered": float(rng.integers(2))}
        if decision.dose is not None:
            measures["inr"] = float(rng.normal(2.5, 0.5))
        study.observe(decision.id, measures)
        decisions.append(decision)
    return study, decisions


@pytest.mark.parametrize("base", [rb.SGDMAB(), rb.PersonalDose(), rb.UCBDose(), rb.LinUCB()])
def test_past_treatments_replace_a_warm_up(base: AnyPolicy) -> None:
    study, decisions = studied(rb.WarmUp(base, rounds=25), 25)
    other = rb.Study(PROBLEM, base, seed=4)
    rng = np.random.default_rng(7)
    for person, decision in zip(people(25), decisions, strict=True):
        measures = {"recovered": float(rng.integers(2))}
        if decision.dose is not None:
            measures["inr"] = float(rng.normal(2.5, 0.5))
        other.import_past(person, decision.arm, measures, dose=decision.dose)
    assert difference(study.state.base, other.state) is None
    context = contexts(PROBLEM, 1, seed=3)[0]
    after, known = (one.policy.propose(one.state, context, Key(1, 5, 0)) for one in (study, other))
    assert difference(after, known) is None


def test_arms_and_doses_are_drawn_evenly_and_then_chosen() -> None:
    _, decisions = studied(rb.WarmUp(rb.SGDMAB(), rounds=600), 605)
    drawn, chosen = decisions[:600], decisions[600:]
    assert all(one.choice.propensity == pytest.approx(1.0 / 3.0) for one in drawn)
    assert [one.choice.trace["warm_up"] for one in drawn] == list(range(600))
    for arm, count in zip(*np.unique([one.arm for one in drawn], return_counts=True), strict=True):
        assert abs(count - 200) < 5 * np.sqrt(600 * 2 / 9), arm
    shares = [one.dose / 0.4 for one in drawn if one.arm == "b" and one.dose is not None]
    assert abs(np.mean(shares) - 0.5) < 5 / np.sqrt(12 * len(shares))
    assert abs(np.var(shares) - 1 / 12) < 0.03
    on_grid = {one.dose for one in drawn if one.arm == "a"}
    assert on_grid - {70.0} == {7.5 + 2.5 * step for step in range(25)}
    assert {one.dose for one in drawn if one.arm == "c"} == {None}
    assert all(
        "warm_up" not in one.choice.trace and one.choice.propensity is None for one in chosen
    )


def test_running_doses_wait_for_the_end_of_the_warm_up() -> None:
    study, _ = studied(rb.WarmUp(rb.SGDMAB(), rounds=20), 20)
    assert study.state.base.running.steps.tolist() == [0, 0, 0]
    later, _ = studied(rb.WarmUp(rb.SGDMAB(), rounds=20), 40)
    assert later.state.base.running.steps.sum() > 0
    assert later.state.decisions == 40
    assert later.verify().exact == 40


def test_a_warm_up_of_nobody_is_the_base() -> None:
    study, decisions = studied(rb.WarmUp(rb.PersonalDose(), rounds=0), 30)
    other, same = studied(rb.PersonalDose(), 30)
    assert [one.dose for one in decisions] == [one.dose for one in same]
    assert difference(study.state.base, other.state) is None


def test_a_problem_without_doses_has_none() -> None:
    problem = problem_of(arms=["a", "b"], sub_outcome=None)
    decision = rb.Study(problem, rb.WarmUp(rb.LinUCB(), rounds=5)).decide(people(1)[0])
    assert isinstance(decision, rb.Decision)
    assert decision.dose is None
    assert decision.proposal.doses is None


def test_a_base_that_asks_is_refused() -> None:
    with pytest.raises(DescriptionError, match="base must be a policy that asks nobody"):
        rb.WarmUp(rb.LIBRA(rb.GLRB(), threshold=1.0), rounds=5)
