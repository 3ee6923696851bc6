"""Long iterations in lists of bounded length."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

CHUNK = 1000
"""Events that are recorded together, where many are."""


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items in lists of at most so many.

    Parameters
    ----------
    items
        Anything to iterate over, once.
    size
        Length of all lists but the last.
    """
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
