"""Rigorous upper bounds on slope'c over balls and ellipsoids with a box, in plain NumPy.

A bound holds for whatever multiplier it is computed with, so a feasible change that attains it is
optimal; nothing of the kernels is used.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar

from tests.kernels.ball_instances import Ball, Ellipsoid, norm
from tests.kernels.instances import Array


def random_feasible_changes(
    rng: np.random.Generator, ball: Ball, power: float, count: int
) -> Array:
    """Changes of shape (count, m), half of them on the boundary of the ball or of the box."""
    lower, upper = _reached(ball)
    scale = ball.radius / np.where(ball.weight > 0.0, ball.weight, 1.0)
    wished = np.clip(3.0 * scale * rng.standard_normal((count, ball.slope.size)), lower, upper)

    def fits(changes: Array) -> Array:
        return np.asarray(norm(ball.weight * changes / ball.radius, power) <= 1.0)

    return between(np.clip(0.0, lower, upper), wished, fits, rng.random(count))


def between(start: Array, wished: Array, fits: Callable[[Array], Array], share: Array) -> Array:
    """From a start that fits towards the wishes: half of them as far as fits, or a share of it."""
    short, long = np.zeros(len(wished)), np.ones(len(wished))
    for _ in range(50):
        middle = 0.5 * (short + long)
        good = fits(start + middle[:, None] * (wished - start))
        short, long = np.where(good, middle, short), np.where(good, long, middle)
    most = np.where(np.arange(len(wished)) % 2 == 0, 1.0, share) * short
    changes = start + most[:, None] * (wished - start)
    ends = np.stack([np.broadcast_to(start, wished.shape), wished])
    return np.asarray(np.clip(changes, ends.min(0), ends.max(0)))


def excess(ball: Ball, change: Array, power: float) -> float:
    """How far changes, shape (..., m), leave the ball, relative to it; inf outside of the box."""
    boxed = np.isfinite(change) & (change >= ball.lower) & (change <= ball.upper)
    efforts = norm(ball.weight * change, power)
    if ball.radius == 0.0:
        return 0.0 if boxed.all() and (efforts == 0.0).all() else float("inf")
    over = (efforts / ball.radius - 1.0).max(initial=0.0)
    return float(over) if boxed.all() else float("inf")


def shortfall(instance: Ball | Ellipsoid, change: Array, bound: float) -> float:
    """What slope'change is short of a bound, relative to the sum of its terms' sizes.

    With `unit_slope`, which the bound must be computed for.
    """
    terms = unit_slope(instance) * change
    return float((bound - terms.sum()) / max(np.abs(terms).sum(), 1e-300))


def unit_slope(instance: Ball | Ellipsoid) -> Array:
    """Slopes relative to the largest, 0 where a feature is fixed: its part of the value is too."""
    slope = np.where(instance.lower < instance.upper, instance.slope, 0.0)
    return np.asarray(slope / max(float(np.abs(slope).max(initial=0.0)), 1e-300))


def _reached(ball: Ball) -> tuple[Array, Array]:
    """The part of the box that the budget reaches: no feasible change is lost."""
    with np.errstate(divide="ignore"):
        reach = ball.radius * (1.0 + 1e-12) / ball.weight
    return np.clip(ball.lower, -reach, reach), np.clip(ball.upper, -reach, reach)


def l1_upper_bound(ball: Ball) -> float:
    """The least over nu of nu·radius + sum max over the box of t_i·c_i - nu·w_i·|c_i|.

    Convex and linear in pieces, so that it is least where a term changes: where nu = |t_i|/w_i.
    """
    slope = unit_slope(ball)
    lower, upper = _reached(ball)
    ends = np.stack([lower, upper, np.clip(0.0, lower, upper)])
    costly = ball.weight > 0.0
    rates = np.append(np.abs(slope[costly]) / ball.weight[costly], 0.0)
    gains = slope * ends - rates[:, None, None] * ball.weight * np.abs(ends)
    return float((rates * ball.radius + gains.max(1).sum(-1)).min())


def lp_upper_bound(ball: Ball, power: float) -> float:
    """The least over nu of nu + sum max over the box of t_i·c_i - nu·(w_i·|c_i|/radius)^p."""
    slope = unit_slope(ball)
    lower, upper = _reached(ball)
    free = ball.weight == 0.0
    scale = np.where(free, 1.0, ball.radius / np.where(free, 1.0, ball.weight))
    steep, low, high = slope * scale, lower / scale, upper / scale
    largest = max(float(np.abs(steep[~free]).max(initial=0.0)), 1e-300)
    logs = np.log(np.maximum(np.abs(steep) / largest, 1e-300))

    def bounds(log_nu: Array) -> Array:
        exponent = np.minimum((logs - np.log(power) - log_nu[:, None]) / (power - 1.0), 1.0)
        wanted = np.clip(np.sign(steep) * np.exp(exponent), low, high)  # e is out of reach
        nu = largest * np.exp(log_nu)
        gains = steep * wanted - nu[:, None] * np.abs(wanted * ~free) ** power
        at_no_cost = np.maximum(steep * low, steep * high)
        return np.asarray(nu + np.where(free, at_no_cost, gains).sum(-1))

    grid = np.linspace(-40.0, 40.0, 161)  # convex in nu, so with one valley in log nu
    best = float(grid[np.argmin(bounds(grid))])
    found = minimize_scalar(
        lambda log_nu: float(bounds(np.array([log_nu]))[0]),
        bounds=(best - 0.5, best + 0.5),
        method="bounded",
        options={"xatol": 1e-13},
    )
    return min(float(found.fun), float(np.maximum(steep * low, steep * high).sum()))


def in_units_of_effort(body: Ellipsoid) -> tuple[Ellipsoid, Array]:
    """The same in units in which columns and radius have length 1; and the units."""
    lengths = np.linalg.norm(body.factor, axis=0)
    units = body.radius / np.where(lengths > 0.0, lengths, 1.0)
    slope = unit_slope(body) * units
    factor = body.factor * units / body.radius
    return Ellipsoid(slope, body.lower / units, body.upper / units, factor, 1.0), units


def mahalanobis_shortfall(body: Ellipsoid, change: Array) -> float:
    """What slope'change is short of ‖y‖ + max over the box of (t - U'y)'c, as in `shortfall`.

    y is nu·Uc, mended so that t = U'y where the change is within its bounds; 0 is tried too. The
    box is cut to what the ellipsoid reaches, so that it is finite.
    """
    inside = (change > body.lower) & (change < body.upper)
    body, units = in_units_of_effort(body)
    slope, factor, change = unit_slope(body), body.factor, change / units
    lower, upper = _reached_by_ellipsoid(body)
    image = factor @ change
    push = factor[:, inside].T @ image
    nu = float(push @ slope[inside] / max(float(push @ push), 1e-300))
    bounds = []
    for y in (nu * image, np.zeros_like(image)):
        rest = slope[inside] - factor[:, inside].T @ y
        mended = y + np.linalg.lstsq(factor[:, inside].T, rest, rcond=None)[0]
        left = slope - factor.T @ mended
        most = np.where(left > 0.0, left * upper, left * lower).sum()
        bounds.append(float(np.linalg.norm(mended) + most))
    bounds.append(float(np.where(slope > 0.0, slope * upper, slope * lower).sum()))
    return shortfall(body, change, min(bounds))


def _reached_by_ellipsoid(body: Ellipsoid) -> tuple[Array, Array]:
    """The part of the box within centre +- reach; radius and columns have length 1."""
    fixed = body.lower == body.upper
    inverse = np.linalg.pinv(body.factor[:, ~fixed])
    centre = -inverse @ (body.factor[:, fixed] @ body.lower[fixed])
    reach = 1.001 * np.linalg.norm(inverse, axis=1)
    lower, upper = body.lower.copy(), body.upper.copy()
    lower[~fixed] = np.maximum(lower[~fixed], centre - reach)
    upper[~fixed] = np.minimum(upper[~fixed], centre + reach)
    return lower, upper
