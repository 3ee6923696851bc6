r"""What asking each of several advisers is worth: ridge regressions that share a base level.

The reward that follows a question to adviser m about a person with columns x is taken as

.. math:: r = x'(\beta + \delta_m) + \text{noise},

with the penalty lambda on every delta_m, and a hardly noticeable one on the level beta: what all
advisers have in common is not held against one that was not asked yet. It is the hybrid model of
Li, Chu, Langford, Schapire (2010), Algorithm 2, with all columns shared.

==================  ==================================================================  =========
symbol              meaning                                                             shape
==================  ==================================================================  =========
own                 R_m, upper triangular, R_m'R_m = lambda·I + sum of x x' after m      (M, d, d)
coupling            C_m, with R_m'C_m = sum of x x' after m                             (M, d, d)
shared              R_0, of beta once every delta_m is eliminated                       (d, d)
own_moment          z_m, rotated like the rows of R_m                                   (M, d)
shared_moment       z_0                                                                 (d,)
==================  ==================================================================  =========

The rows [R_m, C_m | z_m] and [R_0 | z_0] are the triangular factor of all M + 1 blocks, those of
the advisers first: blocks of two advisers never meet, so that an outcome rotates 2·d rows only.
"""

from typing import NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.records import Array

_LEAST = 1e-300  # of a penalty, so that the root of it divides
_LEVEL = 1e-6  # penalty of the shared level, as a share of that of the deviations


class Worth(NamedTuple):
    """The regressions; the notation is that of the module."""

    own: Array
    """R_m; (M, d, d)."""
    coupling: Array
    """C_m; (M, d, d)."""
    shared: Array
    """R_0; (d, d)."""
    own_moment: Array
    """z_m; (M, d)."""
    shared_moment: Array
    """z_0; (d,)."""


def unknown(advisers: int, dimension: int, penalty: float) -> Worth:
    """Return the regressions before any outcome.

    Parameters
    ----------
    advisers
        Their number M.
    dimension
        Number d of columns.
    penalty
        Ridge penalty lambda > 0 of the deviations.
    """
    identity = np.eye(dimension)
    return Worth(
        own=np.tile(np.sqrt(penalty) * identity, (advisers, 1, 1)),
        coupling=np.zeros((advisers, dimension, dimension)),
        shared=np.sqrt(max(_LEVEL * penalty, _LEAST)) * identity,
        own_moment=np.zeros((advisers, dimension)),
        shared_moment=np.zeros(dimension),
    )


def learned(worth: Worth, adviser: int, x: Array, reward: float) -> Worth:
    """Return the regressions with one more outcome: O(d²) operations and a copy.

    Parameters
    ----------
    worth
        The regressions before.
    adviser
        Number m of the adviser that was asked.
    x
        Columns of the person, shape (d,).
    reward
        What followed.
    """
    size = x.size
    factor = np.zeros((2 * size, 2 * size))
    factor[:size, :size] = worth.own[adviser]
    factor[:size, size:] = worth.coupling[adviser]
    factor[size:, size:] = worth.shared
    moment = np.concatenate([worth.own_moment[adviser], worth.shared_moment])
    kernels.least_squares.rotate_in(factor, moment, np.concatenate([x, x]), float(reward))
    after = Worth(
        worth.own.copy(),
        worth.coupling.copy(),
        factor[size:, size:].copy(),
        worth.own_moment.copy(),
        moment[size:].copy(),
    )
    after.own[adviser] = factor[:size, :size]
    after.coupling[adviser] = factor[:size, size:]
    after.own_moment[adviser] = moment[:size]
    return after


def estimated(worth: Worth, x: Array) -> tuple[Array, Array]:
    """Return each adviser's expected reward and its uncertainty, both of shape (M,).

    With w_m = R_m'^-1 x, the reward is x'beta + w_m'(z_m - C_m beta). Its uncertainty ‖w_m‖ is that
    of the deviation, in units of the noise; that of the level is the same for all and left out.

    Parameters
    ----------
    worth
        The regressions.
    x
        Columns of the person, shape (d,).
    """
    level = np.empty_like(worth.shared_moment)
    kernels.least_squares.solve(worth.shared, worth.shared_moment, level)
    turned = np.empty_like(worth.own_moment)
    for own, out in zip(worth.own, turned, strict=True):
        kernels.least_squares.solve_transposed(own, x, out)
    deviation = np.einsum("md,md->m", turned, worth.own_moment - worth.coupling @ level)
    return x @ level + deviation, np.linalg.norm(turned, axis=1)
