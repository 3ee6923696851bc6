"""What people made of a recommendation, as a study is told."""

from typing import NamedTuple

import numpy as np

from recourse_bandits.environments.base import Environment
from recourse_bandits.problem import Context, RawValue
from recourse_bandits.records import Array, Key


class Realised(NamedTuple):
    """What came of a recommended pair; `raw` and `name` are what `Study.observe` takes."""

    arm: int
    """Number of the arm that was given."""
    point: Array
    """Columns as they came to be, shape (d,): exactly those that follow from the raw values."""
    raw: dict[str, RawValue] | None
    """Raw values of the features that came out differently; None if none did."""
    name: str | None
    """Name of the arm that was given, if it is another one."""


def realise(
    environment: Environment, context: Context, arm: int, point: Array, key: Key
) -> Realised:
    """Let a person act on a recommendation.

    A study hears of raw values and scales them again, which may change the last digit. So the
    point is the one that it will arrive at: rewards are of what is learned from.

    Parameters
    ----------
    environment
        The world.
    context
        The person.
    arm
        Number of the recommended arm.
    point
        Recommended columns, shape (d,).
    key
        Source of randomness.
    """
    problem = environment.problem
    given, reached = environment.realised(context, arm, point, key)
    name = None if given == arm else problem.arm_names[given]
    if np.array_equal(reached, point):
        return Realised(given, point, None, name)
    raw: dict[str, RawValue] = {}
    for place, feature in enumerate(problem.mutable):
        columns = problem.limits.columns[problem.limits.ties.owner == place]
        end, start = reached[columns], context.values[columns]
        if np.array_equal(end, point[columns]):
            continue
        if np.array_equal(end, start) and feature.name not in context.imputed:
            raw[feature.name] = context.given[feature.name]
        elif feature.categories:
            raw[feature.name] = feature.categories[int(np.argmax(end))]
        else:
            mean, scale = feature.mean or 0.0, feature.scale or 1.0
            raw[feature.name] = float(mean + scale * end[0])
    return Realised(given, problem.realised_point(context, point, raw), raw or None, name)
