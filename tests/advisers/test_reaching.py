"""Where a direction leads: hand-computed cases, then every problem."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recourse_bandits.advisers.language_model import Prompting, parsed
from recourse_bandits.advisers.language_model.fields import person_fields
from recourse_bandits.advisers.language_model.reaching import along
from recourse_bandits.errors import InfeasibleAdvice
from recourse_bandits.problem import Budget, FeasibleSet, Feature, Problem
from recourse_bandits.records import Advice
from recourse_bandits.study.checks import checked_advice
from tests.advisers.answering import direction, towards
from tests.advisers.asking import ACTIVITY, DIET, PATIENT, clinic
from tests.problem.strategies import persons, problems

FREE = np.full(2, np.inf)


def box(
    lower: Any, upper: Any, norm: str = "l2", weight: Any = (1.0, 1.0), radius: float = 5.0
) -> FeasibleSet:
    ends = np.array(lower, np.float64), np.array(upper, np.float64)
    return FeasibleSet(np.arange(2), *ends, np.array(weight, np.float64), radius, norm)


@pytest.mark.parametrize(
    ("feasible", "wished", "expected"),
    [
        (box(-FREE, FREE), [3, 4], [3, 4]),
        (box(-FREE, FREE), [0.3, -0.4], [3, -4]),
        (box(-FREE, FREE), [0, 0], [0, 0]),
        (box(-FREE, FREE, weight=(1, 2)), [3, 4], [3, 2]),
        (box([-9, -9], [1, 9]), [3, 4], [1, np.sqrt(24)]),  # one rests at its limit, one goes on
        (box([-9, -9], [0, 9]), [3, 4], [0, 5]),  # one may not go that way at all
        (box([-9, -9], [1, 2]), [3, 4], [1, 2]),  # nothing left to spend the budget on
        (box([-9, -9], [0, 0]), [3, 4], [0, 0]),
        (box([3, -9], [9, 9]), [0, 1], [3, 4]),  # the first must change
        (box([3, -9], [9, 9]), [-1, 1], [3, 4]),
        (box([-9, -9], [7, 9], weight=(0, 1)), [0.1, 9], [7, 5]),  # free: all the way
        (box(-FREE, FREE, radius=0), [3, 4], [0, 0]),
        (box(-FREE, FREE, "linf"), [3, 4], [3.75, 5]),
        (box(-FREE, FREE, "linf", weight=(1, 2)), [3, 4], [3.75, 2.5]),
        (box(-FREE, [np.inf, 1], "linf"), [3, 4], [5, 1]),
        (box(-FREE, [2, 1], "linf"), [3, 4], [2, 1]),
        (box([3, -9], [9, 9], "linf"), [-1, -1], [3, -5]),
        (box([-9, -9], [7, 9], "linf", weight=(0, 1)), [1, 2], [7, 5]),
        (box(-FREE, FREE, "linf"), [0, 0], [0, 0]),
        (box(-FREE, FREE), [10, 1e-300], [5, 0]),
        (box(-FREE, [np.inf, 9], "linf", weight=(1, 1e-9)), [1e-300, 10], [0, 9]),
    ],
)
def test_how_far_a_direction_goes(feasible: FeasibleSet, wished: Any, expected: Any) -> None:
    change = along(feasible, np.array(wished, np.float64))
    np.testing.assert_allclose(change, expected, atol=1e-9)


def test_importance_shares_the_effort() -> None:
    # 3 : 4 of an effort of 2 are 1.2 and 1.6, scaled units, from (-0.5, -0.5)
    advice = direction(towards(diet=("increase", 6), activity=("increase", 8)))
    np.testing.assert_allclose(advice.point[[5, 7]], [0.7, 1.1], atol=1e-9)
    assert advice.repairs == ()
    assert advice.said["direction"]["diet"] == {"sign": "increase", "importance": 6}


def test_keeping_everything_changes_nothing() -> None:
    for wish in (("keep", 7.0), ("increase", 0.0)):
        advice = direction(towards(diet=wish, activity=("keep", 0)))
        np.testing.assert_array_equal(advice.point, clinic().context(PATIENT).values)


def test_who_may_not_stay_makes_the_least_change_first() -> None:
    person = PATIENT | {"diet": 12.0}  # one scaled unit above 10
    advice = direction(towards(diet=("increase", 5), activity=("keep", 0)), person=person)
    assert advice.point[5] == pytest.approx((10 - 5) / 2)


def test_who_can_go_nowhere_stays() -> None:
    problem = clinic(DIET, ACTIVITY, arms=("tablet",), budget=Budget("l2", 0.5))
    context = problem.context({"diet": 13, "activity": 2})
    assert context.no_recourse is not None
    said = towards(diet=("decrease", 5), activity=("increase", 5))
    advice = direction(said, problem, {"diet": 13, "activity": 2})
    np.testing.assert_array_equal(advice.point, context.values)


@st.composite
def asked(draw: st.DrawFn) -> tuple[Problem, Prompting, dict[str, Any]]:
    """A problem, steps of rounding, and a person."""
    problem = draw(problems())
    steps = {
        feature.name: (feature.scale or 1.0) * draw(st.sampled_from([0.01, 0.3, 2.0]))
        for feature in problem.features
        if not feature.categories and draw(st.booleans())
    }
    return problem, Prompting(rounding=steps), draw(persons(problem))


@given(asked(), st.data())
def test_every_direction_is_feasible(
    case: tuple[Problem, Prompting, dict[str, Any]], data: st.DataObject
) -> None:
    problem, prompting, person = case
    prompting = Prompting("direction", rounding=prompting.rounding)
    context = problem.context(person)
    wish = st.tuples(st.sampled_from(["increase", "decrease", "keep"]), st.floats(0, 10))
    free = [f.name for f in problem.mutable if context.given[f.name] is not None]
    said = {name: dict(zip(("sign", "importance"), data.draw(wish), strict=True)) for name in free}
    advice = parsed(_json("arm 0", "direction", said), prompting, problem, context)
    checked_advice(problem, Advice(advice.arm, advice.point), context)
    still = np.ones(problem.dimension, dtype=bool)
    still[[problem.columns.index(name) for name in free]] = False
    np.testing.assert_array_equal(advice.point[still], context.values[still])


@given(asked(), st.data())
def test_a_target_is_feasible_or_refused(
    case: tuple[Problem, Prompting, dict[str, Any]], data: st.DataObject
) -> None:
    problem, prompting, person = case
    context = problem.context(person)
    free = [f for f in problem.mutable if context.given[f.name] is not None]
    targets = {f.name: _mean(f) + _scale(f) * data.draw(st.floats(-4, 4)) for f in free}
    text = _json("arm 0", "target", targets)
    try:
        advice = parsed(text, prompting, problem, context)
    except InfeasibleAdvice:
        advice = parsed(text, prompting, problem, context, pull_back=True)
        assert advice.repairs[0].startswith("pulled back to the boundary: ")
    checked_advice(problem, Advice(advice.arm, advice.point), context)


@given(asked())
def test_who_keeps_the_printed_limits_of_one_feature_is_not_refused(
    case: tuple[Problem, Prompting, dict[str, Any]],
) -> None:
    problem, prompting, person = case
    prompting = prompting.checked(problem)
    context = problem.context(person)
    seen = prompting.seen(problem, context)
    if seen.feasible.lower.max(initial=0) > 0 or seen.feasible.upper.min(initial=0) < 0:
        return  # several features may have to change together
    printed = person_fields(problem, seen)["changeable"]
    now = {field["name"][1:-1]: float(field["value"]) for field in printed}
    for field in printed:
        for end in (field["lowest"], field["highest"]):
            if end:
                said = now | {field["name"][1:-1]: float(end)}
                parsed(_json("arm 0", "target", said), prompting, problem, context)


def _mean(feature: Feature) -> float:
    assert feature.mean is not None
    return feature.mean


def _scale(feature: Feature) -> float:
    assert feature.scale is not None
    return feature.scale


def _json(arm: str, key: str, said: dict[str, Any]) -> str:
    return json.dumps({"treatment": arm, key: said})
