"""From a choice in numbers to a decision that a person can read."""

from dataclasses import replace

import numpy as np

from recourse_bandits.errors import InfeasibleAdvice
from recourse_bandits.problem import Arm, Context, Problem
from recourse_bandits.problem.feasible import FEASIBLE
from recourse_bandits.records import Array, Choice, Consultation, Decision, Pending


def decision_of(
    problem: Problem,
    pending: Pending,
    choice: Choice,
    consultation: Consultation | None,
    *,
    batch: int | None = None,
) -> Decision:
    """Describe a choice: names, raw units, and the reason where no change is recommended.

    Parameters
    ----------
    problem
        The problem.
    pending
        The proposal and whom it is for.
    choice
        What was chosen.
    consultation
        Question and answer, or None if nobody was asked.
    batch
        Number of the first decision of its table, or None.
    """
    context = pending.context
    effort = _checked_effort(context, choice)
    if problem.doses is not None:
        choice = with_dose(problem.treatments[choice.arm], choice)
    reason = no_recourse(context, choice.point)
    if reason is None:
        return Decision.recommending(problem, effort, pending, choice, consultation, batch)
    return Decision(
        pending.id,
        context,
        problem.arm_names[choice.arm],
        None,
        reason,
        choice,
        pending.proposal,
        consultation,
        pending.request_id,
        pending.subject,
        batch,
    )


def _checked_effort(context: Context, choice: Choice) -> float:
    """Return the effort of a choice, or raise InfeasibleAdvice for a policy's mistake.

    No illegal recourse is ever issued.
    """
    feasible, effort = context.feasible, 0.0
    legal = context.eligible[choice.arm]
    difference = choice.point - context.values
    moved = np.count_nonzero(difference)
    if moved:  # not a number counts as a move
        change = difference[feasible.mutable]
        effort = feasible.effort(change)
        legal = legal and moved == np.count_nonzero(change)
        if effort > 0.0 and feasible.moves is None:
            legal = legal and _inside(change, feasible.lower, feasible.upper)
            legal = legal and effort <= feasible.radius * (1.0 + FEASIBLE) + FEASIBLE
        else:  # steps and links; and free changes, which take no effort but have bounds
            legal = legal and feasible.violation(context.values, choice.point) <= FEASIBLE
    if not legal:
        raise InfeasibleAdvice(
            f"the policy chose arm {choice.arm} with a recourse that this person's feasible set "
            "does not allow, or an arm that may not be given: a mistake of the policy"
        )
    return effort


def with_dose(arm: Arm, choice: Choice) -> Choice:
    """Return a choice with the dose that is issued, or raise InfeasibleAdvice for a mistake.

    Parameters
    ----------
    arm
        The chosen arm.
    choice
        The choice; without a dose, the arm is given in its first one.
    """
    if choice.dose is None:
        return choice if arm.dose is None else replace(choice, dose=arm.dose.first)
    if arm.dose is None or arm.dose.issued(choice.dose) != choice.dose:
        allowed = "has none" if arm.dose is None else f"is given in {arm.dose}"
        raise InfeasibleAdvice(
            f"the policy chose the dose {choice.dose} of arm {arm.name!r}, which {allowed}: a "
            "mistake of the policy"
        )
    return choice


def _inside(change: Array, lower: Array, upper: Array) -> bool:
    """Whether a change is in a box, or outside it by a rounding."""
    if np.count_nonzero((change >= lower) & (change <= upper)) == change.size:
        return True
    near = (change >= lower - FEASIBLE) & (change <= upper + FEASIBLE)
    return bool(near.all())


def no_recourse(context: Context, point: Array) -> str | None:
    """Say why a chosen point is no recourse, or return None.

    Parameters
    ----------
    context
        The person.
    point
        The chosen columns, shape (d,).
    """
    if not context.feasible.mutable.size:
        return "no feature is mutable"
    stays_outside = (
        context.must_change
        and context.no_recourse is None
        and context.feasible.violation(context.values, point) > FEASIBLE
    )
    if stays_outside:
        return "a feature is outside its bounds, and no change was chosen"
    return context.no_recourse
