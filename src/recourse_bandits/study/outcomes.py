"""Outcomes, and corrections of outcomes, checked one by one and recorded many at a time."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from recourse_bandits.errors import (
    AdviceError,
    DecisionError,
    JournalError,
    OutcomeError,
    PersonError,
)
from recourse_bandits.events import Corrected, Observed
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision
from recourse_bandits.study.checks import checked_measures
from recourse_bandits.study.chunks import CHUNK
from recourse_bandits.study.corrections import recorded
from recourse_bandits.study.happened import Recorded
from recourse_bandits.study.ledger import Ledger
from recourse_bandits.study.look_ups import (
    observed_measures,
    open_decision,
    stored_decision,
    whole_number,
)
from recourse_bandits.study.realised import checked_realized, require_dose


class Observation(NamedTuple):
    """What came of a decision, or what is right instead of what was said to have come of it."""

    decision_id: int
    """Number of the decision."""
    measures: Mapping[str, float]
    """Measured values by name, in their units."""
    realized: Mapping[str, Any] | None = None
    """Raw features that came out differently; None: none, or as recorded before."""
    arm: str | None = None
    """Name of the arm that was really given; None: the recommended one, or as recorded before."""
    reason: str | None = None
    """Why something came out differently; needed where a feature did that nobody can change."""


Progress = Callable[[int], None] | None


class Outcomes:
    """Checks outcomes against what is recorded, and records them.

    Parameters
    ----------
    ledger
        Where they are recorded.
    problem
        The problem.
    """

    def __init__(self, ledger: Ledger, problem: Problem) -> None:
        self._ledger = ledger
        self._problem = problem

    def observe(self, observation: Observation) -> None:
        """Record an outcome.

        Parameters
        ----------
        observation
            What came of a decision.

        Raises
        ------
        RecourseBanditsError
            If it is refused; as `Study.observe`.
        """
        self._ledger.write("observed", self._observed(observation))

    def observe_many(
        self, observations: Iterable[Observation], progress: Progress
    ) -> list[str | None]:
        """Record those outcomes that are not refused, a thousand at a time.

        Parameters
        ----------
        observations
            Outcomes in any order.
        progress
            Called with the number of further outcomes that are done.

        Returns
        -------
        list
            For each outcome why it is refused, or None.
        """
        return self._many(
            observations,
            self._observed,
            lambda checked: self._ledger.write("observed", *checked),
            progress,
        )

    def correct(self, observation: Observation) -> None:
        """Record a correction, and fold again what came after the corrected outcome.

        Parameters
        ----------
        observation
            What is right.

        Raises
        ------
        RecourseBanditsError
            If it is refused; as `Study.correct`.
        """
        self._ledger.correct(self._corrected(observation))

    def correct_many(
        self, observations: Iterable[Observation], progress: Progress
    ) -> list[str | None]:
        """Record those corrections that are not refused; each thousand is folded together.

        Parameters
        ----------
        observations
            What is right.
        progress
            Called with the number of further corrections that are done.

        Returns
        -------
        list
            For each correction why it is refused, or None.
        """
        return self._many(
            observations,
            self._corrected,
            lambda checked: self._ledger.correct(*checked),
            progress,
        )

    def _many(
        self,
        observations: Iterable[Observation],
        check: Callable[[Observation], Any],
        record: Callable[[list[Any]], None],
        progress: Progress,
    ) -> list[str | None]:
        reasons: list[str | None] = []
        staged: dict[int, Any] = {}
        for given in observations:
            reason = None
            try:
                observation = _observation(given)
                # what is staged is not folded yet: a second outcome of a decision waits for it
                if len(staged) == CHUNK or whole_number(observation.decision_id) in staged:
                    record(list(staged.values()))
                    staged.clear()
                checked = check(observation)
                staged[checked.decision] = checked
            except (DecisionError, OutcomeError, PersonError, AdviceError) as error:
                reason = str(error)
            reasons.append(reason)
            if progress is not None:
                progress(1)
        if staged:
            record(list(staged.values()))
        return reasons

    def _observed(self, observation: Observation) -> Observed:
        measures = checked_measures(self._problem, observation.measures)
        number, fold = whole_number(observation.decision_id), self._ledger.fold
        known = open_decision(self._ledger.journal, fold, number, measures)
        _, _, realized, arm, reason = observation
        if (realized or arm) and known.measures:
            raise OutcomeError(
                f"decision {number} already has measures: what was realized must come with the "
                "first; use correct"
            )
        decision = fold.decision(number)
        kept = checked_realized(self._problem, decision, realized, arm or known.arm, reason)
        observed = Observed(number, measures, kept, arm, reason)
        require_dose(self._problem, decision, known, known.after(observed), observed)
        fold.recall(decision)
        return observed

    def _corrected(self, observation: Observation) -> Corrected:
        journal = self._ledger.journal
        if not journal.keeps_everything:
            raise JournalError(
                "nothing can be corrected in this journal, which keeps open decisions only; use "
                "journal=None (all in memory) for that"
            )
        number = whole_number(observation.decision_id)
        decision = stored_decision(journal, self._ledger.fold, number)
        observed = observed_measures(journal, number)
        measures = checked_measures(self._problem, observation.measures)
        for name in measures:
            if name not in observed:
                raise OutcomeError(
                    f"decision {number} has no {name} to correct; it has {', '.join(observed)}"
                )
        _, _, realized, arm, reason = observation
        before = recorded(journal.decision(number))
        assert isinstance(decision, Decision)  # a pending one has no outcome
        kept = checked_realized(self._problem, decision, realized, arm or before.arm, reason)
        after = Recorded(
            before.measures, before.realized if kept is None else kept, arm or before.arm
        )
        corrected = Corrected(number, measures, kept, arm, reason)
        require_dose(self._problem, decision, before, after, corrected)
        return corrected


def _observation(given: Any) -> Observation:
    try:
        return Observation(*given)
    except TypeError as error:
        raise OutcomeError(
            f"an outcome must be (decision_id, measures, realized, arm, reason), got {given!r}"
        ) from error
