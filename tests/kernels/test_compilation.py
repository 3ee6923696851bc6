"""Compiling beside this package: other people's functions are none of its business."""

from pathlib import Path
from shutil import copytree
from typing import Any

import numba
import pytest

from recourse_bandits import compilation  # listens to what Numba compiles


def test_a_function_without_a_module_compiles() -> None:
    """`exec` in a namespace without `__name__` makes functions whose module is None."""
    namespace: dict[str, Any] = {}
    exec("def twice(x):\n    return 2 * x", namespace)

    assert numba.njit(namespace["twice"])(3) == 6


def test_each_source_and_each_installation_has_code_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = Path(compilation.__file__).parent / "kernels"
    monkeypatch.setenv("RECOURSE_CACHE", str(tmp_path / "cache"))

    def folder_of(installation: str) -> Path:
        monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path / installation)
        return compilation.code_folder.__wrapped__()

    for installation in ("one", "two"):
        copytree(kernels, tmp_path / installation / "kernels")
    before = folder_of("one")
    assert folder_of("one") == before
    assert folder_of("two") != before
    (tmp_path / "one" / "kernels" / "draws.py").write_text("", encoding="utf-8")
    assert folder_of("one") != before
