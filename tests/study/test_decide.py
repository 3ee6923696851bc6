"""What a decision holds, and what it leaves as it was."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, Feature, LinUCB, Problem, RecourseTS, Study, Uniform
from recourse_bandits.errors import (
    DescriptionError,
    NoEligibleArm,
    PersonError,
    RecourseBanditsError,
    UnknownArm,
)
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Key, Stream
from recourse_bandits.study.smaller import smaller_change
from tests.study.builders import (
    PERSON,
    PROBLEM,
    assert_same,
    decided,
    people,
    snapshot,
    study_of,
    taught,
)


def test_decisions_are_numbered_from_0_and_kept() -> None:
    study = study_of()
    decisions = [decided(study, person) for person in people(3)]
    assert [decision.id for decision in decisions] == [0, 1, 2]
    assert study.decisions == 3
    assert study.open_decisions == (0, 1, 2)
    assert study.pending == ()
    for decision in decisions:
        assert_same(study.decision(decision.id), decision)


def test_a_decision_says_what_was_recommended_in_raw_units() -> None:
    decision = decided(study_of(), subject="s-7", request_id="visit-17")
    assert decision.arm in PROBLEM.arm_names
    assert PROBLEM.arm_index(decision.arm) == decision.choice.arm
    assert (decision.subject, decision.request_id) == ("s-7", "visit-17")
    recourse = decision.recourse
    assert recourse is not None
    assert recourse.target["age"] == 71.0
    for name, change in recourse.change.items():
        assert recourse.target[name] == pytest.approx(PERSON[name] + change)
    effort = math.hypot(*(change / 2.0 for change in recourse.change.values()))
    assert recourse.cost == pytest.approx(effort)
    assert recourse.cost <= 1.5 + 1e-9
    low, high = decision.interval
    assert low <= decision.predicted <= high
    assert (decision.asked, decision.followed, decision.vetoed, decision.failed) == (False,) * 4
    assert decision.source == "policy"


def test_a_decision_is_the_policys_for_its_state_and_number() -> None:
    study = taught(study_of(seed=5))
    context = PROBLEM.context(PERSON)
    proposal = study.policy.propose(study.state, context, Key(5, 8, Stream.POLICY))
    decision = decided(study)
    assert_same(decision.proposal, proposal)
    assert_same(decision.choice.point, proposal.point)


@pytest.mark.parametrize("policy", [GLRB(), LinUCB(), RecourseTS(), Uniform()], ids=repr)
def test_deciding_alone_teaches_nothing(policy: AnyPolicy) -> None:
    study = study_of(policy)
    before = study.state
    decided(study)
    assert_same(study.state, before)


def test_only_offered_arms_are_given() -> None:
    study = study_of(Uniform())
    arms = {decided(study, person, eligible=["combination"]).arm for person in people(12)}
    assert arms == {"combination"}
    assert {decided(study, person).arm for person in people(12)} == set(PROBLEM.arm_names)


def test_only_offered_arms_are_given_to_a_context() -> None:
    study = study_of(Uniform())
    for person in people(12):
        context = PROBLEM.context(person, ["combination"])
        assert decided(study, context).arm == "combination"


def test_an_arm_must_be_offered() -> None:
    study = study_of()
    with pytest.raises(NoEligibleArm, match="offered are none"):
        study.decide(PERSON, eligible=[])
    with pytest.raises(UnknownArm, match=r"unknown arm 'combinations' \(did you mean"):
        study.decide(PERSON, eligible=["combinations"])


@pytest.mark.parametrize("names", [("x", "y"), ("x", "y", "z")])
def test_a_context_of_another_problem_is_refused(names: tuple[str, ...]) -> None:
    study = study_of(Uniform())
    features = [Feature(name, mutable=True, mean=0, scale=1) for name in names]
    other = replace(PROBLEM, features=features).context([1.0] * len(names))
    before = snapshot(study)
    with pytest.raises(RecourseBanditsError):
        study.decide(other)
    assert_same(snapshot(study), before)


@pytest.mark.parametrize("age", [1e12, 1e200])
def test_nobody_who_is_accepted_spoils_the_state(age: float) -> None:
    study = study_of()
    try:
        decision = decided(study, {**PERSON, "age": age})
    except PersonError:
        return
    study.observe(decision.id, {"drop": 1.0})
    assert np.isfinite(study.state.factor).all()
    assert np.isfinite(decided(study).interval).all()


def test_the_state_that_is_handed_out_is_a_copy() -> None:
    study = taught(study_of())
    before = study.state
    study.state.estimate[:] = 99.0
    assert_same(study.state, before)


def test_a_person_may_be_changed_after_the_decision() -> None:
    study = study_of()
    mapping, array = dict(PERSON), np.array([71.0, 4.0, 1.0])
    first, second = decided(study, mapping), decided(study, array)
    mapping["diet"], array[1] = 9.0, 9.0
    for decision in (first, second):
        stored: Any = study.decision(decision.id)
        assert stored.context.given["diet"] == 4.0
        assert stored.context.values[2] == -0.5


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5])
def test_a_seed_must_be_a_whole_number_below_2_to_63(seed: Any) -> None:
    with pytest.raises(DescriptionError, match=r"seed must .*, got"):
        study_of(seed=seed)


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_the_ends_of_the_seeds_may_be_used(seed: int) -> None:
    assert decided(study_of(seed=seed)).id == 0


@pytest.mark.parametrize("policy", [GLRB(), RecourseTS(), Uniform()], ids=repr)
def test_an_unscaled_problem_is_refused_at_once(policy: AnyPolicy) -> None:
    problem = Problem(
        features=[Feature("age", mutable=True)],
        arms=["a"],
        budget=PROBLEM.budget,
        reward=PROBLEM.reward,
    )
    with pytest.raises(DescriptionError, match="feature 'age' has no mean and scale"):
        Study(problem, policy)


def test_half_the_effort_is_told_beside_the_recourse() -> None:
    study = study_of()
    for number in range(40):
        decision = decided(study)
        study.observe(decision.id, {"drop": 3.0 * decision.choice.point[-1] + 0.01 * number})
    decision = decided(study)
    text = study.explain(decision.id)
    less = smaller_change(study.policy, study.state, decision)
    assert less is not None
    assert decision.recourse is not None
    assert less.effort <= 0.5 * decision.recourse.cost + 1e-9
    assert f"brings {100 * less.gained:.0f} % of the expected gain" in text
    # among all changes of that effort none is better, by the estimates of now
    context, arm = decision.context, decision.choice.arm
    columns = context.feasible.mutable
    best = study.policy.interval(study.state, context, arm, less.point)[0]
    rng = np.random.default_rng(1)
    for _ in range(300):
        change = rng.standard_normal(columns.size)
        change *= less.effort / context.feasible.effort(change)
        change = np.clip(change, context.feasible.lower, context.feasible.upper)
        other = context.feasible.moved(context.values, change)
        assert study.policy.interval(study.state, context, arm, other)[0] <= best + 1e-9


def test_a_decision_can_be_explained() -> None:
    study = study_of()
    decision = decided(study, subject="s-7")
    assert decision.recourse is not None
    changed = [name for name, change in decision.recourse.change.items() if change != 0.0]
    assert changed
    text = study.explain(decision.id)
    for word in ("decision 0", "s-7", *PROBLEM.arm_names, *changed):
        assert word in text
