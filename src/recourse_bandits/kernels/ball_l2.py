r"""The change that gains most in a weighted l2 ball within a box; symbols as in `feasible`.

Without a box it is c_i = tau·t_i / weight_i², and within one the same clipped to it, with tau as
large as the budget allows. The box is ours; LIBRA, Corollary 1, has the norm without it.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.interval import preferred_end
from recourse_bandits.kernels.reach import within_reach

_LARGE = 1e120  # slopes larger than this, or smaller than its inverse, lose digits if squared


@njit()
def best_change_l2(slope, lower, upper, weight, radius, out):
    """Maximise slope'c over ‖weight·c‖₂ <= radius and lower <= c <= upper, into `out`."""
    if not _alone(slope, lower, upper, weight, radius, out):
        _within_box(slope, lower, upper, weight, radius, out)


@njit()
def _alone(slope, lower, upper, weight, radius, out):
    """Set the maximiser over the ball, c_i = tau·t_i / weight_i²; False if the box forbids it."""
    squares = 0.0
    for i in range(slope.size):
        size = abs(slope[i])
        if weight[i] <= 0.0 or size > _LARGE or (size != 0.0 and size < 1.0 / _LARGE):
            return False
        squares += (slope[i] / weight[i]) ** 2
    if squares == 0.0:
        return False
    tau = radius / math.sqrt(squares)
    inside = True
    for i in range(slope.size):
        out[i] = tau * slope[i] / weight[i] ** 2
        inside = inside and lower[i] <= out[i] <= upper[i]
    return inside


@njit()
def _within_box(slope, lower, upper, weight, radius, out):
    """Set c_i = clip(tau·rate_i) with tau as large as the ball allows.

    As tau grows, each feature waits at the end of its interval nearest to 0 until `enters`, moves,
    and rests at the other end from `leaves` on. The effort grows with tau: bisecting the sorted
    times finds the piece, which is solved in closed form. All numbers are finite.
    """
    size = slope.size
    low = np.empty(size)
    high = np.empty(size)
    rate = np.zeros(size)
    enters = np.full(size, math.inf)
    leaves = np.full(size, math.inf)
    largest = 0.0
    for i in range(size):
        largest = max(largest, abs(slope[i]))
    largest = largest if largest > 0.0 else 1.0
    for i in range(size):
        low[i], high[i] = within_reach(lower[i], upper[i], weight[i], radius)
        if weight[i] == 0.0:
            low[i] = preferred_end(slope[i], low[i], high[i])
            high[i] = low[i]
            continue
        square = weight[i] ** 2
        rate[i] = slope[i] / largest / square
        moves = rate[i] != 0.0
        pace = rate[i] if moves else 1.0  # again never a division by 0
        first = low[i] / pace
        second = high[i] / pace
        if moves:
            enters[i] = max(min(first, second), 0.0)
            leaves[i] = max(first, second, 0.0)
    times = np.sort(np.concatenate((np.zeros(1), enters, leaves)))
    first_piece = 0
    after_last = int(np.sum(times < math.inf))
    while after_last - first_piece > 1:
        middle = (first_piece + after_last) // 2
        if _effort_at(times[middle], rate, low, high, weight) <= radius * radius:
            first_piece = middle
        else:
            after_last = middle
    tau = _last_tau(times[first_piece], radius, rate, low, high, weight, enters, leaves)
    for i in range(size):
        out[i] = min(max(tau * rate[i], low[i]), high[i])


@njit()
def _effort_at(tau, rate, low, high, weight):
    """Squared effort of the change at tau."""
    total = 0.0
    for i in range(rate.size):
        total += (weight[i] * min(max(tau * rate[i], low[i]), high[i])) ** 2
    return total


@njit()
def _last_tau(start, radius, rate, low, high, weight, enters, leaves):
    """The tau of a piece at which the budget is spent: resting + (tau·speed)² = radius²."""
    resting = 0.0
    fastest = 0.0
    for i in range(rate.size):
        if enters[i] <= start < leaves[i]:
            fastest = max(fastest, weight[i] * abs(rate[i]))
        else:
            resting += (weight[i] * min(max(start * rate[i], low[i]), high[i])) ** 2
    if fastest == 0.0:
        return start
    squares = 0.0  # of the speeds beside the fastest, which neither overflow nor vanish
    for i in range(rate.size):
        if enters[i] <= start < leaves[i]:
            squares += (weight[i] * rate[i] / fastest) ** 2
    return max(start, math.sqrt(max(radius * radius - resting, 0.0) / squares) / fastest)
