"""People who do not comply: what they do."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from recourse_bandits import Hypertension, Key
from recourse_bandits.advisers.scripted import random_pair
from recourse_bandits.environments import Deviating, Opposing, PartlyAdhering
from recourse_bandits.environments.realising import realise
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Stream
from tests.contracts.worlds import World
from tests.environments.noncomplying import CASES, MUTABLE, contexts, done, wrapped


def reached(world: PartlyAdhering, context: Context, point: Array, draws: int) -> Array:
    """Points that come of recommending one, again and again, shape (draws, d)."""
    return np.array([there for _, there in done(world, context, 0, point, draws)])


@pytest.mark.parametrize("bias", [(), (-0.5, -0.5), (0.3, 0.0), (0.6, 0.8)])
def test_deviations_stay_in_the_ball_and_have_the_mean_of_the_bias(bias: Any) -> None:
    world = Deviating(Hypertension(), longest=1.0, bias=bias)
    context = contexts(world, 1)[0]
    found = [world.deviation(context, Key(1, i, Stream.REALISED)) for i in range(2000)]
    errors = np.array(found)
    assert np.linalg.norm(errors, axis=1).max() <= 1.0 + 1e-12
    centre = np.array(bias or (0.0, 0.0))
    spread = 1.0 - float(np.linalg.norm(centre))
    # each coordinate of the unit disk has the variance 1/4
    np.testing.assert_allclose(errors.mean(axis=0), centre, atol=4 * spread / 2 / math.sqrt(2000))
    if spread > 1e-9:
        share = np.linalg.norm(errors - centre, axis=1) / spread
        assert stats.kstest(share**2, "uniform").pvalue > 1e-3  # uniform in the disk


def test_every_policy_meets_the_same_deviation() -> None:
    world = Deviating(Hypertension(), longest=1.0)
    for number, context in enumerate(contexts(world, 20)):
        key = Key(9, number, Stream.REALISED)
        pairs = [random_pair(context, Key(draw, number, Stream.ADVISER)) for draw in range(5)]
        moved = [world.realised(context, *pair, key)[1] - pair[1] for pair in pairs]
        np.testing.assert_allclose(moved, [moved[0]] * 5, atol=1e-12)


def test_shares_lie_in_the_unit_interval_and_have_the_stated_mean() -> None:
    world = PartlyAdhering(Hypertension(), level=-0.5, coefficients={"age": 2.0})
    shares: list[float] = []
    for context in contexts(world, 6):
        point = context.feasible.moved(context.values, np.array([2.0, 1.0]))
        changes = reached(world, context, point, 1000) - context.values
        column = context.feasible.mutable
        found = changes[:, column] / (point - context.values)[column]
        np.testing.assert_allclose(found[:, 0], found[:, 1])  # one share for the whole change
        assert found.min() >= -1e-12
        assert found.max() <= 1.0 + 1e-12
        shares.append(1.0 / (1.0 + math.exp(0.5 - 2.0 * context.values[2])))
        half = min(shares[-1], 1.0 - shares[-1])
        assert abs(found.mean() - shares[-1]) <= 4 * half / math.sqrt(3 * 1000)
        assert world.share(context) == pytest.approx(shares[-1])
    assert max(shares) - min(shares) > 0.3


def test_without_spread_shares_are_their_mean() -> None:
    world = PartlyAdhering(Hypertension(), level=0.0, spread=0.0)
    context = contexts(world, 1)[0]
    point = context.feasible.moved(context.values, np.array([2.0, 1.0]))
    found = reached(world, context, point, 5)
    np.testing.assert_allclose(found, [(point + context.values) / 2] * 5)


@pytest.mark.parametrize("name", MUTABLE)
def test_no_deviation_is_worse_than_the_opposing_one(name: str) -> None:
    world = Opposing(World(name), longest=0.6)
    draw = np.random.default_rng(4)
    for number, context in enumerate(contexts(world, 10)):
        arm, point = random_pair(context, Key(5, number, Stream.ADVISER))
        _, reached = world.realised(context, arm, point, Key(1, number, Stream.REALISED))
        value = world.inner.expected(context, arm, reached)
        assert value == pytest.approx(world.expected(context, arm, point))
        size = context.feasible.mutable.size
        assert np.linalg.norm(reached - point) <= 0.6 + 1e-12
        directions = draw.normal(size=(50, size)) * world.able(context)
        lengths = np.maximum(np.linalg.norm(directions, axis=1), 1e-300)
        for direction in 0.6 * directions / lengths[:, None]:
            other = context.feasible.moved(point, direction)
            assert world.inner.expected(context, arm, other) >= value - 1e-9


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_nobody_moves_what_is_unknown_or_where_no_recourse_is_possible(
    kind: str, name: str
) -> None:
    world = wrapped(kind, World(name))
    for number, context in enumerate(contexts(world, 20)):
        pair = random_pair(context, Key(5, number, Stream.ADVISER))
        happened = realise(world, context, *pair, Key(1, number, Stream.REALISED))
        raw = happened.raw or {}
        assert context.eligible[happened.arm]
        assert not set(raw) & set(context.imputed)
        assert context.no_recourse is None or not raw
        again = world.problem.realised_point(context, pair[1], raw)
        assert (again == happened.point).all()  # a study learns from exactly that
        exact = world.realised(context, *pair, Key(1, number, Stream.REALISED))[1]
        np.testing.assert_allclose(happened.point, exact, rtol=0, atol=1e-9)
