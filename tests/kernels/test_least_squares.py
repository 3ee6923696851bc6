"""Ridge regression by rotations: hand-computed numbers, dense solves, no drift."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_triangular

from recourse_bandits import kernels
from tests.kernels.instances import Array

SIZES = [*range(1, 14), 50, 101]


def triangular(rng: np.random.Generator, size: int) -> Array:
    """A well-conditioned upper triangular matrix."""
    factor = np.triu(rng.standard_normal((size, size))) / size
    np.fill_diagonal(factor, rng.uniform(0.5, 2.0, size))
    return factor


def solved(factor: Array, moment: Array) -> Array:
    out = np.empty_like(moment)
    kernels.least_squares.solve(factor, moment, out)
    return out


def test_one_feature_by_hand() -> None:
    # penalty 1; contexts 2 and 2, rewards 3 and 5: V = 1 + 4 + 4 = 9, sum x·r = 16
    factor, moment = np.eye(1), np.zeros(1)

    kernels.least_squares.rotate_in(factor, moment, np.array([2.0]), 3.0)
    kernels.least_squares.rotate_in(factor, moment, np.array([2.0]), 5.0)

    assert factor[0, 0] == pytest.approx(3.0, rel=1e-15)
    assert moment[0] == pytest.approx(16.0 / 3.0, rel=1e-15)
    assert solved(factor, moment)[0] == pytest.approx(16.0 / 9.0, rel=1e-15)
    assert kernels.least_squares.log_determinant(factor) == pytest.approx(np.log(9.0))


def test_two_features_by_hand() -> None:
    # penalty 1; (1, 0) -> 2, (1, 1) -> 3: V = [[3, 1], [1, 2]], moment (5, 3), det 5
    factor, moment = np.eye(2), np.zeros(2)

    kernels.least_squares.rotate_in(factor, moment, np.array([1.0, 0.0]), 2.0)
    kernels.least_squares.rotate_in(factor, moment, np.array([1.0, 1.0]), 3.0)
    estimate = solved(factor, moment)
    mean, half_width = kernels.least_squares.predict(factor, estimate, 2.0, np.array([1.0, 2.0]))

    np.testing.assert_allclose(factor.T @ factor, [[3.0, 1.0], [1.0, 2.0]], rtol=1e-15)
    np.testing.assert_allclose(estimate, [7.0 / 5.0, 4.0 / 5.0], rtol=1e-15)
    assert mean == pytest.approx(3.0, rel=1e-15)
    # V^-1 = [[2, -1], [-1, 3]] / 5: p' V^-1 p = (2 - 4 + 12) / 5 = 2
    assert half_width == pytest.approx(2.0 * np.sqrt(2.0), rel=1e-15)
    assert kernels.least_squares.log_determinant(factor) == pytest.approx(np.log(5.0))


def test_a_prior_mean_is_kept_without_outcomes_and_pulls_afterwards() -> None:
    # prior mean 4 with precision 9; one outcome 10 at x = 1: (36 + 10) / 10
    factor, moment = np.array([[3.0]]), np.array([12.0])
    assert solved(factor, moment)[0] == pytest.approx(4.0)

    kernels.least_squares.rotate_in(factor, moment, np.array([1.0]), 10.0)

    assert solved(factor, moment)[0] == pytest.approx(4.6, rel=1e-15)


@pytest.mark.parametrize("dimension", SIZES)
def test_rotating_rows_in_equals_the_dense_solution(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    contexts, rewards = rng.standard_normal((40, dimension)), rng.standard_normal(40)
    contexts[rng.random(contexts.shape) < 0.2] = 0.0
    prior = rng.uniform(0.5, 2.0, dimension)
    factor, moment = np.diag(np.sqrt(prior)), np.zeros(dimension)

    for x, reward in zip(contexts, rewards, strict=True):
        kernels.least_squares.rotate_in(factor, moment, x, reward)

    precision = np.diag(prior) + contexts.T @ contexts
    np.testing.assert_allclose(factor.T @ factor, precision, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(factor, np.triu(factor))
    assert (np.diag(factor) > 0.0).all()
    estimate = solved(factor, moment)
    expected = np.linalg.solve(precision, contexts.T @ rewards)
    np.testing.assert_allclose(estimate, expected, rtol=1e-10, atol=1e-12)
    log_det = kernels.least_squares.log_determinant(factor)
    assert log_det == pytest.approx(np.linalg.slogdet(precision)[1], rel=1e-12)


def test_rotating_in_leaves_the_row_alone() -> None:
    x = np.array([1.0, -2.0, 3.0])

    kernels.least_squares.rotate_in(np.eye(3), np.zeros(3), x, 1.0)

    assert x.tolist() == [1.0, -2.0, 3.0]


@pytest.mark.parametrize("size", SIZES)
def test_triangular_solves_agree_with_scipy(size: int) -> None:
    rng = np.random.default_rng(size)
    factor, right = triangular(rng, size), rng.standard_normal(size)
    upper, lower = np.full(size, np.nan), np.full(size, np.nan)
    before = right.copy()

    kernels.least_squares.solve(factor, right, upper)
    kernels.least_squares.solve_transposed(factor, right, lower)

    np.testing.assert_allclose(upper, solve_triangular(factor, right), rtol=1e-11, atol=1e-12)
    expected = solve_triangular(factor, right, trans="T")
    np.testing.assert_allclose(lower, expected, rtol=1e-11, atol=1e-12)
    np.testing.assert_array_equal(right, before)


@given(st.integers(1, 20), st.integers(0, 2**32 - 1))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_the_two_solves_invert_the_precision_matrix(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    factor, x = triangular(rng, size), rng.standard_normal(size)
    rotated, back = np.empty(size), np.empty(size)

    kernels.least_squares.solve_transposed(factor, x, rotated)
    kernels.least_squares.solve(factor, rotated, back)

    np.testing.assert_allclose(factor.T @ (factor @ back), x, rtol=1e-9, atol=1e-9)
    square = kernels.least_squares.dot(rotated, rotated)
    assert square == pytest.approx(float(x @ back), rel=1e-9)


@pytest.mark.parametrize("size", [0, 1, 7, 64, 101])
def test_dot_is_the_inner_product(size: int) -> None:
    rng = np.random.default_rng(size)
    x, y = rng.standard_normal(size), rng.standard_normal(size)

    assert kernels.least_squares.dot(x, y) == pytest.approx(float(x @ y), rel=1e-12, abs=1e-13)


def test_predict_broadcasts_over_people_and_arms() -> None:
    rng = np.random.default_rng(5)
    factor = np.stack([triangular(rng, 4) for _ in range(3)])
    estimate, points = rng.standard_normal((3, 4)), rng.standard_normal((6, 1, 4))
    rho = np.array([0.0, 1.0, 2.5])

    mean, half_width = kernels.least_squares.predict(factor, estimate, rho, points)

    assert mean.shape == half_width.shape == (6, 3)
    for person in range(6):
        for arm in range(3):
            point = points[person, 0]
            width = np.sqrt(point @ np.linalg.solve(factor[arm].T @ factor[arm], point))
            assert mean[person, arm] == pytest.approx(point @ estimate[arm], rel=1e-12)
            assert half_width[person, arm] == pytest.approx(rho[arm] * width, rel=1e-11)


@pytest.mark.parametrize("penalty", [1.0, 1e-3])
def test_a_hundred_thousand_nearly_collinear_updates_do_not_drift(penalty: float) -> None:
    dimension, outcomes = 8, 100_000
    rng = np.random.default_rng(1)
    common = rng.standard_normal(dimension)
    contexts = common + 1e-4 * rng.standard_normal((outcomes, dimension))
    rewards = contexts @ rng.standard_normal(dimension) + rng.standard_normal(outcomes)
    factor, moment = np.sqrt(penalty) * np.eye(dimension), np.zeros(dimension)

    for x, reward in zip(contexts, rewards, strict=True):
        kernels.least_squares.rotate_in(factor, moment, x, reward)

    # Householder QR of all rows at once never squares the condition number either
    prior = np.column_stack([np.sqrt(penalty) * np.eye(dimension), np.zeros(dimension)])
    triangle = np.linalg.qr(np.vstack([prior, np.column_stack([contexts, rewards])])).R
    exact, exact_moment = triangle[:dimension, :dimension], triangle[:dimension, dimension]
    assert np.linalg.cond(exact) > 300.0
    estimate, expected = solved(factor, moment), solve_triangular(exact, exact_moment)
    assert np.linalg.norm(estimate - expected) < 1e-8 * np.linalg.norm(expected)
    log_det = 2.0 * np.log(np.abs(np.diag(exact))).sum()
    assert kernels.least_squares.log_determinant(factor) == pytest.approx(log_det, rel=1e-10)
    for point in (common, contexts[-1], *rng.standard_normal((5, dimension))):
        mean, half_width = kernels.least_squares.predict(factor, estimate, 2.0, point)
        width = np.linalg.norm(solve_triangular(exact, point, trans="T"))
        assert half_width == pytest.approx(2.0 * width, rel=1e-8)
        assert mean == pytest.approx(float(point @ expected), rel=1e-8)


def test_a_division_by_zero_is_an_infinity_whoever_compiled_the_function() -> None:
    out = np.zeros(1)
    kernels.least_squares.solve(np.zeros((1, 1)), np.ones(1), out)
    assert out[0] == np.inf
