"""`recourse bounds`: what is proved of policies beforehand, and what is broken."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits import cli, theory
from recourse_bandits.environments import Deviating, Hypertension
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments.bounds import find_bounds, policy_bounds
from recourse_bandits.experiments.bounds_setting import setting_of
from recourse_bandits.experiments.bounds_table import in_words

pytestmark = pytest.mark.usefixtures("in_this_process")

STUDY = """
[policy]
name = "LIBRA"
threshold = 2.0
base = { name = "GLRB", context_bound = 4.0 }

[problem]
arms = ["one", "two"]
budget = { norm = "l2", radius = 1.0 }
reward = { measure = "drop", unit = "mmHg", noise = 10.0, coefficient_bound = 20.0 }

[[problem.features]]
name = "age"
mean = 60
scale = 10

[[problem.features]]
name = "diet"
mean = 5
scale = 2
mutable = true
"""


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "argv", ["recourse", "bounds", *words])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_bounds_of_a_catalogue_experiment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bounds.json"
    assert run(monkeypatch, "hypertension", "--rounds", "500", "--out", str(out)) == 0
    printed = capsys.readouterr().out
    assert "Theorem 2: regret of GLRB" in printed
    assert "scale is 0.2: nothing is proved below 1" in printed
    assert "nothing is proved" in printed  # LinUCB
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["unit"] == "mmHg"
    policies = {one["policy"]: one["bounds"] for one in written["policies"]}
    assert next(iter(policies)) == "any policy"
    assert policies["LinUCB"] == []
    effort = policies["LIBRA safeguarded"][-1]
    assert effort["statement"] == "Ours: questions put"
    assert effort["bound"] == "question_cap"
    assert effort["values"] == {"500": 78.0}
    assert effort["holds"] is True
    theorem_2 = policies["GLRB"][1]
    assert {one["assumption"] for one in theorem_2["broken"]} == {
        "ScaleBelowOne",
        "RecourseNotCertified",
    }
    assert any("longer than 6" in text for text in theorem_2["assumed"])


def test_bounds_of_a_study(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    assert run(monkeypatch, str(path)) == 0
    printed = capsys.readouterr().out
    assert "10,000 rounds" in printed
    assert "Ours: regret under any adviser" in printed
    assert "Regret in mmHg" in printed
    assert run(monkeypatch, str(path), "--set", "seed=2") == 2
    assert "--set is for experiments" in capsys.readouterr().err


def test_an_unknown_experiment_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "hypertensoin") == 2
    assert "hypertension" in capsys.readouterr().err


def test_a_worlds_facts_are_compared_with_the_stated_bounds() -> None:
    found = find_bounds("synthetic", rounds=[100])
    broken = {
        str(one)
        for policy in found.policies
        for bound in policy.bounds
        for one in bound.broken
        if isinstance(one, theory.FactsAgainstBounds)
    }
    assert len(broken) == 1
    assert "arms have longer coefficients" in broken.pop()
    short = find_bounds("hypertension", ["policy_defaults.context_bound=2.0"], [100])
    told = " ".join(str(one) for one in short.policies[3].bounds[0].broken)
    assert "of 100 people are longer than that before any recourse" in told


def names(bounds: tuple[theory.Bound, ...]) -> dict[str, set[str]]:
    return {one.statement: {type(b).__name__ for b in one.broken} for one in bounds}


def test_reports_say_in_words_what_bounds_the_regret_of_each_policy() -> None:
    found = find_bounds("noncompliance-random", rounds=[500])
    said = in_words(found)
    stated = [
        f"{one.label}: {bound.statement}, at most "
        for one in found.policies
        for bound in one.bounds
        if "regret of GLRB" in bound.statement
        or "regret under" in bound.statement
        or "regret of LIBRA" in bound.statement
    ]
    assert len(said) == len(stated) > 3
    for sentence, start in zip(said, stated, strict=True):
        assert sentence.startswith(start)
    assert not any(sentence.startswith("any policy") for sentence in said)


def test_people_who_deviate_have_theorem_7() -> None:
    world = Deviating(Hypertension())
    plain = names(policy_bounds(rb.GLRB(), world.problem, [100], world=world))
    assert "DeviationsNotPlannedFor" in plain["Theorem 2: regret of GLRB"]
    assert "DeviationsNotPlannedFor" in plain["Theorem 7: regret under random deviations"]
    planning = rb.GLRB(noncompliance=rb.Random())
    planned = names(policy_bounds(planning, world.problem, [100], world=world))
    assert "DeviationsNotPlannedFor" in planned["Theorem 2: regret of GLRB"]
    assert planned["Theorem 7: regret under random deviations"] >= {"DeviationLawUnknown"}
    assert "DeviationsNotPlannedFor" not in planned["Theorem 7: regret under random deviations"]


@pytest.mark.parametrize(
    ("policy", "statements"),
    [
        (rb.LinUCB(), []),
        (rb.RecourseTS(), []),
        (rb.LIBRA(rb.RecourseTS(), threshold=1.0), ["Ours: questions put"]),
        (
            rb.Mixture(rb.GLRB(), max_questions=5),
            ["No theorem", "Ours: regret under any adviser", "Ours: questions put"],
        ),
        (
            rb.LIBRA.as_printed(rb.GLRB(), threshold=1.0),
            ["No theorem", "Theorem 5", "Theorem 4"],
        ),
        (rb.LIBRA.as_printed(rb.GLRB(), threshold=0.0), ["No theorem"]),
    ],
)
def test_each_policy_has_the_bounds_that_are_about_it(policy: Any, statements: list[str]) -> None:
    found = policy_bounds(policy, Hypertension().problem, [10, 100])
    assert [
        bound.statement.startswith(start) for bound, start in zip(found, statements, strict=True)
    ] == [True] * len(statements)


def test_the_cap_of_a_mixture_is_its_own() -> None:
    found = policy_bounds(rb.Mixture(rb.GLRB(), max_questions=5), Hypertension().problem, [3, 100])
    assert found[-1].values == pytest.approx([3, 5])


@pytest.mark.parametrize("form", ["lemma2", "determinant"])
def test_the_radius_is_never_smaller_than_the_one_that_the_policy_uses(form: str) -> None:
    world = Hypertension()
    policy = rb.GLRB(form=form, context_bound=6.0)
    setting, broken = setting_of(policy, world.problem, [40])
    assert not broken
    state = policy.init(world.problem)
    rng = np.random.default_rng(1)
    for _ in range(40):
        point = rng.normal(size=9)
        point *= 6.0 / np.linalg.norm(point)
        state = policy.observed(state, None, rb.Outcome(0, point, 1.0))
    used = float(state.confidence_radius[0])
    assert used <= setting.confidence_radius[0] * (1.0 + 1e-12)
    assert used >= 0.9 * setting.confidence_radius[0]


def test_links_say_which_set_the_theorem_is_about() -> None:
    world = rb.Synthetic(seed=1, dimension=3, arms=2, link="logistic", strength=0.3, radius=0.5)
    adaptive, broken = setting_of(rb.GLRB(context_bound=2.0), world.problem, [10])
    assert [type(one) for one in broken] == [theory.AnotherConfidenceSet]
    exact = rb.GLRB(context_bound=2.0, form="lemma2", exact_rows=None)
    lemma_2, broken = setting_of(exact, world.problem, [10])
    assert not broken
    assert lemma_2.bias == pytest.approx(adaptive.bias)
    assert adaptive.noise == 0.5
    assert adaptive.largest_slope == 0.25


def movable(count: int, norm: Any = "l2", more: Any = None, **limits: Any) -> rb.Problem:
    """A problem of so many mutable features, their bounds on people all 1; more on the budget."""
    return rb.Problem(
        features=[
            rb.Feature(f"f{i}", mean=0, scale=1, mutable=True, **limits) for i in range(count)
        ],
        arms=["one", "two"],
        budget=rb.Budget(norm, 1.0, **more or {}),
        reward=rb.Reward("r", noise=1.0, coefficient_bound=1.0),
        intercept=False,
    )


CERTIFIED = rb.GLRB(context_bound=1.0, solver="certified")


def test_a_certified_solver_has_its_tolerance_as_gap_by_hand() -> None:
    setting, broken = setting_of(CERTIFIED, movable(2), [10, 100])
    assert not broken
    # |value| <= 1·1 + 2·rho·1
    rho = setting.confidence_radius[1]
    assert setting.gap == pytest.approx(1e-6 * (1.0 + 1.0 + 2.0 * rho))
    _, theorem_2 = policy_bounds(CERTIFIED, movable(2), [10, 100])
    assert theorem_2.holds
    assert setting.gap is not None
    plain = theory.glrb_regret(replace(setting, gap=0.0)).values
    assert theorem_2.values - plain == pytest.approx(setting.gap * np.array([10, 100]), rel=1e-6)
    assert theorem_2.assumed[-1].startswith("no optimistic recourse is more than 1.")


def test_no_optimistic_value_is_larger_than_the_gap_takes_it_to_be() -> None:
    problem = movable(2)
    setting, _ = setting_of(CERTIFIED, problem, [60])
    assert setting.gap is not None
    most = setting.gap / 1e-6 - 1.0
    state, rng = CERTIFIED.init(problem), np.random.default_rng(1)
    for _ in range(60):
        point = rng.normal(size=2)
        point /= np.linalg.norm(point)
        state = CERTIFIED.observed(
            state, None, rb.Outcome(0, point, float(point[0] + rng.normal()))
        )
        far = np.linalg.norm(state.estimate, axis=1) + state.confidence_radius
        assert far.max() <= most


def test_a_gap_is_cut_where_it_would_say_nothing_of_a_round() -> None:
    steep = replace(CERTIFIED, scale=1e7)
    assert setting_of(steep, movable(2), [10])[0].gap == 2.0


@pytest.mark.parametrize(
    ("problem", "sure"),
    [
        (movable(20), True),
        (movable(16, "linf", bounds=(-1, 1)), True),
        (movable(17, "linf"), False),
        (movable(2, bounds=(None, 1)), False),
        (movable(2, max_step=(1, None)), False),
        (movable(2, direction="increase"), False),
        (movable(2, missing="indicator"), False),
        (movable(20, "l1"), True),
        (movable(20, "l1", {"price": 0.5}), True),
        (movable(6, "l1", bounds=(-1, 1)), True),
        (movable(7, "l1", bounds=(-1, 1)), False),
        (movable(2, "mahalanobis", {"matrix": ((1, 0.5), (0.5, 1))}), True),
        (movable(2, "mahalanobis", {"matrix": ((1, 0.5), (0.5, 1))}, bounds=(0, 1)), False),
        (movable(2, "lp", {"power": 3.0}), False),
        (movable(4, "lp", {"power": 3.0, "price": 0.5}, step=0.25), True),
        (movable(4, "l2", {"max_changed": 2}, allowed_values=(-1, 0, 1)), True),
        (movable(5, step=0.25), True),
        (movable(6, step=0.1), False),
        (movable(4, "linf", {"max_changed": 2}), False),
        (movable(2, "linf", {"price": 0.5}), True),
        (movable(2, "linf", {"price": 0.5}, bounds=(-1, 1)), False),
    ],
)
def test_what_a_certified_solver_may_not_close_is_named(problem: rb.Problem, sure: bool) -> None:
    setting, broken = setting_of(CERTIFIED, problem, [10])
    assert setting.gap is not None
    assert [type(one) for one in broken] == ([] if sure else [theory.RecourseNotCertified])
    assert sure or "200 boxes an arm may leave more than the gap" in str(broken[0])
    advised = policy_bounds(rb.LIBRA(CERTIFIED, threshold=1.0), problem, [10])[1]
    assert ("RecourseNotCertified" in names((advised,))[advised.statement]) is not sure


@pytest.mark.parametrize(("features", "exact"), [(16, True), (17, False)])
def test_all_vertices_are_tried_up_to_sixteen_features(features: int, exact: bool) -> None:
    free = np.full(features, np.inf)
    cube = rb.FeasibleSet(np.arange(features), -free, free, np.ones(features), 1.0, "linf")
    estimate = np.random.default_rng(1).normal(size=features)
    found = rb.certified_recourse(np.zeros(features), estimate, np.eye(features), 1.0, cube)
    assert bool(found.nodes == 2**features) is exact


def test_algorithm_2_has_a_gap_of_0_only_where_nothing_can_change() -> None:
    assert setting_of(rb.GLRB(context_bound=1.0), movable(2), [10])[0].gap is None
    still = replace(movable(2), budget=rb.Budget("l2", 0.0))
    for policy in (rb.GLRB(context_bound=1.0), CERTIFIED):
        setting, broken = setting_of(policy, still, [10])
        assert (setting.gap, broken) == (0.0, ())


def test_free_changes_need_a_context_bound() -> None:
    free = rb.Feature(
        "a", mean=0, scale=1, mutable=True, weight=0.0, direction="increase", bounds=(None, 9)
    )
    problem = rb.Problem(
        features=[free],
        arms=["one", "two"],
        budget=rb.Budget("linf", 1.0),
        reward=rb.Reward("r", noise=1.0, coefficient_bound=1.0),
    )
    with pytest.raises(SettingsError, match="give the policy a context_bound"):
        policy_bounds(rb.GLRB(), problem, [10])


def test_where_nothing_is_proved_no_empty_list_follows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "dosing", "--rounds", "50") == 0
    printed = capsys.readouterr().out
    assert printed.count("nothing is proved") == 5  # of any policy neither
    assert "Not checked" not in printed
