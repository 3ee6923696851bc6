r"""The best change and the best dose of an arm together, for given coefficients (ours).

.. math:: \max_{p,\,y}\; p\cdot\theta - over\,(s(p) + y\tau - q)^+ - under\,(q - s(p) - y\tau)^+,
          \quad s(p) = p\cdot\omega

over the person's feasible points p and the range of doses y. For a point, the best dose takes the
effect to the target q as far as it reaches. So a point costs nothing while s lies in the interval
[a, b] from which some dose leads to the target, and the problem is concave in p with a penalty of
one number s. Its multiplier is one number too: by duality

.. math:: \min_{-under \le \lambda \le over}\;
          \max_p\; p\cdot(\theta - \lambda\omega) + \lambda^+ b - \lambda^- a,

where the inner maximum is `kernels.feasible.maximise`, and s falls as lambda rises. Either
lambda = 0 leaves s in [a, b], or s is beyond b even at lambda = over (below a at -under), or
lambda is where s meets the end of the interval: it is bisected, and the two points on its sides are
mixed so that s is on the end. That needs a convex feasible set: no steps, and no categories.
"""

from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.problem import Context
from recourse_bandits.records import Array

_HALVINGS = 60


class Plans(NamedTuple):
    """The best change and dose of each arm; the dose is not rounded."""

    points: Array
    """Columns after recourse, shape (..., K, d)."""
    doses: Array
    """Doses, shape (..., K), in the unit of the ranges."""
    base: Array
    """s, the effect without a dose at the point, shape (..., K)."""


class DoseEffects(NamedTuple):
    """What is taken to be known of doses; shapes end in (K,) but for `omega`, (d,)."""

    omega: Array
    """Effect of each column, 0 where it has none; shape (..., d)."""
    tau: Array
    """Effect of one unit of dose."""
    target: float
    """q."""
    over: Array
    """Cost of one unit above q, 0 of an arm without a dose."""
    under: Array
    """Cost of one unit below q, 0 of an arm without a dose."""
    lower: Array
    """Least dose."""
    upper: Array
    """Largest dose."""
    start: Array
    """Dose that is taken where several are best."""


def planned_together(context: Context, theta: Array, effects: DoseEffects) -> Plans:
    """Return the best change and dose of each arm.

    Parameters
    ----------
    context
        The person, or a batch, with feasible sets without steps and categories.
    theta
        Coefficients of the log odds, shape (..., K, d).
    effects
        What is taken to be known of doses.
    """
    ends = effects.lower * effects.tau, effects.upper * effects.tau
    low = effects.target - np.maximum(*ends)  # a
    high = effects.target - np.minimum(*ends)  # b
    omega = effects.omega[..., None, :] * np.ones_like(theta)
    free = _changes(context, theta)
    start = np.vecdot(context.values, effects.omega)[..., None]

    def base(change: Array) -> Array:
        columns = omega[..., context.feasible.mutable]
        return np.asarray(start + np.vecdot(change, columns))

    s = base(free)
    above, below = s > high, s < low
    end = np.where(above, high, low)
    most = np.where(above, effects.over, np.where(below, -effects.under, 0.0))
    full = _changes(context, theta - most[..., None] * omega)
    reached = base(full)
    crosses = np.where(above, reached < end, below & (reached > end))
    change = np.where(crosses[..., None], free, full)
    if crosses.any():
        met = _met(context, theta, omega, most, (free, full), base, end)
        change = np.where(crosses[..., None], met, change)
    return _with_doses(context, theta, change, base(change), effects)


def planned_apart(context: Context, theta: Array, effects: DoseEffects) -> Plans:
    """Return the change that is best for the log odds alone, then the best dose for it.

    Parameters
    ----------
    context, theta, effects
        As for `planned_together`.
    """
    change = _changes(context, theta)
    mutable = effects.omega[..., None, :] * np.ones_like(theta)
    base = np.vecdot(context.values, effects.omega)[..., None] + np.vecdot(
        change, mutable[..., context.feasible.mutable]
    )
    return _with_doses(context, theta, change, base, effects)


def _changes(context: Context, theta: Array) -> Array:
    feasible = context.feasible
    changes: Array = kernels.feasible.maximise(
        np.ascontiguousarray(theta[..., feasible.mutable]), *feasible.region_of_arms
    )
    return changes


def _met(
    context: Context,
    theta: Array,
    omega: Array,
    most: Array,
    sides: tuple[Array, Array],
    base: Any,
    end: Array,
) -> Array:
    """Return changes at which s is on the end of the interval, between two on its sides."""
    outside, inside = sides  # at lambda = 0 and at lambda = most
    near, far = np.zeros_like(most), most
    for _ in range(_HALVINGS):
        middle = 0.5 * (near + far)
        change = _changes(context, theta - middle[..., None] * omega)
        still = np.where(most > 0.0, base(change) > end, base(change) < end)
        near, far = np.where(still, middle, near), np.where(still, far, middle)
        outside = np.where(still[..., None], change, outside)
        inside = np.where(still[..., None], inside, change)
    gap = base(outside) - base(inside)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(gap == 0.0, 0.0, (end - base(inside)) / gap)
    share = np.clip(share, 0.0, 1.0)[..., None]
    return share * outside + (1.0 - share) * inside


def _with_doses(
    context: Context, theta: Array, change: Array, base: Array, effects: DoseEffects
) -> Plans:
    _, tau, target, over, under, lower, upper, start = effects
    doses = kernels.dose.personal(base, tau, target, over, under, lower, upper, start)
    before = np.broadcast_to(context.values[..., None, :], theta.shape)
    return Plans(context.feasible.moved(before, change), doses, base)
