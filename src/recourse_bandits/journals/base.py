"""What a journal is: an append-only list of events, and three look-ups."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

from recourse_bandits.events import Event
from recourse_bandits.journals.snapshots import Snapshots


class Journal(ABC):
    """Where a study's events are kept. The journal is the truth; states are folds of it."""

    keeps_everything: ClassVar[bool] = True
    """Whether it can be read from the start, which corrections and verification need."""

    snapshots: Snapshots | None = None
    """Where a study may keep snapshots of its state; None: nowhere."""

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

    @abstractmethod
    def corrections(self) -> Sequence[Event]:
        """Return the events of kind `corrected`, in order.

        Raises
        ------
        JournalError
            If they are no longer kept.
        """

    def inspect(self) -> None:  # noqa: B027 - most journals have no store to inspect
        """Raise JournalError if what the events are stored in is damaged; by default nothing."""

    def close(self) -> None:  # noqa: B027 - most journals hold nothing open
        """Give up what the journal holds open; by default nothing."""

    def __enter__(self) -> Self:
        """Return the journal; leaving the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the journal."""
        self.close()

    @abstractmethod
    def request(self, request_id: str) -> Event | None:
        """Return the first event that was written for a request, or None.

        Parameters
        ----------
        request_id
            The caller's name for a decision or an imported treatment.
        """
