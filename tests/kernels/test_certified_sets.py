"""Certified maxima over every kind of feasible sets: exact where they should be, never broken."""

import itertools
from typing import Any

import numpy as np
import pytest

from recourse_bandits import (
    FeasibleSet,
    best_recourse,
    certified_recourse,
    kernels,
    optimistic_recourse,
)
from recourse_bandits.kernels.certified_goal import Found, Patience, goal_of
from recourse_bandits.kernels.certified_l1 import vertices_l1
from recourse_bandits.kernels.certified_touching import touching
from recourse_bandits.problem import boxes
from tests.kernels.any_sets import KINDS, random_metric, random_person
from tests.kernels.instances import (
    Array,
    Instance,
    ball,
    factor_of,
    inverse,
    learned,
    random_feasible_set,
)
from tests.kernels.oracles import optimistic_value

GAP = 1e-6
NORMS = ("l1", "l2", "linf", "lp", "mahalanobis")


def net_values(instance: Instance, feasible: FeasibleSet, changes: Array) -> Array:
    """g less the price, after changes of shape (n, m)."""
    x, estimate, precision, rho = instance
    points = np.tile(x, (len(changes), 1))
    points[:, feasible.mutable] += changes
    values = optimistic_value(estimate, inverse(precision), rho, points)
    return np.asarray(values - feasible.price * feasible.efforts(changes))


def best_of_starts(rng: np.random.Generator, instance: Instance, feasible: FeasibleSet) -> float:
    """The best that Algorithm 2 finds, over the whole set, from many directions."""
    x, estimate, precision, rho = instance
    covariance, mutable, region = inverse(precision), feasible.mutable, feasible.region
    changes = kernels.feasible.maximise(rng.standard_normal((60, mutable.size)), *region)
    best = -np.inf
    for _ in range(60):
        best = max(best, float(net_values(instance, feasible, changes).max()))
        points = np.tile(x, (len(changes), 1))
        points[:, mutable] += changes
        widths = points @ covariance
        length = np.sqrt(np.einsum("nd,nd->n", points, widths))[:, None]
        slopes = np.ascontiguousarray((estimate + rho * widths / length)[:, mutable])
        following = kernels.feasible.maximise(slopes, *region)
        if np.allclose(following, changes):
            break
        changes = following
    return best


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_never_below_algorithm_2_and_no_bound_is_broken(kind: str, norm: str) -> None:
    rng = np.random.default_rng([KINDS.index(kind), NORMS.index(norm)])
    for number in range(30):
        instance, feasible = random_person(rng, kind, norm, price=number % 4 == 0)

        found = certified_recourse(*instance, feasible, max_nodes=60)

        unit = 1.0 + abs(float(found.value))
        assert feasible.violation(instance[0], found.point) <= 1e-9
        assert found.value >= optimistic_recourse(*instance, feasible).value
        change = (found.point - instance[0])[feasible.mutable]
        expected = net_values(instance, feasible, change[None])[0]
        assert found.value == pytest.approx(expected, rel=1e-9, abs=1e-9)
        known = best_of_starts(rng, instance, feasible)
        assert found.upper_bound >= known - 1e-10 * unit
        assert found.gap >= 0.0
        if norm == "l1":
            assert found.gap == 0.0
        elif feasible.price == 0.0 and norm in ("linf", "l2"):
            assert found.gap <= 1e-4 * unit
        assert found.value >= known - max(float(found.gap), GAP * unit)


# -- points ------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", ["l1", "l2", "linf"])
def test_all_points_are_tried(norm: str) -> None:
    rng = np.random.default_rng(3)
    for number in range(40):
        instance, feasible = random_person(rng, "steps", norm, price=number % 2 == 0)
        assert feasible.moves is not None
        levels = [each for each in feasible.moves.levels if each is not None]
        every = np.array(list(itertools.product(*levels)))
        affordable = every[feasible.efforts(every) <= feasible.radius + 1e-12]

        found = certified_recourse(*instance, feasible)

        best = net_values(instance, feasible, affordable).max()
        assert found.value == pytest.approx(best, rel=1e-12, abs=1e-12)
        assert found.gap == 0.0
        assert found.nodes == len(affordable)


def test_too_many_combinations_leave_an_honest_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    left = 0
    for number in range(100):
        kind, norm = ("steps", "steps and free")[number % 2], ("l1", "l2", "linf")[number % 3]
        instance, feasible = random_person(rng, kind, norm)
        exact = certified_recourse(*instance, feasible)
        linear = best_recourse(instance[0], instance[1], feasible)
        assert linear.gap == 0.0
        monkeypatch.setattr(boxes, "MOST_BOXES", 0)
        found = certified_recourse(*instance, feasible)
        rounded = best_recourse(instance[0], instance[1], feasible)
        monkeypatch.undo()

        assert feasible.violation(instance[0], found.point) <= 1e-9
        assert found.value <= exact.upper_bound + 1e-9
        assert found.upper_bound >= exact.value - 1e-9
        assert rounded.value <= linear.value + 1e-9
        assert rounded.value + rounded.gap >= linear.value - 1e-9
        left += found.gap > 1e-3 and rounded.gap > 1e-3
    assert left > 10


