"""Fields of a frozen record that are made when they are first looked at."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

set_field = object.__setattr__
"""Sets a field of a frozen record that is being made."""


class DescribedLater:
    """A dataclass with slots, some of whose fields wait until somebody reads them.

    Most records of a simulation are never read by a person, and what they hold costs time and
    memory. Who makes one without `__init__` sets all other fields, and what `_describe` needs.
    """

    __slots__ = ()

    def _describe(self) -> Mapping[str, Any]:
        """Return the fields that wait, by name."""
        raise NotImplementedError

    if not TYPE_CHECKING:  # or every name would be an attribute

        def __getattr__(self, name: str) -> Any:
            """Set the fields that wait; called where an attribute is not set."""
            if name not in self.__dataclass_fields__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            for field, value in self._describe().items():
                set_field(self, field, value)
            return object.__getattribute__(self, name)
