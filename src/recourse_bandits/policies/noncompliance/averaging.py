"""Estimates of rewards with a link, as means over deviations; arms compared by them."""

from typing import Any

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.policies.noncompliance.base import Planner
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key, Proposal


def compared(
    policy: Planner, learned: Any, context: Context, planned: Context, kept: Array, key: Key
) -> Proposal:
    """Return the arm that is best on average over deviations, each at its own planned change.

    Parameters
    ----------
    policy
        The policy.
    learned
        Its state.
    context
        The person, or a batch.
    planned
        The same, moved by the mean deviation.
    kept
        Deviations, shape (n, m).
    key
        Source of randomness.
    """
    candidates, theta = policy.candidates(learned, planned, key)
    points, columns = np.array(candidates), context.feasible.mutable
    change = points[..., columns] - planned.values[..., None, columns]
    points[..., columns] = context.values[..., None, columns] + change
    moves = _moves(context, kept)[..., None, :, :]
    mean, low, high, value = _averaged(learned, points, moves, theta)
    arm, ties = kernels.choice.best(
        value if theta.size else high, np.ascontiguousarray(context.eligible), *key
    )
    best = np.where(context.eligible, mean, -np.inf).argmax(axis=-1)
    place = np.asarray(arm)[..., None, None]
    return Proposal(
        context,
        int(arm) if context.values.ndim == 1 else arm,
        np.take_along_axis(points, place, axis=-2)[..., 0, :],
        mean,
        np.where(context.eligible, high, -np.inf),
        ~context.eligible,
        explored=(best != arm)[()],
        propensity=None if theta.size else 1.0 / ties,
        low=low,
    )


def averaged_interval(
    learned: Any, context: Context, kept: Array, arm: int, point: Array
) -> tuple[float, float, float]:
    """Return estimate and bounds of recommending a pair, on average over deviations.

    Parameters
    ----------
    learned
        The policy's state.
    context
        The person.
    kept
        Deviations, shape (n, m).
    arm
        Number of the arm.
    point
        The recommended point, shape (d,).
    """
    one = learned._replace(
        factor=learned.factor[arm],
        estimate=learned.estimate[arm],
        confidence_radius=learned.confidence_radius[arm],
    )
    mean, low, high, _ = _averaged(one, point, _moves(context, kept), np.empty(0))
    return float(mean), float(low), float(high)


def _moves(context: Context, kept: Array) -> Array:
    """Return how each deviation moves each person, shape (..., n, d): not where a value is held."""
    feasible, size = context.feasible, context.values.shape[-1]
    moves = np.zeros((*context.values.shape[:-1], len(kept), size))
    moves[..., feasible.mutable] = np.where(feasible.held[..., None, :], 0.0, kept)
    return moves


def _averaged(learned: Any, points: Array, moves: Array, theta: Array) -> Any:
    return kernels.deviations.averaged(
        learned.factor,
        learned.estimate,
        theta if theta.size else learned.estimate,
        learned.confidence_radius,
        points,
        moves,
        learned.link,
        learned.largest,
    )
