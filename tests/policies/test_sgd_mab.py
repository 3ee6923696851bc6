"""SGD-MAB beside its textbook: dense matrices, Newton's method, and no kernel but the draws."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from recourse_bandits import LIBRA, SGDMAB, Advice, Prior, Problem, Reward, SubOutcome
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies.dosing_state import DosingState
from recourse_bandits.records import Array, Effect, Key, Outcome, Proposal
from recourse_bandits.study.people import members, proposed
from recourse_bandits.testing import difference
from tests.policies.dosing import (
    ALONE,
    INR,
    KNOWN,
    PROBLEM,
    RECOVERED,
    arrivals,
    came_of,
    contexts,
    decided,
    problem_of,
)
from tests.policies.textbook import Beliefs


def assert_close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@dataclass
class Textbook(Beliefs):
    """The whole policy in dense matrices, for the problem of these tests."""

    policy: SGDMAB
    dose: Array = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.dose = np.array([0.0 if r is None else r.start or r.middle for r in self.ranges])
        self.zeta, self.count = np.zeros(len(self.ranges)), np.zeros(len(self.ranges), int)

    def issued(self, arm: int) -> float | None:
        r = self.ranges[arm]
        if r is None:
            return None
        if r.step is None:
            return float(self.dose[arm])
        multiple = math.floor(float(self.dose[arm]) / r.step + 1e-9)
        return max(multiple, math.ceil(r.lower / r.step)) * r.step

    def decide(self, x: Array, key: Key) -> tuple[int, Array, Array]:
        """Return the arm, each arm's chance for the expected coefficients, and the drawn pi."""
        theta, pi = self.drawn(key, self.policy.inflation)
        u, arms = self.mean, range(self.shape[0])
        drawn = [theta[k] @ x - self.penalty(pi, x, k, self.issued(k)) for k in arms]
        expected = [self.means[k] @ x - self.penalty(u, x, k, self.issued(k)) for k in arms]
        return int(np.argmax(drawn)), 1.0 / (1.0 + np.exp(-np.array(expected))), pi

    def step(self, x: Array, arm: int, pi: Array) -> None:
        r = self.ranges[arm]
        if r is None:
            return
        over, under = self.sub.costs(self.problem.arm_names[arm])
        place, u = len(self.columns) + arm, self.mean
        variance = (self.policy.inflation * self.sub.noise) ** 2 * np.linalg.inv(self.B)
        length = r.upper - r.lower
        tau, size = pi[place] / length, math.sqrt(u[place] ** 2 + variance[place, place]) / length
        effect = self.chi(x, arm, self.dose[arm]) @ pi
        slope = tau * (over * (effect > self.sub.target) - under * (effect < self.sub.target))
        self.zeta[arm] = max(self.zeta[arm], max(over, under) * size)
        self.count[arm] += 1
        eta = length / (self.zeta[arm] * math.sqrt(self.count[arm]))
        self.dose[arm] = min(max(self.dose[arm] - eta * slope, r.lower), r.upper)


@pytest.mark.parametrize(
    ("problem", "policy"),
    [
        (PROBLEM, SGDMAB()),
        (KNOWN, SGDMAB(penalty=0.3, inflation=0.5, effect_penalty=0.05)),
        (ALONE, SGDMAB(inflation=2.0)),
    ],
    ids=["default", "prior", "one arm, one feature"],
)
def test_a_whole_run_is_that_of_the_textbook(problem: Problem, policy: SGDMAB) -> None:
    rng, rounds = np.random.default_rng(4), 200
    book, state = Textbook(problem, policy), policy.init(problem)
    coming, made = arrivals(rounds, rng), []
    for number, context in enumerate(contexts(problem, rounds)):
        decision = decided(policy, problem, state, context, number)
        arm, chances, pi = book.decide(context.values, Key(3, number, 0))
        assert decision.choice.arm == arm
        given, expected = decision.dose, book.issued(arm)
        assert (given is None) == (expected is None)
        assert_close(given or 0.0, expected or 0.0)
        np.testing.assert_allclose(decision.proposal.mean, chances)
        state = policy.committed(state, decision)
        book.step(context.values, arm, pi)
        assert_close(state.running.dose, book.dose)
        made.append(came_of(decision, rng))
        for earlier, what in coming[number]:
            late = made[earlier]
            if what == "outcome":
                state = policy.observed(state, late.decision, late.outcome, donate=True)
                book.outcome(late.outcome)
            elif late.effect is not None:
                state = policy.effect_observed(state, late.decision, late.effect, donate=True)
                book.effect(late.effect)
    factor = state.effects.factor
    assert_close(factor.T @ factor, book.B)
    assert_close(state.effects.estimate, np.linalg.solve(book.B, book.Pchi))
    assert_close(state.chances.means, book.means)
    assert_close(state.chances.precision, book.precision)
    assert state.running.steps.tolist() == book.count.tolist()
    assert {came.decision.choice.arm for came in made} == set(range(len(problem.arms)))


