"""Format 1 of the journal: what is written here must be readable for ever.

Every event is a JSON object with ``event`` (its kind), ``number`` (from 0, without gaps), ``time``
(UTC, ISO 8601, from the study's clock; folding never reads it) and the fields below. Numbers are
written so that they read back exactly; NaN and infinities are written as null.

=============  =================================================================================
kind           fields
=============  =================================================================================
began          journal_format (1), package_version, problem, policy (name, algorithm_version,
               parameters), seed
asked          decision (the reserved number), request_id, subject, context, proposal, deadline,
               addressee (who is asked, where the adviser chooses among several; else absent)
decided        decision, request_id, subject, context, arm, recourse, no_recourse, choice,
               proposal, consultation, batch; `context` and `proposal` are null after an `asked`
               event of the same decision, which holds them
observed       decision, measures, realized, arm (name, or null: as recommended), reason (why
               something came out differently; absent where none was stated)
corrected      decision, measures, realized, arm: the new values; null keeps the old; reason,
               absent where the old one is kept
withdrawn      decision, reason
imported       person (raw values), arm, measures, subject, request_id, dose: a past treatment
               with its outcome
=============  =================================================================================

``context``: given (raw values), eligible (arm numbers), imputed. ``proposal``: arm, point, mean,
high, ruled_out, asks, explored, propensity, trace, and with a link low (without it, each bound is
as far below the mean as high is above), and where the policy chooses doses, doses (of each arm;
null of one that has none). ``choice``: arm, point, mean, low, high, source, vetoed, explored,
propensity, trace, and the dose of an arm that has one. ``realized`` holds the dose that was taken,
where it was another one, as ``dose``. ``consultation``: given (arm, point, note) or reason, and
exchange (`Exchange`; absent where nothing is known of it); null if nobody was asked. ``batch``:
number of the first decision of its table (`Study.decide_many`), all of which were chosen from the
state before that decision; absent for a decision of its own. Arms are numbers in the problem's
order. Points are the mutable columns only, in the order of `Problem.mutable_columns`, scaled; the
others are the person's. A choice's point is null if it is the proposal's. An imported treatment
without ``request_id`` or ``dose`` has no such field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

JOURNAL_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a journal.

    Parameters
    ----------
    number
        Its position, from 0.
    time
        When it was written, UTC.
    kind
        `began`, `asked`, `decided`, `observed`, `corrected`, `withdrawn` or `imported`.
    body
        The record it carries: a `Began`, `Pending`, `Decision`, `Observed`, `Corrected`,
        `Withdrawn` or `Imported`.
    """

    number: int
    time: datetime
    kind: str
    body: Any


@dataclass(frozen=True, slots=True)
class Began:
    """What a study is: enough to open it again without any argument.

    Parameters
    ----------
    problem
        The resolved problem as JSON.
    policy
        The policy as JSON.
    seed
        The study's seed.
    package_version
        Which version of this package began it.
    journal_format
        Always 1 here.
    """

    problem: Mapping[str, Any]
    policy: Mapping[str, Any]
    seed: int
    package_version: str
    journal_format: int = JOURNAL_FORMAT


@dataclass(frozen=True, slots=True)
class Observed:
    """Measures that arrived for a decision, in one call.

    Parameters
    ----------
    decision
        Its number.
    measures
        Measured values by name, raw.
    realized
        Raw features that came out differently than recommended.
    arm
        Name of the arm that was really given; None: as recommended.
    reason
        Why something came out differently; None: none was stated.
    """

    decision: int
    measures: Mapping[str, float]
    realized: Mapping[str, Any] | None = None
    arm: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """New values for what was observed; None keeps the old ones.

    Parameters
    ----------
    decision
        Number of the decision.
    measures
        Corrected values by name.
    realized
        Corrected features.
    arm
        Corrected name of the arm that was given.
    reason
        Corrected reason why something came out differently.
    """

    decision: int
    measures: Mapping[str, float]
    realized: Mapping[str, Any] | None = None
    arm: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A decision closed without an outcome.

    Parameters
    ----------
    decision
        Its number.
    reason
        Why.
    """

    decision: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """A past treatment with its outcome, not decided by the study.

    Parameters
    ----------
    person
        Raw features as they really were at the time of the treatment.
    arm
        Name of the arm that was given.
    measures
        Measured values by name.
    subject
        Opaque reference to the person.
    request_id
        The caller's name for this treatment.
    dose
        Dose that was taken, in the arm's unit; None if the arm has none.
    """

    person: Mapping[str, Any]
    arm: str
    measures: Mapping[str, float]
    subject: str | None = None
    request_id: str | None = None
    dose: float | None = None


def decision_of(event: Event) -> int | None:
    """Return the number of the decision that an event belongs to, if any.

    Parameters
    ----------
    event
        The event.
    """
    if event.kind in ("asked", "decided"):
        return int(event.body.id)
    number: int | None = getattr(event.body, "decision", None)
    return number
