"""What a reader opens: whole, safe, and without anything from elsewhere."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from recourse_bandits import cli

pytestmark = pytest.mark.usefixtures("in_this_process")

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Nesting(HTMLParser):
    """Notes tags that are closed wrongly, and addresses that lead away."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.addresses: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, text: str) -> None:
        self.text.append(text)


def parsed(path: Path) -> Nesting:
    page = Nesting()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["recourse", *words])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_report_is_whole_and_holds_everything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ["--runs", "2", "--rounds", "150", "--workers", "1", "--out", str(tmp_path)]
    assert command(monkeypatch, "run", "hypertension", *words, "--set", "title=A <b> & B") == 0
    page = parsed(tmp_path / "report.html")
    assert page.wrong == page.open == []
    assert all(address.startswith("#") for address in page.addresses)
    text = " ".join("".join(page.text).split())
    assert "A <b> & B" in text
    assert "Table 2" in text
    assert "recourse run hypertension --runs 2" in text
    results = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    for claim in results["claims"]:
        assert claim["says"] in text
    for verdict in ("holds", "does not hold", "undecided"):
        count = sum(claim["verdict"] == verdict for claim in results["claims"])
        assert f"{verdict}: {count}" in text
    raw = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert raw.count("<svg") == 5
    assert "url(http" not in raw
    assert re.search(r"prefers-color-scheme: dark", raw)
    assert not re.findall(r"\{\{|\{%", raw)


def test_brackets_are_shown_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axis = '{name="noise [mm]", keys=["environment.noise"], values=[1.0, 2.0]}'
    own = [f"axes=[{axis}]", "claims=[]", "title=Dose [mg] and [/b]", "name=a [b]"]
    words = [word for text in own for word in ("--set", text)]
    out = tmp_path / "in [c]"
    small = ["--runs", "1", "--rounds", "2", "--workers", "1", "--out", str(out)]
    assert command(monkeypatch, "run", "hypertension", *small, *words) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for text in ("Dose [mg] and [/b]", "noise [mm]", "a [b]", "in [c]"):
        assert text in printed
    assert command(monkeypatch, "compare", str(out), str(out)) == 0
    assert "noise [mm]" in " ".join(capsys.readouterr().out.split())


def test_a_sweep_shows_where_it_leads_and_every_point(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ["--runs", "2", "--rounds", "20", "--workers", "1", "--out", str(tmp_path)]
    assert command(monkeypatch, "run", "noise", *words) == 0
    page = parsed(tmp_path / "report.html")
    assert page.wrong == page.open == []
    raw = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert raw.index("<summary>noise = 1.0") < raw.index("<summary>noise = 18.0")
    identifiers = re.findall(r' id="([^"]*)"', raw)
    assert len(identifiers) == len(set(identifiers))
    assert (tmp_path / "regret-by-axis.svg").exists()


def test_reproduce_goes_on_past_data_that_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--runs", "2", "--rounds", "5", "--workers", "1", "--out", str(tmp_path)]
    absent = "fertility:environment.path=absent.csv"
    names = ("fertility", "hypertension")
    assert command(monkeypatch, "reproduce", *names, *words, "--set", absent) == 3
    page = parsed(tmp_path / "index.html")
    assert page.wrong == page.open == []
    assert page.addresses == ["hypertension/report.html"]
    assert (tmp_path / page.addresses[0]).exists()
    text = " ".join("".join(page.text).split())
    assert "absent.csv" in text
    assert "Figures 6 and 7" in text  # what is not implemented is said


def test_reproduce_refuses_what_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path)]
    assert command(monkeypatch, "reproduce", "hypertnsion", *out) == 2
    assert "'hypertension'" in capsys.readouterr().err
    assert command(monkeypatch, "reproduce", "noise", "--set", "nois:runs=3", *out) == 2
    assert "'noise'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_compare_prints_and_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--runs", "2", "--workers", "1"]
    for name, rounds in (("one", "10"), ("two", "12")):
        words = [*small, "--rounds", rounds, "--out", str(tmp_path / name)]
        assert command(monkeypatch, "run", "hypertension", *words) == 0
    capsys.readouterr()
    one, two, out = (str(tmp_path / name) for name in ("one", "two", "found.json"))
    assert command(monkeypatch, "compare", one, two, "--out", out) == 0
    assert "numbers of rounds differ" in capsys.readouterr().out
    found = json.loads(Path(out).read_text(encoding="utf-8"))
    assert found[0]["rounds"] == [10, 12]
    assert command(monkeypatch, "compare", one, one) == 0
    assert "numbers of rounds differ" not in capsys.readouterr().out
    assert command(monkeypatch, "compare", one, str(tmp_path / "absent")) == 3
    assert "absent" in capsys.readouterr().err
