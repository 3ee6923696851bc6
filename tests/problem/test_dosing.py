"""Doses and sub-outcomes as they are described: what is refused, and that the rest is kept."""

from pathlib import Path
from typing import Any

import pytest

from recourse_bandits import Arm, Dose, Feature, Problem, Reward, SubOutcome
from recourse_bandits.config import load_study
from recourse_bandits.errors import RecourseBanditsError, SettingsError

DOSE: dict[str, Any] = {"unit": "mg", "lower": 7, "upper": 70}
SUB: dict[str, Any] = {"measure": "inr", "target": 2.5, "over": 2, "under": 1, "noise": 0.4}
PARTS: dict[str, Any] = {
    "features": [{"name": "age", "mean": 60, "scale": 10}],
    "arms": [{"name": "warfarin", "dose": DOSE}, {"name": "nothing"}],
    "budget": {"norm": "l2", "radius": 0},
    "reward": {"measure": "well", "link": "logistic", "coefficient_bound": 5},
    "sub_outcome": SUB,
}
NAN, INF = float("nan"), float("inf")
BAD_DOSES: dict[str, tuple[dict[str, Any], str]] = {
    "reversed": ({"lower": 70, "upper": 7}, r"below the upper one, got \[70.0, 7.0\] mg"),
    "empty": ({"lower": 7, "upper": 7}, "below the upper one"),
    "endless": ({"upper": INF}, "must be finite, got 7.0 and inf"),
    "no number": ({"lower": NAN}, "must be finite"),
    "without a multiple": ({"step": 100}, "no multiple of the step 100.0 lies in"),
    "a step of nothing": ({"step": 0}, "step of a dose must be positive and finite, got 0"),
    "a step too small": ({"step": 1e-320}, "too small beside .7.0, 70.0. mg, got 1e-320; leave"),
    "a step back": ({"step": -5}, "step of a dose must be positive"),
    "an endless step": ({"step": INF}, "step of a dose must be positive and finite, got inf"),
    "a start below": ({"start": 6}, r"start must lie in \[7.0, 70.0\] mg, got 6"),
    "a start above": ({"start": 71}, "start must lie in"),
    "a start that is no number": ({"start": NAN}, "start must lie in"),
    "an unknown rounding": ({"rounding": "away"}, "rounding"),
    "an unknown key": ({"setp": 2}, "setp"),
}
BAD_SUB_OUTCOMES: dict[str, tuple[dict[str, Any], str]] = {
    "over below 0": ({"over": -1}, "over of inr must be finite and >= 0, got -1"),
    "under below 0": ({"under": {"warfarin": -1}}, "under of inr must be finite and >= 0, got -1"),
    "over is no number": ({"over": NAN}, "over of inr must be finite"),
    "costs of no arm": (
        {"over": {"warfarin": 1, "warfrin": 1}},
        "over of inr names 'warfrin', which is no arm",
    ),
    "costs of an arm without a dose": (
        {"under": {"warfarin": 1, "nothing": 1}},
        "under of inr names 'nothing', which has no dose",
    ),
    "costs are missing": ({"over": {}}, "over of inr is missing for warfarin"),
    "no target": ({"target": None}, "target"),
    "an infinite target": ({"target": INF}, "target of inr must be finite, got inf"),
    "a target too far": ({"target": 1e101}, r"target of inr must be at most 1e\+100 in size"),
    "a huge cost": ({"over": 1e101}, r"over of inr must be at most 1e\+100 in size, got 1e\+101"),
    "a huge cost of an arm": ({"under": {"warfarin": 1e308}}, r"under of inr must be at most"),
    "huge noise": ({"noise": 1e308}, r"noise of inr must be at most 1e\+100"),
    "no noise": ({"noise": 0}, "noise of inr must be positive and finite, got 0"),
    "no name": ({"measure": ""}, "needs the name of its measure"),
    "the name of the reward": ({"measure": "well"}, "have the same measure 'well'"),
    "an unknown feature": ({"features": ["aeg"]}, "depends on 'aeg'.*did you mean 'age'"),
    "a feature twice": ({"features": ["age", "age"]}, "features of inr must differ"),
    "reversed bounds": ({"bounds": [20, 0.5]}, "the bounds of inr must be"),
    "an unknown key": ({"ovr": 2}, "ovr"),
}
BAD_PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "a feature named dose": (
        {"features": [{"name": "dose", "mean": 1, "scale": 1}]},
        "a feature is named 'dose'.*rename the feature",
    ),
    "no arm has a dose": ({"arms": ["a", "b"]}, "'inr' judges doses, but no arm has a dose"),
    "no link": (
        {"reward": {"measure": "well", "noise": 1, "coefficient_bound": 5}},
        "it needs link='logistic' and direction='increase', got 'identity'",
    ),
    "failures": (
        {"reward": PARTS["reward"] | {"direction": "decrease"}},
        "got 'logistic' and 'decrease'",
    ),
}


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def described(
    dose: dict[str, Any] | None = None, sub: dict[str, Any] | None = None, **parts: Any
) -> dict[str, Any]:
    arms = [{"name": "warfarin", "dose": DOSE | (dose or {})}, {"name": "nothing"}]
    return PARTS | {"arms": arms, "sub_outcome": SUB | (sub or {})} | parts


