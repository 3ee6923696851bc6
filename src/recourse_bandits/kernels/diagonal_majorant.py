r"""A diagonal D >= H of small trace, so that u'Hu <= sum D_i u_i² for every u.

Minimising the trace is the dual of the semidefinite relaxation of max u'Hu over u in {-1, 1}^m
(Goemans and Williamson 1995; Poljak and Rendl 1995): D = y + lambda_max(H - diag y), any y. We take
steps down a smoothed gradient in y; every y gives a valid D.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 30
_SMOOTH = 0.03  # of the largest eigenvalue: nearer ones share the gradient
_PACE = 0.7
_NARROW = 1e-4
_ROUNDING = 1e-13


def _lifted(matrix: Array, shift: Array) -> tuple[float, Array]:
    """The least multiple of the identity by which diag(shift) becomes >= H, and a gradient."""
    eigenvalues, vectors = np.linalg.eigh(matrix - np.diag(shift))
    largest = eigenvalues[-1]
    rounding = _ROUNDING * max(abs(eigenvalues[0]), abs(largest))
    share = np.exp((eigenvalues - largest) / max(_SMOOTH * abs(largest), 1e-300))
    gradient = 1.0 - shift.size * (vectors**2 @ (share / share.sum()))
    return float(largest + rounding), gradient


def diagonal_majorant(matrix: Array, half_width: Array) -> Array:
    """D >= H; small is sum D_i·half_width_i², the most that matters over a box.

    Coordinates narrower than a ten-thousandth of the widest are taken to be as wide as that: D_i
    would be too large to compute with.
    """
    size = half_width.size
    scale = np.maximum(half_width, _NARROW * half_width.max())
    scaled = matrix * np.outer(scale, scale)
    shift = best = np.diag(scaled)
    least = np.inf
    for step in range(_STEPS):
        lift, gradient = _lifted(scaled, shift)
        total = shift.sum() + size * lift
        if total < least:
            least, best = total, shift + lift
        length = float(np.linalg.norm(gradient))
        if length <= 1e-9:
            break
        shift = shift - _PACE * total / (size * np.sqrt(step + 1.0) * length) * gradient
    return np.asarray(best / scale**2)
