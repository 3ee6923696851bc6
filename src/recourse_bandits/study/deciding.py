"""The one path from a person to a decision, with a question to an adviser on the way."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from recourse_bandits.errors import ClosedDecision, DescriptionError
from recourse_bandits.problem import Context, Person
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
from recourse_bandits.study.checks import checked_advice, require_text, writable
from recourse_bandits.study.chunks import CHUNK, chunks
from recourse_bandits.study.look_ups import whole_number
from recourse_bandits.study.looking import Looking
from recourse_bandits.study.recommendation import decision_of
from recourse_bandits.study.requests import decided_before

if TYPE_CHECKING:  # a fifth of a second that only previews need
    import polars as pl

    from recourse_bandits.study.table import Fallback

_POLICY, _ADVISER = int(Stream.POLICY), int(Stream.ADVISER)  # kernels take plain integers


class Deciding(Looking):
    """The part of a study that decides."""

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
            fold = self._ledger.fold
            if request_id is not None:
                before = decided_before(self.journal, fold, request_id, context, subject)
                if before is not None:
                    return before
            number = fold.decisions
            key = Key(self.seed, number, _POLICY)
            proposal = self.policy.propose(fold.policy_state, context, key)
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
                advice = checked_advice(self.problem, advice, pending.context)
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
        return checked_advice(self.problem, advice, context)

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

        from recourse_bandits.study.rows import framed
        from recourse_bandits.study.table import TableOfPeople, requested

        if fallback not in ("policy", "refuse"):
            raise DescriptionError(f"fallback must be 'policy' or 'refuse', got {fallback!r}")
        rows = requested(people, request_ids, subjects)
        frames = [framed(self.problem, ())]
        offered = eligible if eligible is None or isinstance(eligible, str) else tuple(eligible)
        with self._lock:
            table = TableOfPeople(self._ledger, self.problem, self.policy, self.seed, fallback)
            for chunk in chunks(rows, CHUNK):
                table.decide(chunk, offered)
                frames.append(framed(self.problem, chunk))
                if progress is not None:
                    progress(len(chunk))
        return pl.concat(frames)

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
                answer = checked_advice(self.problem, answer, pending.context)
        except Exception as error:  # noqa: BLE001 - a failing adviser is a legal input
            answer = NoAdvice(f"{type(error).__name__}: {error}")
        if isinstance(answer, Later):
            return pending
        with self._lock:
            if pending.id not in self._ledger.fold.pending:  # settled or withdrawn meanwhile
                return self.decision(pending.id)
            return self._settled(pending, answer)

    def _settled(self, pending: Pending, answer: Advice | NoAdvice | None) -> Decision:
        given, consultation = None, None
        if isinstance(answer, Advice):
            given, consultation = answer, Consultation(answer, None)
        elif answer is not None:
            consultation = Consultation(None, writable(answer.reason))
        choice = self.policy.settle(self._ledger.fold.policy_state, pending.proposal, given)
        decision = decision_of(self.problem, pending, choice, consultation)
        self._ledger.write("decided", decision)
        return decision
