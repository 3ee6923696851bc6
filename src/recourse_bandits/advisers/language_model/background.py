"""One event loop in a thread of its own: calls can be waited for from any thread, or a notebook."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as NotInTime
from typing import Any, TypeVar

Result = TypeVar("Result")

_starting = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # by process: a fork has no threads of its parent


def waited_for(work: Coroutine[Any, Any, Result], timeout: float) -> Result:
    """Run a coroutine in the background loop and return its result.

    Parameters
    ----------
    work
        The coroutine.
    timeout
        Seconds after which it is given up, whatever it is doing.

    Raises
    ------
    TimeoutError
        If it took longer.
    """
    future = asyncio.run_coroutine_threadsafe(work, background_loop())
    try:
        return future.result(timeout)
    except NotInTime:
        future.cancel()
        raise TimeoutError(f"nothing came within {timeout:g} s") from None
    except BaseException:  # Ctrl-C while waiting
        future.cancel()
        raise


def background_loop() -> asyncio.AbstractEventLoop:
    """Return the loop of this process, which is started when it is first needed."""
    with _starting:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = asyncio.new_event_loop()
            threading.Thread(
                target=loop.run_forever, name="recourse-bandits-adviser", daemon=True
            ).start()
            _loops[os.getpid()] = loop
        return loop


def _after_fork() -> None:
    """Make a new lock: another thread of the parent may have held it."""
    global _starting  # noqa: PLW0603
    _starting = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
