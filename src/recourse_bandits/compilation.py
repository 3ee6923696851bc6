"""Numba's decorators for kernels: compiled once for a machine, and somebody is told.

Numba looks only at the file of a function, not at those of the functions that it calls. So machine
code is kept in a folder named by a hash of all kernels' sources; and it is written under a file
lock, so that processes that start together do not compile the same twice. The hash counts where the
sources lie too: Numba shares nothing between two installations, and they would only wait for each
other.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numba
import numpy as np
from filelock import FileLock
from llvmlite.binding import add_symbol
from numba import types
from numba.core import config as _config
from numba.core import event

from recourse_bandits.cache import cache_folder

_numba_config: Any = _config
Decorator = Callable[..., Any]


@cache
def code_folder() -> Path:
    """Folder of the machine code that belongs to this version of the kernels."""
    kernels = resources.files("recourse_bandits") / "kernels"
    digest = hashlib.sha256(f"{numba.__version__} {kernels}".encode())
    for source in sorted(kernels.iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".py"):
            digest.update(source.name.encode() + source.read_bytes())
    return cache_folder(f"kernels-{digest.hexdigest()[:16]}")


@contextmanager
def _shared_cache() -> Iterator[None]:
    """Let functions that are decorated inside use the shared cache, one process at a time."""
    folder = code_folder()
    with FileLock(folder / "compiling.lock"):
        before = _numba_config.CACHE_DIR
        _numba_config.CACHE_DIR = str(folder)  # read when a function is decorated
        try:
            yield
        finally:
            _numba_config.CACHE_DIR = before


def _cached(decorator: Decorator, arguments: tuple[Any, ...], options: dict[str, Any]) -> Decorator:
    def decorate(function: Callable[..., Any]) -> Any:
        with _shared_cache():
            return decorator(*arguments, cache=True, **options)(function)

    return decorate


def njit(*arguments: Any, **options: Any) -> Decorator:
    """Numba's `njit`, its code kept in the shared cache; a division by zero is an infinity.

    Without that, a function raises ZeroDivisionError or not depending on whether Python or a
    broadcasting kernel, whose rule it then takes, was the first to compile it.

    Parameters
    ----------
    *arguments, **options
        As for Numba.
    """
    return _cached(numba.njit, arguments, {"error_model": "numpy", **options})


def vectorize(*arguments: Any, **options: Any) -> Decorator:
    """Numba's `vectorize`, its code kept in the shared cache.

    Parameters
    ----------
    *arguments, **options
        As for Numba.
    """
    return _cached(numba.vectorize, arguments, options)


def outlined(name: str, signature: Any) -> Decorator:
    """Compile a function once, for other kernels to call by name instead of taking it in.

    Numba takes into a function all that it calls, and optimises all of it again: what many kernels
    share, and is long, would be compiled as often as there are kernels.

    Parameters
    ----------
    name
        A name of its own in this process, in C.
    signature
        Of arguments that C knows: numbers and pointers.

    Returns
    -------
    Decorator
        It returns what kernels call; arrays are given as ``array.ctypes`` and must be contiguous.
    """
    arguments = [
        types.voidptr if isinstance(each, types.CPointer) else each for each in signature.args
    ]
    compiled = _cached(numba.cfunc, (signature,), {"error_model": "numpy"})

    def decorate(function: Callable[..., Any]) -> Any:
        kept = compiled(function)
        _kept.append(kept)
        add_symbol(name, kept.address)
        return types.ExternalFunction(name, signature.return_type(*arguments))

    return decorate


_kept: list[Any] = []  # compiled functions whose address is known to others live for ever


def guvectorize(*arguments: Any, one: Any = None, told_by: int = 0, **options: Any) -> Decorator:
    """Numba's `guvectorize`, its code kept in the shared cache.

    Parameters
    ----------
    *arguments
        As for Numba.
    one
        The same for one example, or None: a compiled function of the inputs, of one signature, that
        returns the outputs. Calling it costs a third of what NumPy needs to broadcast nothing.
    told_by
        Position of the vector that has more axes where there are many examples.
    **options
        As for Numba.
    """
    compiled = _cached(numba.guvectorize, arguments, options)
    return lambda function: _Quiet(compiled(function), one, told_by)


class _Quiet:
    """A broadcasting kernel that raises no floating-point warnings and takes arrays of any layout.

    Compilers may compute what is not used, such as a quotient beside the branch that avoids it, and
    NumPy reads the processor's flags after every call. Kernels check their arguments themselves.
    They are compiled for contiguous arrays, and would read other numbers in others.
    """

    def __init__(self, kernel: Any, one: Any, told_by: int) -> None:
        self.kernel = kernel
        self.one = one
        self.told_by = told_by
        self.__doc__ = kernel.__doc__

    def __call__(self, *arguments: Any) -> Any:
        if self.one is not None:
            vector = arguments[self.told_by]
            if type(vector) is np.ndarray and vector.ndim == 1 and vector.flags.carray:
                try:
                    return self.one(*arguments)
                except TypeError:
                    pass  # another argument has another type or layout than it is compiled for
        for argument in arguments:
            if type(argument) is np.ndarray and not argument.flags.c_contiguous:
                arguments = tuple(np.asarray(each, order="C") for each in arguments)
                break
        with np.errstate(all="ignore"):
            return self.kernel.ufunc(*arguments)


class _Announcement(event.Listener):
    """Tells on standard error, once a process, that kernels are being compiled."""

    announced = False

    def on_start(self, event: Any) -> None:
        function = getattr(event.data.get("dispatcher"), "py_func", None)
        module = getattr(function, "__module__", None) or ""  # code that was `exec`uted has None
        ours = module.startswith("recourse_bandits.")
        if ours and not self.announced:
            self.announced = True
            sys.stderr.write(
                "recourse-bandits: compiling its kernels, once for this machine "
                "(a few minutes) ...\n"
            )
            sys.stderr.flush()

    def on_end(self, event: Any) -> None:
        pass


event.register("numba:compile", _Announcement())
