"""The command: files, tables, exit codes."""

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from recourse_bandits import cli

pytestmark = pytest.mark.usefixtures("in_this_process")


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["recourse", *words])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_run_writes_rows_summary_and_pictures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--runs", "2", "--rounds", "15", "--seed", "5", "--workers", "1"]
    code = run(monkeypatch, "run", "hypertension", *small, "--out", str(tmp_path / "new" / "here"))
    assert code == 0
    out = tmp_path / "new" / "here"
    rows = pl.read_parquet(out / "rows.parquet")
    assert rows["round"].max() == 15
    results = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert results["settings"]["seed"] == 5
    assert (out / "regret.png").exists()
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "Hypertension" in report
    assert "GLRB: Theorem 2: regret of GLRB, at most" in report
    assert "Not proved here: scale is 0.2" in report
    printed = capsys.readouterr().out
    assert "LIBRA" in printed
    assert "44.45 ± 0.28" in printed  # what the paper reports, beside
    assert "Simulated" in printed


def test_fertility_prints_its_coefficients_beside_the_papers(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fertility_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--runs", "1", "--rounds", "5", "--workers", "1", "--out", str(tmp_path)]
    path = f"environment.path={fertility_file}"
    assert run(monkeypatch, "run", "fertility", "--set", path, *words) == 0
    printed = capsys.readouterr().out
    assert "-0.31, -0.03, -0.15" in printed
    assert "Real:" in printed


def test_warfarin_warns_of_the_slope_in_the_file(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    warfarin_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--runs", "1", "--rounds", "5", "--workers", "1", "--out", str(tmp_path)]
    path = f"environment.path={warfarin_file}"
    assert run(monkeypatch, "run", "warfarin", "--set", path, *words) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Warning: the slope of INR on dose in the file is dangerous to dose by" in printed
    assert "Fitted: the required dose, mg/week, in sample" in printed
    assert "vkorc1=A/A" in printed


def test_missing_data_has_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(monkeypatch, "run", "fertility", "--set", "environment.path=absent.csv")
    assert code == 3
    assert "absent.csv" in capsys.readouterr().err


def test_wrong_settings_exit_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "run", "hypertnsion") == 2
    assert "hypertension" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert run(monkeypatch, "run", "hypertension", "--out", str(blocked / "below")) == 2


def test_list_and_show(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "list") == 0
    assert "bad-advice" in capsys.readouterr().out
    assert run(monkeypatch, "show", "synthetic") == 0
    printed = capsys.readouterr().out
    assert "ours" in printed
    assert "scale 0.07" in printed


def test_help_and_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--help") == 0
    assert "recourse run hypertension" in capsys.readouterr().out
    assert run(monkeypatch, "--version") == 0


def test_what_looks_like_markup_is_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axis = 'axes=[{name="[/c]", keys=["policies.GLRB.policy.form"], values=["lemma2"]}]'
    words = ["--set", "title=[/a] title", "--set", "name=[b]", "--set", axis, "--set", "claims=[]"]
    small = ["--runs", "1", "--rounds", "3", "--workers", "1", "--out", str(tmp_path / "[d]")]
    assert run(monkeypatch, "show", "hypertension", *words) == 0
    assert run(monkeypatch, "run", "hypertension", *words, *small) == 0
    printed = capsys.readouterr().out
    for text in ("[/a] title", "[b]", "[/c]", "[d]"):
        assert text in printed.replace("\n", "")
    folder = str(tmp_path / "[d]")
    assert run(monkeypatch, "compare", folder, folder) == 0
    assert run(monkeypatch, "run", "hypertension", "--set", "environment.name=a:b:c") == 2
    assert "a:b:c" in capsys.readouterr().err  # no picture in the place of :b:


def test_a_sweep_over_rounds_is_like_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axis = 'axes=[{name="rounds", keys=["rounds"], values=[2, 4]}]'
    words = ["--set", axis, "--set", "claims=[]", "--runs", "2", "--workers", "1"]
    assert run(monkeypatch, "run", "hypertension", *words, "--out", str(tmp_path)) == 0
    assert run(monkeypatch, "compare", str(tmp_path), str(tmp_path)) == 0
    assert "numbers of rounds differ" not in capsys.readouterr().out
