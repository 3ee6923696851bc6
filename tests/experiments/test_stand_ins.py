"""Where a language model cannot be asked its stand-in plays, and never bears its name."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from recourse_bandits import LanguageModel, cli
from recourse_bandits.advisers.language_model.calls import Caller
from recourse_bandits.config import NOTICE, ExperimentSettings, experiment, with_stand_ins
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import plan_of
from recourse_bandits.experiments.spending_notice import print_spending

MODELS = ("GPT-3.5 Turbo", "GPT-4o-mini", "GPT-5.2")
LABELS = [label for model in MODELS for label in (f"{model} alone", f"LIBRA with {model}")]
PLAYING = ["GLRB", "Stand-in alone", "LIBRA with the stand-in"]
MODEL: dict[str, Any] = {"name": "LanguageModel", "model": "openai:gpt-x"}
NOISY: dict[str, Any] = {
    "name": "NoisyPair",
    "arm_quality": 0.6,
    "mean_change": [0.8, 1.1],
    "deviation": 0.2,
}
STAND_IN: dict[str, Any] = {"label": "Stand-in", "adviser": NOISY}
ADVISED: dict[str, Any] = {"policy": {"name": "AdviceOnly"}, "adviser": MODEL}


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, and no call if there were one."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a model was asked")

    monkeypatch.setattr(Caller, "call", refuse)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def described(**policies: Any) -> ExperimentSettings:
    claim = {
        "says": "it learns",
        "source": "ours",
        "compare": [
            {
                "left": {"quantity": "regret", "policy": next(iter(policies))},
                "is": ">",
                "right": 0.0,
            }
        ],
    }
    return ExperimentSettings.model_validate(
        {
            "name": "own",
            "title": "Own",
            "source": "ours",
            "rounds": 3,
            "runs": 2,
            "environment": {"name": "hypertension"},
            "policies": policies,
            "claims": [claim],
        }
    )


def test_without_a_key_stand_ins_play_under_their_own_label() -> None:
    settings = experiment("language-models", ["rounds=5", "runs=2"])
    assert list(settings.policies) == ["GLRB", *LABELS]
    playing = with_stand_ins(settings)
    assert list(playing.policies) == PLAYING
    assert playing.title == f"{settings.title} ({NOTICE})"
    assert len(settings.claims) == 3
    assert playing.claims == ()  # all are about models
    assert playing.policies["GLRB"] == settings.policies["GLRB"]
    for label in PLAYING[1:]:
        adviser = playing.policies[label].adviser
        assert adviser is not None
        assert adviser.name == "NoisyPair"
        assert playing.policies[label].stand_in is None
    kept = ("name", "rounds", "runs", "seed", "stated", "ours", "environment", "policy_defaults")
    for key in kept:
        assert getattr(playing, key) == getattr(settings, key)
    plan = plan_of(playing)
    assert len(plan.places) == len(plan.cells) == 3 * 2  # one stand-in for all three models


def test_with_a_key_the_models_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    settings = experiment("language-models", ["rounds=5", "runs=2"])
    assert with_stand_ins(settings) is settings
    plan = plan_of(settings)
    assert len(plan.cells) == 7 * 2
    assert "sk-not-a-key" not in json.dumps([vars_of(cell) for cell in plan.cells.values()])
    assert with_stand_ins(settings, always=True).title.endswith(f"({NOTICE})")


def vars_of(cell: Any) -> dict[str, Any]:
    return {name: getattr(cell, name) for name in ("environment", "policy", "adviser")}


def test_without_the_packages_stand_ins_play_although_there_is_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    monkeypatch.setitem(sys.modules, "pydantic_ai.direct", None)
    assert list(with_stand_ins(experiment("language-models")).policies) == PLAYING


def test_only_who_cannot_be_asked_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    other = ADVISED | {
        "adviser": MODEL | {"model": "anthropic:y"},
        "stand_in": STAND_IN,
        "paper": "1 ± 2",
    }
    settings = described(**{"X alone": ADVISED | {"stand_in": STAND_IN}, "Y alone": other})
    playing = with_stand_ins(settings)
    assert list(playing.policies) == ["X alone", "Stand-in"]
    assert playing.policies["X alone"] == settings.policies["X alone"]
    assert playing.policies["Stand-in"].paper is None  # what a paper reports of a model
    assert playing.claims == settings.claims  # about X
    turned = described(**{"Y alone": other, "X alone": ADVISED | {"stand_in": STAND_IN}})
    assert with_stand_ins(turned).claims == ()  # about Y
    assert NOTICE in playing.title


def test_a_stand_in_with_the_label_of_a_contestant_that_differs_is_refused() -> None:
    settings = described(
        **{"Stand-in": {"policy": {"name": "GLRB"}}, "X": ADVISED | {"stand_in": STAND_IN}}
    )
    message = "experiment 'own': the stand-in 'Stand-in' of 'X' has the label of a contestant"
    with pytest.raises(SettingsError, match=message):
        with_stand_ins(settings)
    libra = {"name": "LIBRA", "threshold": 1.0, "base": {"name": "GLRB"}}
    two_ways = described(
        X=ADVISED | {"stand_in": STAND_IN}, Y=ADVISED | {"policy": libra, "stand_in": STAND_IN}
    )
    with pytest.raises(SettingsError, match="the stand-in 'Stand-in' of 'Y'"):
        with_stand_ins(two_ways)


def test_a_stand_in_may_be_a_contestant_already() -> None:
    stood = {"policy": {"name": "AdviceOnly"}, "adviser": NOISY}
    settings = described(**{"Stand-in": stood, "X": ADVISED | {"stand_in": STAND_IN}})
    assert list(with_stand_ins(settings).policies) == ["Stand-in"]


@pytest.mark.parametrize("advisers", [{"m": MODEL}, {"m": MODEL, "q": {"name": "Oracle"}}])
def test_a_router_is_ready_when_all_its_advisers_are(
    advisers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = {"name": "Router", "advisers": advisers}
    settings = described(X=ADVISED | {"adviser": router, "stand_in": STAND_IN})
    assert list(with_stand_ins(settings).policies) == ["Stand-in"]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    assert with_stand_ins(settings) is settings


@pytest.mark.parametrize("name", ["Oracle", "Believer"])
def test_an_adviser_who_knows_the_truth_is_ready(name: str) -> None:
    settings = described(X=ADVISED | {"adviser": {"name": name}, "stand_in": STAND_IN})
    assert with_stand_ins(settings) is settings
    assert list(with_stand_ins(settings, always=True).policies) == ["Stand-in"]
    assert plan_of(settings).cells


@pytest.mark.parametrize(
    "adviser", [MODEL, {"name": "Router", "advisers": [MODEL, {"name": "Silent"}]}]
)
def test_who_cannot_be_asked_and_has_no_stand_in_is_named(adviser: Any) -> None:
    settings = described(**{"X alone": ADVISED | {"adviser": adviser}})
    assert with_stand_ins(settings) is settings
    with pytest.raises(SettingsError, match="^X alone: model 'openai:gpt-x' needs a key: set"):
        plan_of(settings)


def test_a_wrong_parameter_of_a_model_is_named_although_its_stand_in_could_play() -> None:
    wrong = MODEL | {"retries": -1}
    settings = described(X=ADVISED | {"adviser": wrong, "stand_in": STAND_IN})
    with pytest.raises(SettingsError, match="adviser LanguageModel: .*retries"):
        with_stand_ins(settings)


# -- the command ---------------------------------------------------------------------------------


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["recourse", *words])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def assert_stood_in(folder: Path) -> None:
    report = (folder / "report.html").read_text(encoding="utf-8")
    told = (folder / "summary.json").read_text(encoding="utf-8")
    settings = json.loads(told)["settings"]
    assert NOTICE in settings["title"]
    assert list(settings["policies"]) == PLAYING
    for text in (report, told):
        assert NOTICE in text
        assert "Stand-in alone" in text
        for label in LABELS:
            assert label not in text


@pytest.mark.usefixtures("in_this_process")
def test_results_say_so_and_bear_no_models_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--runs", "2", "--rounds", "10", "--workers", "1"]
    out = tmp_path / "stood"
    assert run(monkeypatch, "run", "language-models", *small, "--out", str(out)) == 0
    assert_stood_in(out)
    printed = " ".join(capsys.readouterr().out.split())
    assert NOTICE in printed
    assert not any(label in printed for label in LABELS)


@pytest.mark.usefixtures("in_this_process")
def test_reproducing_asks_no_model_although_there_is_a_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    words = ["language-models", "--runs", "1", "--rounds", "5", "--workers", "1"]
    assert run(monkeypatch, "reproduce", *words, "--out", str(tmp_path)) == 0
    assert_stood_in(tmp_path / "language-models")
    assert NOTICE in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_show_shows_who_would_play(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(monkeypatch, "show", "language-models") == 0
    without = capsys.readouterr().out
    assert NOTICE in without
    assert "Stand-in alone" in without
    assert not any(label in without for label in LABELS)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    assert run(monkeypatch, "show", "language-models") == 0
    with_key = capsys.readouterr().out
    assert NOTICE not in with_key
    assert all(label in with_key for label in LABELS)
    assert "sk-not-a-key" not in with_key


def test_a_model_of_the_catalogue_is_capped() -> None:
    for label in LABELS:
        adviser = experiment("language-models").policies[label].adviser
        assert adviser is not None
        model = LanguageModel(**adviser.parameters)
        assert model.max_cost == 2.0
        assert model.max_calls == 1500


def test_what_models_may_cost_is_said_before_they_are_asked() -> None:
    capped = {**MODEL, "max_calls": 1500, "price": [1.0, 2.0], "max_cost": 2.0}
    bandit = {"policy": {"name": "GLRB"}}
    settings = described(A=ADVISED, B={**ADVISED, "adviser": capped}, C=bandit)
    told = io.StringIO()
    print_spending(Console(file=told, width=200), settings)
    assert told.getvalue().splitlines() == [
        "asks openai:gpt-x for A: any number of calls at any cost in each of 2 runs",
        "asks openai:gpt-x for B: at most 1,500 calls at a cost of 2 in each of 2 runs",
    ]


def test_an_experiment_does_not_wait_for_people() -> None:
    human = {"name": "Human", "queue": "sqlite:///q.db"}
    with pytest.raises(SettingsError, match="A: people answer later, and an experiment does not"):
        plan_of(described(A={**ADVISED, "adviser": human}))
