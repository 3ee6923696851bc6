"""Slow and readable answers for people who do not comply."""

import numpy as np
from scipy.optimize import minimize

from tests.kernels.instances import Array, Indices
from tests.kernels.oracles import optimistic_value


def dual_length(slope: Array, weight: Array, norm: str) -> Array:
    """‖slope‖_*, shape (...): the most that a change of effort 1 gains."""
    parts = np.abs(slope) / weight
    return np.asarray(parts.sum(-1) if norm == "linf" else np.sqrt((parts**2).sum(-1)))


def least_optimistic_value(
    estimate: Array,
    covariance: Array,
    rho: float,
    point: Array,
    columns: Indices,
    weight: Array,
    eps: float,
    norm: str,
    rng: np.random.Generator,
) -> float:
    """min over deviations u of g(point + u), by a general solver from several starts."""
    size = columns.size

    def value(y: Array) -> float:
        moved = point.copy()
        moved[columns] += eps * y / weight
        return float(optimistic_value(estimate, covariance, rho, moved))

    round_ball = ({"type": "ineq", "fun": lambda y: 1.0 - y @ y},)
    best = np.inf
    for _ in range(4):
        start = rng.standard_normal(size)
        found = minimize(
            value,
            start / (1.1 * max(1.0, float(np.linalg.norm(start)))),
            method="SLSQP",
            bounds=[(-1.0, 1.0)] * size if norm == "linf" else None,
            constraints=() if norm == "linf" else round_ball,
            options={"ftol": 1e-14, "maxiter": 500},
        ).x
        inside = np.clip(found, -1, 1) if norm == "linf" else found / max(1, np.linalg.norm(found))
        best = min(best, value(inside))
    return best


def printed_algorithm_4(
    estimate: Array,
    covariance: Array,
    rho: float,
    x: Array,
    size: int,
    radius: float,
    eps: float,
    steps: int,
) -> Array:
    """LIBRA's Algorithm 4 as printed, l2, the first `size` columns mutable: its values, (steps,).

    From x alternate the best coefficients, theta = theta^ + rho·V^-1 p / ‖p‖, and the worst that
    is realised, p_M = x_M + (gamma - eps)·v with v = theta_M/‖theta_M‖. The value of theta is
    x·theta + (gamma - eps)·‖theta_M‖.
    """
    point, values = x.copy(), np.empty(steps)
    for step in range(steps):
        widths = covariance @ point
        theta = estimate + rho * widths / np.sqrt(point @ widths)
        length = np.linalg.norm(theta[:size])
        values[step] = x @ theta + (radius - eps) * length
        point[:size] = x[:size] + (radius - eps) * theta[:size] / length
    return values