def test_more_boxes_than_patience_leave_an_honest_gap() -> None:
    rng = np.random.default_rng(5)
    left = 0
    for _ in range(60):
        instance, feasible = random_person(rng, "steps and free", "lp")
        whole = certified_recourse(*instance, feasible)
        short = certified_recourse(*instance, feasible, max_nodes=1)
        assert short.upper_bound >= whole.value - 1e-9
        assert short.value <= whole.upper_bound + 1e-9
        left += short.gap > whole.gap + 1e-3
    assert left > 0


# -- l1 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 4, 30])
def test_l1_is_the_best_of_its_vertices(size: int) -> None:
    rng = np.random.default_rng(size)
    for outcomes in (0, 3, 20):
        instance, weight = learned(rng, size, outcomes), rng.uniform(0.5, 2.0, size)
        free = np.full(size, np.inf)
        feasible = FeasibleSet(np.arange(size), -free, free, weight, 2.0, "l1")
        corners = np.vstack((np.diag(2.0 / weight), -np.diag(2.0 / weight)))

        found = certified_recourse(*instance, feasible)

        best = net_values(instance, feasible, corners).max()
        assert found.value == pytest.approx(best, rel=1e-12)
        assert found.gap == 0.0


def test_the_vertices_of_an_l1_ball_within_a_box_hold_every_linear_maximum() -> None:
    rng = np.random.default_rng(6)
    for _ in range(200):
        size = int(rng.integers(1, 6))
        feasible = random_feasible_set(rng, np.arange(size), "l1")
        limits = feasible.lower, feasible.upper, feasible.weight, feasible.radius
        vertices = vertices_l1(*limits)
        assert vertices is not None
        for vertex in vertices:
            assert feasible.violation(np.zeros(size), vertex) <= 1e-9
        slopes = rng.standard_normal((20, size))
        found = best_recourse(np.zeros((20, size)), slopes, feasible)
        np.testing.assert_allclose((slopes @ vertices.T).max(axis=1), found.value, atol=1e-9)


def test_l1_with_too_many_vertices_has_a_bound() -> None:
    rng = np.random.default_rng(7)
    instance = learned(rng, 24, 20)
    feasible = FeasibleSet(
        np.arange(24), np.full(24, -0.3), np.full(24, 0.2), np.ones(24), 3.0, "l1"
    )
    limits = feasible.lower, feasible.upper, feasible.weight, feasible.radius
    assert vertices_l1(*limits) is None
    found = certified_recourse(*instance, feasible, max_nodes=50)
    assert feasible.violation(instance[0], found.point) <= 1e-9
    assert best_of_starts(rng, instance, feasible) <= found.upper_bound
    assert found.gap <= 0.5 * (1.0 + abs(found.value))


# -- ellipsoids ----------------------------------------------------------------------------------


def whitened(instance: Instance, root: Array) -> Instance:
    """The same problem in u = U·change, so that the person's mutable features are U·x_M."""
    x, estimate, precision, rho = instance
    size = len(root)
    back = np.eye(x.size)
    back[:size, :size] = inverse(root)
    forth = inverse(back)
    return forth @ x, back.T @ estimate, forth @ precision @ forth.T, rho


@pytest.mark.parametrize("size", [1, 2, 5])
def test_mahalanobis_is_l2_after_whitening(size: int) -> None:
    rng = np.random.default_rng(size)
    for number in range(40):
        instance = learned(rng, size + number % 3, int(rng.integers(0, 12)))
        root = np.asarray(np.linalg.cholesky(random_metric(rng, size)).T.copy())
        weight = 1.0 / np.linalg.norm(inverse(root), axis=1)
        free = np.full(size, np.inf)
        feasible = FeasibleSet(
            np.arange(size), -free, free, weight, 1.5, "mahalanobis", metric=root
        )

        found = certified_recourse(*instance, feasible)

        expected = certified_recourse(*whitened(instance, root), ball(size, 1.5))
        unit = 1.0 + abs(float(expected.value))
        assert found.value == pytest.approx(expected.value, abs=2.0 * GAP * unit)
        assert found.gap <= GAP * unit


@pytest.mark.parametrize(("norm", "power"), [("lp", 1.4), ("lp", 3.0), ("mahalanobis", None)])
def test_a_grid_in_the_plane(norm: str, power: float | None) -> None:
    rng = np.random.default_rng(8)
    axis = np.linspace(-3.0, 3.0, 301)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    proved = 0
    for number in range(60):
        instance = learned(rng, 2 + number % 3, int(rng.integers(0, 12)))
        lower, upper = -rng.uniform(0.0, 3.0, 2), rng.uniform(0.0, 3.0, 2)
        root = np.asarray(np.linalg.cholesky(random_metric(rng, 2)).T.copy())
        more: dict[str, Any] = {"power": power} if power else {"metric": root}
        weight = np.ones(2) if power else 1.0 / np.linalg.norm(inverse(root), axis=1)
        feasible = FeasibleSet(np.arange(2), lower, upper, weight, 1.2, norm, **more)
        inside = (grid >= lower).all(1) & (grid <= upper).all(1) & (feasible.efforts(grid) <= 1.2)
        best = net_values(instance, feasible, grid[inside]).max()

        found = certified_recourse(*instance, feasible)

        unit = 1.0 + abs(best)
        assert found.upper_bound >= best
        assert found.value >= best - 1e-9 * unit
        proved += found.gap <= GAP * unit
    assert proved >= (3 if power == 1.4 else 50)


