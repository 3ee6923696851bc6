"""Verifying a journal: every decision must follow from what was known when it was made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recourse_bandits.events import Event
from recourse_bandits.journals import Journal, MemorySnapshots
from recourse_bandits.records import Consultation, Decision, Key, Pending, Proposal, Stream
from recourse_bandits.study.beginning import Beginning, beginning_of
from recourse_bandits.study.checks import checked_advice
from recourse_bandits.study.differences import differences
from recourse_bandits.study.fold import Fold
from recourse_bandits.study.recommendation import decision_of
from recourse_bandits.study.refold import EVERY, Refolder, applicable
from recourse_bandits.study.snapshot import UnusableSnapshot, leaves, restored

TOLERANCE = 1e-9
"""Largest relative difference between two machines that count as the same number."""

_STEPS = 1000  # events between two reports of progress
_POLICY = int(Stream.POLICY)
_COMPUTED = ("arm", "recourse", "no_recourse", "choice", "proposal")


@dataclass
class Verification:
    """What a replay of a journal found.

    Parameters
    ----------
    events
        Events that were replayed.
    decisions
        Decisions that were made anew and compared.
    exact
        Those that came out the same to the last bit.
    within_tolerance
        Those whose numbers differ by no more than the tolerance.
    near_ties
        Those that came out differently because two pairs are worth the same within the tolerance,
        as may happen on another kind of processor: their numbers.
    snapshots
        Snapshots whose state was compared.
    difference
        The first difference beyond the tolerance, or None.
    """

    events: int = 0
    decisions: int = 0
    exact: int = 0
    within_tolerance: int = 0
    near_ties: list[int] = field(default_factory=list)
    snapshots: int = 0
    difference: str | None = None

    @property
    def passed(self) -> bool:
        """Whether every stored decision and state follows from the events before it."""
        return self.difference is None


def verified(
    journal: Journal,
    *,
    until: int | None = None,
    state: Any = None,
    tolerance: float = TOLERANCE,
    progress: Callable[[int], None] | None = None,
) -> Verification:
    """Replay a journal from its first event and compare every decision and snapshot.

    Each decision is proposed and settled anew from the state at that time, with the stored advice;
    nobody is asked. A correction counts from its place in the journal on. It stops at the first
    difference.

    Parameters
    ----------
    journal
        The journal.
    until
        How many events; None: all that there are now.
    state
        The policy's state after them, to be compared too.
    tolerance
        Largest relative difference of two numbers that count as the same.
    progress
        Called with the number of further events that are done.

    Raises
    ------
    JournalError
        If an event is missing, damaged or of another format; its number is named.
    DescriptionError
        If the policy is not known here, or in another version.
    """
    journal.inspect()
    length = journal.length if until is None else until
    replay = _Replay(journal, beginning_of(journal), length, tolerance)
    for event in journal.read():
        if event.number >= length:
            break
        with applicable(event):
            replay.step(event)
        if progress is not None and replay.found.events % _STEPS == 0:
            progress(_STEPS)
        if not replay.found.passed:
            return replay.found
    replay.catch_up(length)
    if state is not None:
        replay.compare_state(state, f"the study's state after {length} events")
    return replay.found


class _Replay:
    def __init__(
        self, journal: Journal, beginning: Beginning, length: int, tolerance: float
    ) -> None:
        self.found = Verification()
        self._problem, self._policy, self._seed = beginning
        self._tolerance = tolerance
        self._journal = journal
        # the journal's own snapshots are what is verified: the replay keeps others, in memory
        self._refolder = Refolder(self._problem, self._policy, None, journal, MemorySnapshots())
        self._fold = self._refolder.fold(0)
        own = () if journal.snapshots is None else journal.snapshots.positions()
        self._snapshots = {position for position in own if position <= length}
        self._before_batch: Any = None
        self._behind = False  # corrections are not folded yet

    def step(self, event: Event) -> None:
        """Compare what an event holds, then fold it."""
        if event.kind == "corrected":
            self._refolder.forget(event.body.decision)
            self._behind = True  # folded again once, after the last of several corrections
        else:
            self.catch_up(event.number)
            if isinstance(event.body, Pending):
                self._compare_proposal(event.body)
            elif isinstance(event.body, Decision):
                self._compare_decision(event.body)
            self._fold.apply(event)
        self.found.events += 1
        if event.number + 1 in self._snapshots:
            self.catch_up(event.number + 1)
        if not self._behind and self._fold.events % EVERY == 0:
            self._refolder.keep(self._fold)
        if not self._behind and self._fold.events in self._snapshots:
            self._compare_snapshot(self._fold.events)

    def catch_up(self, events: int) -> None:
        """Fold again what corrections have changed."""
        if self._behind:
            self._fold = self._refolder.fold(events)
            self._behind = False

    # -- decisions -----------------------------------------------------------------------------

    def _compare_proposal(self, pending: Pending) -> None:
        number, state = pending.id, self._fold.policy_state
        if number != self._fold.decisions:
            self._differs(f"question {number}: its number should be {self._fold.decisions}")
            return
        again = self._proposal(pending, state)
        what = self._beyond(pending.proposal, again)
        if what is not None and not self._near_tie(state, pending.proposal, again):
            self._differs(f"the proposal of question {number}: {what}")

    def _compare_decision(self, stored: Decision) -> None:
        self.found.decisions += 1
        waiting = self._fold.pending.get(stored.id)
        unlawful = self._unlawful(stored, waiting)
        if unlawful is not None:
            self._differs(f"decision {stored.id}: {unlawful}")
            return
        state = self._fold.policy_state
        if stored.batch is not None:
            # nothing is observed within a table, so that the arrays of this state do not change
            self._before_batch = state if stored.batch == stored.id else self._before_batch
            state = self._before_batch
        proposal = waiting.proposal if waiting else self._proposal(stored, state)
        computed = {name: getattr(stored, name) for name in _COMPUTED}
        again = self._settled(stored, proposal, state)
        found = list(differences(computed, again, ""))
        what = next((what for what, gap in found if not gap <= self._tolerance), None)
        if what is None:
            self.found.exact += not found
            self.found.within_tolerance += bool(found)
        elif self._near_tie(state, stored.proposal, proposal) and not self._beyond(
            computed, self._settled(stored, stored.proposal, state)
        ):  # all the rest must follow from the proposal that is stored
            self.found.near_ties.append(stored.id)
        else:
            self._differs(f"decision {stored.id}: {what}")

    def _unlawful(self, stored: Decision, waiting: Pending | None) -> str | None:
        """What no study would have written, whatever its policy."""
        if waiting is not None:
            return _not_of(waiting, stored)
        wrong = {
            f"its number should be {self._fold.decisions}": stored.id != self._fold.decisions,
            "it holds an answer, but no question was asked": stored.consultation is not None,
            "advice was wanted, but no question was asked": stored.proposal.asks
            and stored.batch is None,
        }
        return next((what for what, found in wrong.items() if found), None)

    def _settled(self, stored: Decision, proposal: Proposal, state: Any) -> dict[str, Any]:
        consultation: Consultation | None = stored.consultation
        advice = None if consultation is None else consultation.given
        if advice is not None:
            checked_advice(self._problem, advice, stored.context)
        choice = self._policy.settle(state, proposal, advice)
        pending = Pending(stored.id, proposal, stored.request_id, stored.subject)
        again = decision_of(self._problem, pending, choice, consultation)
        return {name: getattr(again, name) for name in _COMPUTED}

    def _proposal(self, made: Pending | Decision, state: Any) -> Proposal:
        return self._policy.propose(state, made.context, Key(self._seed, made.id, _POLICY))

    def _beyond(self, stored: Any, again: Any) -> str | None:
        """Return the first difference beyond the tolerance, or None."""
        found = differences(stored, again, "")
        return next((what for what, gap in found if not gap <= self._tolerance), None)

    def _differs(self, what: str) -> None:
        self.found.difference = self.found.difference or what

    def _near_tie(self, state: Any, stored: Proposal, again: Proposal) -> bool:
        """Whether the stored pair is worth what the best pair is worth, and the rest agrees."""
        if not stored.context.eligible[stored.arm]:
            return False
        if self._beyond(_views(stored), _views(again)):
            return False
        mean, _, high = self._policy.interval(state, stored.context, stored.arm, stored.point)
        worth = float(again.high[again.arm])
        pair = np.array([stored.mean[stored.arm], stored.high[stored.arm], high])
        with np.errstate(invalid="ignore"):
            gaps = np.abs(pair - np.array([mean, worth, worth])) / max(1.0, abs(worth))
        return bool(np.isfinite(worth) and (gaps <= self._tolerance).all())

    # -- states --------------------------------------------------------------------------------

    def _compare_snapshot(self, position: int) -> None:
        snapshots = self._journal.snapshots
        assert snapshots is not None
        empty = Fold(self._problem, self._policy, None, self._journal)
        try:
            kept = restored(snapshots.read(position), empty, None, self._fold.pending.__getitem__)
        except (OSError, UnusableSnapshot):
            return  # an unusable snapshot is not used
        self.found.snapshots += 1
        what = f"the snapshot after {position} events"
        for name in ("decisions", "open", "pending"):
            if getattr(kept, name) != getattr(self._fold, name):
                self._differs(f"{what}: its {name} are not those of the journal")
        self.compare_state(kept.policy_state, what)

    def compare_state(self, state: Any, what: str) -> None:
        """Compare a policy's state with the replay's."""
        ours = dict(leaves(self._fold.policy_state, "state"))
        for path, value in leaves(state, "state"):
            for where, gap in differences(value, ours[path], path):
                if not gap <= self._tolerance:
                    self._differs(f"{what}: {where}")


def _not_of(waiting: Pending, stored: Decision) -> str | None:
    asked, told = waiting.context, stored.context
    same = {
        "its answer is not recorded": stored.consultation is not None and stored.batch is None,
        "its request_id is not that of its question": stored.request_id == waiting.request_id,
        "its subject is not that of its question": stored.subject == waiting.subject,
        "its person is not that of its question": asked.given == told.given
        and bool((asked.eligible == told.eligible).all()),
    }
    return next((what for what, holds in same.items() if not holds), None)


def _views(proposal: Proposal) -> dict[str, Any]:
    """What a tie between two pairs leaves the same."""
    names = ("high", "ruled_out", "asks", "propensity", "trace")
    return {name: getattr(proposal, name) for name in names}
