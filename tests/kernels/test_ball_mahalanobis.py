"""The linear maximiser over an ellipsoid and a box: by hand, against oracles, its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear, minimize

from recourse_bandits.kernels.ball_lp import best_change_lp
from recourse_bandits.kernels.ball_mahalanobis import (
    best_change_mahalanobis,
    effort_mahalanobis,
    least_effort_mahalanobis,
)
from tests.kernels.ball_instances import Ellipsoid, maximised, random_ball, random_ellipsoid
from tests.kernels.ball_oracles import (
    between,
    in_units_of_effort,
    mahalanobis_shortfall,
    unit_slope,
)
from tests.kernels.instances import Array, solved

INF = np.inf
SEEDS = st.integers(0, 2**32 - 1)
CONDITIONS = (1.0, 1e2, 1e4, 1e8)
# A = U'U = [[1, 1], [1, 2]], with the inverse [[2, -1], [-1, 1]]
SHEAR = [[1.0, 1.0], [0.0, 1.0]]


def best(body: Ellipsoid) -> Array:
    return maximised(best_change_mahalanobis, body)


def least(body: Ellipsoid) -> tuple[Array, float]:
    change = np.full(body.slope.size, np.nan)
    return change, float(least_effort_mahalanobis(body.lower, body.upper, body.factor, change))


def ellipsoid(
    slope: list[float],
    lower: list[float],
    upper: list[float],
    factor: list[list[float]],
    radius: float,
) -> Ellipsoid:
    matrix = np.array(factor, np.float64).reshape(len(factor), len(slope))
    vectors = [np.array(vector, np.float64) for vector in (slope, lower, upper)]
    return Ellipsoid(vectors[0], vectors[1], vectors[2], matrix, float(radius))


def excess(body: Ellipsoid, change: Array) -> float:
    """How far a change leaves the ellipsoid, relative to its radius; inf if it leaves the box."""
    boxed = np.isfinite(change) & (change >= body.lower) & (change <= body.upper)
    body, units = in_units_of_effort(body)
    over = np.linalg.norm(body.factor @ (change / units)) - 1.0
    return float(over) if boxed.all() else INF


@pytest.mark.parametrize(
    ("slope", "lower", "upper", "factor", "radius", "change"),
    [
        # A^-1 t = (1, 0), of effort 1
        ([1, 1], [-INF, -INF], [INF, INF], SHEAR, 3, [3, 0]),
        # A^-1 t = (2, -1), t'A^-1 t = 2
        ([1, 0], [-INF, -INF], [INF, INF], SHEAR, np.sqrt(2), [2, -1]),
        # the first held at 1: (1 + c)² + c² <= 5
        ([1, 1], [-INF, -INF], [1, INF], SHEAR, np.sqrt(5), [1, 1]),
        # both held; the box lies inside
        ([1, -1], [-INF, -0.5], [1, INF], SHEAR, 9, [1, -0.5]),
        # a feature without slope lowers the effort of the other, in this case to the full: -c/2
        ([1, 0], [-INF, -INF], [2, INF], SHEAR, 9, [2, -1]),
        ([1, 0], [-INF, -0.25], [2, INF], SHEAR, 9, [2, -0.25]),
        # a move that must be: (2 + c)² + c² <= 10
        ([-1, 1], [2, -INF], [3, INF], SHEAR, np.sqrt(10), [2, 1]),
        # no slope: the least effort
        ([0, 0], [2, -INF], [3, INF], SHEAR, 9, [2, -1]),
        # one row, the second feature fixed at 3: |c + 3| <= 5
        ([1, 1], [-INF, 3], [INF, 3], [[1, 1]], 5, [2, 3]),
        ([-1, 1], [-INF, 3], [INF, 3], [[1, 1]], 5, [-8, 3]),
        # a fixed feature that takes no effort
        ([1, 1], [-INF, 3], [INF, 3], [[2, 0]], 5, [2.5, 3]),
        # a budget of 0
        ([1, 1], [-1, -INF], [INF, 1], SHEAR, 0, [0, 0]),
        ([-5], [-INF], [INF], [[2]], 3, [-1.5]),
        ([-5], [-1], [INF], [[2]], 3, [-1]),
        ([], [], [], [], 3, []),
    ],
)
def test_by_hand(
    slope: list[float],
    lower: list[float],
    upper: list[float],
    factor: list[list[float]],
    radius: float,
    change: list[float],
) -> None:
    found = best(ellipsoid(slope, lower, upper, factor, radius))

    np.testing.assert_allclose(found, change, rtol=1e-14, atol=1e-14)


def test_without_a_box_it_is_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        size = int(rng.integers(1, 31))
        factor = rng.standard_normal((size + 3, size))
        slope, free = rng.standard_normal(size), np.full(size, INF)
        direction = solved(factor.T @ factor, slope)
        expected = 2.0 * direction / np.sqrt(slope @ direction)

        found = best(Ellipsoid(slope, -free, free, factor, 2.0))
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("extreme", [False, True])
def test_attains_the_dual_bound_on_a_thousand_instances(condition: float, extreme: bool) -> None:
    for seed in range(1000):
        body = random_ellipsoid(np.random.default_rng(seed), condition, extreme=extreme)
        change = best(body)

        assert excess(body, change) <= 1e-11, seed
        assert mahalanobis_shortfall(body, change) <= 1e-10, seed


@pytest.mark.parametrize("condition", [1e2, 1e8])
@pytest.mark.parametrize("share", [1e-2, 1e-4, 1e-6])
def test_attains_the_dual_bound_where_little_of_the_budget_is_left(
    condition: float, share: float
) -> None:
    tried = 0
    for seed in range(1000):
        body = random_ellipsoid(np.random.default_rng(seed), condition, extreme=False)
        effort = least(body)[1]
        if effort <= 1e-9 * body.radius:
            continue  # 0, but for the rounding of moves that cancel each other
        body = body._replace(radius=effort * (1.0 + share))
        tried += 1
        change = best(body)

        assert excess(body, change) <= 1e-11, seed
        assert mahalanobis_shortfall(body, change) <= 1e-7, seed
    assert tried > 300


def test_a_move_that_takes_the_whole_budget_is_the_answer() -> None:
    """But for the square root of what the budget is rounded by."""
    tried = 0
    for seed in range(1000):
        body = random_ellipsoid(np.random.default_rng(seed), 1e8, extreme=False)
        start, effort = least(body)
        if effort <= 1e-9 * body.radius:
            continue
        tried += 1
        for factor in (1.0 - 1e-12, 1.0, 1.0 + 1e-12):
            whole = body._replace(radius=effort * factor)
            change = best(whole)
            away = np.linalg.norm(body.factor @ (change - start))

            assert excess(whole, change) <= 3e-12, seed
            assert away <= 1e-5 * effort, seed
    assert tried > 300


def test_features_without_slope_make_the_least_effort_where_budget_is_left() -> None:
    """All others come to their bounds; what a climb moved on the way is moved back."""
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        size = int(rng.integers(3, 9))
        slope = np.where(rng.random(size) < 0.5, rng.standard_normal(size), 0.0)
        lower, upper = -rng.uniform(0.0, 1.0, size), rng.uniform(0.0, 1.0, size)
        body = Ellipsoid(slope, lower, upper, rng.standard_normal((size, size)), 1e3)
        ends = np.where(slope > 0.0, upper, lower)
        held = body._replace(
            lower=np.where(slope != 0.0, ends, lower), upper=np.where(slope != 0.0, ends, upper)
        )
        closest = body._replace(radius=1.000001 * least(held)[1])  # so that climbing is not easy

        np.testing.assert_allclose(best(body), least(held)[0], atol=1e-9)
        np.testing.assert_allclose(best(closest), least(held)[0], atol=1e-9)


def test_a_diagonal_factor_is_a_weighted_l2_norm() -> None:
    for seed in range(1000):
        instance = random_ball(np.random.default_rng(seed), 2.0)
        weight = np.where(instance.weight > 0.0, instance.weight, 1.0)
        feasible = float(np.linalg.norm(weight * np.clip(0.0, instance.lower, instance.upper)))
        instance = instance._replace(weight=weight, radius=instance.radius + feasible)
        body = Ellipsoid(*instance[:3], np.diag(weight), instance.radius)
        expected = maximised(best_change_lp, instance, 2.0)

        np.testing.assert_allclose(best(body), expected, rtol=1e-9, atol=1e-11)


def test_is_not_beaten_by_a_general_solver() -> None:
    close = 0
    for seed in range(100):
        body = random_ellipsoid(np.random.default_rng(seed), 1e2, extreme=False)
        body, _ = in_units_of_effort(body)
        gram, slope = body.factor.T @ body.factor, unit_slope(body)
        found = minimize(
            lambda c, t: (-t @ c, -t),
            least(body)[0],
            args=(slope,),
            jac=True,
            bounds=np.column_stack([body.lower, body.upper]),
            constraints={
                "type": "ineq",
                "fun": lambda c, gram: 1.0 - c @ gram @ c,
                "jac": lambda c, gram: -2.0 * gram @ c,
                "args": (gram,),
            },
            method="SLSQP",
            options={"ftol": 1e-13, "maxiter": 500},
        )
        if excess(body, found.x) > 1e-9:
            continue
        lead = float(slope @ (best(body) - found.x))

        assert lead >= -1e-7, seed
        close += lead < 1e-5
    assert close >= 70  # so the solver is a rival worth beating


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_least_effort_agrees_with_bounded_least_squares(condition: float) -> None:
    for seed in range(300):
        body = random_ellipsoid(np.random.default_rng(seed), condition, extreme=False)
        change, effort = least(body)
        wide = body.lower < body.upper
        rival = lsq_linear(
            body.factor[:, wide],
            -body.factor[:, ~wide] @ body.lower[~wide],
            (body.lower[wide], body.upper[wide]),
            method="bvls",
            tol=1e-14,
            max_iter=1000,
        )
        assert rival.success, seed

        assert ((change >= body.lower) & (change <= body.upper)).all()
        assert effort == pytest.approx(np.linalg.norm(body.factor @ change), rel=1e-12, abs=1e-13)
        assert effort <= np.sqrt(2.0 * rival.cost) * (1.0 + 1e-9) + 1e-12, seed
        assert effort >= np.sqrt(2.0 * rival.cost) * (1.0 - 1e-7) - 1e-7, seed


def test_efforts_overflow_never() -> None:
    factor = np.array([[3.0, 0.0], [4.0, 5.0]])
    for scale in (1e-300, 1.0, 1e300):
        found = effort_mahalanobis(np.array([scale, 0.0]), factor)
        assert found == pytest.approx(5.0 * scale, rel=1e-14)
    assert effort_mahalanobis(np.zeros(2), factor) == 0.0
    assert effort_mahalanobis(np.zeros(0), np.zeros((0, 0))) == 0.0


def test_inputs_are_not_written_to() -> None:
    for seed in range(100):
        body = random_ellipsoid(np.random.default_rng(seed), 1e2, extreme=False)
        before = [np.copy(part) for part in body]
        best(body)
        for part, old in zip(body, before, strict=True):
            np.testing.assert_array_equal(part, old)


@given(seed=SEEDS, condition=st.sampled_from(CONDITIONS))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_no_random_feasible_change_is_better(seed: int, condition: float) -> None:
    rng = np.random.default_rng(seed)
    body, _ = in_units_of_effort(random_ellipsoid(rng, condition, extreme=False))
    wished = 3.0 * rng.standard_normal((100, body.slope.size))
    wished = np.clip(wished, body.lower, body.upper)

    def fits(changes: Array) -> Array:
        return np.asarray(np.linalg.norm(changes @ body.factor.T, axis=-1) <= 1.0)

    rivals = between(least(body)[0], wished, fits, rng.random(100))
    terms = unit_slope(body) * best(body)
    slope = unit_slope(body)

    assert max(excess(body, rival) for rival in rivals) <= 1e-9
    assert (rivals @ slope).max() <= terms.sum() + 1e-9 * np.abs(terms).sum()


@given(seed=SEEDS, condition=st.sampled_from(CONDITIONS), factor=st.floats(1.0, 1e3))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_a_larger_budget_is_never_worse(seed: int, condition: float, factor: float) -> None:
    body = random_ellipsoid(np.random.default_rng(seed), condition, extreme=False)
    terms = body.slope * best(body)
    more = body.slope @ best(body._replace(radius=body.radius * factor))

    assert more >= terms.sum() - 1e-10 * np.abs(terms).sum()


@given(seed=SEEDS, slopes=st.integers(-150, 150), efforts=st.integers(-6, 6))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_units_do_not_matter(seed: int, slopes: int, efforts: int) -> None:
    body = random_ellipsoid(np.random.default_rng(seed), 1e2, extreme=False)
    other = body._replace(
        slope=body.slope * 10.0**slopes,
        factor=body.factor * 10.0**efforts,
        radius=body.radius * 10.0**efforts,
    )

    np.testing.assert_allclose(best(other), best(body), rtol=1e-9, atol=1e-9 * body.radius)
