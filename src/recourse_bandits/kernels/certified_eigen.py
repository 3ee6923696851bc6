"""Certified optima over an ellipsoid around 0, in the coordinates of `eigen_coordinates`."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified_goal import Found, Patience, Quadratic
from recourse_bandits.kernels.certified_search import search
from recourse_bandits.kernels.eigen_coordinates import diagonalised
from recourse_bandits.kernels.region import L2

Array = NDArray[np.float64]


def over_ball(goal: Quadratic, stretch: Array, start: Found, patience: Patience) -> Found:
    """Maximise over c = stretch·u, ‖u‖ <= 1."""
    eigenvalues, back, beta, tau = diagonalised(stretch, goal.matrix, goal.linear, goal.slope)
    ones, point = np.ones(tau.size), np.linalg.solve(back, start.change)
    value, bound, nodes = search(
        *replace(goal, slope=tau, linear=beta, matrix=np.diag(eigenvalues)).parts,
        eigenvalues,
        (beta == 0.0) & (tau == 0.0),
        ones,
        1.0,
        L2,
        -ones,
        ones,
        start.value,
        patience.tolerance,
        patience.max_nodes,
        point,
    )
    return Found(back @ point, value, bound, nodes)
