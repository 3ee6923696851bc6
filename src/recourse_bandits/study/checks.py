"""What is checked before an event is written: on disk it must be applicable for ever."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from recourse_bandits.errors import (
    ClosedDecision,
    DescriptionError,
    IneligibleArm,
    InfeasibleAdvice,
    InvalidMeasure,
    OutcomeError,
    PendingDecision,
    RepeatedMeasure,
    RequestConflict,
    UnknownArm,
    UnknownDecision,
    UnknownMeasure,
)
from recourse_bandits.events import Imported, Observed, Withdrawn
from recourse_bandits.journals import Journal
from recourse_bandits.problem import Context, Person, Problem
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.records import Advice, Decision, Pending
from recourse_bandits.study.fold import Fold, Recorded

FEASIBLE = 1e-9
"""How far a point may be outside the feasible set, in the set's units."""


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


def check_advice(problem: Problem, advice: Advice, context: Context) -> None:
    """Raise AdviceError unless the pair is legal for this person.

    Parameters
    ----------
    problem
        The problem.
    advice
        The pair.
    context
        The person.
    """
    if not 0 <= advice.arm < len(problem.arms):
        raise UnknownArm(f"advised arm {advice.arm} must lie in 0..{len(problem.arms) - 1}")
    if not context.eligible[advice.arm]:
        raise IneligibleArm(
            f"advised arm {problem.arm_names[advice.arm]!r} may not be given to this person"
        )
    if advice.point.shape != context.values.shape:
        raise InfeasibleAdvice(
            f"an advised point must have shape {context.values.shape}, got {advice.point.shape}"
        )
    stays = bool((advice.point == context.values).all())
    violation = context.feasible.violation(context.values, advice.point)
    if violation > FEASIBLE and not stays:
        raise InfeasibleAdvice(
            f"the advised recourse is outside the feasible set by {violation:.4g} "
            f"(radius {context.feasible.radius:g}, {context.feasible.norm})"
        )


def require_text(**values: str | None) -> None:
    """Raise DescriptionError unless every value is a text or None.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise DescriptionError(f"{name} must be a text or None, got {value!r}")


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy with NumPy's scalars as Python's, as a journal can write them.

    Parameters
    ----------
    values
        Raw values by name.
    """
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in values.items()
    }


def checked_measures(problem: Problem, measures: Mapping[str, Any]) -> dict[str, float]:
    """Return measures as numbers, or raise OutcomeError.

    Parameters
    ----------
    problem
        The problem.
    measures
        Measured values by name.
    """
    reward = problem.reward
    if not isinstance(measures, Mapping):
        raise InvalidMeasure(
            f"measures must be a mapping such as {{{reward.measure!r}: 12.5}}, got {measures!r}"
        )
    for name in measures:
        if name != reward.measure:
            raise UnknownMeasure(
                f"unknown measure {name!r}{nearest(str(name), [reward.measure])}; the measure is "
                f"{reward.measure}"
            )
    checked = {name: reward.checked(value) for name, value in measures.items()}
    for number in checked.values():
        reward.value(number)  # the transformation may refuse what the bounds allow
    return checked


def check_realized(
    problem: Problem, decision: Decision, realized: Mapping[str, Any] | None, arm: str | None
) -> None:
    """Raise unless what really happened can be put into numbers.

    Parameters
    ----------
    problem
        The problem.
    decision
        The decision.
    realized
        Raw features that came out differently.
    arm
        Name of the arm that was really given.
    """
    if realized:
        problem.realised_point(decision.context, decision.choice.point, realized)
    if arm is not None:
        problem.arm_index(arm)


def checked_import(
    problem: Problem,
    person: Person,
    arm: str,
    measures: Mapping[str, Any],
    subject: str | None = None,
    request_id: str | None = None,
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
    """
    require_text(subject=subject, request_id=request_id)
    context = problem.context(person)
    problem.arm_index(arm)
    checked = checked_measures(problem, measures)
    if problem.reward.measure not in checked:
        raise OutcomeError(f"a past treatment needs its {problem.reward.measure}")
    return Imported(context.given, arm, checked, subject, request_id)


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


def stored_decision(journal: Journal, fold: Fold, decision_id: int) -> Decision | Pending:
    """Return a stored decision, or raise DecisionError.

    Parameters
    ----------
    journal
        Where it is stored.
    fold
        The study's state.
    decision_id
        Its number.
    """
    if not 0 <= decision_id < fold.decisions:
        known = f"decisions are numbered 0 to {fold.decisions - 1}"
        raise UnknownDecision(
            f"unknown decision {decision_id}; {known if fold.decisions else 'none was made yet'}"
        )
    bodies = [event.body for event in journal.decision(decision_id)]
    stored = [body for body in bodies if isinstance(body, Decision | Pending)]
    if not stored:
        raise ClosedDecision(f"decision {decision_id} is closed and no longer kept")
    return stored[-1]


def open_decision(
    journal: Journal, fold: Fold, decision_id: int, measures: Mapping[str, Any]
) -> Recorded:
    """Return what is known of a decision that waits for its outcome, or raise why it does not.

    Parameters
    ----------
    journal
        Where it is stored.
    fold
        The study's state.
    decision_id
        Its number.
    measures
        What is to be recorded for it.
    """
    known = fold.open.get(decision_id)
    if known is not None:
        for name in measures:
            if name in known.measures:
                raise _repeated(decision_id, name, known.measures[name])
        return known
    if decision_id in fold.pending:
        raise PendingDecision(
            f"decision {decision_id} still waits for advice: settle it or withdraw it first"
        )
    stored_decision(journal, fold, decision_id)
    for event in journal.decision(decision_id):
        if isinstance(event.body, Withdrawn):
            raise ClosedDecision(f"decision {decision_id} was withdrawn")
        if isinstance(event.body, Observed):
            for name in measures:
                if name in event.body.measures:
                    raise _repeated(decision_id, name, event.body.measures[name])
    raise ClosedDecision(f"decision {decision_id} has its outcome already; use correct")


def observed_measures(journal: Journal, decision_id: int) -> dict[str, float]:
    """Return the measures observed for a decision; raise OutcomeError if there are none.

    Parameters
    ----------
    journal
        Where they are stored.
    decision_id
        Number of the decision.
    """
    observed: dict[str, float] = {}
    for event in journal.decision(decision_id):
        if isinstance(event.body, Observed):
            observed.update(event.body.measures)
    if not observed:
        raise OutcomeError(f"decision {decision_id} has no outcome to correct yet")
    return observed


def _repeated(decision_id: int, name: str, value: float) -> RepeatedMeasure:
    return RepeatedMeasure(
        f"decision {decision_id} already has {name} = {value:g}; each measure is accepted once; "
        "use correct to change it"
    )
