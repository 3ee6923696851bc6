"""`recourse bounds`: what is proved of policies beforehand, and what is broken."""

import json
import sys
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
