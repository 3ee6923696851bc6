"""A study's state as the fold of its journal: the same code runs live and in a replay."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from recourse_bandits.advisers import Adviser, Question
from recourse_bandits.errors import ClosedDecision, JournalConflict
from recourse_bandits.events import Event, Imported, Observed, Withdrawn
from recourse_bandits.journals import Journal
from recourse_bandits.journals.format_1 import to_json
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study.happened import NOTHING_YET, Happened, Recorded, wanted

_OF_ONE_MADE = (Observed, Withdrawn)
_OF_ONE_MORE = (Decision, Pending)
_RECENT = 4096  # decisions at hand; older ones are read from the journal when their outcome comes


class Fold:
    """What follows from the events so far.

    Parameters
    ----------
    problem
        The problem.
    policy
        The policy whose state is folded.
    adviser
        The adviser whose state is folded, or None.
    journal
        Where decisions are read that were made long before their outcome.
    """

    def __init__(
        self, problem: Problem, policy: AnyPolicy, adviser: Adviser | None, journal: Journal
    ) -> None:
        self._problem = problem
        self._policy = policy
        self._adviser = adviser
        self._journal = journal
        self._recent: dict[int, Decision] = {}
        self.events = 0
        self.policy_state: Any = policy.init(problem)
        self.adviser_state: Any = adviser.init(problem) if adviser is not None else None
        self.decisions = 0  # decisions made or reserved
        self.pending: dict[int, Pending] = {}
        self.open: dict[int, Recorded] = {}

    def question(self, pending: Pending) -> Question:
        """Return the question of a pending decision.

        Parameters
        ----------
        pending
            The pending decision.
        """
        return Question(
            pending.id,
            self._problem,
            pending.proposal,
            pending.addressee,
            pending.request_id,
            pending.subject,
            pending.deadline,
            self.study,
        )

    @cached_property
    def study(self) -> str | None:
        """What no other study has: the digest of the first event, or None if it is not kept."""
        if not self._journal.keeps_everything:
            return None
        first = next(iter(self._journal.read()))
        return hashlib.sha256(to_json(first).encode()).hexdigest()

    def decision(self, number: int) -> Decision:
        """Return a decision that was made, from memory or the journal.

        Parameters
        ----------
        number
            Its number.

        Raises
        ------
        DecisionError
            If the journal no longer keeps it.
        """
        recent = self._recent.get(number)
        if recent is not None:
            return recent
        for event in self._journal.decision(number):
            if isinstance(event.body, Decision):
                return event.body
        raise ClosedDecision(f"decision {number} is closed and no longer kept")

    def recall(self, decision: Decision) -> None:
        """Keep a decision at hand, whose outcome is about to be written.

        Parameters
        ----------
        decision
            The decision.
        """
        self._recent[decision.id] = decision

    def require_applicable(self, bodies: Iterable[Any]) -> None:
        """Raise JournalConflict unless the bodies can follow in this order.

        They have been checked against this state; if it has moved on meanwhile, what was legal then
        may no longer be, and what is on disk must be applicable for ever.

        Parameters
        ----------
        bodies
            What the next events shall hold.
        """
        following = self.decisions
        for body in bodies:
            fits = True
            if isinstance(body, _OF_ONE_MADE):
                known = body.decision in self.open
                fits = known or (isinstance(body, Withdrawn) and body.decision in self.pending)
            elif isinstance(body, _OF_ONE_MORE) and body.id not in self.pending:
                fits = body.id == following
                following += 1
            if not fits:
                raise JournalConflict(
                    f"the study has moved on since this was checked, so that {type(body).__name__} "
                    "no longer fits; nothing was recorded: call nothing of the study from what it "
                    "calls itself"
                )

    def apply(self, event: Event) -> None:
        """Fold one event into the state.

        Parameters
        ----------
        event
            The next event; it has been validated before it was written.
        """
        body = event.body
        if isinstance(body, Pending):
            self._asked(body)
        elif isinstance(body, Decision):
            self._decided(body)
        elif isinstance(body, Observed):
            self._observed(body)
        elif isinstance(body, Withdrawn):
            self.pending.pop(body.decision, None)
            self.open.pop(body.decision, None)
            self._recent.pop(body.decision, None)
        elif isinstance(body, Imported):
            self._imported(body)
        self.events = event.number + 1

    def _asked(self, pending: Pending) -> None:
        self.decisions = max(self.decisions, pending.id + 1)
        self.pending[pending.id] = pending
        self.policy_state = self._policy.asked(self.policy_state, pending.proposal)
        if self._adviser is not None:
            self.adviser_state = self._adviser.asked(self.adviser_state, self.question(pending))

    def _decided(self, decision: Decision) -> None:
        self.decisions = max(self.decisions, decision.id + 1)
        pending = self.pending.pop(decision.id, None)
        self.open[decision.id] = NOTHING_YET
        self._recent[decision.id] = decision
        if len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]
        self.policy_state = self._policy.committed(self.policy_state, decision)
        if self._adviser is not None and pending is not None:
            question = self.question(pending)
            self.adviser_state = self._adviser.answered(self.adviser_state, question, decision)

    def _observed(self, observed: Observed) -> None:
        known = self.open[observed.decision].after(observed)
        if not observed.measures:
            self.open[observed.decision] = known
            return
        decision = self.decision(observed.decision)
        happened = Happened.of(self._problem, decision, known)
        if known.measures.keys() >= wanted(self._problem, decision):
            del self.open[decision.id]
            self._recent.pop(decision.id, None)
        else:
            self.open[decision.id] = known
        self._learn(decision, happened, observed.measures)

    def _imported(self, imported: Imported) -> None:
        context = self._problem.context(imported.person)
        arm = self._problem.arm_index(imported.arm)
        happened = Happened(self._problem, arm, context.values, imported.dose)
        self._learn(None, happened, imported.measures)

    def _learn(
        self, decision: Decision | None, happened: Happened, measures: Mapping[str, float]
    ) -> None:
        # nobody else holds the old state: `Study.state` hands out copies
        effect, outcome = happened.effect(measures), happened.outcome(measures)
        if effect is not None:
            self.policy_state = self._policy.effect_observed(
                self.policy_state, decision, effect, donate=True
            )
        if outcome is None:
            return
        self.policy_state = self._policy.observed(self.policy_state, decision, outcome, donate=True)
        if self._adviser is not None and decision is not None:
            self.adviser_state = self._adviser.observed(self.adviser_state, decision, outcome)
