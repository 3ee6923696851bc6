"""The one path from a person to a decision; where the policy wants advice, by way of `asking`."""

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Context, Person
from recourse_bandits.records import Decision, Key, Pending, Stream
from recourse_bandits.study.asking import Asking
from recourse_bandits.study.checks import require_text
from recourse_bandits.study.chunks import CHUNK, chunks
from recourse_bandits.study.requests import decided_before

if TYPE_CHECKING:  # a fifth of a second that only previews need
    import polars as pl

    from recourse_bandits.study.table import Fallback

_POLICY = int(Stream.POLICY)  # kernels take plain integers


class Deciding(Asking):
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
            pending = self._addressed(Pending(number, proposal, request_id, subject))
            self._ledger.write("asked", pending)
            adviser_state = self._ledger.fold.adviser_state  # this question counted, none after it
        return self._ask(pending, adviser_state)

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
