"""From what a model wishes to a change that this person can make; all in scaled units."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.advisers.language_model.seen import Seen
from recourse_bandits.problem import FeasibleSet, Problem

Array = NDArray[np.float64]

_LEAST_SHARE = 1e-9  # of the most important feature's effort; less is none
_BISECTIONS = 100
_FAR = 100.0  # budgets; from farther away bisection would lose digits


def along(feasible: FeasibleSet, wished: Array, chosen: Array | None = None) -> Array:
    """Return the farthest feasible change in a direction.

    `wished` is the effort to be spent on each feature, in proportion: change i moves as
    tau · wished_i / weight_i, with tau as large as the budget allows. A feature that reaches its
    own limit rests there while the others go on; one that may not move that way does not move; one
    whose change takes no effort goes all the way. Where staying is not allowed, the least change
    is made first. Where only so many features may change, the most important ones do; steps are
    taken that are nearest.

    Parameters
    ----------
    feasible
        Where recourse may lead.
    wished
        Direction, shape (m,), in units of effort; its length has no meaning.
    chosen
        Change of categories, shape (m,), whose effort is taken first; None: none.

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
    chosen = np.zeros(wished.shape) if chosen is None else chosen
    share = _most_important(feasible, share, chosen)
    if chosen.any():
        change = _along_another(feasible, share, chosen)
    elif feasible.norm == "l2":
        slope = np.where(feasible.weight > 0, share * feasible.weight, share)
        plain = replace(feasible, moves=None, price=0.0)
        change = kernels.feasible.maximise(slope, *plain.region)
    elif feasible.norm == "linf":
        change = _along_linf(feasible, share)
    else:
        change = _along_another(feasible, share, chosen)
    return feasible.nearest(change)


def _most_important(feasible: FeasibleSet, share: Array, chosen: Array) -> Array:
    """Return the shares of as many features as may change, those that must change among them."""
    moves = feasible.moves
    if moves is None or moves.max_changed is None:
        return share
    stays = [levels is None or bool((levels == 0.0).any()) for levels in moves.levels]
    must = (feasible.lower > 0.0) | (feasible.upper < 0.0) | ~np.array(stays, np.bool_)
    left = max(moves.max_changed - moves.changed(chosen), 0)
    kept = np.lexsort((-np.abs(share), ~must))[:left]
    few = np.zeros(share.shape)
    few[kept] = share[kept]
    return few


def _along_another(feasible: FeasibleSet, share: Array, chosen: Array) -> Array:
    """Return chosen + clip(tau·share / weight), tau as large as the budget allows, by bisection."""
    costs = feasible.weight > 0
    end = np.where(share > 0, feasible.upper, np.where(share < 0, feasible.lower, 0.0))
    pace = np.where(costs, share / np.where(costs, feasible.weight, 1.0), 0.0)

    def at(tau: float) -> Array:
        moved: Array = np.clip(np.where(costs, tau * pace, end), feasible.lower, feasible.upper)
        return chosen + moved

    least = float(np.abs(share).min(where=share != 0.0, initial=1.0))
    short, long = 0.0, feasible.radius / least
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


def reached_columns(wishes: Mapping[str, object], problem: Problem, seen: Seen) -> Array:
    """Return the change of the columns of categories that wishes name, shape (m,).

    Parameters
    ----------
    wishes
        Names of categories, and other wishes, by feature name.
    problem
        The problem.
    seen
        The person as the model sees them.
    """
    limits = problem.limits
    change = np.zeros(len(limits.names))
    for place, feature in enumerate(limits.ties.features):
        if feature.categories and feature.name in wishes:
            reached = limits.names[place] == f"{feature.name}={wishes[feature.name]}"
            change[place] = float(reached) - seen.start[place]
    return change


def pulled_back(feasible: FeasibleSet, change: Array) -> Array:
    """Return a feasible change in the direction of a wished one, however long that is.

    Parameters
    ----------
    feasible
        Where recourse may lead.
    change
        The wished change, shape (m,).
    """
    alone = np.ones(change.shape, np.bool_) if feasible.moves is None else ~feasible.moves.tied
    wished: Array = np.where(alone, np.clip(change, feasible.lower, feasible.upper), change)
    effort, most = feasible.effort(wished), _FAR * feasible.radius
    if effort > most > 0:
        wished = np.where(alone, wished * (most / effort), wished)
    return feasible.nearest(wished)


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
