"""Journals in memory: one that keeps everything, one for endless simulation."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import ClassVar

from recourse_bandits.errors import JournalConflict, JournalError
from recourse_bandits.events import Event, decision_of
from recourse_bandits.journals.base import Journal


class MemoryJournal(Journal):
    """Keeps every event until the process ends.

    Examples
    --------
    >>> MemoryJournal().length
    0
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._decisions: defaultdict[int, list[Event]] = defaultdict(list)
        self._corrections: list[Event] = []
        self._requests: dict[str, Event] = {}

    @property
    def length(self) -> int:
        """Number of events appended so far."""
        return len(self._events)

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
        if after != self.length:
            raise JournalConflict(
                f"the journal has {self.length} events, the writer knows of {after}: read the "
                "others first"
            )
        self._events.extend(events)
        for event in events:
            decision = decision_of(event)
            if decision is not None:
                self._decisions[decision].append(event)
            request_id = getattr(event.body, "request_id", None)
            if request_id is not None:
                self._requests.setdefault(request_id, event)
            if event.kind == "corrected":
                self._corrections.append(event)

    def read(self, after: int = 0) -> Iterator[Event]:
        """Yield events in order.

        Parameters
        ----------
        after
            Number of events to skip.
        """
        return iter(self._events[after:])

    def decision(self, number: int) -> Sequence[Event]:
        """Return the events of one decision, in order; empty if there are none.

        Parameters
        ----------
        number
            Number of the decision.
        """
        return tuple(self._decisions.get(number, ()))

    def corrections(self) -> Sequence[Event]:
        """Return the events of kind `corrected`, in order."""
        return tuple(self._corrections)

    def request(self, request_id: str) -> Event | None:
        """Return the first event that was written for a request, or None.

        Parameters
        ----------
        request_id
            The caller's name for a decision or an imported treatment.
        """
        return self._requests.get(request_id)


class OpenDecisionsJournal(Journal):
    """Forgets a decision as soon as it is closed: constant memory for endless simulation.

    Nothing can be replayed or corrected from it, and request ids are known only while their
    decision is open.

    Parameters
    ----------
    measures
        How many measures close a decision: the number of the problem's measures.

    Examples
    --------
    >>> OpenDecisionsJournal().length
    0
    """

    keeps_everything: ClassVar[bool] = False

    def __init__(self, measures: int = 1) -> None:
        self._measures = measures
        self._length = 0
        self._open: dict[int, list[Event]] = {}
        self._requests: dict[str, Event] = {}

    @property
    def length(self) -> int:
        """Number of events appended so far."""
        return self._length

    def append(self, events: Sequence[Event], *, after: int) -> None:
        """Append events, and forget the decisions that they close.

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
        if after != self._length:
            raise JournalConflict(
                f"the journal has {self._length} events, the writer knows of {after}"
            )
        for event in events:
            self._length += 1
            decision = decision_of(event)
            if decision is None:
                continue
            if event.kind in ("asked", "decided"):
                self._open.setdefault(decision, []).append(event)
                if event.body.request_id is not None:
                    self._requests.setdefault(event.body.request_id, event)
            elif event.kind == "withdrawn":
                self._forget(decision)
            elif event.kind == "observed":
                kept = self._open.get(decision, [])
                kept.append(event)
                given = sum(len(e.body.measures) for e in kept if e.kind == "observed")
                if given >= self._measures:
                    self._forget(decision)

    def _forget(self, decision: int) -> None:
        for event in self._open.pop(decision, ()):
            request_id = getattr(event.body, "request_id", None)
            if request_id is not None:
                self._requests.pop(request_id, None)

    def read(self, after: int = 0) -> Iterator[Event]:
        """Refuse: events are not kept.

        Parameters
        ----------
        after
            Without effect.

        Raises
        ------
        JournalError
            Always.
        """
        raise self._not_kept()

    def corrections(self) -> Sequence[Event]:
        """Refuse: events are not kept.

        Raises
        ------
        JournalError
            Always.
        """
        raise self._not_kept()

    @staticmethod
    def _not_kept() -> JournalError:
        return JournalError(
            "this journal keeps open decisions only, so that nothing can be replayed or corrected; "
            "use journal=None (all in memory) for that"
        )

    def decision(self, number: int) -> Sequence[Event]:
        """Return the events of an open decision, in order; empty if there are none.

        Parameters
        ----------
        number
            Number of the decision.
        """
        return tuple(self._open.get(number, ()))

    def request(self, request_id: str) -> Event | None:
        """Return the first event of the open decision made for a request, or None.

        Parameters
        ----------
        request_id
            The caller's name for the decision.
        """
        return self._requests.get(request_id)