def test_a_touching_ellipsoid_holds_the_ball_within_the_box() -> None:
    rng = np.random.default_rng(9)
    for _ in range(200):
        size = int(rng.integers(1, 6))
        low, high = -rng.uniform(0.1, 2.0, size), rng.uniform(0.1, 2.0, size)
        matrix = random_metric(rng, size)
        instance = learned(rng, size, 5)
        factor = factor_of(instance[2])
        goal = goal_of(factor, instance[1], 1.0, instance[0], np.arange(size))
        changes = rng.uniform(low, high, (300, size))
        effort = np.sqrt(np.einsum("ni,ij,nj->n", changes, matrix, changes))
        inside = changes[effort <= 1.0]
        start = Found(low.clip(-0.1), 0.0, np.inf, 0)
        patience = Patience(1e-9, 100)
        found = touching(goal, matrix, 1.0, low, high, start, patience)
        if len(inside):
            assert goal.at(inside).max() <= found.bound


# -- price -------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", ["l2", "linf", "lp"])
def test_a_price_without_bounds_asks_for_all_or_nothing(norm: str) -> None:
    rng = np.random.default_rng(10)
    angle = np.linspace(0.0, 2.0 * np.pi, 4001)
    circle = np.column_stack((np.cos(angle), np.sin(angle)))
    free, staying = np.full(2, np.inf), 0
    power = 3.0 if norm == "lp" else None
    for number in range(60):
        instance = learned(rng, 2 + number % 3, int(rng.integers(0, 12)))
        price = float(rng.uniform(0.2, 6.0))
        feasible = FeasibleSet(
            np.arange(2), -free, free, np.ones(2), 1.5, norm, power=power, price=price
        )
        rays = circle / feasible.efforts(circle)[:, None]
        best = max(
            float(net_values(instance, feasible, share * rays).max())
            for share in np.linspace(0.0, 1.5, 16)
        )

        found = certified_recourse(*instance, feasible)

        unit = 1.0 + abs(best)
        assert best - 1e-9 * unit <= found.upper_bound
        assert best - 1e-9 * unit <= found.value <= best + 1e-4 * unit
        asked = feasible.effort((found.point - instance[0])[:2])
        assert asked == pytest.approx(1.5) or asked == 0.0
        staying += asked == 0.0
        assert norm == "lp" or found.gap <= GAP * unit
    assert 5 < staying < 55


# -- links and mandatory changes -----------------------------------------------------------------


def test_followers_count_with_their_leader() -> None:
    rng = np.random.default_rng(11)
    compared = 0
    for _ in range(60):
        instance, feasible = random_person(rng, "links", "linf")
        if feasible.mutable.size > 3:
            continue
        assert feasible.moves is not None
        reach = feasible.radius / feasible.weight[:2]
        ends = np.array(
            [np.maximum(feasible.lower[:2], -reach), np.minimum(feasible.upper[:2], reach)]
        )
        corners = np.array([[a, b, 0.0] for a in ends[:, 0] for b in ends[:, 1]])
        corners = np.array([feasible.moves.followed(corner) for corner in corners])
        found = certified_recourse(*instance, feasible)
        best = net_values(instance, feasible, corners).max()
        assert found.value == pytest.approx(best, rel=1e-9)
        assert found.gap <= 1e-12 * (1.0 + abs(best))
        compared += 1
    assert compared > 10


def test_algorithm_2_starts_within_the_budget_where_features_must_change() -> None:
    """Changing the second alone takes more than the budget; with the first it takes less."""
    metric = np.array([[1.0, 0.9], [0.0, 0.2]])
    weight = 1.0 / np.linalg.norm(inverse(metric), axis=1)
    lower, upper = np.array([-np.inf, 1.0]), np.array([np.inf, 2.0])
    feasible = FeasibleSet(np.arange(2), lower, upper, weight, 0.5, "mahalanobis", metric=metric)
    for estimate in ([0.0, 0.0], [5.0, 0.0], [0.0, -1.0]):
        instance = (np.array([1.0, 1.0]), np.array(estimate), np.eye(2), 0.5)
        for found in (
            optimistic_recourse(*instance, feasible),
            optimistic_recourse(*instance, feasible, max_iterations=1),
            certified_recourse(*instance, feasible),
        ):
            assert feasible.violation(instance[0], found.point) <= 1e-9
