"""A journal and the fold of its events, kept in step: what is written is folded at once."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from recourse_bandits.advisers import Adviser
from recourse_bandits.errors import DescriptionError, JournalError
from recourse_bandits.events import Began, Corrected, Event
from recourse_bandits.journals import Journal
from recourse_bandits.policies import AnyPolicy, policy_from_json, policy_to_json
from recourse_bandits.problem import Problem
from recourse_bandits.study.differences import described_differently
from recourse_bandits.study.fold import Fold
from recourse_bandits.study.refold import EVERY, Refolder

WORTH_KEEPING = 100
"""Events since the last snapshot for which one is written when the ledger is closed."""


class Ledger:
    """Writes events, folds them, and keeps snapshots of the fold now and then.

    Parameters
    ----------
    problem
        The problem.
    policy
        The policy.
    adviser
        The adviser, or None.
    journal
        Where events are kept.
    began
        What the study is; written first into an empty journal, compared with that of another.
    clock
        Returns the UTC time that events carry.

    Raises
    ------
    JournalError
        If the journal belongs to another study or cannot be read.
    """

    def __init__(
        self,
        problem: Problem,
        policy: AnyPolicy,
        adviser: Adviser | None,
        journal: Journal,
        began: Began,
        clock: Callable[[], datetime],
    ) -> None:
        self.journal = journal
        self._clock = clock
        self._wrote = False
        self._whole = True  # no event is half folded, as after Ctrl-C
        self._refolder = Refolder(problem, policy, adviser, journal, journal.snapshots)
        if journal.length > 0:
            _check_same_study(journal, began)
        self.fold: Fold = self._refolder.fold()
        if self.fold.events == 0:
            self.write("began", began)

    def now(self) -> datetime:
        """Return the time of the ledger's clock, UTC.

        Raises
        ------
        DescriptionError
            If the clock tells something else than a time with a zone.
        """
        time = self._clock()
        if not isinstance(time, datetime) or time.tzinfo is None:
            raise DescriptionError(f"clock must return a datetime with a zone, got {time!r}")
        return time.astimezone(UTC)

    def write(self, kind: str, *bodies: Any) -> None:
        """Append events of one kind, all or none, and fold them.

        Parameters
        ----------
        kind
            Their kind.
        *bodies
            What they hold; all of it has been checked.

        Raises
        ------
        JournalError
            If the journal cannot be written, or somebody else has; nothing was recorded then.
        """
        events = self._append(kind, bodies)
        self._whole = False
        for event in events:
            self.fold.apply(event)
        self._whole = True
        if self.fold.events - self._refolder.kept >= EVERY:
            self.keep_snapshot()

    def correct(self, *corrections: Corrected) -> None:
        """Append corrections, and fold again what came after the corrected outcomes.

        Parameters
        ----------
        *corrections
            The corrections, which have been checked.

        Raises
        ------
        JournalError
            If the journal cannot be written; nothing was recorded then.
        """
        self._append("corrected", corrections)
        for correction in corrections:
            self._refolder.forget(correction.decision)
        self.refresh()

    def refresh(self) -> None:
        """Read the journal again, and fold it."""
        self.fold = self._refolder.fold()
        self._whole = True

    def keep_snapshot(self) -> None:
        """Keep a snapshot of the fold as it is now."""
        self._refolder.keep(self.fold)

    def close(self) -> None:
        """Keep a snapshot if it is worth it, and give up the journal."""
        try:
            worth = self.fold.events - self._refolder.kept >= WORTH_KEEPING
            if self._wrote and self._whole and worth:
                self.keep_snapshot()
        finally:
            self._wrote = False
            self.journal.close()

    def _append(self, kind: str, bodies: tuple[Any, ...]) -> list[Event]:
        self.fold.require_applicable(bodies)
        first = self.fold.events
        events = [Event(first + place, self.now(), kind, body) for place, body in enumerate(bodies)]
        self.journal.append(events, after=first)
        self._wrote = True
        return events


def _as_described_now(what: str, described: Any) -> Any:
    """Return a description with parameters that did not exist when it was written: the defaults."""
    try:
        if what == "problem":
            return Problem.from_json(described).to_json()
        if what == "policy":
            return policy_to_json(policy_from_json(described))
    except (DescriptionError, ValidationError):
        pass  # what cannot be read is shown as it is
    return described


def _check_same_study(journal: Journal, ours: Began) -> None:
    theirs = next(journal.read()).body
    if not isinstance(theirs, Began):
        raise JournalError("the journal does not start with a 'began' event")
    for what in ("problem", "policy", "seed", "journal_format"):
        its, own = getattr(theirs, what), getattr(ours, what)
        if its != own:
            its = _as_described_now(what, its)
        if its != own:
            where, one, other = next(described_differently(its, own, what))
            raise JournalError(
                f"the journal belongs to another {what}: it has {one}, this study {other}"
                f"{'' if where == what else f' ({where})'}"
            )
