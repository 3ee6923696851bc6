"""Settings are read strictly, and errors name file, key and value."""

from pathlib import Path

import pytest

from recourse_bandits.config import catalogue, experiment, load_problem, with_stand_ins
from recourse_bandits.config.registry import adviser_of
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import plan_of


def test_every_experiment_of_the_catalogue_can_be_built(
    fertility_file: Path, warfarin_file: Path
) -> None:
    files = {"fertility": fertility_file, "warfarin": warfarin_file}
    for name in catalogue():
        overrides = [f"environment.path={files[name]}"] if name in files else []
        settings = experiment(name, overrides)
        assert settings.name == name
        plan_of(with_stand_ins(settings, always=True))  # models cannot be asked here


def test_overrides_reach_nested_and_labelled_keys() -> None:
    settings = experiment(
        "hypertension",
        ["environment.noise=18", "policies.LIBRA as printed.policy.threshold=2.5", "rounds=7"],
    )
    assert settings.environment.parameters["noise"] == 18
    assert settings.policies["LIBRA as printed"].policy.parameters["threshold"] == 2.5
    assert settings.rounds == 7


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_a_label_with_dots_may_be_quoted_as_in_the_file(quote: str) -> None:
    label = f"{quote}GPT-3.5 Turbo alone{quote}"
    settings = experiment("language-models", [f"policies.{label}.adviser.max_calls=7"])
    adviser = settings.policies["GPT-3.5 Turbo alone"].adviser
    assert adviser is not None
    assert adviser.parameters["max_calls"] == 7


def test_a_parameter_that_is_missing_is_named() -> None:
    with pytest.raises(SettingsError, match="^adviser Human needs queue$"):
        adviser_of({"name": "Human"}, {})


def test_a_text_needs_no_quotes() -> None:
    settings = experiment("fertility", ["environment.path=some/file.csv"])
    assert settings.environment.parameters["path"] == "some/file.csv"


def test_unknown_experiment_suggests_the_nearest() -> None:
    with pytest.raises(SettingsError, match="'hypertnsion' .did you mean 'hypertension'"):
        experiment("hypertnsion")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("rouns=3", "rouns is not a known key"),
        ("rounds=0", "rounds: .*greater than 0, got 0"),
        ("rounds", "must be key=value"),
        ("seed=-1", "seed: .*got -1"),
        ("name.inner=1", "'name' is not a table"),
    ],
)
def test_wrong_overrides_name_key_and_value(override: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        experiment("hypertension", [override])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("environment.nois=3", "environment hypertension has no parameter 'nois'.*'noise'"),
        ("environment.name=mars", "unknown environment 'mars'"),
        ("policies.GLRB.policy.name=GRLB", "unknown policy 'GRLB'.*'GLRB'"),
        ("policies.GLRB.policy.scael=3", "policy GLRB has no parameter 'scael'.*'scale'"),
        ("policies.GLRB.policy.scale=-1", "policy GLRB: scale must be finite and >= 0, got -1"),
        ("policies.Advice only.adviser.name=Orakel", "unknown adviser 'Orakel'.*'Oracle'"),
        ("policy_defaults.scal=0.1", "policy_defaults.scal: no policy .*'scale'"),
        ("policies.LIBRA safeguarded.policy.veto=False", "veto must be true or false, got 'False'"),
        ("policies.GLRB.policy.scale='0.2'", "scale must be finite and >= 0, got '0.2'"),
        ("environment.noise=nan", "(?s)environment hypertension: .*noise must be positive"),
        ("environment.seed=3", "each run has a seed of its own"),
        ("policies.Advice only.adviser.mean_change=[1.0]", "one number for each of diet_score"),
        ("policies.Advice only.adviser.arm_quality=2", "arm_quality must lie in .0, 1., got 2"),
    ],
)
def test_wrong_parts_are_found_before_anything_runs(override: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        plan_of(experiment("hypertension", [override]))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="absent.toml cannot be read"):
        experiment(str(tmp_path / "absent.toml"))
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ", encoding="utf-8")
    with pytest.raises(SettingsError, match="broken.toml is not TOML"):
        load_problem(broken)


def test_a_problem_names_file_key_and_value(tmp_path: Path) -> None:
    path = tmp_path / "problem.toml"
    path.write_text(
        """
        arms = ["a"]
        budget = { norm = "l3", radius = 1.0 }
        reward = { measure = "y", noise = 1.0, coefficient_bound = 1.0 }
        [[features]]
        name = "age"
        mutabel = true
        """,
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as caught:
        load_problem(path)
    text = str(caught.value)
    assert "problem.toml" in text
    assert "features.0.mutabel is not a known key" in text
    assert "budget.norm" in text
    assert "'l3'" in text


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(b"\xef\xbb\xbfrounds = 3\r\n")
    with pytest.raises(SettingsError, match="name is required"):
        experiment(str(path))


@pytest.mark.parametrize("name", ["../elsewhere", "", ".", "a\\\\b", "a\\u0000b"])
def test_a_name_is_that_of_a_folder(name: str) -> None:
    with pytest.raises(SettingsError, match="names the folder of the results"):
        experiment("hypertension", [f'name="{name}"'])
