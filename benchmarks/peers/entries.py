"""Who takes part, in the table's order, and how to load one that may not be installed."""

import importlib
import importlib.metadata
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.base import Contestant


@dataclass(frozen=True)
class Entry:
    """A row of the table."""

    what: str
    module: str
    name: str
    rounds: tuple[int, int]
    """Rounds measured at d = 20 and d = 100: the fewest that give a stable figure."""
    package: str = ""
    """The distribution whose version is shown; empty for what lies in this repository."""

    @property
    def label(self) -> str:
        """What, of which package and version."""
        return f"{self.package} {version(self.package)}: {self.what}" if self.package else self.what


FAST = (10_000, 4_000)
ENTRIES = (
    Entry("LinUCB by hand in NumPy", "numpy_by_hand", "ByHand", FAST),
    Entry("ours: LinUCB", "ours", "PolicyLayer", FAST),
    Entry("ours: LinUCB, old states kept", "ours", "PolicyLayerCopying", FAST),
    Entry("ours: GLRB(scale=0.2)", "ours", "PolicyLayerGLRB", FAST),
    Entry("ours: GLRB(scale=0.2), logistic, one pass", "ours", "PolicyLayerOnePass", FAST),
    Entry("ours: RecourseTS", "ours", "PolicyLayerRecourseTS", FAST),
    Entry("ours: Study(LinUCB)", "ours", "StudyLayer", FAST),
    Entry("ours: Study(GLRB(scale=0.2))", "ours", "StudyGLRB", FAST),
    Entry("ours: Study(RecourseTS)", "ours", "StudyRecourseTS", FAST),
    Entry("policy", "paretobandit", "Policy", FAST, "paretobandit"),
    Entry("router", "paretobandit", "Router", FAST, "paretobandit"),
    Entry("LinUCB", "river", "LinUCB", (2_000, 1_000), "river"),
    Entry("LinUCB", "contextualbandits", "LinUCB", (1_000, 800), "contextualbandits"),
    Entry("LinUCB", "mabwiser", "LinUCB", (500, 400), "mabwiser"),
    Entry("Thompson", "bayesianbandits", "Thompson", (500, 400), "bayesianbandits"),
    Entry("quantile", "bayesianbandits", "UpperBound", (400, 300), "bayesianbandits"),
)


def version(package: str) -> str:
    """Installed version, or the one that was asked for."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return wanted().get(package, "")


def wanted() -> dict[str, str]:
    """Versions in requirements.txt."""
    path = Path(__file__).parents[1] / "requirements.txt"
    lines: Iterable[str] = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("==") for line in lines if "==" in line)
    return {name: number for name, _, number in pairs}


def why_missing(package: str, error: ImportError) -> str:
    """The installer's reason, or that of the import."""
    path = Path(sys.prefix) / "not-installed.json"
    reasons = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if package in reasons:
        return f"did not install: {reasons[package]}"
    return f"not installed ({error})"


def load(entry: Entry) -> type[Contestant] | str:
    """The contestant's class, or why there is none."""
    try:
        module = importlib.import_module(f"benchmarks.peers.{entry.module}")
    except ImportError as error:
        return why_missing(entry.package, error)
    contestant: type[Contestant] = getattr(module, entry.name)
    return contestant
