"""Every public name has its place in the reference, and every page its place in the site."""

import importlib
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SUBMODULES = (
    "advisers",
    "config",
    "environments",
    "errors",
    "events",
    "experiments",
    "journals",
    "policies",
    "problem",
    "tables",
    "testing",
)
WHOLE_MODULES = {"errors", "events"}


def names_in_reference() -> set[str]:
    """Names that the reference pages show; of a whole module, all that is its own."""
    text = "\n".join(page.read_text("utf-8") for page in (DOCS / "api").glob("*.md"))
    shown = set(re.findall(r"^::: recourse_bandits\.([\w.]+)$", text, flags=re.MULTILINE))
    for module in WHOLE_MODULES & shown:
        shown |= set(public_names(module))
    return {name.rpartition(".")[2] for name in shown}


def public_names(module: str) -> list[str]:
    thing = importlib.import_module(f"recourse_bandits.{module}" if module else "recourse_bandits")
    own = [
        name
        for name, value in vars(thing).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == thing.__name__
    ]
    return list(getattr(thing, "__all__", own))


@pytest.mark.parametrize("module", ["", *SUBMODULES])
def test_every_public_name_is_in_the_reference(module: str) -> None:
    absent = set(public_names(module)) - names_in_reference() - {"__version__"}
    assert not absent, f"name them in docs/api: {sorted(absent)}"


def test_every_page_is_in_the_navigation() -> None:
    settings = (DOCS.parent / "mkdocs.yml").read_text("utf-8")
    for page in DOCS.rglob("*.md"):
        assert page.relative_to(DOCS).as_posix() in settings, page
