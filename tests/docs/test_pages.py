"""Every page of the documentation runs as printed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import recourse_bandits as rb
from recourse_bandits.advisers import ADVISERS
from recourse_bandits.environments import ENVIRONMENTS
from recourse_bandits.policies import POLICIES
from tests.docs import pages

DOCS = Path(__file__).parents[2] / "docs"
RUNNING = sorted(page for page in DOCS.rglob("*.md") if pages.steps(page.read_text("utf-8")))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_this_process: None) -> Iterator[Path]:
    """An empty working directory; what a page registers and imports is forgotten after it."""
    registries: tuple[dict[str, object], ...] = (POLICIES, ENVIRONMENTS, ADVISERS)  # type: ignore[assignment]
    before = [dict(registry) for registry in registries]
    modules = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for registry, kept in zip(registries, before, strict=True):
        registry.clear()
        registry.update(kept)
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.stem)
def test_page_runs_as_printed(page: Path, here: Path) -> None:
    for step, printed in pages.run(page, here):
        if step.printed is not None:
            where = f"{page.name}, line {step.line}"
            assert pages.as_printed(step.printed, printed), f"{where} printed:\n{printed}"


def test_no_tutorial_is_forgotten() -> None:
    names = {page.name for page in RUNNING}
    assert names >= {"index.md", "extending.md", "files.md"}
    assert names >= {page.name for page in DOCS.glob("tutorial-*.md")}


def test_a_study_from_files_ends_as_the_page_says(here: Path) -> None:
    pages.run(DOCS / "files.md", here)
    with rb.Study.open("sqlite:///clinic.db") as study:
        assert study.decisions == 3
        assert study.outcome(0).measures == {"sbp": 114.0}
        assert study.outcome(1).arm == "combination"
