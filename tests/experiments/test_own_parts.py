"""Policies, worlds and advisers of other packages are named by module:Name."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import recourse_bandits as rb
from recourse_bandits.config import experiment
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import plan_of, run_experiment
from recourse_bandits.policies import policy_from_json, policy_to_json
from tests.experiments.own import Stronger

OWN = "tests.experiments.own"
NEW = [
    f"environment={{name='{OWN}:Elsewhere', offset=1.0}}",
    "policies.Mine.policy={name='LIBRA', base={name='GLRB'}, threshold=1.0}",
    "policies.Mine.adviser={name='recourse_bandits.advisers:Silent'}",
    f"policies.Own.policy={{name='{OWN}:Stronger', strength=2.0}}",
    "claims=[]",
    "rounds=5",
    "runs=1",
]


def test_an_experiment_of_ones_own_parts_runs() -> None:
    settings = experiment("hypertension", NEW)
    cell = next(place.cell for place in plan_of(settings).places if place.label == "Own")
    assert cell.policy == {
        "name": f"{OWN}:Stronger",
        "algorithm_version": 3,
        "parameters": {"strength": 2.0},
    }
    with ThreadPoolExecutor(1) as executor:
        rows = run_experiment(settings, executor=executor)
    assert {"Mine", "Own"} <= set(rows["policy"])


def test_a_plan_for_people_who_do_otherwise_is_not_taken_for_a_policy() -> None:
    key = "policies.GLRB.policy.noncompliance"
    settings = experiment("hypertension", [f"{key}={{name='Adversarial', eps=0.5}}"])
    cell = next(place.cell for place in plan_of(settings).places if place.label == "GLRB")
    assert policy_from_json(cell.policy).noncompliance == rb.Adversarial(0.5)  # type: ignore[attr-defined]
    with pytest.raises(SettingsError, match=r"policy_defaults\.eps: no policy"):
        plan_of(experiment("hypertension", [f"{key}={{name='Random'}}", "policy_defaults.eps=1.0"]))


def test_a_journal_finds_it_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    world = rb.Hypertension()
    with rb.Study(world.problem, Stronger(strength=0.5), journal=url, seed=1) as study:
        first = study.decide(world.person(rb.Key(1, 0, 0)))
        assert isinstance(first, rb.Decision)
    with rb.Study.open(url) as study:
        assert study.policy == Stronger(strength=0.5)
        again = study.decision(0)
        assert isinstance(again, rb.Decision)
        assert again.arm == first.arm
        assert study.verify().decisions == 1


def test_names_of_registered_policies_stay_short() -> None:
    assert policy_to_json(rb.GLRB())["name"] == "GLRB"
    assert policy_from_json(policy_to_json(Stronger(strength=3.0))) == Stronger(strength=3.0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{OWN}:Stranger", "tests.experiments.own:Stranger cannot be imported"),
        ("no.such.module:Policy", "no.such.module:Policy cannot be imported"),
        (f"{OWN}:NoPolicy", "is not a policy: it must be a dataclass derived from Policy"),
        (":Policy", "cannot be imported"),
        (".own:Policy", "cannot be imported"),
        ("GRLB", "did you mean 'GLRB'"),
    ],
)
def test_wrong_names_are_told(name: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        plan_of(experiment("hypertension", [f"policies.GLRB.policy.name={name}"]))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (f"policies.Advice only.adviser={{name='{OWN}:NoPolicy'}}", "derived from Adviser"),
        ("policies.Advice only.adviser={name='builtins:exit'}", "derived from Adviser"),
        (f"environment={{name='{OWN}:Stronger'}}", "derived from Environment"),
    ],
)
def test_parts_of_another_kind_are_told(override: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        plan_of(experiment("hypertension", [override]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("raise RuntimeError('boom')", "cannot be imported: RuntimeError: boom"),
        ("def f(:", "cannot be imported: SyntaxError: .*line 1"),
    ],
)
def test_a_module_that_fails_is_told(
    content: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_broken.py").write_text(content, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SettingsError, match=message):
        plan_of(experiment("hypertension", ["policies.GLRB.policy.name=own_broken:Policy"]))


def test_an_error_in_a_policy_says_from_which_run_it_comes() -> None:
    override = f"policies.Own.policy={{name='{OWN}:Broken'}}"
    settings = experiment("hypertension", [override, "claims=[]", "rounds=2", "runs=1"])
    with ThreadPoolExecutor(1) as executor, pytest.raises(KeyError, match="lost") as caught:
        run_experiment(settings, executor=executor)
    (note,) = caught.value.__notes__
    assert note.startswith(f"in a run of policy {OWN}:Broken in environment hypertension, seed ")


@pytest.mark.parametrize(
    "policy", ["{name='AdviceOnly'}", "{name='LIBRA', threshold=1.0, base={name='GLRB'}}"]
)
def test_a_policy_that_asks_needs_somebody_to_ask(policy: str) -> None:
    override = f"policies.Lonely.policy={policy}"
    with pytest.raises(SettingsError, match="Lonely: policy .* asks for advice: name an adviser"):
        plan_of(experiment("hypertension", [override]))
