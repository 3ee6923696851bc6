"""What less effort would bring: the best change for half of it, beside the one that was issued."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Array, Decision

SHARE = 0.5
"""Of the issued effort, that a smaller change may take."""

_NOTHING = 1e-9  # relative gain that is none, but for rounding


@dataclass(frozen=True, slots=True, eq=False)
class SmallerChange:
    """A change of less effort.

    Parameters
    ----------
    point
        Columns after it, shape (d,).
    effort
        Its effort, in the budget's norm.
    gained
        Its estimated gain, as a share of that of the issued change.
    """

    point: Array
    effort: float
    gained: float


def smaller_change(policy: AnyPolicy, state: Any, decision: Decision) -> SmallerChange | None:
    """Return the best change for half the effort, for the same arm and by the estimates of now.

    Parameters
    ----------
    policy
        Who decided.
    state
        What it has learned by now.
    decision
        The decision.

    Returns
    -------
    SmallerChange or None
        None: no change was issued, the policy estimates nothing, the issued change is not estimated
        to gain, or no smaller one is feasible.
    """
    context, arm, point = decision.context, decision.choice.arm, decision.choice.point
    feasible = context.feasible
    effort = feasible.effort((point - context.values)[feasible.mutable])
    if decision.recourse is None or effort == 0.0:
        return None
    stay, _, _ = policy.interval(state, context, arm, context.values)
    gain = policy.interval(state, context, arm, point)[0] - stay
    if not gain > _NOTHING * (1.0 + abs(stay)):  # nor if it is not a number
        return None
    less = replace(feasible, radius=SHARE * effort)
    if context.must_change and less.why_empty([""] * feasible.mutable.size) is not None:
        return None
    change = kernels.feasible.maximise(_slopes(policy, state, context, arm), *less.region)
    other = feasible.moved(context.values, change)
    gained = (policy.interval(state, context, arm, other)[0] - stay) / gain
    return SmallerChange(other, less.effort(change), float(gained))


def _slopes(policy: AnyPolicy, state: Any, context: Context, arm: int) -> Array:
    """Estimated gain of one scaled unit of each mutable column, shape (m,)."""
    columns = context.feasible.mutable
    moved = np.tile(context.values, (columns.size, 1))
    moved[np.arange(columns.size), columns] += 1.0
    stay, _, _ = policy.interval(state, context, arm, context.values)
    return np.array([policy.interval(state, context, arm, each)[0] - stay for each in moved])


def sizes_of(problem: Problem, change: Array) -> dict[str, float]:
    """Return the l1, l2 and linf norm of a change in scaled units, a category counting 1.

    Parameters
    ----------
    problem
        The problem.
    change
        Change of the m mutable columns, shape (m,).
    """
    owner = problem.limits.ties.owner
    steps = np.array([np.abs(change[owner == place]).max() for place in range(owner.max() + 1)])
    return {
        "l1": float(steps.sum()),
        "l2": float(np.linalg.norm(steps)),
        "linf": float(steps.max()),
    }
