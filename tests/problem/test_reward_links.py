"""Rewards whose expectation follows from the linear scale by a link."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recourse_bandits.errors import InvalidMeasure
from recourse_bandits.problem import Problem, Reward
from tests.problem.builders import number, problem_of

_NAN, _INF = math.nan, math.inf


def reward(link: Any = "logistic", **parts: Any) -> Reward:
    described: dict[str, Any] = {"measure": "y", "coefficient_bound": 5.0, "link": link}
    if link == "log":
        described["bounds"] = (0, 20)
    return Reward(**(described | parts))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown link": ({"link": "cloglog"}, "'identity', 'logistic', 'probit' or 'log'"),
    "no noise": ({"link": "identity"}, "noise is needed: the standard deviation of the reward"),
    "noise 0": ({"noise": 0}, r"noise must be positive and finite, got 0\.0"),
    "bound 0": ({"coefficient_bound": 0}, "coefficient_bound must be positive and finite, got 0"),
    "dispersion of the identity": (
        {"link": "identity", "noise": 1, "dispersion": 2},
        "dispersion is a parameter of the log link; with 'identity' leave it out",
    ),
    "dispersion of successes": ({"dispersion": 1}, "with 'logistic' leave it out"),
    "dispersion of probits": ({"link": "probit", "dispersion": 1}, "with 'probit' leave it out"),
    "dispersion 0": ({"link": "log", "dispersion": 0}, r"dispersion must be positive.*got 0\.0"),
    "negative dispersion": ({"link": "log", "dispersion": -1}, r"must be positive.*got -1\.0"),
    "NaN dispersion": ({"link": "log", "dispersion": _NAN}, "must be positive.*got nan"),
    "infinite dispersion": ({"link": "log", "dispersion": _INF}, "must be positive.*got inf"),
    "counts without bounds": (
        {"link": "log", "bounds": (None, None)},
        r"a log link needs bounds \(low, high\).*such as \(0, 20\); got \(None, None\)",
    ),
    "counts without a largest": ({"link": "log", "bounds": (0, None)}, "a log link needs bounds"),
    "counts without a smallest": ({"link": "log", "bounds": (None, 9)}, "a log link needs bounds"),
    "negative counts": ({"link": "log", "bounds": (-1, 9)}, r"needs bounds.*got \(-1\.0, 9\.0\)"),
    "counts below 1": ({"link": "log", "bounds": (0, 0.9)}, r"needs bounds.*got \(0\.0, 0\.9\)"),
    "infinitely many": ({"link": "log", "bounds": (0, _INF)}, "a log link needs bounds"),
    "no count between the bounds": (
        {"link": "log", "bounds": (2.2, 2.8)},
        r"must leave two counts possible at least.*got \(2\.2, 2\.8\)",
    ),
    "one count between the bounds": ({"link": "log", "bounds": (4, 5 - 1e-9)}, "two counts"),
    "counts of a formula": (
        {"link": "log", "transformation": "2 * y"},
        "a log link is of the count itself: transformation must be None, got '2 \\* y'",
    ),
    "formula of something else": ({"transformation": "x / 10"}, "must be a formula of 'y'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_contradictory_reward_is_refused(case: str) -> None:
    parts, message = REFUSED[case]
    with pytest.raises(ValidationError, match=message):
        reward(**parts)


@pytest.mark.parametrize(
    ("parts", "largest", "noise", "spread"),
    [
        ({"link": "identity", "noise": 3}, _INF, 3.0, 3.0),
        ({}, 1.0, 0.5, 1.0),
        ({"noise": 0.3}, 1.0, 0.3, 1.0),  # no claim about noise makes a success less uncertain
        ({"link": "probit"}, 1.0, 0.5, (2 * math.pi) ** 0.25 / 2.0),
        ({"link": "log"}, 20.0, 10.0, math.sqrt(20.0)),
        ({"link": "log", "dispersion": 1}, 20.0, 10.0, 1.0),
        ({"link": "log", "dispersion": 2.25}, 20.0, 10.0, 1.5),
        ({"link": "log", "bounds": (0, 12.5)}, 12.0, 6.0, math.sqrt(12.0)),
    ],
)
def test_what_follows_from_a_link(
    parts: dict[str, Any], largest: float, noise: float, spread: float
) -> None:
    for direction in ("increase", "decrease"):
        rule = reward(**parts, direction=direction)
        assert (rule.largest, rule.noise) == (largest, noise)
        assert rule.spread == pytest.approx(spread, rel=1e-15)


@pytest.mark.parametrize(
    ("link", "code"), [("identity", 1), ("logistic", 2), ("probit", 3), ("log", 4)]
)
def test_where_less_is_better_the_link_is_mirrored(link: str, code: int) -> None:
    parts = {"noise": 1.0} if link == "identity" else {}
    assert reward(link, **parts).link_code == code
    mirrored = reward(link, direction="decrease", **parts).link_code
    assert mirrored == (1 if link == "identity" else -code)


ALLOWED: list[tuple[dict[str, Any], object, float]] = [
    ({}, 1, 1.0),
    ({}, 0, 0.0),
    ({}, True, 1.0),
    ({}, 0.25, 0.25),
    ({"direction": "decrease"}, 1, -1.0),
    ({"direction": "decrease"}, 0, 0.0),
    ({"link": "probit", "transformation": "y / 10"}, 7, 0.7),
    ({"transformation": "1 - y / 10", "direction": "decrease"}, 7, -0.3),
    ({"link": "log"}, 20, 20.0),
    ({"link": "log", "direction": "decrease"}, 3.0, -3.0),
]


@pytest.mark.parametrize(("parts", "measured", "value"), ALLOWED)
def test_what_a_measured_value_is_worth(
    parts: dict[str, Any], measured: object, value: float
) -> None:
    rule = reward(**parts)
    assert rule.value(measured) == pytest.approx(value, rel=1e-15)
    assert rule.accepted(measured) == measured


IMPOSSIBLE: list[tuple[dict[str, Any], float, str]] = [
    ({}, 2, r"y must lie in \[0, 1\] for a logistic link, got 2: 1 is a success, 0 a failure"),
    ({}, -1, r"y must lie in \[0, 1\] for a logistic link, got -1"),
    ({"direction": "decrease"}, -1, r"y must lie in \[0, 1\] for a logistic link, got -1"),
    ({"link": "probit"}, 1.01, r'got 1\.01.*needs a transformation, such as "y / 10"'),
    ({"transformation": "y / 10"}, 11, r"'y / 10' must lie in \[0, 1\] .*, got 1\.1"),
    ({"bounds": (0, 1)}, 2, r"y must lie in \[0\.0, 1\.0\], "),
    ({"link": "log"}, 1.5, r"y must be a whole number for a log link.*got 1\.5"),
    ({"link": "log"}, -1, r"y must lie in \[0\.0, 20\.0\], "),
    ({"link": "log"}, 21, r"y must lie in \[0\.0, 20\.0\], "),
    ({"link": "log", "direction": "decrease"}, 21, r"y must lie in \[0\.0, 20\.0\], "),
    ({"link": "log", "bounds": (2, 9)}, 1, r"y must lie in \[2\.0, 9\.0\], "),
]


@pytest.mark.parametrize(("parts", "measured", "message"), IMPOSSIBLE)
def test_what_a_link_excludes_is_refused(
    parts: dict[str, Any], measured: float, message: str
) -> None:
    rule = reward(**parts)
    for method in (rule.value, rule.accepted):
        with pytest.raises(InvalidMeasure, match=message):
            method(measured)


linked = st.builds(
    reward,
    st.sampled_from(["logistic", "probit", "log"]),
    direction=st.sampled_from(["increase", "decrease"]),
    coefficient_bound=st.floats(0.01, 50),
    unit=st.sampled_from(["", "falls"]),
)


@given(rule=linked, share=st.floats(0, 1))
def test_a_link_survives_json_and_keeps_its_range(rule: Reward, share: float) -> None:
    problem = problem_of(number("age"), reward=rule)
    read = Problem.from_json(json.loads(json.dumps(problem.to_json(), allow_nan=False)))
    assert read == problem
    assert read.to_json() == problem.to_json()
    assert (read.reward.spread, read.reward.link_code) == (rule.spread, rule.link_code)
    measured = share if rule.link != "log" else float(round(share * 20))
    value = rule.value(measured)
    least, most = (0.0, rule.largest) if rule.link_code > 0 else (-rule.largest, 0.0)
    assert least <= value <= most


def test_descriptions_from_before_links_are_read() -> None:
    rule = Reward("drop", noise=2.0, coefficient_bound=5.0)
    problem = problem_of(number("age"), reward=rule)
    described = problem.to_json()
    for later in ("link", "dispersion"):
        del described["reward"][later]
    assert Problem.from_json(described) == problem


def test_a_measure_without_a_unit_is_refused_without_a_gap() -> None:
    with pytest.raises(InvalidMeasure, match=r"y must lie in \[0\.0, 20\.0\], got 40\.0; check"):
        reward(link="log").value(40)
