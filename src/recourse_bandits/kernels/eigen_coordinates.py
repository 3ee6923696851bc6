r"""Coordinates in which a ball is the unit ball and a quadratic has no mixed terms.

A ball is c = S u with ‖u‖ <= 1: S = gamma·diag(1 / weight) for the weighted l2 norm. There the
quadratic c'Ac + 2 b'c has the matrix S'AS = Q diag(lambda) Q', and u = Q z.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_EQUAL = 1e-12  # of the largest eigenvalue: those closer together are taken for equal
_VANISHES = 1e-14  # of the length of a vector: a component that is only rounding


def _reflect(vectors: Array, beta: Array, tau: Array, part: slice, vector: Array) -> None:
    """Turn the coordinates of a part so that `vector` lies along the first of them."""
    length = np.linalg.norm(vector[part])
    if length == 0.0:
        return
    normal = vector[part].copy()
    normal[0] += np.copysign(length, normal[0])
    normal /= np.linalg.norm(normal)
    for other in (beta, tau):
        other[part] -= 2.0 * (normal @ other[part]) * normal
    vectors[:, part] -= 2.0 * np.outer(vectors[:, part] @ normal, normal)


def _turn_equal(eigenvalues: Array, vectors: Array, beta: Array, tau: Array) -> None:
    """Leave beta and tau at most two components where eigenvalues are equal; the rest is 0.

    Without it a hard case of many equal eigenvalues would have to be split in all of them.
    """
    scales = (np.linalg.norm(beta), np.linalg.norm(tau))
    apart = np.diff(eigenvalues) > _EQUAL * eigenvalues[-1]
    edges = np.flatnonzero(np.concatenate(([True], apart, [True])))
    for first, last in pairwise(edges.tolist()):
        if last - first > 1:
            eigenvalues[first:last] = eigenvalues[last - 1]
            _reflect(vectors, beta, tau, slice(first, last), beta)
            beta[first + 1 : last] = 0.0
            _reflect(vectors, beta, tau, slice(first + 1, last), tau)
            tau[first + 2 : last] = 0.0
    for vector, scale in zip((beta, tau), scales, strict=True):
        vector[np.abs(vector) <= _VANISHES * scale] = 0.0


def diagonalised(
    stretch: Array, matrix: Array, linear: Array, slope: Array
) -> tuple[Array, Array, Array, Array]:
    """Return lambda, the map S Q of z to changes, and Q'S'linear, Q'S'slope.

    `stretch` is S, shape (m, m). Equal eigenvalues share two components of either vector.
    """
    eigenvalues, vectors = np.linalg.eigh(stretch.T @ matrix @ stretch)
    eigenvalues = np.maximum(eigenvalues, 0.0)
    beta = vectors.T @ (stretch.T @ linear)
    tau = vectors.T @ (stretch.T @ slope)
    _turn_equal(eigenvalues, vectors, beta, tau)
    return eigenvalues, np.ascontiguousarray(stretch @ vectors), beta, tau
