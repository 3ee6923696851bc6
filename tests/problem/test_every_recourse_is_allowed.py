"""Whatever is described and whoever comes: what is recommended obeys the description, in raw units.

The rules are written here a second time, straight from the docstrings of `Feature` and `Budget`,
so that no line of the package that makes a recourse also judges it.
"""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import GLRB, LIBRA, AlwaysRandom, LinUCB, RecourseTS, Study, Uniform
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Feature, Problem
from recourse_bandits.records import Decision, Recourse
from tests.problem.builders import mutable, number, problem_of
from tests.problem.strategies import persons, problems

_SLACK = 1e-9
_POLICIES: dict[str, AnyPolicy] = {
    "Uniform": Uniform(),
    "LinUCB": LinUCB(),
    "GLRB": GLRB(scale=0.3),
    "RecourseTS": RecourseTS(),
    "LIBRA": LIBRA(GLRB(), threshold=0.0, consultation_budget=None, veto=False),
}


def breaches(feature: Feature, before: float, after: float, tolerance: float = _SLACK) -> list[str]:
    """Rules of a feature that a change of its raw value breaks."""
    change = after - before
    slack = tolerance * (1.0 + abs(before) + abs(feature.scale or 1.0))
    edge = 0.0 if change else slack  # whoever moves ends exactly inside; staying may be a hair off
    low, high = feature.bounds
    down, up = feature.max_step
    rules = {
        "lower bound": low is not None and after < low - edge,
        "upper bound": high is not None and after > high + edge,
        "step down": down is not None and -change > down + slack,
        "step up": up is not None and change > up + slack,
        "only increase": feature.direction == "increase" and change < -slack,
        "only decrease": feature.direction == "decrease" and change > slack,
    }
    return [f"{feature.name}: {rule}" for rule, broken in rules.items() if broken]


def effort(problem: Problem, changes: dict[str, float]) -> float:
    """Effort of raw changes as the budget describes it."""
    parts = [
        abs(feature.weight * changes.get(feature.name, 0.0))
        / ((feature.scale or 1.0) if problem.budget.scaled else 1.0)
        for feature in problem.features
        if feature.mutable
    ]
    return max(parts) if problem.budget.norm == "linf" else math.hypot(*parts)


def judged(problem: Problem, person: dict[str, Any], recourse: Recourse) -> list[str]:
    """Every rule of the description that a recourse breaks."""
    found = []
    changes: dict[str, float] = {}
    for feature in problem.features:
        before, after = person[feature.name], recourse.target[feature.name]
        if not feature.mutable or before is None:
            same = before == after and type(after) in {float, str, type(None)}
            found += [] if same else [f"{feature.name}: changed from {before} to {after}"]
            continue
        assert isinstance(after, float)
        changes[feature.name] = after - before
        found += breaches(feature, before, after)
        if not np.isclose(recourse.change[feature.name], after - before, rtol=1e-9, atol=1e-12):
            found.append(f"{feature.name}: change is not target minus value")
    cost = effort(problem, changes)
    radius = problem.budget.radius
    found += [] if cost <= radius + _SLACK * (1.0 + radius) else [f"effort {cost} > {radius}"]
    found += [] if math.isclose(recourse.cost, cost, rel_tol=1e-6, abs_tol=1e-9) else ["cost"]
    found += [] if set(recourse.change) == set(changes) else ["changes"]
    return found


def way_back(problem: Problem, person: dict[str, Any]) -> dict[str, float] | None:
    """Least raw changes that bring every value inside its bounds; None if a rule hinders it."""
    changes: dict[str, float] = {}
    for feature in problem.features:
        before = person[feature.name]
        if not feature.mutable or before is None:
            continue
        low, high = feature.bounds
        inside = max(before, before if low is None else low)
        inside = min(inside, inside if high is None else high)
        changes[feature.name] = inside - before
        if inside != before and breaches(feature, before, inside, -_SLACK):
            return None
    return changes


@pytest.mark.parametrize("name", _POLICIES)
@settings(max_examples=120)
@given(draw=st.data())
def test_every_recourse_is_allowed(name: str, draw: st.DataObject) -> None:
    problem = draw.draw(problems())
    study = Study(problem, _POLICIES[name], AlwaysRandom(), seed=draw.draw(st.integers(0, 99)))
    for drop in (None, 2.0, -5.0, 30.0):
        person = draw.draw(persons(problem))
        decision = study.decide(person)
        assert isinstance(decision, Decision)
        if decision.recourse is None:
            assert decision.no_recourse
            needed = way_back(problem, person)
            radius = problem.budget.radius * (1.0 - _SLACK)
            if name == "LinUCB":  # never recommends a change: nobody inside is passed over
                assert needed is None or any(needed.values())
            else:
                assert needed is None or effort(problem, needed) > radius
        else:
            assert judged(problem, person, decision.recourse) == []
        if drop is not None:
            study.observe(decision.id, {"drop": drop})


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ({"x": 11.0, "age": 60.0}, "upper bound"),
        ({"x": 4.0, "age": 60.0}, "only increase"),
        ({"x": 8.5, "age": 60.0}, "step up"),
        ({"x": 7.9, "age": 60.0}, "effort"),
        ({"x": 6.0, "age": 60.000001}, "changed from"),
    ],
)
def test_the_judge_finds_every_breach(target: dict[str, Any], rule: str) -> None:
    problem = problem_of(
        mutable("x", scale=2.0, bounds=(0, 10), max_step=(None, 3.0), direction="increase"),
        number("age"),
    )
    person = {"x": 5.0, "age": 60.0}
    change = {"x": target["x"] - 5.0}
    recourse = Recourse(target, change, abs(change["x"]) / 2.0)
    assert any(rule in found for found in judged(problem, person, recourse))
    assert judged(problem, person, Recourse({"x": 7.0, "age": 60.0}, {"x": 2.0}, 1.0)) == []
