"""A study: policy, adviser, journal and seed; the only object that changes."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import TYPE_CHECKING, Any

from recourse_bandits._version import __version__
from recourse_bandits.advisers import Adviser
from recourse_bandits.errors import (
    ClosedDecision,
    DescriptionError,
    PendingDecision,
)
from recourse_bandits.events import (
    Began,
    Withdrawn,
)
from recourse_bandits.journals import Journal, open_journal
from recourse_bandits.policies import AnyPolicy, Policy, policy_to_json
from recourse_bandits.problem import Context, Person, Problem
from recourse_bandits.records import (
    Advice,
    Consultation,
    Decision,
    Key,
    Later,
    NoAdvice,
    Pending,
    Stream,
)
from recourse_bandits.study.beginning import beginning_of
from recourse_bandits.study.checks import (
    check_advice,
    require_text,
)
from recourse_bandits.study.chunks import chunks
from recourse_bandits.study.corrections import recorded
from recourse_bandits.study.explanation import explained
from recourse_bandits.study.fold import Recorded
from recourse_bandits.study.ledger import Ledger
from recourse_bandits.study.look_ups import (
    open_decision,
    stored_decision,
    whole_number,
)
from recourse_bandits.study.outcomes import Observation, Outcomes
from recourse_bandits.study.recommendation import decision_of
from recourse_bandits.study.requests import (
    PastTreatment,
    checked_import,
    checked_imports,
    decided_before,
    imported_before,
)
from recourse_bandits.study.verification import Verification, verified

if TYPE_CHECKING:  # a fifth of a second that only previews need
    import polars as pl

    from recourse_bandits.study.table import Fallback

_MAX_SEED = 2**63
_TABLE_CHUNK = 1000  # rows of a table that are recorded at a time
_POLICY, _ADVISER = int(Stream.POLICY), int(Stream.ADVISER)  # kernels take plain integers


def _now() -> datetime:
    return datetime.now(UTC)


class Study:
    """Decide for people as they come, learn as their outcomes arrive.

    Parameters
    ----------
    problem
        What is decided.
    policy
        How it is decided.
    adviser
        Who is asked when the policy wants advice. None: `decide` then returns a `Pending`, to be
        completed by `settle`.
    journal
        Where events are kept: ``sqlite:///FILE``, a journal, or None for memory. An empty journal
        is begun; one that holds events of the same problem, policy and seed is continued.
    seed
        Source of all randomness, 0 <= seed < 2**63.
    clock
        Returns the UTC time that events carry; nothing is computed from it.

    Raises
    ------
    DescriptionError
        If the problem has unscaled features or the seed is out of range.
    JournalError
        If the journal belongs to another problem, policy or seed.

    Examples
    --------
    >>> import recourse_bandits as rb
    >>> problem = rb.Problem(
    ...     features=[rb.Feature("activity", mutable=True, mean=3, scale=2, bounds=(0, 20))],
    ...     arms=["a", "b"],
    ...     budget=rb.Budget("l2", 1.0),
    ...     reward=rb.Reward("drop", noise=1, coefficient_bound=5),
    ... )
    >>> study = rb.Study(problem, rb.GLRB(), seed=1)
    >>> decision = study.decide({"activity": 2})
    >>> decision.recourse.target
    {'activity': 0.0}
    >>> study.observe(decision.id, {"drop": 3.0}, realized={"activity": 3})
    """

    def __init__(
        self,
        problem: Problem,
        policy: AnyPolicy,
        adviser: Adviser | None = None,
        *,
        journal: Journal | str | None = None,
        seed: int = 0,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        for what, given, kind in (
            ("problem", problem, Problem),
            ("policy", policy, Policy),
            ("adviser", adviser, Adviser | None),
        ):
            if not isinstance(given, kind):
                raise DescriptionError(f"{what} must be a {what} object, got {given!r}")
        if not isinstance(seed, int) or not 0 <= seed < _MAX_SEED:
            raise DescriptionError(f"seed must be a whole number in [0, 2**63), got {seed!r}")
        problem.columns  # noqa: B018 - a problem that is not scaled yet is refused here
        self.problem = problem
        self.policy = policy
        self.adviser = adviser
        self.seed = seed
        self.journal = open_journal(journal)
        # one call at a time reads and writes; none waits while somebody is asked
        self._lock = RLock()
        began = Began(problem.to_json(), policy_to_json(policy), seed, __version__)
        try:
            self._ledger = Ledger(problem, policy, adviser, self.journal, began, clock)
            self._outcomes = Outcomes(self._ledger, problem)
        except BaseException:
            if self.journal is not journal:  # opened here
                self.journal.close()
            raise

    @classmethod
    def open(
        cls,
        journal: Journal | str,
        adviser: Adviser | None = None,
        *,
        clock: Callable[[], datetime] = _now,
    ) -> "Study":
        """Open a study from its journal alone, which holds problem, policy and seed.

        Parameters
        ----------
        journal
            ``sqlite:///FILE`` or a journal that is not empty.
        adviser
            Who is asked from now on.
        clock
            Returns the UTC time that events carry.

        Raises
        ------
        JournalError
            If the journal is empty or cannot be read.
        DescriptionError
            If its policy is not known here, or in another version.
        """
        kept = open_journal(journal)
        try:
            problem, policy, seed = beginning_of(kept)
            return cls(problem, policy, adviser, journal=kept, seed=seed, clock=clock)
        except BaseException:
            if kept is not journal:
                kept.close()
            raise

    def close(self) -> None:
        """Give up the journal; a file can then be opened by another process."""
        with self._lock:
            self._ledger.close()

    def __enter__(self) -> "Study":
        """Return the study; leaving the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the study."""
        self.close()

    # -- deciding -----------------------------------------------------------------------------

    def decide(
        self,
        person: Person | Context,
        *,
        request_id: str | None = None,
        subject: str | None = None,
        eligible: Collection[str] | None = None,
    ) -> Decision | Pending:
        """Decide for one person.

        Parameters
        ----------
        person
            Raw feature values: a mapping, a table's row, or a sequence in the features' order.
        request_id
            The caller's name for this decision. Asked again with the same content, the stored
            decision is returned.
        subject
            Opaque reference to the person, never a name.
        eligible
            Names of the arms that may be given; None: all, as far as their own rules allow.

        Returns
        -------
        Decision or Pending
            Pending if advice is wanted and will come later.

        Raises
        ------
        PersonError
            If a feature is refused or no arm may be given.
        RequestConflict
            If the request id was used for other content.
        """
        require_text(request_id=request_id, subject=subject)
        context = self.problem.context(person, eligible)
        with self._lock:
            if request_id is not None:
                before = decided_before(
                    self.journal, self._ledger.fold, request_id, context, subject
                )
                if before is not None:
                    return before
            number = self._ledger.fold.decisions
            proposal = self.policy.propose(
                self._ledger.fold.policy_state, context, Key(self.seed, number, _POLICY)
            )
            if not proposal.asks:
                return self._settled(Pending(number, proposal, request_id, subject), None)
            deadline = None
            if self.adviser is not None and self.adviser.answer_within is not None:
                deadline = self._ledger.now() + timedelta(seconds=self.adviser.answer_within)
            pending = Pending(number, proposal, request_id, subject, deadline)
            self._ledger.write("asked", pending)
        return self._ask(pending)

    def settle(
        self, decision_id: int, advice: Advice | None, *, reason: str = "no advice was given"
    ) -> Decision:
        """Complete a pending decision with advice, or without.

        Parameters
        ----------
        decision_id
            Number of the pending decision.
        advice
            The adviser's pair, from `advice` for example; None: the policy decides.
        reason
            Why there is no advice; kept with the decision.

        Raises
        ------
        DecisionError
            If no such decision is pending.
        AdviceError
            If the pair is not legal for this person; the decision stays pending.
        """
        require_text(reason=reason)
        with self._lock:
            decision_id = whole_number(decision_id)
            pending = self._ledger.fold.pending.get(decision_id)
            if pending is None:
                stored = self.decision(decision_id)
                decided = f"was decided ({stored.arm})" if isinstance(stored, Decision) else None
                raise ClosedDecision(
                    f"decision {decision_id} is not pending: it {decided or 'was withdrawn'}"
                )
            if advice is not None:
                advice = replace(advice, point=advice.point.copy())
                check_advice(self.problem, advice, pending.context)
            return self._settled(pending, NoAdvice(reason) if advice is None else advice)

    def advice(
        self,
        pending: Pending,
        arm: str,
        target: Mapping[str, Any] | None = None,
        *,
        note: str = "",
    ) -> Advice:
        """Put a person's or model's advice for a pending decision into numbers.

        Parameters
        ----------
        pending
            The pending decision.
        arm
            Name of the advised arm.
        target
            Raw values that the features should reach; those left out stay as they are.
        note
            Kept with the advice.

        Raises
        ------
        AdviceError
            If the pair is not legal for this person.
        PersonError
            If a feature of the target is unknown or its value refused.
        """
        context = pending.context
        point = self.problem.realised_point(context, context.values, target or {})
        advice = Advice(self.problem.arm_index(arm), point, note)
        check_advice(self.problem, advice, context)
        return advice

    def preview_many(
        self, people: Any, *, eligible: Collection[str] | None = None
    ) -> "pl.DataFrame":
        """Propose for a table of people; nothing is recorded and nobody is asked.

        Row i is what would be proposed now to the i-th accepted person, were they next in line.

        Parameters
        ----------
        people
            A polars or pandas frame, a mapping of columns, a matrix, or a sequence of persons.
        eligible
            Names of the arms that may be given; None: all, as far as their own rules allow.

        Returns
        -------
        polars.DataFrame
            One row a person: `row`, `refused` (why, or null), `arm`, `mean`, `low`, `high`, `asks`,
            `explored`, `propensity`, `no_recourse`, and `target.NAME` for every mutable feature.
        """
        from recourse_bandits.study.preview import previewed

        with self._lock:
            state, key = self.state, Key(self.seed, self._ledger.fold.decisions, _POLICY)
        return previewed(self.problem, self.policy, state, people, eligible, key)

    def decide_many(
        self,
        people: Any,
        *,
        request_ids: Iterable[str | None] | None = None,
        subjects: Iterable[str | None] | None = None,
        eligible: Collection[str] | None = None,
        fallback: "Fallback" = "policy",
        progress: Callable[[int], None] | None = None,
    ) -> "pl.DataFrame":
        """Decide for a table of people, all from the present state; nobody is asked.

        Rows are recorded a thousand at a time. A row whose person is refused does not touch the
        others. With request ids, a second call decides only what the first one did not record.
        Other threads wait meanwhile.

        Parameters
        ----------
        people
            A polars or pandas frame, a mapping of columns, a matrix, or a sequence of persons.
        request_ids
            The caller's name for each row's decision, as for `decide`.
        subjects
            Opaque reference to each row's person.
        eligible
            Names of the arms that may be given; None: all, as far as their own rules allow.
        fallback
            What is done for a person for whom the policy wants advice: `policy` lets it decide
            without, and the decision says so (`Decision.unasked`); `refuse` refuses the row.
        progress
            Called with the number of further rows that are done.

        Returns
        -------
        polars.DataFrame
            One row a person: `row`, `request_id`, `subject`, `decision` (its number), `repeated`
            (whether it was made before), `refused` (why there is none) with `refused_feature` and
            `refused_value`, `arm`, `mean`, `low`, `high`, `unasked`, `explored`, `propensity`,
            `no_recourse`, `cost`, and `target.NAME` and `change.NAME` for every mutable feature.

        Raises
        ------
        DescriptionError
            If an argument is wrong.
        JournalError
            If the journal cannot be written; rows of the thousands before are recorded.
        """
        import polars as pl

        from recourse_bandits.study.table import TableOfPeople, framed, requested

        if fallback not in ("policy", "refuse"):
            raise DescriptionError(f"fallback must be 'policy' or 'refuse', got {fallback!r}")
        rows = requested(people, request_ids, subjects)
        frames = [framed(self.problem, ())]
        offered = eligible if eligible is None or isinstance(eligible, str) else tuple(eligible)
        with self._lock:
            table = TableOfPeople(self._ledger, self.problem, self.policy, self.seed, fallback)
            for chunk in chunks(rows, _TABLE_CHUNK):
                table.decide(chunk, offered)
                frames.append(framed(self.problem, chunk))
                if progress is not None:
                    progress(len(chunk))
        return pl.concat(frames)

    # -- learning -----------------------------------------------------------------------------

    def observe(
        self,
        decision_id: int,
        measures: Mapping[str, float],
        *,
        realized: Mapping[str, Any] | None = None,
        arm: str | None = None,
    ) -> None:
        """Record what was measured after a decision; each measure is accepted once.

        Parameters
        ----------
        decision_id
            Number of the decision.
        measures
            Measured values by name, in their units.
        realized
            Raw values of the features that came out differently than recommended; with or before
            the first measure.
        arm
            Name of the arm that was really given, if another than recommended; likewise.

        Raises
        ------
        OutcomeError
            If a measure is unknown, given twice, or not a possible value.
        DecisionError
            If the decision is unknown, pending or closed.
        PersonError
            If a realized feature is unknown or its value refused.
        """
        observation = Observation(decision_id, measures, realized, arm)
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
            Corrected name of the arm that was given; None keeps it.

        Raises
        ------
        DecisionError
            If the decision is unknown or has no outcome.
        OutcomeError
            If a measure was never observed, or is not a possible value.
        JournalError
            If the journal does not keep what a refold needs.
        """
        observation = Observation(decision_id, measures or {}, realized, arm)
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
            If a measure is unknown, absent or not a possible value.
        RequestConflict
            If the request id was used for something else.
        """
        imported = checked_import(self.problem, person, arm, measures, subject, request_id)
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
            for chunk in chunks(treatments, _TABLE_CHUNK):
                new, refused = checked_imports(self.problem, self.journal, chunk)
                if new:
                    self._ledger.write("imported", *new)
                reasons += refused
                if progress is not None:
                    progress(len(chunk))
        return reasons

    def refresh(self) -> None:
        """Read the journal again, after a JournalConflict told that somebody else has appended."""
        with self._lock:
            self._ledger.refresh()

    # -- looking ------------------------------------------------------------------------------

    @property
    def state(self) -> Any:
        """A copy of the policy's state."""
        with self._lock:
            return _copied(self._ledger.fold.policy_state)

    @property
    def decisions(self) -> int:
        """Number of decisions made or pending; the next one gets this number."""
        return self._ledger.fold.decisions

    @property
    def pending(self) -> tuple[Pending, ...]:
        """Decisions that wait for advice."""
        return tuple(self._ledger.fold.pending.values())

    @property
    def open_decisions(self) -> tuple[int, ...]:
        """Numbers of the decisions whose outcome is not complete."""
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

    def verify(self, progress: Callable[[int], None] | None = None) -> Verification:
        """Prove that every decision and the state follow from the journal: replay and compare.

        Other threads wait meanwhile; `recourse verify` does not keep them.

        Parameters
        ----------
        progress
            Called with the number of further events that are done.

        Raises
        ------
        JournalError
            If an event is missing or damaged, or the journal keeps open decisions only.
        """
        with self._lock:
            return verified(self.journal, state=self.state, progress=progress)

    # -- the one path from proposal to decision --------------------------------------------------

    def _ask(self, pending: Pending) -> Decision | Pending:
        if self.adviser is None:
            return pending
        key = Key(self.seed, pending.id, _ADVISER)
        question, state = self._ledger.fold.question(pending), self._ledger.fold.adviser_state
        try:
            answer = self.adviser.advise(state, question, key)
            if not isinstance(answer, Advice | NoAdvice | Later):
                answer = NoAdvice(f"the adviser returned {answer!r}, which is no answer")
            if isinstance(answer, Advice):
                answer = replace(answer, point=answer.point.copy())
                check_advice(self.problem, answer, pending.context)
        except Exception as error:  # noqa: BLE001 - a failing adviser is a legal input
            answer = NoAdvice(f"{type(error).__name__}: {error}")
        if isinstance(answer, Later):
            return pending
        with self._lock:
            if pending.id not in self._ledger.fold.pending:  # settled or withdrawn meanwhile
                return self.decision(pending.id)
            return self._settled(pending, answer)

    def _settled(self, pending: Pending, answer: Advice | NoAdvice | None) -> Decision:
        given = answer if isinstance(answer, Advice) else None
        reason = answer.reason if isinstance(answer, NoAdvice) else None
        consultation = None if answer is None else Consultation(given, reason)
        choice = self.policy.settle(self._ledger.fold.policy_state, pending.proposal, given)
        decision = decision_of(self.problem, pending, choice, consultation)
        self._ledger.write("decided", decision)
        return decision


def _copied(state: Any) -> Any:
    """Return a copy of a state, nested as it may be."""
    if isinstance(state, tuple):
        return type(state)(*(_copied(part) for part in state))
    return state.copy() if hasattr(state, "copy") else state
