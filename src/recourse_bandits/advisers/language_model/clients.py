"""Clients of providers, one for all calls of a process with the same connection and key."""

import asyncio
import inspect
import os
import threading
from typing import Any

from recourse_bandits.advisers.language_model.background import background_loop
from recourse_bandits.advisers.language_model.providers import Connection

_MOST = 16
"""Clients that stay open; beyond, the one that was not used for the longest time is closed."""

_opened: dict[tuple[Connection, str | None], Any] = {}
_opening = threading.Lock()
_of_parents: list[Any] = []


def client_of(connection: Connection) -> Any:
    """Return a client of a model, with the key that the environment holds now.

    Parameters
    ----------
    connection
        Where the model is.

    Raises
    ------
    AdviserUnavailable
        If there is no package or no key.
    """
    which = (connection, connection.key)
    with _opening:
        client = _opened.pop(which, None)
        if client is None:
            client = connection.opened(which[1])
        _opened[which] = client
        while len(_opened) > _MOST:
            oldest = next(iter(_opened))
            left = _closed_later(_opened.pop(oldest), oldest[0].deadline)
            asyncio.run_coroutine_threadsafe(left, background_loop())
    return client


async def _closed_later(client: Any, deadline: float) -> None:
    """Close a client once the calls are over that another thread may be making with it."""
    await asyncio.sleep(deadline + 1.0)
    async with client:  # leaving closes what was opened by the library
        pass
    closed = client.client.close()  # and what was opened here
    if inspect.isawaitable(closed):
        await closed


def _after_fork() -> None:
    """Start anew: a fork has neither the threads nor the sockets of its parent, nor their locks."""
    global _opening  # noqa: PLW0603
    _opening = threading.Lock()
    _of_parents.extend(_opened.values())  # which are not the child's to close
    _opened.clear()


os.register_at_fork(after_in_child=_after_fork)
