r"""A good change where features move in steps, or only some may: rounded and refilled. Ours.

Symbols as in `region`. Used where the combinations of levels are too many to be tried one by one:
the best change without levels is rounded towards the least change, features without levels take
what that leaves of the budget, and then, as long as something fits in, the feature goes to its next
level that gains most. What was lost against the change without levels is an upper bound of what
was lost against the best one with them.
"""

import math

import numpy as np

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.effort import effort_of, nearest_to_none
from recourse_bandits.kernels.priced import best_priced, net_gain
from recourse_bandits.kernels.region import LAYOUT, TYPES, Region, follow

_ROUNDING = 1e-12  # relative slack of a level, and of the budget


@njit()
def level_towards_none(levels, change):
    """The level between none and a change that is nearest to the change; else the least level.

    `levels` rise, and NaN ends them.
    """
    slack = _ROUNDING * (1.0 + abs(change))
    best = math.nan
    least = math.nan
    for level in levels:
        if math.isnan(level):
            break
        if math.isnan(least) or abs(level) < abs(least):
            least = level
        between = min(0.0, change) - slack <= level <= max(0.0, change) + slack
        if between and (math.isnan(best) or abs(level) > abs(best)):
            best = level
    return least if math.isnan(best) else best


@njit()
def _next_level(levels, change, up):
    """The next level above or below a change; NaN if there is none."""
    found = math.nan
    slack = _ROUNDING * (1.0 + abs(change))
    for level in levels:
        if math.isnan(level):
            break
        if up and level > change + slack:
            return level
        if not up and level < change - slack:
            found = level
    return found


@njit()
def least_levels(region, box, change):
    """Set the change of a box that is nearest to none, and on levels where there are some."""
    nearest_to_none(region.lower[box], region.upper[box], change)
    for i in range(change.size):
        if region.levels.shape[1] > 0 and not math.isnan(region.levels[i, 0]):
            change[i] = level_towards_none(region.levels[i], change[i])
    follow(region.links, change)


@njit()
def _keep_most(slope, least, most, lower, upper, change):
    """Let only the features change that gain most, `most` of them; the box is narrowed."""
    gain = np.empty(change.size)
    for i in range(change.size):
        gain[i] = slope[i] * (change[i] - least[i])
        if lower[i] == upper[i]:
            gain[i] = -math.inf  # not its own choice
        elif least[i] != 0.0:
            gain[i] = math.inf  # it must change
    spared = np.zeros(change.size, np.bool_)
    for _ in range(most):
        best = -1
        for i in range(change.size):
            if not spared[i] and gain[i] > 0.0 and (best < 0 or gain[i] > gain[best]):
                best = i
        if best < 0:
            break
        spared[best] = True
    for i in range(change.size):
        if not spared[i]:
            lower[i] = least[i]
            upper[i] = least[i]


@njit()
def changed_of(region, box, change):
    """How many of the features with an interval change."""
    count = 0
    for i in range(change.size):
        if region.lower[box, i] < region.upper[box, i] and change[i] != 0.0:
            count += 1
    return count


@njit()
def fits(change, region):
    """Whether a change is within the budget, but for rounding."""
    effort = effort_of(change, region.weight, region.norm, region.metric)
    return effort <= region.radius * (1.0 + _ROUNDING)


@njit()
def round_towards_none(region, box, change):
    """Move a change to levels nearer to none, in place; the least one if that does not fit.

    Where more features would change than may, those change that change most.
    """
    least = np.empty(change.size)
    least_levels(region, box, least)
    lower = region.lower[box].copy()
    upper = region.upper[box].copy()
    if changed_of(region, box, change) > region.most[box]:
        _keep_most(np.sign(change), least, region.most[box], lower, upper, change)
    for i in range(change.size):
        change[i] = min(max(change[i], lower[i]), upper[i])
        if lower[i] < upper[i] and not math.isnan(region.levels[i, 0]):
            change[i] = level_towards_none(region.levels[i], change[i])
    if not fits(change, region):
        change[:] = least


@njit()
def best_rounded(slope, region, box, out):
    """A change on the levels, in one box within the ball, into `out`; symbols as in `feasible`."""
    lower = region.lower[box].copy()
    upper = region.upper[box].copy()
    least = np.empty(slope.size)
    least_levels(region, box, least)
    best_priced(slope, lower, upper, region, out)
    if region.most[box] < slope.size:
        _keep_most(slope, least, region.most[box], lower, upper, out)
        best_priced(slope, lower, upper, region, out)
    some_free = False
    for i in range(slope.size):
        if math.isnan(region.levels[i, 0]):
            some_free = some_free or lower[i] < upper[i]
        elif lower[i] < upper[i]:
            out[i] = level_towards_none(region.levels[i], out[i])
            lower[i] = out[i]
            upper[i] = out[i]
    nearest_to_none(lower, upper, out)
    if not fits(out, region):
        out[:] = least
        return
    if some_free:
        best_priced(slope, lower, upper, region, out)
    _refill(slope, region, box, out)


@njit()
def _refill(slope, region, box, out):
    """Take the level that gains most, as long as one fits into what is left of the budget."""
    trial = out.copy()
    while True:
        gain = net_gain(slope, out, region)
        best = gain + _ROUNDING * (1.0 + abs(gain))
        best_feature = -1
        best_level = 0.0
        for i in range(slope.size):
            if math.isnan(region.levels[i, 0]) or slope[i] == 0.0:
                continue
            level = _next_level(region.levels[i], out[i], slope[i] > 0.0)
            if math.isnan(level):
                continue
            trial[i] = level
            gain = net_gain(slope, trial, region)
            allowed = changed_of(region, box, trial) <= region.most[box]
            if gain > best and allowed and fits(trial, region):
                best = gain
                best_feature = i
                best_level = level
            trial[i] = out[i]
        if best_feature < 0:
            return
        out[best_feature] = best_level
        trial[best_feature] = best_level


@guvectorize(
    [f"void(float64[::1], {TYPES}, int64, float64[::1])"],
    f"(m),{LAYOUT},()->(m)",
    nopython=True,
)
def onto_levels(
    change, lower, upper, weight, radius, norm, metric, links, levels, most, price, box, out
):
    """A change moved to levels nearer to none, and to no more features than may change."""
    region = Region(lower, upper, weight, radius, norm, metric, links, levels, most, price)
    out[:] = change
    round_towards_none(region, box, out)
