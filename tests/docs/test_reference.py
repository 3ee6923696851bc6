"""Every public name has its place in the reference, and every page its place in the site."""

import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SUBMODULES = (
    "advisers",
    "config",
    "environments",
    "environments.delays",
    "errors",
    "events",
    "experiments",
    "journals",
    "policies",
    "problem",
    "tables",
    "testing",
    "testing.chat_server",
    "theory",
)
WHOLE_MODULES = {"errors", "events"}


def module_of(name: str) -> ModuleType:
    return importlib.import_module(f"recourse_bandits.{name}" if name else "recourse_bandits")


def shown() -> list[Any]:
    """Everything that the reference pages show; of a whole module, all that is its own."""
    text = "\n".join(page.read_text("utf-8") for page in (DOCS / "api").glob("*.md"))
    names = re.findall(r"^::: recourse_bandits\.([\w.]+)$", text, flags=re.MULTILINE)
    found: list[Any] = []
    for name in names:
        if name in WHOLE_MODULES:
            found += [getattr(module_of(name), own) for own in public_names(name)]
        else:
            found.append(pkgutil.resolve_name(f"recourse_bandits.{name}"))
    return found


def public_names(module: str) -> list[str]:
    thing = module_of(module)
    own = [
        name
        for name, value in vars(thing).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == thing.__name__
    ]
    return list(getattr(thing, "__all__", own))


@pytest.mark.parametrize("module", ["", *SUBMODULES])
def test_every_public_name_is_in_the_reference(module: str) -> None:
    there = {id(thing) for thing in shown()}
    absent = [
        name
        for name in public_names(module)
        if name != "__version__" and id(getattr(module_of(module), name)) not in there
    ]
    assert not absent, f"name them in docs/api: {sorted(absent)}"


def test_every_page_is_in_the_navigation() -> None:
    settings = (DOCS.parent / "mkdocs.yml").read_text("utf-8")
    in_navigation = set(re.findall(r"^ *- (?:[^:\n]+: )?(\S+\.md)$", settings, flags=re.MULTILINE))
    assert in_navigation == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
