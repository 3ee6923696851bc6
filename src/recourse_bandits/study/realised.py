"""What people made of a recommendation, checked before it is recorded."""

from collections.abc import Collection, Mapping
from typing import Any

from recourse_bandits.errors import DescriptionError, OutcomeError, UnexplainedChange
from recourse_bandits.events import Corrected, Observed
from recourse_bandits.problem import Arm, Problem, RawValue
from recourse_bandits.problem.dose import DOSE
from recourse_bandits.records import Decision
from recourse_bandits.study.checks import require_text
from recourse_bandits.study.happened import Recorded


def checked_realized(
    problem: Problem,
    decision: Decision,
    realized: Mapping[str, Any] | None,
    arm: str | None,
    reason: str | None,
) -> dict[str, RawValue] | None:
    """Return what really happened as raw values that a journal can write, or raise.

    Parameters
    ----------
    problem
        The problem.
    decision
        The decision.
    realized
        Raw features that came out differently, and the dose if it did.
    arm
        Name of the arm that was really given.
    reason
        Why something came out differently, or None.

    Raises
    ------
    OutcomeError
        If `realized` is no mapping, a dose is missing, refused or of an arm that has none, or the
        reason no text or blank.
    PersonError
        If a feature is unknown, its value refused, or nobody can change it and no reason is stated.
    UnknownArm
        If the arm is unknown.
    """
    _require_reason(reason)
    if arm is not None:
        problem.arm_index(arm)
    if realized is not None and not isinstance(realized, Mapping):
        raise OutcomeError(
            f"realized must be a mapping of features to raw values, got {realized!r}"
        )
    if realized is None:
        return None
    features = dict(realized)
    taken: dict[str, RawValue] = {}
    if problem.doses is not None and DOSE in features:
        given = problem.treatments[problem.arm_index(arm or decision.arm)]
        taken[DOSE] = _taken(given, features.pop(DOSE))
    known = problem.realised_values(features)
    if reason is None:
        _require_unchanged(problem, decision.context.given, known)
    return known | taken


def require_dose(
    problem: Problem,
    decision: Decision,
    before: Recorded,
    after: Recorded,
    told: Observed | Corrected,
) -> None:
    """Raise OutcomeError if the dose that was taken is not known, or there is none to be judged.

    Parameters
    ----------
    problem
        The problem.
    decision
        The decision.
    before, after
        What is recorded, and what will be.
    told
        What is recorded now.
    """
    if problem.doses is None:
        return
    name = after.arm or decision.arm
    dose = problem.treatments[problem.arm_index(name)].dose
    if dose is None:
        _require_none(problem, decision, after, told)
        return
    another = name != (before.arm or decision.arm)
    known = (told.realized or {}) if another else after.realized
    instead = (before.arm or decision.arm) if another else decision.arm
    if after.measures and DOSE not in known and (another or name != decision.arm):
        raise OutcomeError(
            f"decision {decision.id}: {name!r} was given instead of "
            f"{instead!r}, but its dose is not "
            f"known; say which, realized={{{DOSE!r}: ...}} in {dose.unit}"
        )


def _require_none(
    problem: Problem, decision: Decision, after: Recorded, told: Observed | Corrected
) -> None:
    name, sub = after.arm or decision.arm, problem.sub_outcome
    if sub is not None and sub.measure in told.measures:
        raise OutcomeError(
            f"decision {decision.id}: {name!r} has no dose that {sub.measure} could judge; leave "
            f"{sub.measure} out"
        )
    if DOSE in after.realized:
        raise OutcomeError(
            f"decision {decision.id}: {name!r} has no dose, but {after.realized[DOSE]:g} was "
            "reported as taken; record the outcome, then correct all that was realized"
        )


def past_dose(problem: Problem, arm: Arm, measures: Collection[str], dose: object) -> float | None:
    """Return the dose of a past treatment as a number, or raise OutcomeError.

    Parameters
    ----------
    problem
        The problem.
    arm
        The arm that was given.
    measures
        Names of what was measured.
    dose
        Dose that was taken, or None.
    """
    sub = problem.sub_outcome
    if arm.dose is None and sub is not None and sub.measure in measures:
        raise OutcomeError(
            f"{arm.name!r} has no dose that {sub.measure} could judge; leave {sub.measure} out"
        )
    if dose is None and arm.dose is not None:
        raise OutcomeError(f"a past treatment with {arm.name!r} needs its dose in {arm.dose.unit}")
    return None if dose is None else _taken(arm, dose)


def _taken(arm: Arm, reported: object) -> float:
    if arm.dose is None:
        raise OutcomeError(f"a dose was taken, but {arm.name!r} has none: leave it out")
    return arm.dose.taken(reported)


def _require_reason(reason: Any) -> None:
    try:
        require_text(reason=reason)
    except DescriptionError as error:
        raise OutcomeError(str(error)) from error
    if reason is not None and not reason.strip():
        raise OutcomeError(f"reason must say something, or be left out, got {reason!r}")


def _require_unchanged(
    problem: Problem, given: Mapping[str, Any], known: Mapping[str, RawValue]
) -> None:
    for feature in problem.features:
        name = feature.name
        if not feature.mutable and name in known and known[name] != given.get(name):
            raise UnexplainedChange(
                f"{name!r} is immutable and was {given.get(name)!r} at the decision, got "
                f"{known[name]!r}: leave it out, or say with reason=... why it differs",
                feature=name,
                value=known[name],
            )
