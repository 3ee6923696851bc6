"""The catalogue in full: its verdicts are those of docs/evidence.md; less than half an hour."""

import re
from pathlib import Path

import pytest
from rich.console import Console

from recourse_bandits.config import catalogue, experiment, with_stand_ins
from recourse_bandits.experiments.results import Running, run_and_write

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
FILES = {"fertility": DATA / "fertility.csv", "warfarin": DATA / "iwpc_simsl_dose_inr.csv"}
TOLD = re.compile(r"^\| ([^|]+) \| [^|]+ \| (?:\*\*)?([a-z ]+?)(?:\*\*)? \|", flags=re.MULTILINE)


def told(title: str) -> dict[str, str]:
    """Return the verdicts that the documentation tells of an experiment, by claim."""
    text = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    section = text.partition(f"### {title}\n")[2].partition("###")[0]
    return {says: verdict for says, verdict in TOLD.findall(section) if says != "claim"}


@pytest.mark.parametrize("name", catalogue())
def test_verdicts_are_those_of_the_documentation(name: str, tmp_path: Path) -> None:
    overrides = []
    if name in FILES:
        if not FILES[name].exists():
            pytest.skip(f"the {name} data are not here")
        overrides = [f"environment.path={FILES[name]}"]
    planned = experiment(name, overrides)
    settings = with_stand_ins(planned, always=True)
    results = run_and_write(settings, tmp_path, Running(Console(), "make study"))
    found = {claim["says"]: claim["verdict"] for claim in results["claims"]}
    found |= {claim.says: found.get(claim.says, "not judged") for claim in planned.claims}
    assert found == told(planned.title)


def test_hypertension_has_the_size_of_table_2(tmp_path: Path) -> None:
    results = run_and_write(experiment("hypertension"), tmp_path, Running(Console(), "make study"))
    (point,) = results["points"]
    reward = {label: figures["reward"]["mean"] for label, figures in point["policies"].items()}
    assert reward["LinUCB"] == pytest.approx(44.45, abs=1.5)
    assert reward["Advice only"] == pytest.approx(45.84, abs=1.5)
    assert 47.5 <= reward["GLRB"] <= 50.2
    assert reward["LIBRA safeguarded"] == max(reward.values())
