"""Optimistic doses beside a textbook that loops over arms and doses."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import Dose, Problem, UCBDose
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies.ucb_dose import OptimisticDoseState
from recourse_bandits.records import Array, Effect, Key
from recourse_bandits.study.people import members, proposed
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
    """The whole policy in dense matrices and loops."""

    policy: UCBDose
    first_precision: Array = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.first_precision = self.precision.copy()

    def radii(self) -> tuple[float, float]:
        p, log = self.policy, 2.0 * math.log(1.0 / self.policy.failure)
        gain = np.log(self.precision / self.first_precision).sum()
        effect_gain = np.linalg.slogdet(self.B / p.effect_penalty)[1]
        return (
            math.sqrt(gain + log) + math.sqrt(p.penalty),
            self.sub.noise * (math.sqrt(effect_gain + log) + math.sqrt(p.effect_penalty)),
        )

    def arm(self, x: Array, arm: int) -> tuple[float | None, Array]:
        """Return the dose of an arm, and its log odds expected, at least and at most."""
        (first, second), scale = self.radii(), self.policy.scale
        dose = self.best_dose(self.mean, x, arm)
        f, width = self.penalty(self.mean, x, arm, dose), 0.0
        if dose is not None:
            chi, costs = self.chi(x, arm, dose), self.sub.costs(self.problem.arm_names[arm])
            width = scale * max(costs) * second * math.sqrt(chi @ np.linalg.solve(self.B, chi))
        unsure = scale * first * math.sqrt((x * x / self.precision[arm]).sum())
        centre = self.means[arm] @ x
        lower, upper = centre - unsure - f - width, centre + unsure - max(f - width, 0.0)
        return dose, np.array([centre - f, lower, upper])


@pytest.mark.parametrize(
    ("problem", "policy"),
    [
        (PROBLEM, UCBDose()),
        (KNOWN, UCBDose(penalty=0.3, effect_penalty=0.5, scale=1.0, failure=0.2)),
        (ALONE, UCBDose(scale=0.5)),
    ],
    ids=["default", "prior", "one arm, one feature"],
)
def test_a_whole_run_is_that_of_the_textbook(problem: Problem, policy: UCBDose) -> None:
    rng, rounds = np.random.default_rng(4), 120
    book, state = Textbook(problem, policy), policy.init(problem)
    coming, made = arrivals(rounds, rng), []
    for number, context in enumerate(contexts(problem, rounds)):
        decision = decided(policy, problem, state, context, number)
        told, x = decision.proposal, context.values
        np.testing.assert_allclose(policy.radii(state), book.radii(), rtol=1e-9)
        each = [book.arm(x, k) for k in range(len(problem.arms))]
        margins = np.array([margin for _, margin in each]).T
        found = np.array([told.mean, told.lower, told.high])
        np.testing.assert_allclose(found, 1.0 / (1.0 + np.exp(-margins)), rtol=1e-7)
        for k, (dose, _) in enumerate(each):
            assert told.dose_of(k) == (dose if dose is None else pytest.approx(dose, rel=1e-8))
        assert margins[2, told.arm] >= margins[2].max() - 1e-9
        assert told.explored == (margins[0, told.arm] < margins[0].max())
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


def learned(policy: UCBDose, problem: Problem) -> OptimisticDoseState:
    rng, state = np.random.default_rng(1), policy.init(problem)
    for number, context in enumerate(contexts(problem, 30, seed=2)):
        came = came_of(decided(policy, problem, state, context, number), rng)
        if came.effect is not None:
            state = policy.effect_observed(state, came.decision, came.effect)
        state = policy.observed(state, came.decision, came.outcome)
    return state


@pytest.mark.parametrize("problem", [PROBLEM, ALONE], ids=["three arms", "one arm"])
def test_people_together_are_told_what_each_is_told_alone(problem: Problem) -> None:
    policy, people = UCBDose(), contexts(problem, 17, seed=5)
    state = learned(policy, problem)
    together = proposed(policy, state, people, Key(8, np.arange(100, 117), 0))
    for place, member in enumerate(members(together, people)):
        assert member.doses is not None
        alone = policy.propose(state, people[place], Key(8, 100 + place, 0))
        assert alone.doses is not None
        assert (alone.arm, alone.explored) == (member.arm, member.explored)
        for one, other in zip(
            (alone.mean, alone.lower, alone.high, alone.doses),
            (member.mean, member.lower, member.high, member.doses),
            strict=True,
        ):
            np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_first_doses_come_first() -> None:
    policy, (context,) = UCBDose(scale=1.0), contexts(PROBLEM, 1)
    proposal = policy.propose(policy.init(PROBLEM), context, Key(1, 0, 0))
    assert [proposal.dose_of(arm) for arm in range(3)] == [60.0, 0.2, None]


_ABSURD = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1), _ABSURD, st.floats(0.0, 1.0)), max_size=12))
def test_doses_stay_in_their_ranges_whatever_is_measured(
    values: list[tuple[int, float, float]],
) -> None:
    policy, (context,) = UCBDose(), contexts(PROBLEM, 1)
    state = policy.init(PROBLEM)
    ranges: list[Dose] = [arm.dose for arm in PROBLEM.treatments if arm.dose is not None]
    for arm, value, share in values:
        taken = ranges[arm].lower + share * (ranges[arm].upper - ranges[arm].lower)
        state = policy.effect_observed(state, None, Effect(arm, context.values, value, taken))
    proposal = policy.propose(state, context, Key(3, 0, 0))
    assert proposal.dose_of(2) is None
    for arm, dose in enumerate(ranges):
        given = proposal.dose_of(arm)
        assert given is not None
        assert given == dose.issued(given)


def test_a_problem_without_sub_outcome_is_refused() -> None:
    with pytest.raises(DescriptionError, match="UCBDose needs a sub-outcome .* or use another"):
        UCBDose().init(problem_of(sub_outcome=None))
