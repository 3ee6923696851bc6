"""Verifying a journal: every decision must follow from what was known when it was made."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from recourse_bandits.errors import JournalError
from recourse_bandits.events import Began, Event
from recourse_bandits.journals import Journal, MemorySnapshots
from recourse_bandits.policies import AnyPolicy, policy_from_json
from recourse_bandits.problem import Problem
from recourse_bandits.records import Consultation, Decision, Key, Pending, Proposal, Stream
from recourse_bandits.study.fold import Fold
from recourse_bandits.study.recommendation import decision_of
from recourse_bandits.study.refold import EVERY, Refolder
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
    near_ties
        Numbers of decisions that came out differently because two values were equal within the
        tolerance, as may happen on another kind of processor.
    snapshots
        Snapshots whose state was compared.
    difference
        The first difference beyond the tolerance, or None.
    """

    events: int = 0
    decisions: int = 0
    exact: int = 0
    near_ties: list[int] = field(default_factory=list)
    snapshots: int = 0
    difference: str | None = None

    @property
    def passed(self) -> bool:
        """Whether every stored decision and state follows from the events before it."""
        return self.difference is None

    @property
    def close(self) -> int:
        """Decisions that differ by no more than the tolerance."""
        return self.decisions - self.exact - len(self.near_ties) - (not self.passed)


