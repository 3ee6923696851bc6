"""Personal doses beside a textbook that tries the corners of the penalty, and their caution."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import Arm, Dose, PersonalDose, Problem, Study, SubOutcome
from recourse_bandits.errors import DescriptionError
from recourse_bandits.kernels import draws
from recourse_bandits.kernels.one_point_gradient import SIGN_INDEX
from recourse_bandits.policies.dosing_state import MeasuredState
from recourse_bandits.records import Array, Effect, Key, Outcome, Proposal
from recourse_bandits.study.people import members, proposed
from recourse_bandits.testing import difference
from tests.policies.dosing import (
    ALONE,
    KNOWN,
    PROBLEM,
    arrivals,
    came_of,
    contexts,
    decided,
    problem_of,
)
from tests.policies.textbook import Beliefs


@dataclass
class Textbook(Beliefs):
    """The whole policy in dense matrices; a best dose is found among the corners of f."""

    policy: PersonalDose

    def known(self, arm: int) -> bool:
        """Estimate the effect without the ridge, as good as."""
        ridge = (1.0 - 1e-6) * self.policy.effect_penalty * np.eye(self.Pchi.size)
        covariance, place = np.linalg.inv(self.B - ridge), len(self.columns) + arm
        tau = (covariance @ self.Pchi)[place]
        deviation = self.sub.noise * math.sqrt(covariance[place, place])
        return bool(abs(tau) >= self.policy.sure * deviation)

    def dose(self, pi: Array, x: Array, arm: int, side: float) -> float | None:
        r = self.ranges[arm]
        if r is None:
            return None
        if not self.known(arm):
            more = max(self.policy.spread * (r.upper - r.lower), r.step or 0.0)
            return r.issued(r.first + side * more)
        return self.best_dose(pi, x, arm)

    def decide(self, x: Array, key: Key) -> tuple[int, list[float | None], Array]:
        """Return the arm, each arm's dose, and its chance for the expected coefficients."""
        theta, pi = self.drawn(key, self.policy.inflation)
        u, arms = self.mean, range(self.shape[0])
        side = -1.0 if draws.uniform(*key, 2 * SIGN_INDEX) < 0.5 else 1.0
        doses = [self.dose(pi, x, k, side) for k in arms]
        drawn = [theta[k] @ x - self.penalty(pi, x, k, doses[k]) for k in arms]
        likely = [self.dose(u, x, k, 0.0) for k in arms]
        expected = [self.means[k] @ x - self.penalty(u, x, k, likely[k]) for k in arms]
        return int(np.argmax(drawn)), doses, 1.0 / (1.0 + np.exp(-np.array(expected)))


@pytest.mark.parametrize(
    ("problem", "policy"),
    [
        (PROBLEM, PersonalDose()),
        (KNOWN, PersonalDose(penalty=0.3, inflation=0.5, effect_penalty=0.05, sure=0.0)),
        (ALONE, PersonalDose(inflation=2.0, spread=0.2, sure=3.0)),
    ],
    ids=["default", "prior, no caution", "one arm, one feature"],
)
def test_a_whole_run_is_that_of_the_textbook(problem: Problem, policy: PersonalDose) -> None:
    rng, rounds = np.random.default_rng(4), 120
    book, state = Textbook(problem, policy), policy.init(problem)
    coming, made, known = arrivals(rounds, rng), [], []
    for number, context in enumerate(contexts(problem, rounds)):
        decision = decided(policy, problem, state, context, number)
        arm, doses, chances = book.decide(context.values, Key(3, number, 0))
        known.append([book.known(k) for k in range(len(doses))])
        assert decision.choice.arm == arm
        assert decision.choice.trace["known"] == known[-1]
        assert decision.dose == (doses[arm] and pytest.approx(doses[arm], rel=1e-8))
        np.testing.assert_allclose(decision.proposal.mean, chances, rtol=1e-8)
        state = policy.committed(state, decision)
        made.append(came_of(decision, rng))
        for earlier, what in coming[number]:
            late = made[earlier]
            if what == "outcome":
                state = policy.observed(state, late.decision, late.outcome, donate=True)
                book.outcome(late.outcome)
            elif late.effect is not None:
                state = policy.effect_observed(state, late.decision, late.effect, donate=True)
                book.effect(late.effect)
    assert {came.decision.choice.arm for came in made} == set(range(len(problem.arms)))
    dosed = [k for k, each in enumerate(book.ranges) if each is not None]
    if policy.sure > 0.0:  # cautious at first, and not for ever
        assert not any(known[0])
        assert all(known[-1][k] for k in dosed)


