"""The textbook update of a belief about chances."""

import math

import numpy as np

from recourse_bandits.records import Array


def newton(means: Array, precision: Array, x: Array, f: float, success: bool) -> Array:
    """The minimum of the one-step objective, by damped Newton steps in all coefficients."""
    sign = 1.0 if success else -1.0

    def objective(rho: Array) -> float:
        loss = np.logaddexp(0.0, -sign * (rho @ x - f))
        return float(0.5 * precision @ (rho - means) ** 2 + loss)

    rho = means.copy()
    for _ in range(100):
        p = 1.0 / (1.0 + math.exp(-(rho @ x - f)))
        gradient = precision * (rho - means) + (p - float(success)) * x
        step = np.linalg.solve(np.diag(precision) + p * (1.0 - p) * np.outer(x, x), gradient)
        while objective(rho - step) > objective(rho) + 1e-12 and np.abs(step).max() > 1e-14:
            step = 0.5 * step
        rho = rho - step
        if np.abs(step).max() < 1e-14:
            break
    return rho
