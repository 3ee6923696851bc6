"""Counting, event by event, what advice was worth; memory grows with open decisions only."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from recourse_bandits.events import Event, Observed, Withdrawn
from recourse_bandits.journals import Journal
from recourse_bandits.problem import Problem
from recourse_bandits.records import Consultation, Decision, Pending
from recourse_bandits.study.beginning import beginning_of
from recourse_bandits.study.corrections import Corrections
from recourse_bandits.study.happened import NOTHING_YET, Recorded
from recourse_bandits.study.standings import StandingTally, probability
from recourse_bandits.study.trust import Trust


def trust_in(journal: Journal, each: Callable[[Event], None] | None = None) -> Trust:
    """Measure what the advice in a journal was worth.

    Parameters
    ----------
    journal
        The journal; another process may be writing to it.
    each
        Called with every event that is read.

    Raises
    ------
    JournalError
        If an event is damaged, or the journal keeps open decisions only.
    """
    length = journal.length
    corrections = [event for event in journal.corrections() if event.number < length]
    tally = TrustTally(beginning_of(journal).problem, corrections)
    for event in journal.read():
        if event.number >= length:  # written since: its corrections are not known here
            break
        tally.take(event)
        if each is not None:
            each(event)
    return tally.trust()


class _Waiting(NamedTuple):
    """What of a decision is needed when its outcome comes."""

    tallies: Sequence[StandingTally]
    own: tuple[float, float, float]
    arm: str
    confidence: float | None
    known: Recorded


class TrustTally:
    """Counts what advice was worth, event by event.

    Parameters
    ----------
    problem
        The study's problem.
    corrections
        All events of kind `corrected`, in order.
    """

    def __init__(self, problem: Problem, corrections: Sequence[Event]) -> None:
        self._problem = problem
        self._corrections = Corrections(corrections)
        self._standings: dict[tuple[str | None, str | None], StandingTally] = {}
        self._own = StandingTally()
        self._asked: set[int] = set()
        self._open: dict[int, _Waiting] = {}
        self._counts: Counter[str] = Counter()

    def take(self, event: Event) -> None:
        """Take over the next event.

        Parameters
        ----------
        event
            The event.
        """
        body = event.body
        if isinstance(body, Pending):
            self._asked.add(body.id)
            self._counts["questions"] += 1
        elif isinstance(body, Decision):
            self._counts["decisions"] += 1
            self._asked.discard(body.id)
            self._decided(body)
        elif isinstance(body, Withdrawn):
            self._open.pop(body.decision, None)
            if body.decision in self._asked:
                self._asked.remove(body.decision)
                self._counts["withdrawn"] += 1
        elif isinstance(body, Observed) and body.decision in self._open:
            self._observed(self._corrections.applied(event).body)

    def trust(self) -> Trust:
        """Return what was counted so far."""
        places: dict[str | None, int] = {None: -1}
        places |= {name: place for place, name in enumerate(self._problem.arm_names)}
        ordered = sorted(
            self._standings.items(),
            key=lambda item: (item[0][0] is None, item[0][0] or "", places[item[0][1]]),
        )
        return Trust(
            self._counts["decisions"],
            self._counts["questions"],
            len(self._asked),
            self._counts["withdrawn"],
            tuple(standing.standing(*name) for name, standing in ordered),
            self._own.gap.gap(),
        )

    def _decided(self, decision: Decision) -> None:
        consultation = decision.consultation
        tallies = [] if consultation is None else self._of(consultation)
        for tally in tallies:
            tally.settled(decision)
        if not decision.followed:
            tallies = [self._own] if decision.source == "policy" else []
        exchange = None if consultation is None else consultation.exchange
        stated = None if exchange is None else probability(exchange.confidence)
        if tallies:
            self._open[decision.id] = _Waiting(
                tallies, decision.proposal.interval, decision.arm, stated, NOTHING_YET
            )

    def _of(self, consultation: Consultation) -> list[StandingTally]:
        exchange, given = consultation.exchange, consultation.given
        name = None if exchange is None else str(exchange.adviser)
        arms = [None] if given is None else [None, self._problem.arm_names[given.arm]]
        return [self._standings.setdefault((name, arm), StandingTally()) for arm in arms]

    def _observed(self, observed: Observed) -> None:
        waiting = self._open[observed.decision]
        known, rule = waiting.known.after(observed), self._problem.reward
        if rule.measure not in known.measures:
            self._open[observed.decision] = waiting._replace(known=known)
            return
        del self._open[observed.decision]
        reward = rule.value(known.measures[rule.measure])
        as_chosen = known.arm in (None, waiting.arm)
        for tally in waiting.tallies:
            tally.learned(waiting.own, reward, waiting.confidence, as_chosen=as_chosen)
