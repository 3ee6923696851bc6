"""What a study shows: its state, its decisions, and why they were made."""

from threading import RLock
from typing import TYPE_CHECKING, Any

from recourse_bandits.advisers import Adviser
from recourse_bandits.errors import PendingDecision
from recourse_bandits.journals import Journal
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study.corrections import recorded
from recourse_bandits.study.explanation import explained
from recourse_bandits.study.happened import Recorded
from recourse_bandits.study.ledger import Ledger
from recourse_bandits.study.look_ups import stored_decision, whole_number
from recourse_bandits.study.smaller import smaller_change

if TYPE_CHECKING:
    from recourse_bandits.study.trust import Trust


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
        with self._lock:
            state = self._ledger.fold.policy_state
            less = smaller_change(self.policy, state, stored)
        return explained(self.problem, stored, less)

    def trust(self) -> "Trust":
        """Measure what advice was worth: per adviser and arm, on the outcomes that are known.

        The whole journal is read. The documentation says what the figures can tell and what not.

        Raises
        ------
        JournalError
            If an event is missing or damaged, or the journal keeps open decisions only.

        Examples
        --------
        >>> import recourse_bandits as rb
        >>> world = rb.Synthetic(seed=1, dimension=3, arms=2)
        >>> policy = rb.LIBRA(rb.GLRB(scale=0.2), threshold=1.0)
        >>> study = rb.Study(world.problem, policy, rb.Oracle(world.best))
        >>> for number in range(40):
        ...     decision = study.decide(world.person(rb.Key(1, number, rb.Stream.PERSON)))
        ...     noise = rb.Key(1, number, rb.Stream.NOISE)
        ...     pair = decision.choice.arm, decision.choice.point
        ...     study.observe(decision.id, world.measures(decision.context, *pair, noise))
        >>> oracle = study.trust().standings[0]
        >>> oracle.adviser, oracle.questions == oracle.followed + oracle.vetoed
        ('Oracle', True)
        >>> oracle.gap.outcomes == oracle.followed, oracle.gap.mean > 0
        (True, True)
        """
        with self._lock:
            from recourse_bandits.study.tallies import trust_in

        return trust_in(self.journal)


def _copied(state: Any) -> Any:
    """Return a copy of a state, nested as it may be."""
    if isinstance(state, tuple):
        parts = (_copied(part) for part in state)
        return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)
    return state.copy() if hasattr(state, "copy") else state
