"""Numeric functions over arrays: they know no names, no records and no files.

Each kernel is written for one example beside its equation, compiled with Numba and cached
on disk, and broadcasts over leading axes. A kernel module is imported on its first use,
because Numba alone takes longer to import than all the rest of the package.
"""

import importlib
import sys
from types import ModuleType

_MODULES = frozenset(
    {
        "choice",
        "confidence",
        "draws",
        "feasible",
        "least_squares",
        "linear_arms",
        "optimistic",
        "posterior",
        "uniform",
    }
)


def __getattr__(name: str) -> ModuleType:
    """Import a kernel module the first time that it is used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _announce_first_compile()
    return importlib.import_module(f"{__name__}.{name}")


def _announce_first_compile() -> None:
    """Tell on standard error when kernels must be compiled: once per machine, a minute at most."""
    from numba.core import event

    class Announcement(event.Listener):
        def on_start(self, event: object) -> None:
            global _announced
            if not _announced:
                _announced = True
                sys.stderr.write(
                    "recourse-bandits: compiling its kernels, once for this machine "
                    "(up to a minute) ...\n"
                )
                sys.stderr.flush()

        def on_end(self, event: object) -> None:
            pass

    global _listening
    if not _listening:
        _listening = True
        event.register("numba:run_pass", Announcement())


_announced = False
_listening = False
