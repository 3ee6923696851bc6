"""A measured effect that is linear in the dose, against dense least squares."""

import math

import numpy as np
import pytest

from recourse_bandits import kernels
from tests.kernels.instances import Array, Indices, inverse, solved


def dense(psi: Array, arm: Indices, dose: Array, arms: int) -> Array:
    """The rows chi, one below the other."""
    slots = np.zeros((dose.size, arms))
    slots[np.arange(dose.size), arm] = dose
    return np.hstack([psi, slots])


def test_one_arm_by_hand() -> None:
    # B = I; psi = 1, dose 2, P = 3, noise 1: B = [[2, 2], [2, 5]], B·u = (3, 6), det 6
    factor, moment, estimate = np.eye(2), np.zeros(2), np.zeros(2)

    kernels.dose_response.learn(factor, moment, estimate, np.ones(1), 0, 2.0, 3.0, 1.0)
    mean, deviation = kernels.dose_response.effect(factor, estimate, np.ones(1), 0, 1.0)

    np.testing.assert_allclose(factor.T @ factor, [[2.0, 2.0], [2.0, 5.0]], rtol=1e-15)
    np.testing.assert_allclose(estimate, [0.5, 1.0], rtol=1e-14)
    assert mean == pytest.approx(1.5, rel=1e-14)
    # (1, 1) B^-1 (1, 1)' = (5 - 4 + 2) / 6; B^-1 has 1/3 in the place of tau
    assert deviation == pytest.approx(math.sqrt(0.5), rel=1e-14)
    size = kernels.dose_response.slope_size(factor, estimate, 3.0, 1)
    assert size == pytest.approx(math.sqrt(1.0 + 9.0 / 3.0), rel=1e-14)


def test_without_psi_the_arms_are_told_apart_by_their_doses_alone() -> None:
    factor, moment, estimate = np.eye(2), np.zeros(2), np.zeros(2)

    kernels.dose_response.learn(factor, moment, estimate, np.empty(0), 1, 3.0, 6.0, 1.0)

    np.testing.assert_allclose(estimate, [0.0, 1.8], rtol=1e-15, atol=0.0)


@pytest.mark.parametrize("arms", [1, 2, 5])
@pytest.mark.parametrize("features", [0, 1, 4, 12])
@pytest.mark.parametrize("noise", [1.0, 0.02, 30.0])
def test_many_sub_outcomes_are_dense_least_squares(arms: int, features: int, noise: float) -> None:
    rng = np.random.default_rng(arms * 100 + features)
    psi, pi = rng.standard_normal((200, features)), rng.standard_normal(features + arms)
    arm, dose = rng.integers(arms, size=200), rng.uniform(0.0, 40.0, 200)
    chi = dense(psi, arm, dose, arms)
    effects = chi @ pi + noise * rng.standard_normal(200)
    size = features + arms
    factor, moment, estimate = np.eye(size), np.zeros(size), np.zeros(size)

    for i in range(200):
        row = psi[i], int(arm[i]), float(dose[i]), float(effects[i]), noise
        kernels.dose_response.learn(factor, moment, estimate, *row)

    precision = np.eye(size) + chi.T @ chi / noise**2
    largest = float(precision.max())
    np.testing.assert_allclose(factor.T @ factor, precision, rtol=1e-9, atol=1e-14 * largest)
    expected = np.linalg.lstsq(
        np.vstack([np.eye(size), chi / noise]), np.append(np.zeros(size), effects / noise)
    )[0]
    np.testing.assert_allclose(estimate, expected, rtol=1e-8, atol=1e-9)
    mean, deviation = kernels.dose_response.effect(factor, estimate, psi, arm, dose)
    np.testing.assert_allclose(mean, chi @ expected, rtol=1e-8, atol=1e-8)
    widths = np.sqrt(np.einsum("ij,jk,ik->i", chi, inverse(precision), chi))
    np.testing.assert_allclose(deviation, widths, rtol=1e-8)


def test_a_prior_mean_is_kept_without_sub_outcomes() -> None:
    prior_mean, prior = np.array([1.0, -2.0]), np.array([[4.0, 1.0], [1.0, 2.0]])
    factor = np.ascontiguousarray(np.linalg.cholesky(prior).T)
    moment, estimate = factor @ prior_mean, prior_mean.copy()

    kernels.dose_response.learn(factor, moment, estimate, np.array([1.0]), 0, 0.5, 1.0, 2.0)

    chi = np.array([1.0, 0.5])
    precision = prior + np.outer(chi, chi) / 4.0
    np.testing.assert_allclose(estimate, solved(precision, prior @ prior_mean + chi / 4.0))


def test_samples_have_the_stated_law() -> None:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((6, 3))
    precision = np.eye(3) + rows.T @ rows
    factor = np.ascontiguousarray(np.linalg.cholesky(precision).T)
    estimate, numbers, out = rng.standard_normal(3), 20_000, np.empty(3)
    found = np.empty((numbers, 3))
    for number in range(numbers):
        drawn = kernels.draws.normal(2, number, 0, np.arange(3))
        kernels.dose_response.sample(factor, estimate, 0.7, drawn, out)
        found[number] = out

    whitened = (found - estimate) @ factor.T / 0.7
    assert np.abs(whitened.mean(0)).max() < 4.0 / math.sqrt(numbers)
    bound = 4.0 * np.sqrt((1.0 + np.eye(3)) / numbers)
    assert (np.abs(whitened.T @ whitened / numbers - np.eye(3)) < bound).all()
    for place in range(3):
        size = kernels.dose_response.slope_size(factor, estimate, 0.7, place)
        squares = found[:, place] ** 2
        error = squares.std() / math.sqrt(numbers)
        assert size**2 == pytest.approx(squares.mean(), abs=4.0 * error)


def test_a_key_draws_what_its_numbers_say_for_many_decisions_at_once() -> None:
    rng = np.random.default_rng(2)
    factor, estimate = np.triu(rng.uniform(0.5, 2.0, (3, 3))), rng.standard_normal(3)
    numbers = np.arange(200)

    found = kernels.dose_response.sampled(factor, estimate, 0.7, 4, numbers, 6)

    place = kernels.dose_response.EFFECT_INDEX + np.arange(3)
    drawn = kernels.draws.normal(4, numbers[:, None], 6, place)
    expected = estimate + 0.7 * np.linalg.solve(factor, drawn.T).T
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    one = kernels.dose_response.sampled(factor, estimate, 0.7, 4, 17, 6)
    np.testing.assert_array_equal(one, found[17])
    with pytest.raises(ValueError, match="must have shape"):
        kernels.dose_response.sampled(factor[:2], estimate, 0.7, 4, 17, 6)


def test_sub_outcomes_may_arrive_in_any_order() -> None:
    """Sums have no order: shuffled sub-outcomes give the same belief but for rounding."""
    rng = np.random.default_rng(6)
    psi, arm, dose = rng.standard_normal((50, 2)), rng.integers(3, size=50), rng.uniform(size=50)
    effects = rng.standard_normal(50)
    found = []
    for order in (np.arange(50), rng.permutation(50)):
        factor, moment, estimate = np.eye(5), np.zeros(5), np.zeros(5)
        for i in order:
            row = psi[i], int(arm[i]), float(dose[i]), float(effects[i]), 0.5
            kernels.dose_response.learn(factor, moment, estimate, *row)
        found.append((factor, estimate))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
