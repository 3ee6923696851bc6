"""What a simulated expert believes of a linear world: the truth, blurred or reversed."""

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.problem import Problem

EFFECTS = ("as they are", "reversed")
_STREAM = 11  # of nobody else; `records.Stream` has the others


def believed(
    coefficients: NDArray[np.float64], problem: Problem, effects: str, error: float, seed: int
) -> NDArray[np.float64]:
    """Coefficients that the expert believes in, shape (K, d); the intercept is known.

    Parameters
    ----------
    coefficients
        The truth, shape (K, d); reward per scaled unit.
    problem
        The problem, which tells whether the first column is the intercept.
    effects
        One of `EFFECTS`: whether effects are seen as they are or with the opposite sign.
    error
        Standard deviation of a normal error of each effect, >= 0.
    seed
        Draws the errors.
    """
    sign = -1.0 if effects == "reversed" else 1.0
    noise = kernels.draws.normal(seed, 0, _STREAM, np.arange(coefficients.size))
    theta: NDArray[np.float64] = sign * coefficients + error * noise.reshape(coefficients.shape)
    if problem.intercept:
        theta[:, 0] = coefficients[:, 0]
    return theta
