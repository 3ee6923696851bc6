"""Algorithm 1's choice with every arm that may win solved to proof.

The symbols are those of `optimistic_choice`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.kernels.certified import certified_point
from recourse_bandits.kernels.certified_goal import price_of
from recourse_bandits.kernels.choice import best
from recourse_bandits.kernels.feasible import maximise
from recourse_bandits.kernels.optimistic_choice import most_optimistic
from recourse_bandits.kernels.region import Region, unrounded

Array = NDArray[np.float64]


def most_certified(
    factor: Array,
    estimate: Array,
    rho: Array,
    largest_variance: Array,
    x: Array,
    mutable: NDArray[np.int64],
    region: Region,
    eligible: NDArray[np.bool_],
    tolerance: float,
    max_iterations: int,
    gap: float,
    max_nodes: int,
    seed: int,
    number: Any,
    stream: int,
) -> Any:
    """As `most_optimistic`: the same outputs, but for `gap` and `max_nodes` the same arguments.

    Algorithm 2 comes first. An arm whose bound is below the best value that it found anywhere
    cannot win, and stays ruled out; the maximum of each other arm is certified, to
    gap·(1 + |value|) unless `max_nodes` boxes are not enough.

    The fields of the region come together. People may come in batches, shape (n, d), with boxes
    (n, b, m), arms (n, K) and numbers (n,).
    """
    arm, ties, point, mean, high, ruled_out, explored, nodes = most_optimistic(
        factor,
        estimate,
        rho,
        largest_variance,
        x,
        mutable,
        *region,
        eligible,
        tolerance,
        max_iterations,
        seed,
        number,
        stream,
    )
    mean, high = np.array(mean), np.array(high)
    points = np.zeros((*mean.shape, x.shape[-1]))
    nodes = np.zeros(mean.shape[:-1], np.int64)
    for place in np.argwhere(~np.asarray(ruled_out)):
        *person, a = (int(i) for i in place)
        one, pair = tuple(person), tuple(int(i) for i in place)
        found, value, _, boxes = certified_point(
            factor[a],
            estimate[a],
            rho[a],
            x[one],
            mutable,
            *region._replace(lower=region.lower[one], upper=region.upper[one]),
            gap,
            max_nodes,
        )
        points[pair], high[pair], mean[pair] = found, value, found @ estimate[a]
        nodes[one] += boxes
    arm, ties = best(high, ~np.asarray(ruled_out), seed, number, stream)
    chosen = np.asarray(arm)[..., None]
    point = np.take_along_axis(points, chosen[..., None], axis=-2)[..., 0, :]
    slopes = np.ascontiguousarray(estimate[:, mutable])
    of_arms = unrounded(region)
    of_arms = of_arms._replace(
        lower=of_arms.lower[..., None, :, :], upper=of_arms.upper[..., None, :, :]
    )
    changes = maximise(slopes, *of_arms)
    greedy = np.einsum("...d,kd->...k", x, estimate)
    greedy = greedy + np.einsum("...km,km->...k", changes, slopes) - price_of(changes, region)
    greedy = np.where(eligible, greedy, -np.inf)
    explored = np.take_along_axis(greedy, chosen, axis=-1)[..., 0] < greedy.max(axis=-1)
    prices = price_of(points[..., mutable] - x[..., None, mutable], region)
    high = np.where(ruled_out, high, high + prices)
    return arm, ties, point, mean, high, ruled_out, explored, nodes[()]
