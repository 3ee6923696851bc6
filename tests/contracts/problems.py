"""One problem for every part of the description that a policy can meet."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from recourse_bandits.problem import (
    Arm,
    Budget,
    Dose,
    Feature,
    Prior,
    Problem,
    Reward,
    SubOutcome,
)

_AGE = Feature("age", unit="years", mean=60.0, scale=10.0)
_DIET = Feature("diet", mutable=True, mean=5.0, scale=2.0)
_SPORT = Feature("sport", unit="h/week", mutable=True, mean=3.0, scale=1.5)
_REWARD = Reward("drop", unit="mmHg", noise=1.0, coefficient_bound=5.0)
_TOO_FAR = "0.002 * (dose - 0.5 * age) * (dose - 0.5 * age)"


def _problem(*features: Feature, **parts: Any) -> Problem:
    described: dict[str, Any] = {
        "features": features,
        "arms": ("a", "b", "c"),
        "budget": Budget("l2", 1.5),
        "reward": _REWARD,
    }
    return Problem(**(described | parts))


def _mutable(name: str, **parts: Any) -> Feature:
    return Feature(name, mutable=True, mean=5.0, scale=2.0, **parts)


def _linked(measure: str, **parts: Any) -> Problem:
    return _problem(_AGE, _DIET, reward=Reward(measure, coefficient_bound=3.0, **parts))


PROBLEMS: Mapping[str, Problem] = {
    "l2": _problem(_AGE, _DIET, _SPORT),
    "linf": _problem(_AGE, _DIET, _SPORT, budget=Budget("linf", 1.5)),
    "bounds and directions": _problem(
        _mutable("diet", bounds=(0.0, 10.0), direction="increase"),
        _AGE,
        _mutable("salt", bounds=(2.0, None), direction="decrease"),
    ),
    "people outside their bounds": _problem(
        _AGE,
        _mutable("diet", bounds=(4.0, 6.0)),
        _mutable("salt", bounds=(None, 5.0)),
        budget=Budget("l2", 2.0),
    ),
    "steps": _problem(
        _AGE, _mutable("diet", max_step=(0.5, 1.0)), _mutable("salt", max_step=(None, 0.0))
    ),
    "weights": _problem(
        _AGE,
        _mutable("diet", weight=3.0),
        _mutable("salt", weight=0.25),
        _mutable("sleep", weight=0.0, bounds=(4.0, 10.0)),
    ),
    "weights, linf": _problem(
        _mutable("diet", weight=3.0),
        _mutable("sleep", weight=0.0, max_step=(1.0, 2.0)),
        budget=Budget("linf", 1.0),
    ),
    "raw budget": _problem(
        _AGE, _DIET, _mutable("salt", weight=0.5), budget=Budget("l2", 2.0, scaled=False)
    ),
    "no intercept": _problem(_AGE, _DIET, _SPORT, intercept=False),
    "one arm": _problem(_AGE, _DIET, arms=("a",)),
    "one feature": _problem(_DIET),
    "one feature, no intercept": _problem(_DIET, intercept=False),
    "no feature": _problem(),
    "nothing mutable": _problem(_AGE, Feature("height", mean=170.0, scale=10.0)),
    "radius 0": _problem(_AGE, _DIET, _SPORT, budget=Budget("l2", 0.0)),
    "categories": _problem(
        Feature("sex", categories=("f", "m")),
        _DIET,
        Feature("race", categories=("x", "y", "z"), missing="z"),
    ),
    "missing values": _problem(
        Feature("age", mean=60.0, scale=10.0, missing="indicator"),
        _mutable("diet", bounds=(0.0, 10.0), missing="indicator"),
        _mutable("salt", missing=4.0),
        Feature("asthma", categories=("no", "yes"), missing="indicator"),
    ),
    "eligibility": _problem(
        _AGE,
        Feature("asthma", categories=("no", "yes"), missing="indicator"),
        _DIET,
        arms=(
            Arm("a", eligible="asthma == 'no'"),
            Arm("b"),
            Arm("c", eligible="age >= 55 and not asthma == 'yes'"),
        ),
    ),
    "successes": _linked("recovered", link="logistic"),
    "failures": _linked("relapsed", link="logistic", direction="decrease"),
    "probits": _linked("recovered", link="probit"),
    "scores": _linked(
        "score",
        link="probit",
        direction="decrease",
        transformation="score / 10",
        bounds=(0, 10),
        prior=Prior(mean={"a": {"age": -0.5}}, precision={"b": {"intercept": 0.1}}),
    ),
    "counts": _linked("walks", link="log", bounds=(0, 20), dispersion=1),
    "counts, less is better": _linked("falls", link="log", bounds=(0, 12.5), direction="decrease"),
    "doses": _problem(
        _AGE,
        _DIET,
        arms=(
            Arm("a", dose=Dose("mg", 7.0, 70.0, step=2.5, start=30.0, penalty=_TOO_FAR)),
            Arm("b", dose=Dose("g", 0.0, 0.4, rounding="nearest", penalty="5 * dose")),
            Arm("c"),
        ),
        reward=Reward(
            "recovered",
            link="logistic",
            coefficient_bound=3.0,
            prior=Prior(mean={"c": {"intercept": -0.5}}),  # doses of a and b differ: no ties here
        ),
        sub_outcome=SubOutcome(
            "inr", target=2.5, over={"a": 0.8, "b": 0.5}, under=0.4, noise=0.3, features=("age",)
        ),
    ),
    "doses that tie": _problem(
        _AGE,
        _DIET,
        arms=[
            Arm(name, dose=Dose("mg", 7.0, 70.0, step=2.5, start=30.0, penalty=_TOO_FAR))
            for name in "abc"
        ],
        reward=Reward("recovered", link="logistic", coefficient_bound=3.0),
        sub_outcome=SubOutcome("inr", target=2.5, over=0.8, under=0.4, noise=0.3),
    ),
    "grid, l1": _problem(
        _AGE,
        _mutable("diet", step=0.7, bounds=(0.0, 10.0)),
        _mutable("salt", allowed_values=(1.0, 2.0, 5.0, 9.0), weight=0.5),
        _mutable("sleep"),
        budget=Budget("l1", 2.0, max_changed=2),
    ),
    "mutable categories": _problem(
        _AGE,
        Feature(
            "smoking",
            categories=("never", "former", "current"),
            mutable=True,
            transitions={"current": ("former",)},
            missing="indicator",
        ),
        Feature("diet", categories=("meat", "plants"), mutable=True, weight=0.6),
        _mutable("sleep", bounds=(4.0, 10.0)),
    ),
    "links": _problem(
        _mutable("weight", follows=("sport", -0.8), bounds=(None, 8.0)), _AGE, _SPORT, _DIET
    ),
    "mahalanobis": _problem(
        _AGE,
        _mutable("salt", bounds=(3.0, 6.0)),
        _DIET,
        budget=Budget("mahalanobis", 1.5, matrix=((1.0, 0.6), (0.6, 2.0))),
    ),
    "lp, a price": _problem(_AGE, _DIET, _SPORT, budget=Budget("lp", 1.5, power=3.0, price=0.2)),
    "prior": _problem(
        _AGE,
        _DIET,
        reward=Reward(
            "sbp",
            noise=2.0,
            coefficient_bound=5.0,
            transformation="170 - sbp",
            prior=Prior(
                mean={"a": {"age": -1.0, "diet": 0.5}}, precision={"b": {"intercept": 0.1}}
            ),
        ),
    ),
}

WITHOUT_DOSES = {name: problem for name, problem in PROBLEMS.items() if problem.doses is None}
"""Those that a linear world can have: it measures the reward alone."""


def coefficients(problem: Problem, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return true coefficients for a problem, shape (K, d)."""
    shape = (len(problem.arms), problem.dimension)
    return np.random.default_rng(seed).standard_normal(shape)


def measured(problem: Problem, number: int) -> float:
    """Return a possible value of a problem's measure; with a link, a success or none."""
    return float(number if problem.reward.link == "identity" else number % 2)
