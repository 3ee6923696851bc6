"""What the documents show works as printed."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import recourse_bandits as rb
from recourse_bandits.cli import app
from recourse_bandits.config import catalogue

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}(?: title=\"[^\"]+\")?\n(.*?)```", text, flags=re.DOTALL)


def test_readme_python_runs_from_top_to_bottom(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks(README, "python"):
        exec(compile(block, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "advice combination" in printed
    assert (tmp_path / "clinic.db").exists()
    assert isinstance(names["study"], rb.Study)


def indented(text: str) -> list[str]:
    return re.findall(r"^    (recourse .*)$", text, flags=re.MULTILINE)


def commands() -> list[str]:
    lines = [re.sub(r"\s+#.*", "", line) for line in indented(README)]
    assert lines
    shown_elsewhere = (".toml", "sqlite:///", "FOLDER")
    return [line for line in lines if not any(word in line for word in shown_elsewhere)]


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("command", commands())
def test_readme_commands_run(
    command: str,
    tmp_path: Path,
    fertility_file: Path,
    warfarin_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(
        command.replace("FERTILITY.csv", str(fertility_file)).replace(
            "WARFARIN.csv", str(warfarin_file)
        )
    )[1:]
    if words[0] == "reproduce":
        words.insert(1, "fertility")
    if words[0] in ("run", "reproduce"):
        words += ["--runs", "1", "--rounds", "10", "--workers", "1"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output


def test_readme_shows_the_commands_of_a_study_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(blocks(text, "toml")[0], encoding="utf-8")
    for name, content in zip(("patients", "outcomes"), blocks(text, "csv"), strict=False):
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    lines = [line for line in indented(README) if "sqlite:///" in line]
    names = [line.split()[1] for line in lines]
    assert names == ["decide", "observe", "export", "verify", "advice"]
    for line in lines:
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        assert result.exit_code == (1 if " decide " in line else 0), result.output


def test_problem_in_toml_is_read_and_decided(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "problem.md").read_text(encoding="utf-8")
    path = tmp_path / "problem.toml"
    path.write_text(blocks(text, "toml")[0], encoding="utf-8")
    study = rb.Study(rb.load_problem(path), rb.GLRB())
    decision = study.decide({"age": 50, "smoker": None, "diet_score": 4, "activity": 2})
    assert isinstance(decision, rb.Decision)
    assert decision.arm == "combination"  # the rule of the other arm needs the missing value
    assert decision.recourse is not None
    assert decision.context.imputed == ("smoker",)


def test_readme_names_every_policy_adviser_and_world() -> None:
    from recourse_bandits.advisers import ADVISERS
    from recourse_bandits.environments import ENVIRONMENTS
    from recourse_bandits.policies import POLICIES

    for name in [*POLICIES, *ADVISERS, *ENVIRONMENTS, "FromFunction"]:
        assert f"`{name}`" in README, name


def test_makefile_targets_are_those_of_the_readme() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_evidence_has_a_verdict_on_every_claim_of_the_catalogue() -> None:
    text = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    for settings in catalogue().values():
        for claim in settings.claims:
            line = next(line for line in text.splitlines() if f"| {claim.says} |" in line)
            assert re.search(rf"\| (\*\*)?({'|'.join(_VERDICTS)})(\*\*)? \|", line)


_VERDICTS = ("holds", "does not hold", "undecided", "not judged")


def test_the_readme_counts_verdicts_as_the_evidence_does() -> None:
    text = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    found = re.findall(r"\| LIBRA, [^|]*\| (?:\*\*)?([a-z ]+?)(?:\*\*)? \|", text)
    counts = [found.count(verdict) for verdict in _VERDICTS]
    told = (
        "Of the paper's {} claims there, {} hold, {} do not hold, {} are undecided at ten runs, "
        "and {} are not judged"
    )
    assert told.format(len(found), *counts) in " ".join(README.split())
