"""What a journal is: an append-only list of events, and two look-ups."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from recourse_bandits.events import Event


class Journal(ABC):
    """Where a study's events are kept. The journal is the truth; states are folds of it."""

    @property
    @abstractmethod
    def length(self) -> int:
        """Number of events appended so far."""

    @abstractmethod
    def append(self, events: Sequence[Event], *, after: int) -> None:
        """Append events, all or none.

        Parameters
        ----------
        events
            Consecutive events, the first with number `after`.
        after
            The journal's length as the writer knows it.

        Raises
        ------
        JournalConflict
            If the journal has grown since.
        """

    @abstractmethod
    def read(self, after: int = 0) -> Iterator[Event]:
        """Yield events in order.

        Parameters
        ----------
        after
            Number of events to skip.

        Raises
        ------
        JournalError
            If they are no longer kept.
        """

    @abstractmethod
    def decision(self, number: int) -> Sequence[Event]:
        """Return the events of one decision, in order; empty if there are none (any more).

        Parameters
        ----------
        number
            Number of the decision.
        """

    def close(self) -> None:  # noqa: B027 - most journals hold nothing open
        """Give up what the journal holds open; by default nothing."""

    @abstractmethod
    def request(self, request_id: str) -> int | None:
        """Return the number of the decision made for a request, or None.

        Parameters
        ----------
        request_id
            The caller's name for the decision.
        """
