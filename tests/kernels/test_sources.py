"""What no kernel may use, because Numba's cache cannot keep it apart."""

import ast
from importlib import resources

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
