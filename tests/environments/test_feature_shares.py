"""People who make other shares of the change in other features."""

from typing import Any

import numpy as np
import pytest

from recourse_bandits import Hypertension, Key
from recourse_bandits.advisers.scripted import random_pair
from recourse_bandits.environments import PartlyAdhering
from recourse_bandits.errors import DescriptionError
from recourse_bandits.records import Array, Stream
from tests.contracts.worlds import World
from tests.environments.noncomplying import MUTABLE, contexts, done


def unevenly(name: str) -> tuple[PartlyAdhering, Array]:
    """People who make less of the first mutable feature, and nothing of the last of several."""
    inner = World(name)
    names = inner.problem.limits.names
    parts = np.ones(len(names))
    parts[-1], parts[0] = 0.0, 0.3
    shares = dict(zip(names, parts.tolist(), strict=True))
    return PartlyAdhering(inner, level=0.3, feature_shares=shares), parts


@pytest.mark.parametrize("name", MUTABLE)
def test_features_have_shares_of_their_own(name: str) -> None:
    world, parts = unevenly(name)
    for number, context in enumerate(contexts(world, 3)):
        arm, point = random_pair(context, Key(5, number, Stream.ADVISER))
        reached = np.array([made for _, made in done(world, context, arm, point, 400)])
        column, start = context.feasible.mutable, context.values
        advised = (point - start)[column]
        made = (reached - start)[:, column]
        mean = world.share(context) * parts * advised
        np.testing.assert_allclose(made.mean(axis=0), mean, atol=4 * made.std() / 20 + 1e-9)
        values = np.array([world.inner.expected(context, arm, made) for made in reached])
        error = 4.0 * values.std() / 20 + 1e-9
        assert abs(values.mean() - world.expected(context, arm, point)) <= error
        keys = [Key(number, draw, Stream.ADVISER) for draw in range(200)]
        pairs = [world.best(context), *(random_pair(context, key) for key in keys)]
        rewards = np.array([world.expected(context, *pair) for pair in pairs])
        prices = [context.feasible.price_of(point - start) for _, point in pairs]
        assert (rewards - prices).max() <= rewards[0] - prices[0] + 1e-9
        assert rewards.min() >= world.expected(context, *world.worst(context)) - 1e-9


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"diet": 0.5}, "feature_shares.diet: no such mutable feature"),
        ({"age": 0.5}, "feature_shares.age: no such mutable feature.*they are diet_score, act"),
        ({"diet_score": 1.5}, r"feature_shares.diet_score must lie in \[0, 1\], got 1.5"),
        ([0.5], "feature_shares must be a table of numbers by feature"),
    ],
)
def test_wrong_shares_of_features_are_named(shares: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        PartlyAdhering(Hypertension(), feature_shares=shares)
