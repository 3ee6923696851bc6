"""From a choice in numbers to a decision that a person can read."""

import numpy as np

from recourse_bandits.errors import InfeasibleAdvice
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Choice, Consultation, Decision, Pending, Recourse
from recourse_bandits.study.checks import FEASIBLE


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
    difference = choice.point - context.values
    change = difference[context.feasible.mutable]
    effort = context.feasible.effort(change)
    _check_choice(context, choice, difference, change, effort)
    reason = no_recourse(context, choice.point)
    recourse = None
    if reason is None:
        target, changes = problem.raw_target(context, choice.point)
        recourse = Recourse(target, changes, effort)
    return Decision(
        pending.id,
        context,
        problem.arm_names[choice.arm],
        recourse,
        reason,
        choice,
        pending.proposal,
        consultation,
        pending.request_id,
        pending.subject,
        batch,
    )


def _check_choice(
    context: Context, choice: Choice, difference: Array, change: Array, effort: float
) -> None:
    """Raise InfeasibleAdvice for a policy's mistake: no illegal recourse is ever issued."""
    feasible = context.feasible
    legal = context.eligible[choice.arm]
    if change.size < difference.size:
        legal = legal and np.count_nonzero(difference) == np.count_nonzero(change)
    if effort > 0.0:
        inside = (change >= feasible.lower - FEASIBLE) & (change <= feasible.upper + FEASIBLE)
        legal = legal and inside.all() and effort <= feasible.radius * (1.0 + FEASIBLE) + FEASIBLE
    elif change.any():  # free changes take no effort, but have bounds
        legal = legal and feasible.violation(context.values, choice.point) <= FEASIBLE
    if not legal:
        raise InfeasibleAdvice(
            f"the policy chose arm {choice.arm} with a recourse that this person's feasible set "
            "does not allow, or an arm that may not be given: a mistake of the policy"
        )


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