BAD: dict[str, tuple[dict[str, Any], str]] = {
    **{f"dose: {n}": (described(dose=d), why) for n, (d, why) in BAD_DOSES.items()},
    **{f"effect: {n}": (described(sub=s), why) for n, (s, why) in BAD_SUB_OUTCOMES.items()},
    **{n: (described(**parts), why) for n, (parts, why) in BAD_PROBLEMS.items()},
    "effect: a target is missing": (PARTS | {"sub_outcome": without(SUB, "target")}, "target"),
}


@pytest.mark.parametrize("case", BAD)
def test_contradictions_are_refused(case: str) -> None:
    parts, message = BAD[case]
    with pytest.raises((ValueError, TypeError, RecourseBanditsError), match=message):
        Problem(**parts)


TOML = """
[policy]
name = "LinUCB"

[people]
request_id = "visit"

[problem]
budget = { norm = "l2", radius = 0 }

[[problem.features]]
name = "age"
mean = 60
scale = 10

[[problem.arms]]
name = "warfarin"
dose = { unit = "mg", lower = 7, upper = 70, step = 2.5, start = 30, rounding = "up" }

[[problem.arms]]
name = "nothing"

[problem.reward]
measure = "well"
link = "logistic"
coefficient_bound = 5

[problem.sub_outcome]
measure = "inr"
target = 2.5
over = { warfarin = 2.0 }
under = 1.0
noise = 0.4
bounds = [0.5, 20]
"""
WRONG_TOML: dict[str, tuple[str, str, str]] = {
    "a key of a dose": ("step = 2.5", "setp = 2.5", "problem.arms.0.dose.setp is not a known key"),
    "a key of the sub-outcome": ("under =", "udner =", "sub_outcome.udner is not a known key"),
    "a missing key": ("target = 2.5\n", "", "sub_outcome.target is required"),
    "a reversed range": ("upper = 70", "upper = 3", "the lower dose must be below the upper one"),
    "an unknown arm": ("{ warfarin = 2.0 }", "{ warfrin = 2.0 }", "'warfrin', which is no arm"),
    "a text": ("noise = 0.4", 'noise = "small"', "sub_outcome.noise"),
}


def test_settings_describe_doses(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(TOML)
    problem = load_study(file).problem
    assert problem.treatments[0].dose == Dose("mg", 7, 70, step=2.5, start=30, rounding="up")
    assert problem.sub_outcome == SubOutcome(
        "inr", target=2.5, over={"warfarin": 2.0}, under=1.0, noise=0.4, bounds=(0.5, 20)
    )
    assert problem.measures == ("well", "inr")
    assert Problem.from_json(problem.to_json()) == problem


def test_a_wrong_key_of_a_dose_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(TOML.replace("step = 2.5", "setp = 2.5"))
    with pytest.raises(SettingsError) as found:
        load_study(file)
    assert str(found.value) == f"{file}: problem.arms.0.dose.setp is not a known key"


@pytest.mark.parametrize("case", WRONG_TOML)
def test_wrong_settings_are_named(tmp_path: Path, case: str) -> None:
    right, wrong, message = WRONG_TOML[case]
    assert right in TOML
    file = tmp_path / "study.toml"
    file.write_text(TOML.replace(right, wrong))
    with pytest.raises(SettingsError, match=message):
        load_study(file)


def test_doses_need_no_sub_outcome() -> None:
    problem = Problem(
        features=[Feature("age", mean=60, scale=10)],
        arms=[Arm("a", dose=Dose("mg", 1, 2)), Arm("b")],
        budget=PARTS["budget"],
        reward=Reward("drop", noise=1, coefficient_bound=5),
    )
    assert problem.measures == ("drop",)
    assert problem.accepted_measure("drop", 3.5) == 3.5


ROUNDED: list[tuple[str, float, float]] = [
    ("down", 39.9, 37.5),
    ("up", 37.6, 40.0),
    ("nearest", 38.6, 37.5),
    ("down", 0.0, 7.5),
    ("up", 71.0, 70.0),
]


@pytest.mark.parametrize(("rounding", "computed", "issued"), ROUNDED)
def test_a_dose_is_issued_on_the_grid_inside_the_range(
    rounding: Any, computed: float, issued: float
) -> None:
    dose = Dose("mg", 7, 70, step=2.5, rounding=rounding)
    assert dose.issued(computed) == issued
    assert dose.issued(issued) == issued


@pytest.mark.parametrize("taken", [0, 700, True, 6.99])
def test_a_dose_that_was_taken_may_lie_outside(taken: Any) -> None:
    assert Dose("mg", 7, 70).taken(taken) == float(taken)
    assert Dose("mg", -7, 70).taken(-5) == -5.0