def verified(
    journal: Journal,
    *,
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
    state
        The policy's state after all events, to be compared too.
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
    length = journal.length
    began = next(journal.read(), None)
    if began is None or not isinstance(began.body, Began):
        raise JournalError("the journal holds no study: it does not start with a 'began' event")
    replay = _Replay(journal, began.body, length, tolerance)
    for event in journal.read():
        if event.number >= length:
            break
        replay.step(event)
        if progress is not None and replay.found.events % _STEPS == 0:
            progress(_STEPS)
        if not replay.found.passed:
            return replay.found
    if state is not None:
        replay.compare_state(state, f"the study's state after {length} events")
    return replay.found


class _Replay:
    def __init__(self, journal: Journal, began: Began, length: int, tolerance: float) -> None:
        self.found = Verification()
        self._problem = Problem.from_json(began.problem)
        self._policy: AnyPolicy = policy_from_json(began.policy)
        self._seed = began.seed
        self._tolerance = tolerance
        self._journal = journal
        # the journal's own snapshots are what is verified: the replay keeps others, in memory
        self._refolder = Refolder(self._problem, self._policy, None, journal, MemorySnapshots())
        self._fold = self._refolder.fold(0)
        own = () if journal.snapshots is None else journal.snapshots.positions()
        self._snapshots = {position for position in own if position <= length}
        self._before_batch: Any = None

    def step(self, event: Event) -> None:
        """Compare what an event holds, then fold it."""
        if isinstance(event.body, Pending):
            self._compare_proposal(event.body)
        elif isinstance(event.body, Decision):
            self._compare_decision(event.body)
        if event.kind == "corrected":
            self._refolder.forget(event.body.decision)
            self._fold = self._refolder.fold(event.number + 1)
        else:
            self._fold.apply(event)
        self.found.events += 1
        if self._fold.events % EVERY == 0:
            self._refolder.keep(self._fold)
        if self._fold.events in self._snapshots:
            self._compare_snapshot(self._fold.events)

    # -- decisions -----------------------------------------------------------------------------

    def _compare_proposal(self, pending: Pending) -> None:
        self._compare(
            pending.id, pending.proposal, self._proposal(pending, self._fold.policy_state)
        )

    def _compare_decision(self, stored: Decision) -> None:
        state = self._fold.policy_state
        if stored.batch is not None:
            # nothing is observed within a table, so that the arrays of this state do not change
            self._before_batch = state if stored.batch == stored.id else self._before_batch
            state = self._before_batch
        waiting = self._fold.pending.get(stored.id)
        pending = waiting or Pending(stored.id, stored.proposal, stored.request_id, stored.subject)
        proposal = stored.proposal if waiting else self._proposal(pending, state)
        self.found.decisions += 1
        consultation: Consultation | None = stored.consultation
        advice = None if consultation is None else consultation.given
        choice = self._policy.settle(state, proposal, advice)
        again = decision_of(
            self._problem,
            Pending(stored.id, proposal, stored.request_id, stored.subject),
            choice,
            consultation,
        )
        self._compare(
            stored.id,
            {name: getattr(stored, name) for name in _COMPUTED},
            {name: getattr(again, name) for name in _COMPUTED},
            decided=True,
        )

    def _proposal(self, pending: Pending, state: Any) -> Proposal:
        return self._policy.propose(state, pending.context, Key(self._seed, pending.id, _POLICY))

    def _compare(self, number: int, stored: Any, again: Any, *, decided: bool = False) -> None:
        differences = list(_differences(stored, again, ""))
        if not differences:
            self.found.exact += decided
            return
        if all(gap <= self._tolerance for _, gap in differences):
            return
        if self._near_tie(stored, again):
            if number not in self.found.near_ties:
                self.found.near_ties.append(number)
            return
        what, _ = next(found for found in differences if not found[1] <= self._tolerance)
        kind = "decision" if decided else "the proposal of question"
        self.found.difference = f"{kind} {number}: {what}"

    def _near_tie(self, stored: Any, again: Any) -> bool:
        """Whether two arms, or two points of an arm, are worth the same within the tolerance."""
        before = stored if isinstance(stored, Proposal) else stored["proposal"]
        after = again if isinstance(again, Proposal) else again["proposal"]
        rivals = [before.arm, after.arm]
        highs = np.array([before.high[rivals], after.high[rivals]])
        worth = float(np.abs(highs).max())
        same = np.ptp(highs) <= self._tolerance * max(1.0, worth)
        if isinstance(stored, Proposal):
            return bool(same)
        return bool(same) and stored["choice"].source == again["choice"].source

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
        self.compare_state(kept.policy_state, f"the snapshot after {position} events")

    def compare_state(self, state: Any, what: str) -> None:
        """Compare a policy's state with the replay's."""
        ours = dict(leaves(self._fold.policy_state, "state"))
        for path, value in leaves(state, "state"):
            for where, gap in _differences(value, ours[path], path):
                if not gap <= self._tolerance and self.found.passed:
                    self.found.difference = f"{what}: {where}"


def _differences(stored: Any, again: Any, where: str) -> Iterator[tuple[str, float]]:
    """Yield (what differs, relative gap) for all that is not equal; infinite but for numbers."""
    if isinstance(stored, np.ndarray):
        yield from _array_differences(stored, np.asarray(again), where)
    elif is_dataclass(stored) and type(stored) is type(again):
        for part in fields(stored):
            if part.name != "context":
                inner = f"{where}.{part.name}".lstrip(".")
                yield from _differences(
                    getattr(stored, part.name), getattr(again, part.name), inner
                )
    elif isinstance(stored, Mapping) and isinstance(again, Mapping):
        for name in {**stored, **again}:
            inner = f"{where}.{name}".lstrip(".")
            yield from _differences(stored.get(name), again.get(name), inner)
    elif isinstance(stored, float) and isinstance(again, float | np.floating):
        yield from _array_differences(np.array([stored]), np.array([again]), where)
    elif stored != again:
        yield f"{where} is stored as {stored!r}, and comes out as {again!r}", math.inf


def _array_differences(
    stored: np.ndarray[Any, Any], again: np.ndarray[Any, Any], where: str
) -> Iterator[tuple[str, float]]:
    if stored.shape != again.shape:
        yield f"{where} is stored with shape {stored.shape}, comes out with {again.shape}", math.inf
        return
    unequal = (stored != again) & ~((stored != stored) & (again != again))
    if not unequal.any():
        return
    one, other = stored[unequal], again[unequal]
    with np.errstate(invalid="ignore"):
        if stored.dtype.kind == "f":
            largest = np.abs(stored[np.isfinite(stored)]).max(initial=1.0)
            gap = np.abs(one - other) / largest
        else:
            gap = np.full(one.shape, math.inf)
    gap = np.where(np.isnan(gap), math.inf, gap)
    worst = int(gap.argmax())
    yield (
        f"{where} is stored as {one[worst]!r}, and comes out as {other[worst]!r}",
        float(gap[worst]),
    )
