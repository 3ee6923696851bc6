"""From a journal to the fold of its events, with snapshots where they help.

A snapshot at position p holds the fold of the first p events as they were known when it was
written. It can be used unless a later correction changes one of those events.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from recourse_bandits.advisers import Adviser
from recourse_bandits.errors import JournalError, JournalWarning
from recourse_bandits.events import Event
from recourse_bandits.journals import Journal, Snapshots
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Pending
from recourse_bandits.study.corrections import Corrections
from recourse_bandits.study.fold import Fold
from recourse_bandits.study.snapshot import UnusableSnapshot, restored, written

EVERY = 10_000
"""Events between two snapshots of a study."""


@contextmanager
def applicable(event: Event) -> Iterator[None]:
    """Raise JournalError, naming the event, where a fold cannot make sense of it.

    Parameters
    ----------
    event
        The event that is folded inside the block.
    """
    try:
        yield
    except (LookupError, ValueError, TypeError) as error:
        raise JournalError(
            f"event {event.number} ({event.kind}) does not fit the events before it: "
            f"{type(error).__name__}: {error}"
        ) from error


class Refolder:
    """Folds a journal anew, from its latest usable snapshot, and keeps snapshots.

    Parameters
    ----------
    problem
        The problem.
    policy
        The policy.
    adviser
        The adviser, or None.
    journal
        The events.
    snapshots
        Where snapshots are kept, or None.
    """

    def __init__(
        self,
        problem: Problem,
        policy: AnyPolicy,
        adviser: Adviser | None,
        journal: Journal,
        snapshots: Snapshots | None,
    ) -> None:
        self._problem = problem
        self._policy = policy
        self._adviser = adviser
        self._journal = journal
        self._snapshots = snapshots
        self.kept = 0  # events in the latest snapshot that was written or used

    def fold(self, until: int | None = None) -> Fold:
        """Return the fold of the first events, corrected by those corrections that are among them.

        Parameters
        ----------
        until
            How many events; None: all.

        Raises
        ------
        JournalError
            If an event cannot be read.
        """
        until = self._journal.length if until is None else until
        if until == 0:
            return self._new()
        corrections = [event for event in self._journal.corrections() if event.number < until]
        fold = self._from_snapshot(until, corrections)
        known = Corrections(event for event in corrections if event.number >= fold.events)
        listed = {event.number for event in corrections}
        for event in self._journal.read(fold.events):
            if event.number >= until:
                break
            if event.kind == "corrected" and event.number not in listed:
                raise JournalError(f"the journal's index of corrections lacks event {event.number}")
            with applicable(event):
                fold.apply(known.applied(event))
        return fold

    def keep(self, fold: Fold) -> None:
        """Keep a snapshot, and let go of older ones that are of little use.

        What goes wrong is warned of and costs nothing but time.

        Parameters
        ----------
        fold
            The fold of all events.
        """
        if self._snapshots is None:
            return
        try:
            self.kept = fold.events  # tried again only after as many events
            self._snapshots.write(fold.events, written(fold, self._adviser))
            for position in superfluous(self._snapshots.positions()):
                self._snapshots.drop(position)
        except (OSError, TypeError, JournalError) as error:
            warnings.warn(
                f"no snapshot could be kept ({error}); opening the study will take longer",
                JournalWarning,
                stacklevel=2,
            )

    def forget(self, decision: int) -> None:
        """Drop the snapshots that a correction of a decision has made useless.

        Parameters
        ----------
        decision
            Its number.
        """
        if self._snapshots is None:
            return
        first = self._first_observation(decision)
        for position in self._snapshots.positions():
            if position > first:
                with suppress(OSError):  # `fold` would not use it
                    self._snapshots.drop(position)

    def _new(self) -> Fold:
        return Fold(self._problem, self._policy, self._adviser, self._journal)

    def _from_snapshot(self, until: int, corrections: Sequence[Event]) -> Fold:
        positions = () if self._snapshots is None else self._snapshots.positions()
        for position in positions:
            if position > until or not self._holds(position, corrections):
                continue
            assert self._snapshots is not None
            try:
                content = self._snapshots.read(position)
                fold = restored(content, self._new(), self._adviser, self._pending)
            except (OSError, UnusableSnapshot):
                continue
            if fold.events == position:
                self.kept = position
                return fold
        self.kept = 0
        return self._new()

    def _holds(self, position: int, corrections: Sequence[Event]) -> bool:
        return not any(
            event.number >= position and self._first_observation(event.body.decision) < position
            for event in corrections
        )

    def _first_observation(self, decision: int) -> int:
        events = self._journal.decision(decision)
        observed = [event.number for event in events if event.kind == "observed"]
        if not observed:
            raise JournalError(f"decision {decision} was corrected, but it was never observed")
        return observed[0]

    def _pending(self, number: int) -> Pending:
        events = self._journal.decision(number)
        return next(event.body for event in events if isinstance(event.body, Pending))


def superfluous(positions: Sequence[int], every: int = EVERY) -> list[int]:
    """Positions to let go, so that few snapshots remain, their distances growing with their age.

    The latest is kept, and of those whose distance from it lies between two powers of two times
    `every` the oldest: a correction then refolds at most about three times what it must.

    Parameters
    ----------
    positions
        All positions, the latest first.
    every
        Events between two snapshots.

    Examples
    --------
    >>> superfluous([70_000, 60_000, 50_000, 40_000, 30_000, 20_000, 10_000])
    [50000, 30000, 20000]
    """
    oldest: dict[int, int] = {}
    for position in positions:
        oldest[((positions[0] - position) // every).bit_length()] = position
    return [position for position in positions[1:] if position not in oldest.values()]
