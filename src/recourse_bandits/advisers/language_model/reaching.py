"""From what a model wishes to a change that this person can make; all in scaled units."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.advisers.language_model.quoting import number_text, quoted
from recourse_bandits.advisers.language_model.seen import Seen
from recourse_bandits.problem import FeasibleSet, Problem

Array = NDArray[np.float64]

SLACK = 1e-6
"""Excess over a limit that is taken for rounding: relative to the radius, or to a scaled unit."""


_LEAST_SHARE = 1e-9  # of the most important feature's effort; less is none
_BISECTIONS = 60
_FAR = 100.0  # budgets; from farther away bisection would lose digits


def along(feasible: FeasibleSet, wished: Array) -> Array:
    """Return the farthest feasible change in a direction.

    `wished` is the effort to be spent on each feature, in proportion: change i moves as
    tau · wished_i / weight_i, with tau as large as the budget allows. A feature that reaches its
    own limit rests there while the others go on; one that may not move that way does not move; one
    whose change takes no effort goes all the way. Where staying is not allowed, the least change
    is made first.

    Parameters
    ----------
    feasible
        Where recourse may lead.
    wished
        Direction, shape (m,), in units of effort; its length has no meaning.

    Examples
    --------
    >>> import numpy as np
    >>> free = np.full(2, np.inf)
    >>> disc = FeasibleSet(np.arange(2), -free, free, np.array([1.0, 2.0]), 5.0, "l2")
    >>> along(disc, np.array([3.0, -4.0]))
    array([ 3., -2.])
    """
    largest = float(np.abs(wished).max(initial=0.0))
    share = wished / largest if largest > 0 else np.zeros(wished.shape)
    share = np.where(np.abs(share) < _LEAST_SHARE, 0.0, share)
    if feasible.norm == "l2":
        slope = np.where(feasible.weight > 0, share * feasible.weight, share)
        plain = replace(feasible, moves=None, price=0.0)
        change = kernels.feasible.maximise(slope, *plain.region)
    elif feasible.norm == "linf":
        change = _along_linf(feasible, share)
    else:
        change = _along_another(feasible, share)
    return feasible.nearest(change)


def _along_another(feasible: FeasibleSet, share: Array) -> Array:
    """Return clip(tau·share / weight) with tau as large as the budget allows, by bisection."""
    costs = feasible.weight > 0
    end = np.where(share > 0, feasible.upper, np.where(share < 0, feasible.lower, 0.0))
    pace = np.where(costs, share / np.where(costs, feasible.weight, 1.0), 0.0)

    def at(tau: float) -> Array:
        moved: Array = np.clip(np.where(costs, tau * pace, end), feasible.lower, feasible.upper)
        return moved

    short, long = 0.0, _FAR * feasible.radius
    for _ in range(_BISECTIONS):
        middle = 0.5 * (short + long)
        fits = feasible.effort(at(middle)) <= feasible.radius
        short, long = (middle, long) if fits else (short, middle)
    return at(short)


def _along_linf(feasible: FeasibleSet, share: Array) -> Array:
    """Return the change at which the first feature without a limit of its own spends the budget."""
    lower, upper, weight = feasible.lower, feasible.upper, feasible.weight
    end = np.where(share > 0, upper, np.where(share < 0, lower, np.clip(0.0, lower, upper)))
    costs = weight > 0
    reach = np.full(weight.shape, np.inf)
    np.divide(feasible.radius, weight, out=reach, where=costs)
    going = costs & (share * end > 0) & (np.abs(end) > reach)
    change = end
    if going.any():
        tau = feasible.radius / np.abs(share[going]).max()
        pace = np.zeros(weight.shape)
        np.divide(share, weight, out=pace, where=costs)
        change = np.where(costs, np.clip(tau * pace, lower, upper), end)
    return change


def excesses(problem: Problem, seen: Seen, targets: Array, change: Array) -> list[str]:
    """Return by what a change breaks the limits, in words and raw units; empty if it keeps them.

    Parameters
    ----------
    problem
        The problem.
    seen
        The person as the model sees them.
    targets
        Raw values after the change, shape (m,).
    change
        The change, shape (m,).
    """
    feasible, found = seen.feasible, []
    end_low, end_high = problem.limits.raw_after(
        seen.raw_start(problem), np.stack([feasible.lower, feasible.upper])
    )
    for i, feature in enumerate(problem.mutable):
        if feature.name in seen.fixed:
            continue
        low, high = feasible.lower[i], feasible.upper[i]
        what = f"{quoted(feature.name)} = {number_text(targets[i])}"
        if change[i] < low - SLACK * (1.0 + abs(low)):
            found.append(f"{what} is below the lowest value allowed, {end_low[i]:.7g}")
        elif change[i] > high + SLACK * (1.0 + abs(high)):
            found.append(f"{what} is above the highest value allowed, {end_high[i]:.7g}")
    effort = feasible.effort(change)
    if effort > feasible.radius * (1.0 + SLACK):
        found.append(f"effort {effort:.7g} of {feasible.radius:.7g}")
    return found


def pulled_back(feasible: FeasibleSet, change: Array) -> Array:
    """Return a feasible change in the direction of a wished one, however long that is.

    Parameters
    ----------
    feasible
        Where recourse may lead.
    change
        The wished change, shape (m,).
    """
    wished: Array = np.clip(change, feasible.lower, feasible.upper)
    effort, most = feasible.effort(wished), _FAR * feasible.radius
    return feasible.nearest(wished * (most / effort) if effort > most > 0 else wished)


def carried_over(feasible: FeasibleSet, hidden: Array, change: Array) -> Array:
    """Return the change of the exact person that leads to where one of the rounded person leads.

    No change stays no change, and no feature goes the other way than asked for. What is then
    beyond a limit by as much as rounding hid is moved to the limit.

    Parameters
    ----------
    feasible
        Where the exact person's recourse may lead.
    hidden
        What rounding hid: exact less rounded columns, shape (m,).
    change
        Change of the rounded person, shape (m,).
    """
    exact = change - hidden
    against = exact * change <= 0
    return feasible.nearest(np.where(against, 0.0, exact))
