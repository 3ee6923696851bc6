"""B-SGD-MAB beside its textbook: plain arithmetic, Newton's method, and no kernel but the draws."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recourse_bandits import BSGDMAB, LIBRA, Advice, Arm, Dose, Feature, Problem
from recourse_bandits.errors import DescriptionError
from recourse_bandits.kernels import draws
from recourse_bandits.kernels.one_point_gradient import SIGN_INDEX
from recourse_bandits.records import Array, Effect, Key, Outcome
from recourse_bandits.study.people import members, proposed
from recourse_bandits.testing import difference
from tests.policies.dosing import AGE, WEIGHT, arrivals, came_of, contexts, decided, problem_of
from tests.policies.newton import newton

FAR = "0.002 * (dose - 0.5 * weight) * (dose - 0.5 * weight)"
A = Arm("a", dose=Dose("mg", 7.0, 70.0, step=2.5, start=60.0, penalty=FAR))
B = Arm("b", dose=Dose("g", 0.0, 0.4, penalty="8 * dose + age / 100"))
PROBLEM = problem_of(arms=(A, B, Arm("c")), sub_outcome=None)
ALONE = problem_of(
    features=(WEIGHT,),
    arms=(replace(A, dose=Dose("mg", -5.0, 5.0, penalty="-dose")),),
    sub_outcome=None,
)


def assert_close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


def cost(arm: str, values: Array, dose: float, problem: Problem) -> float:
    """The penalties by hand, of raw features."""
    if problem is ALONE:
        return -dose
    age, weight = 60.0 + 10.0 * values[1], 80.0 + 15.0 * values[2]
    return float(0.002 * (dose - 0.5 * weight) ** 2 if arm == "a" else 8.0 * dose + age / 100.0)


@pytest.mark.parametrize("horizon", [200, 40])
@pytest.mark.parametrize("problem", [PROBLEM, ALONE], ids=["three arms", "one arm, one feature"])
def test_a_whole_run_is_that_of_the_textbook(problem: Problem, horizon: int) -> None:
    policy = BSGDMAB(horizon, 3.0, penalty=0.7, inflation=0.8)
    rng, rounds = np.random.default_rng(4), 200
    vartheta, eta = horizon**-0.25, 2.0 * horizon**-0.75
    doses = [arm.dose for arm in problem.treatments]
    shape = len(doses), problem.dimension
    means, precision = np.zeros(shape), np.full(shape, 0.7)
    z = np.array(
        [
            0.0 if d is None else 2.0 * ((d.start or d.middle) - d.lower) / (d.upper - d.lower) - 1
            for d in doses
        ]
    ).clip(vartheta - 1.0, 1.0 - vartheta)

    def dose_of(arm: int, scaled: float) -> float:
        d = doses[arm]
        assert d is not None
        return d.lower + 0.5 * (1.0 + scaled) * (d.upper - d.lower)

    def penalty(arm: int, x: Array, dose: float | None) -> float:
        if dose is None:
            return 0.0
        return min(max(cost(problem.arm_names[arm], x, dose, problem), 0.0), 3.0)

    state, coming, made = policy.init(problem), arrivals(rounds, rng), []
    for number, context in enumerate(contexts(problem, rounds)):
        x, key = context.values, Key(3, number, 0)
        decision = decided(policy, problem, state, context, number)
        arm = decision.choice.arm
        place = np.arange(means.size).reshape(shape)
        theta = means + 0.8 * draws.normal(*key, place) / np.sqrt(precision)
        f = [0.0 if d is None else penalty(k, x, dose_of(k, z[k])) for k, d in enumerate(doses)]
        assert arm == int(np.argmax(theta @ x - f))
        assert_close(decision.proposal.mean, 1.0 / (1.0 + np.exp(f - means @ x)))
        state = policy.committed(state, decision)
        given = doses[arm]
        assert (decision.dose is None) == (given is None)
        if given is not None:
            u = -1.0 if draws.uniform(*key, 2 * SIGN_INDEX) < 0.5 else 1.0
            issued = given.issued(dose_of(arm, z[arm] + vartheta * u))
            assert_close(decision.dose, issued)
            moved = z[arm] - eta * u / vartheta * penalty(arm, x, issued) / 3.0
            z[arm] = min(max(moved, vartheta - 1.0), 1.0 - vartheta)
        assert_close(state.iterate, z)
        made.append(came_of(decision, rng))
        for earlier, what in coming[number]:
            late = made[earlier].outcome
            if what == "outcome":
                state = policy.observed(state, None, late, donate=True)
                y, k = late.point, late.arm
                off, won = penalty(k, y, late.dose), late.reward == 1.0
                means[k] = newton(means[k], precision[k], y, off, won)
                p = 1.0 / (1.0 + math.exp(off - means[k] @ y))
                precision[k] += p * (1.0 - p) * y * y
    assert_close(state.chances.means, means)
    assert_close(state.chances.precision, precision)


@pytest.mark.parametrize("problem", [PROBLEM, ALONE], ids=["three arms", "one arm"])
def test_people_together_are_told_what_each_is_told_alone_to_the_last_bit(problem: Problem) -> None:
    policy, people = BSGDMAB(100, 3.0), contexts(problem, 17, seed=5)
    state = policy.init(problem)
    together = proposed(policy, state, people, Key(8, np.arange(100, 117), 0))
    for place, member in enumerate(members(together, people)):
        alone = policy.propose(state, people[place], Key(8, 100 + place, 0))
        for name in ("mean", "low", "high", "doses", "point", "ruled_out"):
            assert difference(getattr(alone, name), getattr(member, name)) is None
        assert difference(dict(alone.trace), dict(member.trace)) is None
        assert alone.arm == member.arm


def test_the_two_plays_of_a_dose_are_a_step_apart_from_the_iterate() -> None:
    policy = BSGDMAB(256, 20.0)  # vartheta = 1/4 of half of the range
    state, (context,) = policy.init(ALONE), contexts(ALONE, 1)
    doses = {decided(policy, ALONE, state, context, number).dose for number in range(40)}
    assert doses == {-1.25, 1.25}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("-4", 0.0), ("1e9 * dose * dose + 1e9", 1.0), ("dose / (dose - dose)", 1.0), ("1", 0.25)],
)
def test_a_penalty_beyond_its_bounds_counts_as_the_nearer_one(
    formula: str, expected: float
) -> None:
    problem = problem_of(
        features=(AGE,), arms=(Arm("a", dose=Dose("mg", 1, 9, penalty=formula)),), sub_outcome=None
    )
    policy, (context,) = BSGDMAB(100, 4.0), contexts(problem, 1)
    decision = decided(policy, problem, policy.init(problem), context, 0)
    assert decision.choice.trace["value"] == [expected]


def test_a_missing_feature_counts_as_it_is_filled_in() -> None:
    weight = Feature("weight", mean=80.0, scale=15.0, missing="indicator")
    dose = Dose("mg", 0, 1, penalty="weight / 100")
    problem = problem_of(features=(weight,), arms=(Arm("a", dose=dose),), sub_outcome=None)
    policy = BSGDMAB(100, 1.0)
    decision = decided(policy, problem, policy.init(problem), problem.context({"weight": None}), 0)
    assert decision.choice.trace["value"] == [pytest.approx(0.8, rel=1e-15)]


def test_a_sub_outcome_teaches_nothing() -> None:
    policy, problem = BSGDMAB(100, 3.0), problem_of(arms=(A, B, Arm("c")))
    state = policy.init(problem)
    x = contexts(problem, 1)[0].values
    assert policy.effect_observed(state, None, Effect(0, x, 3.0, 30.0)) is state
    assert policy.committed(state, decided(policy, problem, state, contexts(problem, 1)[0], 0))
    assert policy.observed(state, None, Outcome(2, x, 1.0)).chances.means[2].any()


def test_advice_moves_the_dose_of_the_arm_that_it_names() -> None:
    policy: LIBRA = LIBRA(BSGDMAB(100, 3.0), threshold=0.0, veto=False)
    state, (context,) = policy.init(PROBLEM), contexts(PROBLEM, 1)
    proposal = policy.propose(state, context, Key(1, 0, 0))
    other = 1 - int(proposal.arm == 1)
    decision = decided(policy.base, PROBLEM, state.base, context, 0)
    choice = policy.settle(state, proposal, Advice(other, context.values))
    object.__setattr__(decision, "choice", choice)
    moved = policy.committed(state, decision).base.iterate != state.base.iterate
    assert moved.tolist() == [k == other for k in range(3)]
    object.__setattr__(choice, "trace", {})
    assert policy.committed(state, decision).base is state.base


@pytest.mark.parametrize(
    ("arms", "who"),
    [((A, Arm("b", dose=Dose("g", 0, 1))), "give b a dose"), (("a", "b"), "give some arm a dose")],
)
def test_a_dose_without_a_penalty_is_refused(arms: tuple[Arm, ...], who: str) -> None:
    with pytest.raises(DescriptionError, match=f"BSGDMAB needs a penalty for every dose: {who}"):
        BSGDMAB(10, 1.0).init(problem_of(arms=arms, sub_outcome=None))


@pytest.mark.parametrize("horizon", [1, 2**53 + 1, 10**400])
def test_a_horizon_out_of_range_is_refused(horizon: int) -> None:
    with pytest.raises(
        DescriptionError, match=rf"horizon must lie in \[2, 2\*\*53\], got {horizon}$"
    ):
        BSGDMAB(horizon, 1.0)