def learned(policy: PersonalDose, problem: Problem, rounds: int = 40) -> MeasuredState:
    rng, state = np.random.default_rng(1), policy.init(problem)
    for number, context in enumerate(contexts(problem, rounds, seed=2)):
        came = came_of(decided(policy, problem, state, context, number), rng)
        if came.effect is not None:
            state = policy.effect_observed(state, came.decision, came.effect)
        state = policy.observed(state, came.decision, came.outcome)
    return state


@pytest.mark.parametrize("problem", [PROBLEM, ALONE], ids=["three arms", "one arm"])
@pytest.mark.parametrize("rounds", [0, 40])
def test_people_together_are_told_what_each_is_told_alone_to_the_last_bit(
    problem: Problem, rounds: int
) -> None:
    policy, people = PersonalDose(), contexts(problem, 17, seed=5)
    state = learned(policy, problem, rounds)
    together = proposed(policy, state, people, Key(8, np.arange(100, 117), 0))
    for place, member in enumerate(members(together, people)):
        alone = policy.propose(state, people[place], Key(8, 100 + place, 0))
        assert difference(_comparable(alone), _comparable(member)) is None


def _comparable(proposal: Proposal) -> list[Any]:
    numbers = (proposal.mean, proposal.low, proposal.high, proposal.doses, proposal.point)
    flags = int(proposal.arm), bool(proposal.explored), proposal.ruled_out
    return [*numbers, *flags, dict(proposal.trace)]


def alone(dose: Dose, noise: float = 0.3) -> Problem:
    sub_outcome = SubOutcome("inr", target=2.5, over=1, under=1, noise=noise)
    return problem_of(arms=[Arm("a", dose=dose)], sub_outcome=sub_outcome)


def met(policy: PersonalDose, problem: Problem, slope: float, rounds: int) -> list[tuple[Any, ...]]:
    """Return dose and caution for people whose value is 1.5 and slope times the share of range."""
    state, told = policy.init(problem), []
    dose = problem.treatments[0].dose
    assert dose is not None
    noise = np.random.default_rng(5).normal(0, 0.3, rounds)
    for number, context in enumerate(contexts(problem, rounds)):
        decision = decided(policy, problem, state, context, number)
        assert decision.dose is not None
        told.append((decision.dose, decision.choice.trace["known"][0]))
        value = 1.5 + slope * decision.dose / (dose.upper - dose.lower) + noise[number]
        effect = Effect(0, context.values, float(value), decision.dose)
        state = policy.effect_observed(state, decision, effect)
    return told


@pytest.mark.parametrize("slope", [4.0, -4.0])
def test_one_arm_alone_comes_to_be_known(slope: float) -> None:
    told = met(PersonalDose(), alone(Dose("mg", 0.0, 10.0)), slope, 80)
    cautious = [dose for dose, known in told if not known]
    assert set(cautious) == {4.0, 6.0}
    assert 4 <= len(cautious) <= 40  # three coefficients need four people
    assert all(known for _, known in told[-30:])
    best = 2.5 if slope > 0 else 0.0  # the target is reached with a quarter, or never
    assert abs(np.mean([dose for dose, _ in told[-30:]]) - best) < 0.5


def test_what_a_dose_without_effect_looks_like_stays_cautious() -> None:
    told = met(PersonalDose(sure=4.0), alone(Dose("mg", 0.0, 10.0)), 0.0, 200)
    assert {dose for dose, _ in told} == {4.0, 6.0}
    bold = met(PersonalDose(sure=0.0), alone(Dose("mg", 0.0, 10.0)), 0.0, 200)
    ends = [dose in (0.0, 10.0) for dose, _ in bold]
    assert np.mean(ends) > 0.5


def test_the_prior_alone_makes_no_effect_known() -> None:
    # a high value at a constant dose is split by the ridge between the intercept and the dose
    policy, problem = PersonalDose(effect_penalty=1.0), alone(Dose("mg", 0.0, 10.0))
    state, (context,) = policy.init(problem), contexts(problem, 1)
    for _ in range(200):
        state = policy.effect_observed(state, None, Effect(0, context.values, 9.0, 5.0))
    place = state.judgement.columns.size
    deviation = 0.3 * math.sqrt(
        np.linalg.inv(state.effects.factor.T @ state.effects.factor)[-1, -1]
    )
    assert state.effects.estimate[place] > 2.0 * deviation  # the ridge believes in an effect
    assert policy.known(state).tolist() == [False]


