r"""A dose judged by how far its effect is from a target: penalty, slope, step, best dose.

================  ====================================================================
symbol            meaning
================  ====================================================================
y, lower, upper   dose and its range; G = upper - lower
base              psi·omega, the effect without a dose; see `dose_response`
tau               effect of one unit of dose, of either sign
q                 target of the effect
over, under       cost alpha >= 0 of one unit above the target, beta >= 0 of one below
zeta              largest max(over, under)·sqrt(E[tau²]) so far
i                 how often the arm was given, this time included
================  ====================================================================

.. math::

    f(y) &= over\,(base + y\tau - q)^+ + under\,(q - base - y\tau)^+ \\
    g &= \tau\,(over\,[base + y\tau > q] - under\,[base + y\tau < q]) \\
    y &\leftarrow clip(y - \eta g,\ lower,\ upper),\quad \eta = G/(\zeta\sqrt i)

(Keyvanshokooh et al. 2025, steps 3 and 4 of SGD-MAB, which print max(over, -under) in zeta; the
bound needs the larger cost. On the target 0 is taken of all sub-gradients.) A step that is no
number, of effects beyond the range of numbers, is not taken; no result leaves the range.

The best dose for one person (ours) is where the effect meets the target, or the end of the range
that is nearer to it: f is convex and piecewise linear. Of several best doses it is the one nearest
to `start`. That matters where nothing tells them apart (tau = 0, or no costs), or where only one
side of the target costs anything. A tau near 0, of either sign, leads to an end of the range,
however little is gained there.
"""

import math

from recourse_bandits.compilation import guvectorize, njit


@njit("float64(float64, float64, float64)")
def clipped(y, lower, upper):
    """Return y, or the end of the range that is nearest to it."""
    return min(max(y, lower), upper)


@njit("float64(float64, float64, float64, float64)")
def penalty_of(effect, target, over, under):
    """Return f for an effect; a cost of 0 is 0 at any distance."""
    if effect > target:
        return over * (effect - target) if over > 0.0 else 0.0
    if effect < target:
        return under * (target - effect) if under > 0.0 else 0.0
    return effect - target  # 0, but NaN if the effect is


@njit("float64(float64, float64, float64, float64, float64)")
def slope_of(effect, tau, target, over, under):
    """Return g, the sub-gradient of f in the dose."""
    if effect > target:
        return over * tau
    if effect < target:
        return -under * tau
    return 0.0


@njit("float64(float64, float64, float64, float64)")
def running_slope(before, over, under, slope_size):
    """Return the new zeta; `slope_size` is sqrt(E[tau²]), and is passed over where it is NaN."""
    now = max(over, under) * slope_size
    return max(before, now)


@njit("float64(float64, float64, float64, int64, float64, float64)")
def stepped(y, slope, zeta, count, lower, upper):
    """Return the running dose after its step; `count` is i."""
    share = slope / (zeta * math.sqrt(count))
    after = y - share * (upper - lower)
    return clipped(y if math.isnan(after) else after, lower, upper)


@njit(
    "float64(float64, float64, float64, float64, float64, float64, float64, float64)",
)
def best_dose(base, tau, target, over, under, lower, upper, start):
    """Return the dose of least penalty in the range, nearest to `start`."""
    kink = (target - base) / tau
    above, below = (over, under) if tau > 0.0 else (under, over)  # costs of doses beyond the kink
    least = -math.inf if below == 0.0 else kink
    most = math.inf if above == 0.0 else kink
    if tau == 0.0 or math.isnan(kink):
        least, most = -math.inf, math.inf
    return clipped(clipped(start, least, most), lower, upper)


@guvectorize(
    ["void(float64, float64, float64, float64, float64, float64, float64[:])"],
    "(),(),(),(),(),()->()",
    nopython=True,
)
def penalty(y, base, tau, target, over, under, out):
    """Penalty f of a dose; broadcasts."""
    out[0] = penalty_of(base + y * tau, target, over, under)


@guvectorize(
    ["void(float64, float64, float64, float64, float64, float64, float64[:])"],
    "(),(),(),(),(),()->()",
    nopython=True,
)
def slope(y, base, tau, target, over, under, out):
    """Sub-gradient g of the penalty in the dose; broadcasts."""
    out[0] = slope_of(base + y * tau, tau, target, over, under)


@guvectorize(
    ["void(float64, float64, float64, float64, float64, float64, float64, float64, float64[:])"],
    "(),(),(),(),(),(),(),()->()",
    nopython=True,
)
def personal(base, tau, target, over, under, lower, upper, start, out):
    """The dose of least penalty, as `best_dose`; broadcasts."""
    out[0] = best_dose(base, tau, target, over, under, lower, upper, start)
