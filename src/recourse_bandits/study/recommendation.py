"""From a choice in numbers to a decision that a person can read."""

from recourse_bandits.errors import InfeasibleAdvice
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Choice, Consultation, Decision, Pending, Recourse
from recourse_bandits.study.checks import FEASIBLE


def decision_of(
    problem: Problem, pending: Pending, choice: Choice, consultation: Consultation | None
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
    """
    context = pending.context
    _check_choice(context, choice)
    reason = no_recourse(context, choice.point)
    recourse = None
    if reason is None:
        columns = context.feasible.mutable
        change = choice.point[columns] - context.values[columns]
        target, changes = problem.raw_target(context, choice.point)
        recourse = Recourse(target, changes, context.feasible.effort(change))
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
    )


def _check_choice(context: Context, choice: Choice) -> None:
    """Raise InfeasibleAdvice for a policy's mistake: no illegal recourse is ever issued."""
    difference = choice.point - context.values
    columns = context.feasible.mutable
    change = difference[columns]
    difference[columns] = 0.0
    legal = context.eligible[choice.arm] and not difference.any()
    if legal and change.any():
        lower, upper = context.feasible.lower - FEASIBLE, context.feasible.upper + FEASIBLE
        legal = bool(((change >= lower) & (change <= upper)).all())
        effort = context.feasible.effort(change)
        legal = legal and effort <= context.feasible.radius * (1.0 + FEASIBLE) + FEASIBLE
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
