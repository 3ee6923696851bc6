"""What no kernel may use, because Numba's cache cannot keep it apart."""

import ast
import re
from importlib import resources
from pathlib import Path

from recourse_bandits import kernels

SOURCES = {
    source.name: source.read_text()
    for source in (resources.files("recourse_bandits") / "kernels").iterdir()
    if source.name.endswith(".py")
}
SORTS = {"sort", "argsort"}


def test_kernels_do_not_both_sort_and_argsort() -> None:
    """Numba names the inner functions of both alike, but for a number counted in each process.

    Compiled by two processes, one after the other, they can bear the same name: the code that was
    compiled later then calls the wrong one as soon as both are loaded from the cache, and returns
    nonsense or crashes.
    """
    used = {
        (node.attr, name)
        for name, text in SOURCES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and node.attr in SORTS
    }

    assert len(SOURCES) > 5
    assert {attribute for attribute, _ in used} != SORTS, used


def test_every_kernel_that_is_used_is_loaded_on_first_use() -> None:
    """A module that another kernel imports is there by chance: not in a process that needs none."""
    package = Path(str(resources.files("recourse_bandits")))
    used = {
        name
        for source in package.rglob("*.py")
        for name in re.findall(r"(?<![\w.])kernels\.(\w+)\.\w+\(", source.read_text("utf-8"))
    }

    assert len(used) > 10
    assert used <= kernels._MODULES, used - kernels._MODULES
