"""Who starts outside the bounds is led back inside, or told why that is impossible."""

import re
from typing import Any

import pytest

from recourse_bandits import GLRB, AlwaysRandom, LinUCB, RecourseTS, Study, Uniform
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Budget
from recourse_bandits.records import Decision
from tests.problem.builders import mutable, number, problem_of

_BOX = (mutable("x", bounds=(0, 2)), number("age"), mutable("y", bounds=(None, 1)))
_MOVERS: list[AnyPolicy] = [GLRB(), RecourseTS(), Uniform()]


def decided(problem: Any, policy: AnyPolicy, person: Any, seed: int = 0) -> Decision:
    decision = Study(problem, policy, AlwaysRandom(), seed=seed).decide(person)
    assert isinstance(decision, Decision)
    return decision


@pytest.mark.parametrize("norm", ["l2", "linf"])
@pytest.mark.parametrize("policy", _MOVERS, ids=lambda policy: type(policy).__name__)
@pytest.mark.parametrize("person", [(-0.5, 0, 0), (2.6, 0, 1.5), (1, 0, 1.9), (-0.6, 3, 1.7)])
def test_recourse_ends_inside_the_bounds_and_the_budget(
    norm: Any, policy: AnyPolicy, person: tuple[float, ...]
) -> None:
    problem = problem_of(*_BOX, budget=Budget(norm, 1.0))
    assert problem.context(person).must_change
    for seed in range(20):
        decision = decided(problem, policy, person, seed)
        assert decision.recourse is not None
        assert decision.no_recourse is None
        target: Any = decision.recourse.target
        assert 0.0 <= target["x"] <= 2.0
        assert target["y"] <= 1.0
        assert target["age"] == person[1]
        assert decision.recourse.cost <= 1.0 + 1e-9


def test_a_start_just_within_reach_moves_to_the_bound_exactly() -> None:
    decision = decided(problem_of(*_BOX), GLRB(), (-1, 0, 0))
    assert decision.recourse is not None
    assert decision.recourse.target == {"x": 0.0, "age": 0.0, "y": 0.0}
    assert decision.recourse.cost == 1.0


REASONS: dict[str, tuple[tuple[Any, ...], Budget, tuple[float, ...], str]] = {
    "out of reach": (
        _BOX,
        Budget("l2", 1.0),
        (-1.1, 0, 0),
        r"getting all features inside .* takes an effort of 1\.1, more than the budget's 1",
    ),
    "together out of reach": (
        _BOX,
        Budget("l2", 1.0),
        (-0.8, 0, 1.7),
        r"takes an effort of 1\.063, more than the budget's 1",
    ),
    "radius 0": (_BOX, Budget("linf", 0.0), (-0.1, 0, 0), r"takes an effort of 0\.1, more than"),
    "wrong direction": (
        (mutable("x", bounds=(0, 2), direction="decrease"),),
        Budget("l2", 5.0),
        (-0.5,),
        r"x is outside its bounds \(0\.0, 2\.0\) and may not change far enough to get inside",
    ),
    "steps too short": (
        (mutable("x", bounds=(0, 2), max_step=(None, 0.4)),),
        Budget("l2", 5.0),
        (-0.5,),
        "x is outside its bounds .* and may not change far enough to get inside",
    ),
}


@pytest.mark.parametrize("case", REASONS)
@pytest.mark.parametrize("policy", [*_MOVERS, LinUCB()], ids=lambda policy: type(policy).__name__)
def test_without_a_way_inside_there_is_no_recourse(case: str, policy: AnyPolicy) -> None:
    features, budget, person, reason = REASONS[case]
    decision = decided(problem_of(*features, budget=budget), policy, person)
    assert decision.recourse is None
    assert re.search(reason, decision.no_recourse or ""), decision.no_recourse
    assert decision.choice.point.tolist() == decision.context.values.tolist()


def test_a_step_that_just_reaches_the_bound_is_long_enough() -> None:
    feature = mutable("x", scale=3.0, bounds=(3, None), max_step=(None, 2))
    decision = decided(problem_of(feature), GLRB(), (1,))
    assert decision.no_recourse is None
    assert decision.recourse is not None
    assert decision.recourse.target == {"x": pytest.approx(3.0, abs=1e-12)}


def test_the_linf_budget_counts_each_feature_alone() -> None:
    problem = problem_of(*_BOX, budget=Budget("linf", 1.0))
    assert problem.context((-0.8, 0, 1.7)).no_recourse is None


def test_a_free_feature_takes_no_effort_to_bring_back() -> None:
    problem = problem_of(mutable("x", bounds=(0, 2), weight=0.0), budget=Budget("l2", 0.0))
    decision = decided(problem, GLRB(), (-0.5,))
    assert decision.recourse is not None
    assert decision.recourse.cost == 0.0
    assert 0.0 <= float(decision.recourse.target["x"] or 0.0) <= 2.0


def test_a_policy_without_recourse_says_that_it_leaves_somebody_outside() -> None:
    decision = decided(problem_of(*_BOX), LinUCB(), (-0.5, 0, 0))
    assert decision.recourse is None
    assert decision.no_recourse is not None
    assert decision.no_recourse.startswith("a feature is outside its bounds, and ")


def test_somebody_inside_may_stay() -> None:
    context = problem_of(*_BOX).context((0, 0, 1))
    assert not context.must_change
    assert context.feasible.violation(context.values, context.values) == 0.0


def test_no_change_of_anybody_is_longer_than_the_longest() -> None:
    """Lemma 2's radius needs a bound for those outside their bounds, too."""
    problem = problem_of(mutable("x", bounds=(0, 2)), budget=Budget("l2", 10.0))
    feasible = problem.feasible_set([4.0])
    assert problem.limits.longest_change >= -feasible.lower[0] == 4.0
