"""Compiling beside this package: other people's functions are none of its business."""

from typing import Any

import numba

import recourse_bandits.compilation  # noqa: F401  # listens to what Numba compiles


def test_a_function_without_a_module_compiles() -> None:
    """`exec` in a namespace without `__name__` makes functions whose module is None."""
    namespace: dict[str, Any] = {}
    exec("def twice(x):\n    return 2 * x", namespace)

    assert numba.njit(namespace["twice"])(3) == 6
