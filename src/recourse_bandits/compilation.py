"""Compiling kernels once for a machine: where the machine code is kept, and who is told.

Numba looks only at the file of a function, not at those of the functions that it calls. So the code
is kept in a folder named by a hash of all kernels' sources; and it is written under a file lock, so
that processes that start together do not compile the same twice.
"""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from recourse_bandits.cache import cache_folder


@cache
def code_folder() -> Path:
    """Folder of the machine code that belongs to this version of the kernels."""
    import numba

    digest = hashlib.sha256(numba.__version__.encode())
    kernels = resources.files("recourse_bandits") / "kernels"
    sources = sorted(kernels.iterdir(), key=lambda entry: entry.name)
    for source in sources:
        if source.name.endswith(".py"):
            digest.update(source.name.encode() + source.read_bytes())
    return cache_folder(f"kernels-{digest.hexdigest()[:16]}")


@contextmanager
def shared_cache() -> Iterator[None]:
    """Let kernels that are imported inside use the shared cache, one process at a time."""
    from filelock import FileLock
    from numba.core import config as numba_config

    config: Any = numba_config

    _listen()
    folder = code_folder()
    with FileLock(folder / "compiling.lock"):
        before = config.CACHE_DIR
        config.CACHE_DIR = str(folder)  # read where functions are decorated
        try:
            yield
        finally:
            config.CACHE_DIR = before


@cache
def _listen() -> None:
    """Have the first compilation of a kernel announced on standard error."""
    from numba.core import event

    class Announcement(event.Listener):
        announced = False

        def on_start(self, event: Any) -> None:
            function = getattr(event.data.get("dispatcher"), "py_func", None)
            ours = getattr(function, "__module__", "").startswith("recourse_bandits.")
            if ours and not self.announced:
                self.announced = True
                sys.stderr.write(
                    "recourse-bandits: compiling its kernels, once for this machine "
                    "(up to a minute) ...\n"
                )
                sys.stderr.flush()

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Announcement())
