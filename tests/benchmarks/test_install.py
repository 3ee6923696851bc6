"""The peers are pinned by name and version, and a failed installation has a reason."""

import re
from pathlib import Path

from benchmarks.install import peers, reason
from benchmarks.peers.entries import ENTRIES, wanted

FOLDER = Path(__file__).parents[2] / "benchmarks"


def test_names_and_versions_only() -> None:
    for name in ("requirements.txt", "constraints.txt"):
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[\w.]+", line), line


def test_constraints_do_not_contradict_those_of_the_project() -> None:
    def names(path: Path) -> set[str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return {line.partition("==")[0] for line in lines if "==" in line}

    assert not names(FOLDER / "constraints.txt") & names(FOLDER.parent / "constraints.txt")


def test_every_peer_of_the_table_is_pinned() -> None:
    pinned = wanted()
    assert [f"{name}=={version}" for name, version in pinned.items()] == peers()
    assert {entry.package for entry in ENTRIES if entry.package} <= set(pinned)


def test_the_first_error_is_the_reason() -> None:
    text = "WARNING: x\nERROR: No matching distribution found for y==1\nERROR: see elsewhere\n"
    assert reason(text) == "No matching distribution found for y==1"
    assert reason("") == "the installer gave no reason"
