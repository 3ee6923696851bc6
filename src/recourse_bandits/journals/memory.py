"""Journals in memory: one that keeps everything, one for endless simulation."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from recourse_bandits.errors import JournalConflict, JournalError
from recourse_bandits.events import Event, decision_of
from recourse_bandits.journals.base import Journal

_PARTS = 3  # of an event, but for its number


class MemoryJournal(Journal):
    """Keeps every event until the process ends.

    Examples
    --------
    >>> MemoryJournal().length
    0
    """

    def __init__(self) -> None:
        # time, kind and body of one event after the other: objects that live long slow the garbage
        # collector down, and most events are never read again
        self._parts: list[Any] = []
        self._indexed = 0
        self._decisions: defaultdict[int, list[int]] = defaultdict(list)
        self._corrections: list[int] = []
        self._requests: dict[str, int] = {}

    @property
    def length(self) -> int:
        """Number of events appended so far."""
        return len(self._parts) // _PARTS

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
        if events and events[0].number != after:
            raise JournalConflict(
                f"the first event has the number {events[0].number}, the next one is {after}"
            )
        self._parts += [part for event in events for part in (event.time, event.kind, event.body)]

    def _event(self, number: int) -> Event:
        return Event(number, *self._parts[number * _PARTS : (number + 1) * _PARTS])

    def _index(self) -> None:
        """Index what was appended since the last look-up; twice if two threads do it at once."""
        for event in map(self._event, range(self._indexed, self.length)):
            decision = decision_of(event)
            if decision is not None:
                self._decisions[decision].append(event.number)
            request_id = getattr(event.body, "request_id", None)
            if request_id is not None:
                self._requests.setdefault(request_id, event.number)
            if event.kind == "corrected":
                self._corrections.append(event.number)
            self._indexed = event.number + 1

    def _listed(self, numbers: Iterable[int]) -> tuple[Event, ...]:
        return tuple(map(self._event, sorted(set(numbers))))

    def read(self, after: int = 0) -> Iterator[Event]:
        """Yield events in order.

        Parameters
        ----------
        after
            Number of events to skip.
        """
        return map(self._event, range(after, self.length))

    def decision(self, number: int) -> Sequence[Event]:
        """Return the events of one decision, in order; empty if there are none.

        Parameters
        ----------
        number
            Number of the decision.
        """
        self._index()
        return self._listed(self._decisions.get(number, ()))

    def corrections(self) -> Sequence[Event]:
        """Return the events of kind `corrected`, in order."""
        self._index()
        return self._listed(self._corrections)

    def request(self, request_id: str) -> Event | None:
        """Return the first event that was written for a request, or None.

        Parameters
        ----------
        request_id
            The caller's name for a decision or an imported treatment.
        """
        self._index()
        number = self._requests.get(request_id)
        return None if number is None else self._event(number)


class OpenDecisionsJournal(Journal):
    """Forgets a decision as soon as it is closed: constant memory for endless simulation.

    Nothing can be replayed or corrected from it, and request ids are known only while their
    decision is open.

    Parameters
    ----------
    measures
        How many measures close a decision that has a dose: the number of the problem's measures.
        Without a dose only the reward is measured.

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
                if given >= self._wanted(kept):
                    self._forget(decision)

    def _wanted(self, kept: Sequence[Event]) -> int:
        """How many measures close a decision; one, the reward's, where there is no dose."""
        doses = [event.body.dose for event in kept if event.kind == "decided"]
        return self._measures if any(dose is not None for dose in doses) else 1

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
