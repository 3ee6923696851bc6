"""The certified maximum: never below what is known, its bound never broken, hard cases closed."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import FeasibleSet, certified_recourse, optimistic_recourse
from recourse_bandits.errors import DescriptionError
from tests.kernels.instances import (
    NORMS,
    Array,
    Instance,
    ball,
    inverse,
    learned,
    random_feasible_set,
    random_mutable,
    random_precision,
)
from tests.kernels.oracles import algorithm_2, excess, optimistic_value, random_changes

GAP = 1e-6


def values_at(instance: Instance, feasible: FeasibleSet, changes: Array) -> Array:
    """g after changes of shape (n, m)."""
    x, estimate, precision, rho = instance
    points = np.tile(x, (len(changes), 1))
    points[:, feasible.mutable] += changes
    return optimistic_value(estimate, inverse(precision), rho, points)


def vertices(feasible: FeasibleSet) -> Array:
    """All vertices of an linf set without a box, shape (2^m, m)."""
    reach = feasible.radius / feasible.weight
    return np.array(list(itertools.product((-1.0, 1.0), repeat=reach.size))) * reach


@pytest.mark.parametrize(("dimension", "size"), [(2, 2), (8, 2), (5, 5), (12, 12)])
@pytest.mark.parametrize("outcomes", [0, 3, 5, 20, 200])
def test_never_below_algorithm_2_from_hundreds_of_starts(
    dimension: int, size: int, outcomes: int
) -> None:
    rng = np.random.default_rng([dimension, size, outcomes])
    for _ in range(25):
        x, estimate, precision, rho = learned(rng, dimension, outcomes)
        starts = rng.standard_normal((300, size))
        starts *= 3.0 / np.linalg.norm(starts, axis=1, keepdims=True)
        known = algorithm_2(estimate, inverse(precision), rho, x, size, 3.0, starts).max()

        found = certified_recourse(x, estimate, precision, rho, ball(size, 3.0))

        unit = 1.0 + abs(known)
        assert found.value >= known - 1e-6 * unit
        assert found.upper_bound >= known - 1e-12 * unit
        assert 0.0 <= found.gap <= GAP * unit


def test_the_maximum_of_a_dense_grid_in_the_plane() -> None:
    rng = np.random.default_rng(1)
    angle = np.linspace(0.0, 2.0 * np.pi, 40_000)
    circle = 3.0 * np.column_stack((np.cos(angle), np.sin(angle)))
    for number in range(300):
        instance = learned(rng, 2 + number % 4, int(rng.integers(0, 12)))
        feasible = ball(2, 3.0)
        best = values_at(instance, feasible, circle).max()

        found = certified_recourse(*instance, feasible)

        assert best <= found.upper_bound
        assert found.upper_bound <= best + (2.0 * GAP) * (1.0 + abs(best))


@pytest.mark.parametrize("slope", [0.0, 0.7, -2.0])
def test_hard_case_by_hand(slope: float) -> None:
    """No slope along the widest direction: both signs of c_1 are best, neither is stationary.

    slope·y + rho·sqrt(1 + 4(r² - y²) + y²/4) is at most sqrt(1 + 4r²)·sqrt(rho² + slope²/3.75).
    """
    precision, r, rho = np.diag([1.0, 0.25, 4.0]), 3.0, 2.0

    found = certified_recourse([1.0, 0, 0], [0, 0, slope], precision, rho, ball([1, 2], r))

    expected = np.sqrt(1.0 + 4.0 * r**2) * np.sqrt(rho**2 + slope**2 / 3.75)
    assert found.value == pytest.approx(expected, rel=1e-9)
    assert found.gap <= GAP * (1.0 + expected)
    assert found.nodes == 1


@pytest.mark.parametrize("size", [2, 3, 6])
def test_a_gap_that_bounds_of_the_whole_ball_leave_is_closed(size: int) -> None:
    """Both ends along one axis are equally good, and their mixture is better than either."""
    r, rho, q0 = 2.0, 1.0, 1.5
    x = np.zeros(size + 1)
    x[:2] = np.sqrt(q0 - 0.5**2 / 2.0), 0.5 / 2.0
    precision = np.diag([1.0, 0.5, *np.full(size - 1, 20.0)])
    up, down = (np.sqrt(x[0] ** 2 + 2.0 * (x[1] + c) ** 2) for c in (r, -r))
    estimate = np.zeros(size + 1)
    estimate[1] = rho * (down - up) / (2.0 * r)
    feasible = ball(list(range(1, size + 1)), r)

    found = certified_recourse(x, estimate, precision, rho, feasible)

    assert found.nodes > 1
    ends = np.zeros((2, size))
    ends[:, 0] = r, -r
    both = values_at((x, estimate, precision, rho), feasible, ends)
    assert both[0] == pytest.approx(both[1])
    assert found.upper_bound >= both.max()
    assert found.gap <= GAP * (1.0 + both.max())
    whole = certified_recourse(x, estimate, precision, rho, feasible, max_nodes=1)
    assert whole.gap > 1e-3


@pytest.mark.parametrize("dimension", [3, 10, 20])
def test_equal_eigenvalues_leave_two_directions(dimension: int) -> None:
    """With V = 2·I only the plane of person and estimate counts: a grid there is the oracle."""
    rng = np.random.default_rng(dimension)
    angle = np.linspace(0.0, 2.0 * np.pi, 20_000)
    for number in range(40):
        x = rng.standard_normal(dimension)
        # every other person has an estimate straight against them, the hardest case
        estimate = rng.standard_normal(dimension) if number % 2 else -rng.uniform(0.1, 2.0) * x
        away = rng.standard_normal(dimension) if number % 2 == 0 else estimate
        plane, _ = np.linalg.qr(np.column_stack((x, away)))
        instance = (x, estimate, 2.0 * np.eye(dimension), rng.uniform(0.1, 3.0))
        feasible = ball(dimension, 1.5)
        circle = 1.5 * np.column_stack((np.cos(angle), np.sin(angle))) @ plane.T
        best = values_at(instance, feasible, circle).max()

        found = certified_recourse(*instance, feasible)

        assert best <= found.upper_bound <= best + (2.0 * GAP) * (1.0 + abs(best))
        assert found.nodes < 100


@pytest.mark.parametrize(("size", "outcomes"), [(1, 3), (4, 5), (9, 20), (17, 5), (17, 60)])
def test_linf_is_the_best_vertex(size: int, outcomes: int) -> None:
    rng = np.random.default_rng([size, outcomes])
    for _ in range(5):
        instance = learned(rng, size, outcomes)
        free = np.full(size, np.inf)
        weight = rng.uniform(0.5, 2.0, size)
        feasible = FeasibleSet(np.arange(size), -free, free, weight, 1.0, "linf")
        best = values_at(instance, feasible, vertices(feasible)).max()

        found = certified_recourse(*instance, feasible)

        assert found.upper_bound >= best - 1e-12 * (1.0 + abs(best))
        if size <= 16:
            assert found.value == pytest.approx(best, rel=1e-12)
            assert found.gap <= 1e-12 * (1.0 + abs(best))
        else:
            assert found.value >= best - GAP * (1.0 + abs(best))


@pytest.mark.parametrize("nodes", [1, 2, 7])
def test_a_limit_of_boxes_leaves_an_honest_gap(nodes: int) -> None:
    rng = np.random.default_rng(nodes)
    instance, feasible = learned(rng, 17, 8), ball(17, 2.0, "linf")

    found = certified_recourse(*instance, feasible, tolerance=0.0, max_nodes=nodes)

    assert found.nodes <= nodes
    assert found.upper_bound >= values_at(instance, feasible, vertices(feasible)).max()
    assert found.gap > 0.0


def test_a_ball_within_a_box_against_a_grid_in_the_plane() -> None:
    rng = np.random.default_rng(3)
    axis = np.linspace(-3.0, 3.0, 401)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    for number in range(60):
        instance = learned(rng, 2 + number % 3, int(rng.integers(0, 12)))
        lower, upper = -rng.uniform(0.0, 4.0, 2), rng.uniform(0.0, 4.0, 2)
        feasible = FeasibleSet(np.arange(2), lower, upper, np.ones(2), 3.0, "l2")
        inside = (grid >= lower).all(1) & (grid <= upper).all(1) & ((grid**2).sum(1) <= 9.0)
        best = values_at(instance, feasible, grid[inside]).max()

        found = certified_recourse(*instance, feasible)

        assert found.upper_bound >= best
        assert found.value >= best - GAP * (1.0 + abs(best))
        assert found.gap <= 1e-3 * (1.0 + abs(best))


@given(seed=st.integers(0, 2**32 - 1), norm=st.sampled_from(NORMS))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_any_set_with_weights_bounds_and_mandatory_moves(seed: int, norm: str) -> None:
    rng = np.random.default_rng(seed)
    dimension = int(rng.integers(1, 8))
    feasible = random_feasible_set(rng, random_mutable(rng, dimension), norm)
    spread = np.outer(*[10.0 ** rng.uniform(-1.0, 1.0, dimension)] * 2)
    precision = random_precision(rng, dimension, int(rng.integers(0, 30))) * spread
    estimate = rng.standard_normal(dimension) * (rng.random(dimension) > 0.15)
    instance = (rng.standard_normal(dimension), estimate, precision, float(rng.uniform(0.0, 3.0)))

    found = certified_recourse(*instance, feasible, max_nodes=40)

    x = instance[0]
    change = (found.point - x)[feasible.mutable]
    immutable = np.setdiff1d(np.arange(dimension), feasible.mutable)
    np.testing.assert_array_equal(found.point[immutable], x[immutable])
    assert excess(feasible, change) <= 1e-9
    unit = 1.0 + abs(float(found.value))
    assert found.value == pytest.approx(values_at(instance, feasible, change[None])[0], rel=1e-9)
    assert found.value >= optimistic_recourse(*instance, feasible).value
    assert found.gap >= 0.0
    rivals = values_at(instance, feasible, random_changes(rng, feasible, 300))
    assert rivals.max() <= found.upper_bound + 1e-9 * unit


@pytest.mark.parametrize("norm", NORMS)
def test_where_nothing_is_uncertain_or_may_change_there_is_no_gap(norm: str) -> None:
    x, estimate = [3.0, 4.0], [1.0, 2.0]
    exact = certified_recourse(x, estimate, np.eye(2), 0.0, ball(2, 1.0, norm))
    assert exact.value == pytest.approx(11.0 + (np.sqrt(5.0) if norm == "l2" else 3.0))
    for feasible in (ball(0, 1.0, norm), ball(2, 0.0, norm)):
        still = certified_recourse(x, estimate, np.eye(2), 2.0, feasible)
        assert still.point == pytest.approx(x)
        assert still.value == pytest.approx(11.0 + 2.0 * 5.0)
        assert still.gap <= 1e-12
    assert exact.gap == 0.0


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("width", [0.0, 1e-300, 1e-12, 1e-6])
def test_boxes_without_width(norm: str, width: float) -> None:
    """One feature is held in all but name; the other decides, as if it were alone."""
    rng = np.random.default_rng(4)
    for start in (0.0, 0.5):
        instance = learned(rng, 3, 5)
        lower, upper = np.array([start, -np.inf]), np.array([start + width, np.inf])
        feasible = FeasibleSet(np.array([0, 1]), lower, upper, np.ones(2), 2.0, norm)
        reach = np.sqrt(4.0 - start**2) if norm == "l2" else 2.0
        best = values_at(instance, feasible, np.array([[start, reach], [start, -reach]])).max()

        found = certified_recourse(*instance, feasible)

        assert found.value == pytest.approx(best, abs=1e-5)
        assert found.gap <= 2.0 * GAP * (1.0 + abs(best))


@pytest.mark.parametrize("norm", NORMS)
def test_free_changes_within_bounds(norm: str) -> None:
    lower, upper = np.array([-1.0, -2.0]), np.array([2.0, 1.0])
    feasible = FeasibleSet(np.arange(2), lower, upper, np.zeros(2), 1.0, norm)

    found = certified_recourse([0.0, 0.0], [0.0, 0.0], np.eye(2), 1.0, feasible)

    assert np.abs(found.point) == pytest.approx([2.0, 2.0])
    assert found.value == pytest.approx(np.sqrt(8.0))
    assert found.gap <= 1e-12


def test_what_nothing_bounds_is_refused() -> None:
    free = np.full(1, np.inf)
    feasible = FeasibleSet(np.arange(1), -free, free, np.zeros(1), 1.0, "l2")
    with pytest.raises(DescriptionError, match="weight 0 must have finite bounds"):
        certified_recourse([0.0], [1.0], np.eye(1), 1.0, feasible)


@pytest.mark.parametrize("wrong", [{"tolerance": -1.0}, {"max_nodes": 0}])
def test_a_wrong_setting_is_named(wrong: dict[str, float]) -> None:
    with pytest.raises(DescriptionError, match=f"{next(iter(wrong))} must be"):
        certified_recourse([0.0], [1.0], np.eye(1), 1.0, ball(1, 1.0), **wrong)  # type: ignore[arg-type]


def test_a_batch_equals_one_call_each() -> None:
    rng = np.random.default_rng(6)
    people, estimates = rng.standard_normal((3, 1, 4)), rng.standard_normal((2, 4))
    precision = np.stack([random_precision(rng, 4, 6) for _ in range(2)])
    rho, feasible = np.array([0.0, 2.0]), ball([0, 2, 3], 1.5)

    batch = certified_recourse(people, estimates, precision, rho, feasible)

    assert batch.point.shape == (3, 2, 4)
    assert batch.gap.shape == (3, 2)
    for i, a in itertools.product(range(3), range(2)):
        alone = certified_recourse(people[i, 0], estimates[a], precision[a], rho[a], feasible)
        np.testing.assert_array_equal(batch.point[i, a], alone.point)
        assert batch.value[i, a] == alone.value
        assert batch.upper_bound[i, a] == alone.upper_bound
