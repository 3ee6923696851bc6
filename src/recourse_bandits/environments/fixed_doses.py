"""The best doses that are the same for all people: what dosing policies are compared with."""

from collections.abc import Callable
from functools import partial

import numpy as np

from recourse_bandits.records import Array

_POINTS = 81  # doses tried in a round of a search
_ROUNDS = 3  # of a search, each within two steps of the last
_SWEEPS = 8
Cost = Callable[[Array, int, float], Array]


def best_together(odds: Array, base: Array, cost: Cost, lower: Array, upper: Array) -> Array:
    r"""Return the doses that maximise the mean chance when everybody gets the best arm for them.

    .. math:: \max_y\; mean_x \max_k\; \sigma(odds_{xk} - f_k(x, y_k))

    One dose after the other is searched on a grid that is made finer, until none moves; where the
    mean has several maxima it may be one of them.

    Parameters
    ----------
    odds
        Log odds of people under each arm without cost, shape (n, K).
    base
        What `cost` takes of each person, shape (n,).
    cost
        Log odds that a dose of an arm costs people: cost(base, arm, dose).
    lower, upper
        Ranges of the doses, shape (K,).
    """
    doses = 0.5 * (lower + upper)
    margins = np.stack([odds[:, k] - cost(base, k, doses[k]) for k in range(doses.size)], axis=1)

    def mean_chance(arm: int, others: Array, dose: float) -> float:
        margin = np.maximum(others, odds[:, arm] - cost(base, arm, dose))
        return float(np.mean(1.0 / (1.0 + np.exp(-margin))))

    for _ in range(_SWEEPS):
        before = doses.copy()
        for k in range(doses.size):
            others = np.delete(margins, k, axis=1).max(axis=1, initial=-np.inf)
            doses[k] = _searched(partial(mean_chance, k, others), lower[k], upper[k])
            margins[:, k] = odds[:, k] - cost(base, k, doses[k])
        if np.array_equal(before, doses):
            break
    return doses


def settled(
    odds: Array, base: Array, cost: Cost, lower: Array, upper: Array, *, start: Array
) -> Array:
    """Return doses that each cost least among the people for whom their arm is best with them.

    There descent on the cost comes to rest. Such doses need not be unique: these are found from
    `start`. An arm that is best for nobody keeps its dose.

    Parameters
    ----------
    odds, base, cost, lower, upper
        As for `best_together`.
    start
        Doses to start from, shape (K,).
    """
    doses = start.copy()

    def gained(arm: int, own: Array, dose: float) -> float:
        return -float(np.mean(cost(own, arm, dose)))

    for _ in range(_SWEEPS):
        margins = [odds[:, k] - cost(base, k, doses[k]) for k in range(doses.size)]
        best = np.argmax(margins, axis=0)
        before = doses.copy()
        for k in np.unique(best):
            doses[k] = _searched(partial(gained, k, base[best == k]), lower[k], upper[k])
        if np.array_equal(before, doses):
            break
    return doses


def _searched(value: Callable[[float], float], lower: float, upper: float) -> float:
    """Return the best dose of grids, each finer than the last and around its best point."""
    low, high, best = lower, upper, lower
    for _ in range(_ROUNDS):
        tried = np.linspace(low, high, _POINTS)
        best = float(tried[int(np.argmax([value(float(dose)) for dose in tried]))])
        step = (high - low) / (_POINTS - 1)
        low, high = max(lower, best - 2.0 * step), min(upper, best + 2.0 * step)
    return best
