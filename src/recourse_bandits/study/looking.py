"""What a study shows: its state, its decisions, and why they were made."""

from threading import RLock
from typing import Any

from recourse_bandits.advisers import Adviser
from recourse_bandits.errors import PendingDecision
from recourse_bandits.journals import Journal
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study.corrections import recorded
from recourse_bandits.study.explanation import explained
from recourse_bandits.study.fold import Recorded
from recourse_bandits.study.ledger import Ledger
from recourse_bandits.study.look_ups import stored_decision, whole_number


class Looking:
    """The part of a study that only reads."""

    problem: Problem
    policy: AnyPolicy
    adviser: Adviser | None
    seed: int
    journal: Journal
    _ledger: Ledger
    _lock: RLock
    """One call at a time reads and writes; none waits while somebody is asked."""

    @property
    def state(self) -> Any:
        """A copy of the policy's state."""
        with self._lock:
            return _copied(self._ledger.fold.policy_state)

    @property
    def decisions(self) -> int:
        """Number of decisions made or pending; the next one gets this number."""
        with self._lock:
            return self._ledger.fold.decisions

    @property
    def pending(self) -> tuple[Pending, ...]:
        """Decisions that wait for advice."""
        with self._lock:
            return tuple(self._ledger.fold.pending.values())

    @property
    def open_decisions(self) -> tuple[int, ...]:
        """Numbers of the decisions whose outcome is not complete."""
        with self._lock:
            return tuple(self._ledger.fold.open)

    def decision(self, decision_id: int) -> Decision | Pending:
        """Return a stored decision.

        Parameters
        ----------
        decision_id
            Its number.

        Raises
        ------
        DecisionError
            If it is unknown, or closed and no longer kept.
        """
        with self._lock:
            number = whole_number(decision_id)
            return stored_decision(self.journal, self._ledger.fold, number)

    def outcome(self, decision_id: int) -> Recorded:
        """Return what has been recorded of a decision's outcome, corrections included.

        Parameters
        ----------
        decision_id
            Its number.

        Raises
        ------
        DecisionError
            If it is unknown, or closed and no longer kept.
        """
        with self._lock:
            self.decision(decision_id)
            return recorded(self.journal.decision(whole_number(decision_id)))

    def explain(self, decision_id: int) -> str:
        """Say why a decision was made: every arm's estimate and bounds, the advice, the recourse.

        Parameters
        ----------
        decision_id
            Its number.

        Raises
        ------
        DecisionError
            If it is unknown, pending, or closed and no longer kept.
        """
        stored = self.decision(decision_id)
        if isinstance(stored, Pending):
            raise PendingDecision(f"decision {decision_id} still waits for advice")
        return explained(self.problem, stored)


def _copied(state: Any) -> Any:
    """Return a copy of a state, nested as it may be."""
    if isinstance(state, tuple):
        return type(state)(*(_copied(part) for part in state))
    return state.copy() if hasattr(state, "copy") else state
