"""What was done before for the same request, so that nothing is done twice."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from recourse_bandits.errors import (
    AdviceError,
    ClosedDecision,
    DecisionError,
    DescriptionError,
    OutcomeError,
    PersonError,
    RequestConflict,
)
from recourse_bandits.events import Imported
from recourse_bandits.journals import Journal
from recourse_bandits.problem import Context, Person, Problem
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study.checks import checked_measures, require_text
from recourse_bandits.study.fold import Fold
from recourse_bandits.study.look_ups import stored_decision
from recourse_bandits.study.realised import past_dose


class PastTreatment(NamedTuple):
    """A treatment that no study decided, with its outcome."""

    person: Person
    """Raw features as they really were at the time of the treatment."""
    arm: str
    """Name of the arm that was given."""
    measures: Mapping[str, Any]
    """Measured values by name; the reward's measure is needed."""
    subject: str | None = None
    """Opaque reference to the person."""
    request_id: str | None = None
    """The caller's name for the treatment."""
    dose: float | None = None
    """Dose that was taken, in the arm's unit; needed for an arm that has one."""


def decided_before(
    journal: Journal, fold: Fold, request_id: str, context: Context, subject: str | None
) -> Decision | Pending | None:
    """Return what was decided before for a request, or None.

    Parameters
    ----------
    journal
        Where it is stored.
    fold
        The study's state.
    request_id
        The caller's name for the decision.
    context
        The person of the request.
    subject
        Opaque reference to the person.

    Raises
    ------
    RequestConflict
        If the request was used for other content.
    ClosedDecision
        If it was withdrawn before it was decided.
    """
    first = journal.request(request_id)
    if first is None:
        return None
    if isinstance(first.body, Imported):
        raise RequestConflict(
            f"request {request_id!r} names a treatment that was imported; use another id"
        )
    number = first.body.id
    stored = stored_decision(journal, fold, number)
    check_same_request(stored, request_id, context, subject)
    if isinstance(stored, Pending) and number not in fold.pending:
        raise ClosedDecision(
            f"request {request_id!r} is decision {number}, which was withdrawn before it was "
            "decided; use another id"
        )
    return stored


def check_same_request(
    stored: Decision | Pending, request_id: str, context: Context, subject: str | None
) -> None:
    """Raise RequestConflict unless a repeated request has the content of the stored decision.

    Parameters
    ----------
    stored
        The decision made for the request before.
    request_id
        The caller's name for it.
    context
        The person of the repeated request.
    subject
        Its subject.
    """
    before = stored.context
    differing = [name for name, value in context.given.items() if before.given[name] != value]
    differing += ["subject"] if stored.subject != subject else []
    differing += ["eligible arms"] if (before.eligible != context.eligible).any() else []
    if differing:
        raise RequestConflict(
            f"request {request_id!r} was decided before (decision {stored.id}) for other content: "
            f"{', '.join(differing)} differ; use another id"
        )


def checked_import(
    problem: Problem,
    person: Person,
    arm: str,
    measures: Mapping[str, Any],
    subject: str | None = None,
    request_id: str | None = None,
    dose: float | None = None,
) -> Imported:
    """Return a past treatment as it is recorded, or raise what is wrong with it.

    Parameters
    ----------
    problem
        The problem.
    person
        Raw features as they really were.
    arm
        Name of the arm that was given.
    measures
        Measured values by name.
    subject
        Opaque reference to the person.
    request_id
        The caller's name for the treatment.
    dose
        Dose that was taken; None if the arm has none.
    """
    require_text(subject=subject, request_id=request_id)
    context = problem.context(person)
    given = problem.treatments[problem.arm_index(arm)]
    checked = checked_measures(problem, measures)
    if problem.reward.measure not in checked:
        raise OutcomeError(f"a past treatment needs its {problem.reward.measure}")
    return Imported(
        context.given, arm, checked, subject, request_id, past_dose(problem, given, checked, dose)
    )


def imported_before(journal: Journal, imported: Imported) -> bool:
    """Whether a past treatment of this request is recorded; RequestConflict if with other content.

    Parameters
    ----------
    journal
        Where it may be.
    imported
        The treatment.
    """
    if imported.request_id is None:
        return False
    first = journal.request(imported.request_id)
    if first is None:
        return False
    check_same_import(first.body, imported)
    return True


def check_same_import(before: Any, imported: Imported) -> None:
    """Raise RequestConflict unless a request names the same treatment as before.

    Parameters
    ----------
    before
        What the request was first used for.
    imported
        What it is used for now.
    """
    if before != imported:
        raise RequestConflict(
            f"request {imported.request_id!r} was used before, for "
            f"{'another treatment' if isinstance(before, Imported) else 'a decision'}; use another "
            "id"
        )


def checked_imports(
    problem: Problem, journal: Journal, treatments: Iterable[PastTreatment]
) -> tuple[list[Imported], list[str | None]]:
    """Return those of many past treatments that are new, and why each other one is refused.

    Parameters
    ----------
    problem
        The problem.
    journal
        Where some may be recorded already.
    treatments
        What shall be imported.

    Returns
    -------
    tuple
        What is to be recorded; and for each treatment the reason of its refusal, or None.
    """
    new: dict[object, Imported] = {}
    reasons: list[str | None] = []
    for treatment in treatments:
        reason = None
        try:
            imported = checked_import(problem, *_treatment(treatment))
            twice = new.get(imported.request_id)
            if twice is not None:
                check_same_import(twice, imported)
            elif not imported_before(journal, imported):
                new[imported.request_id or object()] = imported
        except (PersonError, AdviceError, OutcomeError, DecisionError, DescriptionError) as error:
            reason = str(error)
        reasons.append(reason)
    return list(new.values()), reasons


def _treatment(given: Any) -> PastTreatment:
    try:
        return PastTreatment(*given)
    except TypeError as error:
        raise DescriptionError(
            f"a treatment must be (person, arm, measures, subject, request_id, dose), got {given!r}"
        ) from error
