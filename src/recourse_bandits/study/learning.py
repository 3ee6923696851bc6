"""What came of decisions and of past treatments, corrections and withdrawals."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from recourse_bandits.events import Withdrawn
from recourse_bandits.problem import Person
from recourse_bandits.study.checks import require_text
from recourse_bandits.study.chunks import CHUNK, chunks
from recourse_bandits.study.look_ups import open_decision, whole_number
from recourse_bandits.study.looking import Looking
from recourse_bandits.study.outcomes import Observation, Outcomes
from recourse_bandits.study.requests import (
    PastTreatment,
    checked_import,
    checked_imports,
    imported_before,
)


class Learning(Looking):
    """The part of a study that learns."""

    _outcomes: Outcomes

    def observe(
        self,
        decision_id: int,
        measures: Mapping[str, float],
        *,
        realized: Mapping[str, Any] | None = None,
        arm: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Record what was measured after a decision; each measure is accepted once.

        Parameters
        ----------
        decision_id
            Number of the decision.
        measures
            Measured values by name, in their units.
        realized
            Raw values of the features that came out differently than recommended, and `dose`, the
            dose that was taken, if it did; with or before the first measure.
        arm
            Name of the arm that was really given, if another than recommended; likewise.
        reason
            Why something came out differently. Needed where an immutable feature differs from its
            value at the decision: it was mistyped, or a year has passed.

        Raises
        ------
        OutcomeError
            If a measure is unknown, given twice, or not a possible value, a dose is missing or
            refused, or the reason is no text.
        DecisionError
            If the decision is unknown, pending or closed.
        PersonError
            If a realized feature is unknown or its value refused; `UnexplainedChange` if it is
            immutable, differs, and no reason is stated.
        """
        observation = Observation(decision_id, measures, realized, arm, reason)
        with self._lock:
            self._outcomes.observe(observation)

    def observe_many(
        self, observations: Iterable[Observation], progress: Callable[[int], None] | None = None
    ) -> list[str | None]:
        """Record many outcomes, as for `observe`, a thousand at a time.

        Parameters
        ----------
        observations
            Outcomes in any order; several may belong to one decision.
        progress
            Called with the number of further outcomes that are done.

        Returns
        -------
        list
            For each outcome why it was refused, or None.

        Raises
        ------
        JournalError
            If the journal cannot be written; outcomes of the thousands before are recorded.
        """
        with self._lock:
            return self._outcomes.observe_many(observations, progress)

    def correct(
        self,
        decision_id: int,
        measures: Mapping[str, float] | None = None,
        *,
        realized: Mapping[str, Any] | None = None,
        arm: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Replace what was observed for a decision; everything learned since is folded again.

        Parameters
        ----------
        decision_id
            Number of the decision.
        measures
            Corrected values of measures that were observed.
        realized
            Corrected features, replacing all that were given; None keeps them.
        arm
            Corrected name of the arm that was given; None keeps it. `realized` must have its dose.
        reason
            Corrected reason why something came out differently; None keeps it. Needed wherever
            `realized` holds an immutable feature that differs from its value at the decision.

        Raises
        ------
        DecisionError
            If the decision is unknown or has no outcome.
        OutcomeError
            If a measure was never observed, or is not a possible value, a dose is missing or
            refused, or the reason is no text.
        PersonError
            If a realized feature is refused, as in `observe`.
        JournalError
            If the journal does not keep what a refold needs.
        """
        observation = Observation(decision_id, measures or {}, realized, arm, reason)
        with self._lock:
            self._outcomes.correct(observation)

    def correct_many(
        self, corrections: Iterable[Observation], progress: Callable[[int], None] | None = None
    ) -> list[str | None]:
        """Correct many outcomes, as for `correct`, folding a thousand together.

        Parameters
        ----------
        corrections
            What is right; the last correction of a decision counts.
        progress
            Called with the number of further corrections that are done.

        Returns
        -------
        list
            For each correction why it was refused, or None.

        Raises
        ------
        JournalError
            If the journal cannot be written, or does not keep what a refold needs.
        """
        with self._lock:
            return self._outcomes.correct_many(corrections, progress)

    def withdraw(self, decision_id: int, reason: str = "") -> None:
        """Close a decision without an outcome; what was counted stays counted.

        Parameters
        ----------
        decision_id
            Number of the decision.
        reason
            Why.

        Raises
        ------
        DecisionError
            If the decision is unknown or closed.
        """
        require_text(reason=reason)
        with self._lock:
            decision_id = whole_number(decision_id)
            if decision_id not in self._ledger.fold.pending:
                open_decision(self.journal, self._ledger.fold, decision_id, {})
            self._ledger.write("withdrawn", Withdrawn(decision_id, reason))

    def import_past(
        self,
        person: Person,
        arm: str,
        measures: Mapping[str, float],
        *,
        dose: float | None = None,
        subject: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Learn from a past treatment that this study did not decide.

        Parameters
        ----------
        person
            Raw features as they really were at the time of the treatment.
        arm
            Name of the arm that was given.
        measures
            Measured values by name; the reward's measure is needed.
        dose
            Dose that was taken, in the arm's unit; needed for an arm that has one.
        subject
            Opaque reference to the person.
        request_id
            The caller's name for this treatment. Imported again with the same content, nothing
            happens.

        Raises
        ------
        PersonError
            If a feature is refused.
        UnknownArm
            If the arm is unknown.
        OutcomeError
            If a measure is unknown, absent or not a possible value, or so is the dose.
        RequestConflict
            If the request id was used for something else.
        """
        imported = checked_import(self.problem, person, arm, measures, subject, request_id, dose)
        with self._lock:
            if not imported_before(self.journal, imported):
                self._ledger.write("imported", imported)

    def import_many(
        self, treatments: Iterable[PastTreatment], progress: Callable[[int], None] | None = None
    ) -> list[str | None]:
        """Learn from many past treatments, recorded a thousand at a time.

        Parameters
        ----------
        treatments
            What is imported; as for `import_past`.
        progress
            Called with the number of further treatments that are done.

        Returns
        -------
        list
            For each treatment why it was refused, or None. Those that were imported before, under
            the same request id, are left out silently.
        """
        reasons: list[str | None] = []
        with self._lock:
            for chunk in chunks(treatments, CHUNK):
                new, refused = checked_imports(self.problem, self.journal, chunk)
                if new:
                    self._ledger.write("imported", *new)
                reasons += refused
                if progress is not None:
                    progress(len(chunk))
        return reasons
