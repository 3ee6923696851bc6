"""A study: policy, adviser, journal and seed; the only object that changes."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import RLock

from recourse_bandits._version import __version__
from recourse_bandits.advisers import Adviser
from recourse_bandits.errors import DescriptionError
from recourse_bandits.events import Began
from recourse_bandits.journals import Journal, open_journal
from recourse_bandits.policies import AnyPolicy, Policy, policy_to_json
from recourse_bandits.problem import Problem
from recourse_bandits.study.beginning import beginning_of
from recourse_bandits.study.deciding import Deciding
from recourse_bandits.study.learning import Learning
from recourse_bandits.study.ledger import Ledger
from recourse_bandits.study.outcomes import Outcomes
from recourse_bandits.study.verification import Verification, verified

_MAX_SEED = 2**63
_LONGEST_WAIT = 1e9  # seconds; some thirty years


def _now() -> datetime:
    return datetime.now(UTC)


class Study(Deciding, Learning):
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
        whole = isinstance(seed, int) and not isinstance(seed, bool)
        if not whole or not 0 <= seed < _MAX_SEED:
            raise DescriptionError(f"seed must be a whole number in [0, 2**63), got {seed!r}")
        waits = None if adviser is None else adviser.answer_within
        if waits is not None and not 0 <= waits <= _LONGEST_WAIT:
            raise DescriptionError(
                f"answer_within must be None or seconds in [0, {_LONGEST_WAIT:g}], got {waits!r}"
            )
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

    def refresh(self) -> None:
        """Read the journal again, after a JournalConflict told that somebody else has appended."""
        with self._lock:
            self._ledger.refresh()

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
            known = self._ledger.fold.events  # another process may have written more
            return verified(self.journal, until=known, state=self.state, progress=progress)
