"""Numeric functions over arrays: they know no names, no records and no files.

Each kernel is written for one example beside its equation, compiled with Numba and cached
on disk, and broadcasts over leading axes. A kernel module is imported on its first use,
because Numba alone takes longer to import than all the rest of the package.
"""

import importlib
from types import ModuleType

_MODULES = frozenset(
    {
        "cautious",
        "cautious_choice",
        "certified",
        "certified_choice",
        "chance_choice",
        "choice",
        "confidence",
        "curvature",
        "deviations",
        "dose",
        "dose_grid",
        "dose_response",
        "draws",
        "effort",
        "exact",
        "feasible",
        "least_squares",
        "linear_arms",
        "links",
        "log_barrier",
        "logistic_belief",
        "one_pass",
        "one_point_gradient",
        "optimistic",
        "optimistic_choice",
        "posterior",
        "region",
        "rounded",
        "uniform",
        "worst_deviation",
    }
)


def __getattr__(name: str) -> ModuleType:
    """Import a kernel module the first time that it is used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")


def compile_all() -> None:
    """Import every kernel, so that what is not in the cache yet is compiled now."""
    for name in sorted(_MODULES):
        __getattr__(name)