def learned(policy: SGDMAB, problem: Problem, rounds: int = 40) -> DosingState:
    rng, state = np.random.default_rng(1), policy.init(problem)
    for number, context in enumerate(contexts(problem, rounds, seed=2)):
        came = came_of(decided(policy, problem, state, context, number), rng)
        state = policy.committed(state, came.decision)
        if came.effect is not None:
            state = policy.effect_observed(state, came.decision, came.effect)
        state = policy.observed(state, came.decision, came.outcome)
    return state


@pytest.mark.parametrize("problem", [PROBLEM, ALONE], ids=["three arms", "one arm"])
def test_people_together_are_told_what_each_is_told_alone_to_the_last_bit(problem: Problem) -> None:
    policy, people = SGDMAB(), contexts(problem, 17, seed=5)
    state = learned(policy, problem)
    together = proposed(policy, state, people, Key(8, np.arange(100, 117), 0))
    for place, member in enumerate(members(together, people)):
        alone = policy.propose(state, people[place], Key(8, 100 + place, 0))
        assert difference(_comparable(alone), _comparable(member)) is None


def _comparable(proposal: Proposal) -> list[Any]:
    numbers = (proposal.mean, proposal.low, proposal.high, proposal.doses, proposal.point)
    flags = int(proposal.arm), bool(proposal.explored), proposal.ruled_out
    return [*numbers, *flags, dict(proposal.trace)]


def test_chances_are_told_at_the_issued_dose_within_two_deviations() -> None:
    policy = SGDMAB(inflation=0.7)
    state, (context,) = learned(policy, PROBLEM), contexts(PROBLEM, 1, seed=9)
    proposal = policy.propose(state, context, Key(1, 0, 0))
    x, u = context.values, state.effects.estimate
    issued = state.running.issued / state.judgement.span
    assert PROBLEM.doses is not None
    assert proposal.doses is not None
    np.testing.assert_array_equal(proposal.doses, PROBLEM.doses.issued(state.running.dose))
    for k, name in enumerate(PROBLEM.arm_names):
        f = INR.penalty(x[1] * u[0] + issued[k] * u[1 + k], name) if name != "c" else 0.0
        margin = state.chances.means[k] @ x - f
        deviation = math.sqrt((x * x / state.chances.precision[k]).sum())
        for told, z in (
            (proposal.mean[k], margin),
            (proposal.lower[k], margin - 1.4 * deviation),
            (proposal.high[k], margin + 1.4 * deviation),
        ):
            assert told == pytest.approx(1.0 / (1.0 + math.exp(-z)), rel=1e-12)


def test_the_interval_leaves_out_that_the_effect_is_uncertain() -> None:
    policy, (context,) = SGDMAB(), contexts(PROBLEM, 1)
    state = learned(policy, PROBLEM)
    effects = state.effects._replace(factor=10.0 * state.effects.factor)
    certain = state._replace(effects=effects)
    assert policy.interval(state, context, 0, context.values) == policy.interval(
        certain, context, 0, context.values
    )


def test_imported_treatments_teach_but_move_no_dose() -> None:
    policy, state = SGDMAB(), SGDMAB().init(PROBLEM)
    x = contexts(PROBLEM, 1)[0].values
    after = policy.effect_observed(state, None, Effect(0, x, 3.0, 30.0))
    after = policy.observed(after, None, Outcome(0, x, 1.0, 30.0))
    assert difference(after.running, state.running) is None
    assert difference(after.effects, state.effects) is not None
    assert difference(after.chances, state.chances) is not None


