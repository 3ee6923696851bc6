"""A hyper-parameter out of its range is refused when the policy is made, and named."""

import math
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import (
    BSGDMAB,
    GLRB,
    LIBRA,
    SGDMAB,
    AdviceOnly,
    AnyPolicy,
    DoseLevels,
    LinUCB,
    Mixture,
    PersonalDose,
    Random,
    RecourseTS,
    UCBDose,
    WarmUp,
    WholePlan,
    policy_from_json,
    policy_to_json,
)
from tests.contracts.policy_variants import OTHER, PLAIN, remade

_NAN, _INF = math.nan, math.inf

_LINEAR: dict[str, list[Any]] = {
    "penalty": [0.0, -1.0, _NAN, _INF],
    "exact_rows": [-1, 2.5, True],
}
_OPTIMISTIC: dict[str, list[Any]] = {
    **_LINEAR,
    "scale": [-0.1, _NAN, _INF],
    "failure": [0.0, 1.0, 1.5, _NAN],
    "form": ["lemma_2", "posterior", ""],
    "context_bound": [0.0, -1.0, _NAN, _INF],
}
WRONG: dict[type[AnyPolicy], dict[str, list[Any]]] = {
    LinUCB: _OPTIMISTIC,
    GLRB: {
        **_OPTIMISTIC,
        "tolerance": [-1e-9, _NAN, _INF],
        "max_iterations": [0, -1, 2.5],
        "solver": ["algorithm 2", "", None],
    },
    RecourseTS: {**_LINEAR, "inflation": [-1.0, _NAN, _INF]},
    SGDMAB: {
        "penalty": [0.0, -1.0, _NAN, _INF],
        "effect_penalty": [0.0, -1.0, _NAN, _INF],
        "inflation": [-1.0, _NAN, _INF],
    },
    BSGDMAB: {
        "horizon": [0, 1, 2.5, True],
        "penalty_bound": [0.0, -1.0, _NAN, _INF],
        "penalty": [0.0, -1.0, _NAN, _INF],
        "inflation": [-1.0, _NAN, _INF],
    },
    WholePlan: {
        "penalty": [0.0, -1.0, _NAN, _INF],
        "effect_penalty": [0.0, -1.0, _NAN, _INF],
        "inflation": [-1.0, _NAN, _INF],
        "order": ["before", "", None],
    },
    DoseLevels: {"base": [None, "LinUCB", LinUCB, AdviceOnly()], "levels": [0, -1, 2.5, True]},
    PersonalDose: {
        "penalty": [0.0, -1.0, _NAN, _INF],
        "effect_penalty": [0.0, -1.0, _NAN, _INF],
        "inflation": [-1.0, _NAN, _INF],
        "sure": [-1.0, _NAN, _INF],
        "spread": [0.0, 1.0, -0.1, _NAN],
    },
    UCBDose: {
        "penalty": [0.0, -1.0, _NAN, _INF],
        "effect_penalty": [0.0, -1.0, _NAN, _INF],
        "scale": [-0.1, _NAN, _INF],
        "failure": [0.0, 1.0, 1.5, _NAN],
    },
    WarmUp: {"base": [None, "GLRB", GLRB, AdviceOnly()], "rounds": [-1, 2.5, True]},
    AdviceOnly: {"base": [None, "GLRB", GLRB]},
    LIBRA: {
        "base": [None, "GLRB", GLRB],
        "threshold": [-1.0, _NAN, _INF],
        "consultation_budget": [-1.0, _NAN],
    },
    Mixture: {
        "base": [None, "GLRB", GLRB],
        "schedule": ["decays", "", None],
        "coefficient": [-1.0, _NAN, _INF],
        "power": [-1.0, _NAN, _INF],
        "rate": [-1.0, _NAN, _INF],
        "learning_rate": [0.0, -1.0, _NAN, _INF],
        "reward_range": [(1.0, 1.0), (2.0, 1.0), (0.0, _INF), (0.0,), 1.0, "01"],
        "lowest": [-0.1, 1.1, _NAN, 0.9],
        "highest": [-0.1, 1.1, _NAN],
        "max_questions": [-1, 2.5, True],
    },
}
for _kind in (GLRB, RecourseTS):
    WRONG[_kind]["noncompliance"] = ["Random", Random, GLRB()]
_CASES = [
    (kind, name, value)
    for kind, parameters in WRONG.items()
    for name, values in parameters.items()
    for value in values
]


def test_every_parameter_with_a_range_is_covered() -> None:
    for kind, parameters in OTHER.items():
        assert set(parameters) - set(WRONG.get(kind, {})) <= {"veto", "taper"}


@pytest.mark.parametrize(("kind", "name", "value"), _CASES)
def test_a_parameter_out_of_its_range_is_named(
    kind: type[AnyPolicy], name: str, value: Any
) -> None:
    with pytest.raises(DescriptionError, match=f"{name} must .*, got "):
        remade(PLAIN[kind], {name: value})


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.__name__)
def test_a_policy_does_not_change(kind: type[AnyPolicy]) -> None:
    policy: Any = PLAIN[kind]
    with pytest.raises(FrozenInstanceError):
        policy.anything = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Glrb"}, "unknown policy 'Glrb'; known are Uniform, "),
        ({"name": None}, "unknown policy .None"),
        ({"algorithm_version": 0}, "policy GLRB was version 0 of its algorithm"),
        ({"parameters": {"scales": 1}}, "policy GLRB has no parameter 'scales'; it has penalty, "),
        ({"parameters": {"scale": -1}}, "scale must be finite and >= 0, got -1"),
    ],
)
def test_a_wrong_description_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        policy_from_json(policy_to_json(GLRB()) | change)


def test_a_description_lacks_nothing_that_is_needed() -> None:
    with pytest.raises(DescriptionError, match="policy LIBRA: .*threshold"):
        policy_from_json({"name": "LIBRA", "parameters": {"base": {"name": "GLRB"}}})


def test_a_function_that_cannot_be_found_by_name_is_refused() -> None:
    policy = LIBRA(GLRB(), 1.0, consultation_budget=lambda rounds: rounds / 2)
    with pytest.raises(DescriptionError, match="consultation_budget is a function that cannot be"):
        policy_to_json(policy)


def test_a_function_is_written_by_its_name() -> None:
    policy = LIBRA(GLRB(), 1.0, consultation_budget=math.sqrt)
    description = policy_to_json(policy)
    assert description["parameters"]["consultation_budget"] == {"function": "math:sqrt"}
    assert policy_from_json(description) == policy


def test_an_infinite_budget_is_no_budget() -> None:
    assert LIBRA(GLRB(), 1.0, consultation_budget=_INF).consultation_budget is None
