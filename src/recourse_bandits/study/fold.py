"""A study's state as the fold of its journal: the same code runs live and in a replay."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from recourse_bandits.advisers import Adviser, Question
from recourse_bandits.events import Corrected, Event, Imported, Observed, Withdrawn
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision, Outcome, Pending


@dataclass
class OpenDecision:
    """A decision whose outcome is not complete.

    Parameters
    ----------
    decision
        The decision, as stored.
    measures
        Measures so far, raw.
    realized
        Raw features that came out differently.
    arm
        Name of the arm that was really given; None: as recommended.
    """

    decision: Decision
    measures: dict[str, float] = field(default_factory=dict)
    realized: dict[str, Any] = field(default_factory=dict)
    arm: str | None = None


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
    """

    def __init__(self, problem: Problem, policy: AnyPolicy, adviser: Adviser | None) -> None:
        self._problem = problem
        self._policy = policy
        self._adviser = adviser
        self.policy_state: Any = policy.init(problem)
        self.adviser_state: Any = adviser.init(problem) if adviser is not None else None
        self.decisions = 0  # decisions made or reserved
        self.pending: dict[int, Pending] = {}
        self.open: dict[int, OpenDecision] = {}

    def question(self, pending: Pending) -> Question:
        """Return the question of a pending decision.

        Parameters
        ----------
        pending
            The pending decision.
        """
        return Question(pending.id, self._problem, pending.proposal)

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
        elif isinstance(body, Imported):
            self._imported(body)

    def _asked(self, pending: Pending) -> None:
        self.decisions = max(self.decisions, pending.id + 1)
        self.pending[pending.id] = pending
        self.policy_state = self._policy.asked(self.policy_state, pending.proposal)
        if self._adviser is not None:
            self.adviser_state = self._adviser.asked(self.adviser_state, self.question(pending))

    def _decided(self, decision: Decision) -> None:
        self.decisions = max(self.decisions, decision.id + 1)
        self.pending.pop(decision.id, None)
        self.open[decision.id] = OpenDecision(decision)
        self.policy_state = self._policy.committed(self.policy_state, decision)

    def _observed(self, observed: Observed) -> None:
        entry = self.open[observed.decision]
        entry.measures.update(observed.measures)
        entry.realized.update(observed.realized or {})
        entry.arm = observed.arm or entry.arm
        if self._problem.reward.measure not in entry.measures:
            return
        del self.open[observed.decision]
        decision = entry.decision
        point = decision.choice.point
        if entry.realized:
            point = self._problem.realised_point(decision.context, point, entry.realized)
        arm = decision.choice.arm if entry.arm is None else self._problem.arm_index(entry.arm)
        reward = self._problem.reward.value(entry.measures[self._problem.reward.measure])
        self._learn(decision, Outcome(arm, point, reward))

    def _imported(self, imported: Imported) -> None:
        context = self._problem.context(imported.person)
        reward = self._problem.reward.value(imported.measures[self._problem.reward.measure])
        arm = self._problem.arm_index(imported.arm)
        self._learn(None, Outcome(arm, context.values, reward))

    def _learn(self, decision: Decision | None, outcome: Outcome) -> None:
        # nobody else holds the old state: `Study.state` hands out copies
        self.policy_state = self._policy.observed(self.policy_state, decision, outcome, donate=True)
        if self._adviser is not None and decision is not None:
            self.adviser_state = self._adviser.observed(self.adviser_state, decision, outcome)


def corrected(events: Iterable[Event]) -> list[Event]:
    """Return the events with every correction put where the corrected value was observed.

    Parameters
    ----------
    events
        A journal's events, in order.
    """
    events = list(events)
    corrections: dict[int, Corrected] = {}
    for event in events:
        if isinstance(event.body, Corrected):
            corrections[event.body.decision] = _merged(
                corrections.get(event.body.decision), event.body
            )
    return [
        replace(event, body=_patched(event.body, corrections[event.body.decision]))
        if isinstance(event.body, Observed) and event.body.decision in corrections
        else event
        for event in events
    ]


def _merged(earlier: Corrected | None, later: Corrected) -> Corrected:
    if earlier is None:
        return later
    return Corrected(
        later.decision,
        {**earlier.measures, **later.measures},
        later.realized if later.realized is not None else earlier.realized,
        later.arm or earlier.arm,
    )


def _patched(observed: Observed, correction: Corrected) -> Observed:
    measures: Mapping[str, float] = {
        name: correction.measures.get(name, value) for name, value in observed.measures.items()
    }
    realized = correction.realized if correction.realized is not None else observed.realized
    return Observed(observed.decision, measures, realized, correction.arm or observed.arm)