def test_an_arm_without_a_dose_moves_none() -> None:
    policy, state, (context,) = SGDMAB(), SGDMAB().init(PROBLEM), contexts(PROBLEM, 1)
    only_c = PROBLEM.context(context, eligible=["c"])
    decision = decided(policy, PROBLEM, state, only_c, 0)
    assert decision.dose is None
    assert policy.committed(state, decision) is state


def test_advice_moves_the_dose_of_the_arm_that_it_names() -> None:
    policy: LIBRA = LIBRA(SGDMAB(), threshold=0.0, veto=False)
    state, (context,) = policy.init(PROBLEM), contexts(PROBLEM, 1)
    proposal = policy.propose(state, context, Key(1, 0, 0))
    other = 1 - int(proposal.arm == 1)
    choice = policy.settle(state, proposal, Advice(other, context.values))
    assert choice.dose == proposal.dose_of(other)
    decision = decided(policy.base, PROBLEM, state.base, context, 0)
    object.__setattr__(decision, "choice", choice)
    after = policy.committed(state, decision)
    assert after.base.running.steps.tolist() == [int(k == other) for k in range(3)]


@pytest.mark.parametrize("wrong", [None, math.inf, math.nan])
@pytest.mark.parametrize("name", ["base", "tau", "slope_size"])
def test_a_step_of_no_number_is_not_taken(name: str, wrong: float | None) -> None:
    policy, state, (context,) = SGDMAB(), SGDMAB().init(ALONE), contexts(ALONE, 1)
    decision = decided(policy, ALONE, state, context, 0)
    trace = {**decision.choice.trace, name: wrong if name == "base" else [wrong]}
    object.__setattr__(decision.choice, "trace", trace)
    assert policy.committed(state, decision) is state
    object.__setattr__(decision.choice, "trace", {})
    assert policy.committed(state, decision) is state


def test_doses_that_cost_nothing_stay() -> None:
    free = problem_of(sub_outcome=SubOutcome("inr", target=2.5, over=0, under=0, noise=0.3))
    state = learned(SGDMAB(), free)
    assert state.running.steps[:2].sum() > 0
    assert state.running.dose.tolist() == SGDMAB().init(free).running.dose.tolist()


def test_the_unit_of_a_dose_does_not_matter() -> None:
    policy = SGDMAB(effect_penalty=0.2)
    doses = []
    for unit in (1.0, 1e9):
        arm = problem_of().treatments[0]
        assert arm.dose is not None
        dose = type(arm.dose)("?", 7.0 * unit, 70.0 * unit, start=60.0 * unit)
        problem = problem_of(
            arms=[type(arm)("a", dose=dose)],
            sub_outcome=SubOutcome("inr", target=2.5, over=1, under=1, noise=0.3),
        )
        state, rng = policy.init(problem), np.random.default_rng(0)
        for number, context in enumerate(contexts(problem, 50)):
            decision = decided(policy, problem, state, context, number)
            state = policy.committed(state, decision)
            assert decision.dose is not None
            value = 0.05 * decision.dose / unit + float(rng.normal(0, 0.3))
            state = policy.effect_observed(
                state, decision, Effect(0, context.values, value, decision.dose)
            )
        doses.append(state.running.dose[0] / unit)
    assert doses[0] == pytest.approx(doses[1], rel=1e-9)
    assert abs(doses[0] - 60.0) > 1.0


def test_a_problem_without_sub_outcome_is_refused() -> None:
    with pytest.raises(DescriptionError, match="SGDMAB needs a sub-outcome .* or use another"):
        SGDMAB().init(problem_of(sub_outcome=None))


def test_a_prior_of_correlated_coefficients_is_refused() -> None:
    matrix = np.tile(np.eye(3), (3, 1, 1))
    matrix[1, 0, 2] = matrix[1, 2, 0] = 0.25
    prior = Prior(precision_matrix=matrix.tolist())
    reward = Reward(RECOVERED.measure, link="logistic", coefficient_bound=4.0, prior=prior)
    with pytest.raises(DescriptionError, match="precision_matrix must be diagonal here"):
        SGDMAB().init(problem_of(reward=reward))