@pytest.mark.parametrize(
    ("dose", "cautious"),
    [
        (Dose("mg", 0.0, 10.0, step=2.5, rounding="down"), {2.5, 7.5}),
        (Dose("mg", 0.0, 10.0, step=2.5, rounding="nearest"), {2.5, 7.5}),
        (Dose("mg", 0.0, 10.0, start=10.0), {9.0, 10.0}),
        (Dose("mg", 0.0, 10.0, start=0.5, rounding="up"), {0.0, 1.5}),
    ],
    ids=["a step wider than the spread", "nearest", "from the upper end", "near the lower end"],
)
def test_cautious_doses_differ_and_stay_in_the_range(dose: Dose, cautious: set[float]) -> None:
    policy, problem = PersonalDose(), alone(dose)
    state, (context,) = policy.init(problem), contexts(problem, 1)
    proposals = [policy.propose(state, context, Key(1, number, 0)) for number in range(40)]
    assert {proposal.dose_of(0) for proposal in proposals} == cautious


def test_the_safe_neighbour_is_given_though_the_other_costs_less() -> None:
    problem = alone(Dose("mg", 0.0, 10.0, step=4.0, rounding="down"))
    policy, (context,) = PersonalDose(sure=0.0, inflation=0.0), contexts(problem, 1)
    state = policy.init(problem)
    estimate = np.zeros(4)
    estimate[-1] = 2.5 / 0.79  # the target is reached at 7.9
    state = state._replace(effects=state.effects._replace(estimate=estimate))
    assert policy.propose(state, context, Key(1, 0, 0)).dose_of(0) == 4.0


_ABSURD = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100)


@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(st.tuples(st.integers(0, 1), _ABSURD, st.floats(0.0, 1.0)), max_size=12),
    sure=st.sampled_from([0.0, 2.0]),
    number=st.integers(0, 10**6),
)
def test_doses_stay_in_their_ranges_whatever_is_measured(
    values: list[tuple[int, float, float]], sure: float, number: int
) -> None:
    policy, (context,) = PersonalDose(sure=sure), contexts(PROBLEM, 1)
    state, arms = policy.init(PROBLEM), PROBLEM.treatments
    for arm, value, share in values:
        dose = arms[arm].dose
        assert dose is not None
        taken = dose.lower + share * (dose.upper - dose.lower)
        state = policy.effect_observed(state, None, Effect(arm, context.values, value, taken))
    proposal = policy.propose(state, context, Key(3, number, 0))
    assert proposal.dose_of(2) is None
    for arm in (0, 1):
        dose, given = arms[arm].dose, proposal.dose_of(arm)
        assert dose is not None
        assert given is not None
        assert given == dose.issued(given)
        assert dose.lower <= given <= dose.upper


def test_a_study_is_replayed_to_the_last_bit() -> None:
    study = Study(PROBLEM, PersonalDose(), seed=2)
    rng = np.random.default_rng(3)
    for _ in range(30):
        decision = study.decide({"age": float(rng.normal(60, 10)), "weight": 80.0})
        assert not hasattr(decision, "proposal") or decision.proposal.trace["known"]
        study.observe(decision.id, {"recovered": float(rng.integers(2))})
        if getattr(decision, "dose", None) is not None:
            study.observe(decision.id, {"inr": float(rng.normal(2.5, 1))})
    assert study.verify().exact == 30


def test_outcomes_that_were_imported_teach_the_same() -> None:
    policy, x = PersonalDose(), contexts(PROBLEM, 1)[0].values
    state = policy.effect_observed(policy.init(PROBLEM), None, Effect(0, x, 3.0, 30.0))
    after = policy.observed(state, None, Outcome(0, x, 1.0, 30.0))
    assert difference(after.effects, policy.init(PROBLEM).effects) is not None
    assert difference(after.chances, policy.init(PROBLEM).chances) is not None


def test_a_problem_without_sub_outcome_is_refused() -> None:
    with pytest.raises(DescriptionError, match="PersonalDose needs a sub-outcome .* or use anoth"):
        PersonalDose().init(problem_of(sub_outcome=None))
