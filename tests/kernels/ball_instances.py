"""Balls and ellipsoids with boxes: written by hand, and random ones that are never empty."""

from typing import Any, NamedTuple

import numpy as np

from tests.kernels.instances import Array


class Ball(NamedTuple):
    """Slopes, box and weights of shape (m,), and the radius."""

    slope: Array
    lower: Array
    upper: Array
    weight: Array
    radius: float


class Ellipsoid(NamedTuple):
    """Slopes and box of shape (m,), the factor U of shape (q, m), and the radius."""

    slope: Array
    lower: Array
    upper: Array
    factor: Array
    radius: float


def maximised(kernel: Any, instance: Ball | Ellipsoid, *more: float) -> Array:
    """What a kernel writes into its last argument."""
    change = np.full(instance.slope.size, np.nan)
    kernel(*instance, *more, change)
    return change


def ball(
    slope: list[float], lower: list[float], upper: list[float], weight: list[float], radius: float
) -> Ball:
    """A ball written by hand."""
    vectors = [np.array(vector, np.float64) for vector in (slope, lower, upper, weight)]
    return Ball(vectors[0], vectors[1], vectors[2], vectors[3], radius)


def plain_ball(slope: list[float], weight: list[float], radius: float) -> Ball:
    """A ball without a box."""
    free = [np.inf] * len(slope)
    return ball(slope, [-np.inf] * len(slope), free, weight, radius)


def random_slope(rng: np.random.Generator, size: int, spread: float) -> Array:
    """Slopes over so many powers of ten, some of them 0, some equal."""
    slope = rng.standard_normal(size) * 10.0 ** rng.uniform(-0.5 * spread, 0.5 * spread, size)
    if rng.random() < 0.1:
        slope = np.sign(slope)
    slope[rng.random(size) < 0.15] = 0.0
    return slope


def random_box(rng: np.random.Generator, anchor: Array, reach: Array) -> tuple[Array, Array]:
    """A box around a point: a third of the bounds infinite, a tenth of the features fixed."""
    below, above = (reach * 10.0 ** rng.uniform(-2.0, 0.5, anchor.size) for _ in range(2))
    below[rng.random(anchor.size) < 0.3] = np.inf
    above[rng.random(anchor.size) < 0.3] = np.inf
    fixed = rng.random(anchor.size) < 0.1
    return np.where(fixed, anchor, anchor - below), np.where(fixed, anchor, anchor + above)


def random_anchor(rng: np.random.Generator, size: int) -> Array:
    """The point, in units of effort, that a box is built around: mostly 0, or nearly so."""
    anchor = rng.standard_normal(size) * (rng.random(size) < rng.choice([0.0, 0.3, 1.0]))
    return np.asarray(anchor * rng.uniform(0.0, 0.9))


def random_ball(rng: np.random.Generator, power: float, *, extreme: bool = False) -> Ball:
    """1 to 12 features; a sixth of the weights are 0. Never empty: a point in the box fits."""
    size = int(rng.integers(1, 13))
    spread = float(rng.choice([2.0, 400.0])) if extreme else 2.0
    weight = 10.0 ** (rng.uniform(-6.0, 6.0, size) if extreme else rng.uniform(-0.5, 0.5, size))
    radius = 10.0 ** float(rng.uniform(-6.0, 6.0) if extreme else rng.uniform(-1.0, 1.0))
    anchor = random_anchor(rng, size)
    anchor /= max(1.0, float(norm(anchor, power)) / 0.95)
    lower, upper = random_box(rng, anchor * radius / weight, radius / weight)
    weight[np.isfinite(lower) & np.isfinite(upper) & (rng.random(size) < 1 / 6)] = 0.0
    return Ball(random_slope(rng, size, spread), lower, upper, weight, radius)


def whole_budget(ball: Ball, power: float) -> Ball:
    """The same with a budget that the least change in the box takes whole, but for rounding."""
    least = np.clip(0.0, ball.lower, ball.upper)
    effort = norm(ball.weight * least / ball.radius, power) * ball.radius
    return ball._replace(radius=float(effort))


def random_ellipsoid(rng: np.random.Generator, condition: float, *, extreme: bool) -> Ellipsoid:
    """1 to 12 features, then up to 3 fixed ones, with which A may be singular.

    Of the others, A has at most the condition number; `extreme` columns are rescaled then.
    """
    size, held = int(rng.integers(1, 13)), int(rng.integers(0, 4))
    rows = size + int(rng.integers(0, 4))
    left = np.linalg.qr(rng.standard_normal((rows, size)))[0]
    right = np.linalg.qr(rng.standard_normal((size, size)))[0]
    factor = left * condition ** (0.5 * rng.random(size)) @ right
    factor = np.hstack([factor, rng.standard_normal((rows, held))])
    radius = 10.0 ** float(rng.uniform(-6.0, 6.0) if extreme else rng.uniform(-1.0, 1.0))
    if extreme:
        factor = factor * 10.0 ** rng.uniform(-6.0, 6.0, size + held)
    anchor = random_anchor(rng, size + held) / np.linalg.norm(factor, axis=0)
    anchor *= radius / max(1.0, float(np.linalg.norm(factor @ anchor)) / 0.95)
    reach = radius / np.linalg.norm(factor, axis=0)
    lower, upper = random_box(rng, anchor, reach * 10.0 ** rng.uniform(0.0, 1.0))
    lower[size:], upper[size:] = anchor[size:], anchor[size:]
    slope = random_slope(rng, size + held, float(rng.choice([2.0, 400.0])) if extreme else 2.0)
    return Ellipsoid(slope, lower, upper, factor, radius)


def norm(values: Array, power: float) -> Array:
    """‖values‖_p over the last axis, relative to the largest entry."""
    largest = np.abs(values).max(-1, initial=0.0, keepdims=True)
    relative = np.abs(values) / np.where(largest > 0.0, largest, 1.0)
    return np.asarray(largest[..., 0] * (relative**power).sum(-1) ** (1.0 / power))
