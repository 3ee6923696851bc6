"""A chance of success learned outcome by outcome, against Newton's method on its own objective."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special

from recourse_bandits import kernels
from tests.kernels.instances import Array, solved

learned = kernels.logistic_belief.updated


def newton(means: Array, precision: Array, phi: Array, offset: float, sign: float) -> Array:
    """The minimum of a step's objective by damped Newton steps in all coordinates at once."""

    def objective(rho: Array) -> float:
        loss = np.logaddexp(0.0, -sign * (rho @ phi - offset))
        return float(0.5 * np.sum(precision * (rho - means) ** 2) + loss)

    rho = means.copy()
    for _ in range(200):
        chance = special.expit(-sign * (rho @ phi - offset))
        gradient = precision * (rho - means) - sign * chance * phi
        hessian = np.diag(precision) + chance * (1.0 - chance) * np.outer(phi, phi)
        step = solved(hessian, gradient)
        size = 1.0
        while objective(rho - size * step) > objective(rho) + 1e-12:  # else it is rounding
            size *= 0.5
        rho = rho - size * step
        if float(gradient @ step) < 1e-26:
            break
    return rho


def test_one_coefficient_by_hand() -> None:
    # q = 1, x = 1, m = 0: rho = c with c = 1 - mu(rho), so that rho·(1 + exp(rho)) = 1
    expected = optimize.brentq(lambda rho: rho * (1.0 + math.exp(rho)) - 1.0, 0.0, 1.0, xtol=1e-15)
    one = np.ones(1)

    means, precision = learned(np.zeros(1), one, one, 0.0, True)

    assert means[0] == pytest.approx(expected, rel=1e-14)
    assert expected == pytest.approx(0.4010581, abs=1e-7)
    assert precision[0] == pytest.approx(1.0 + expected * (1.0 - expected), rel=1e-14)
    # the offset moves the margin only: coefficient 2 with offset 2 is the same as 0 without
    moved, _ = learned(np.array([2.0]), one, one, 2.0, True)
    assert moved[0] == pytest.approx(2.0 + expected, rel=1e-14)


def test_a_failure_mirrors_a_success() -> None:
    rng = np.random.default_rng(0)
    means, x = rng.standard_normal((2, 4))
    precision = rng.uniform(0.5, 2.0, 4)

    up, gained = learned(means, precision, x, 0.3, True)
    down, also_gained = learned(-means, precision, x, -0.3, False)

    np.testing.assert_array_equal(up, -down)
    np.testing.assert_array_equal(gained, also_gained)


@pytest.mark.parametrize("arms", [1, 3])
@pytest.mark.parametrize("features", [1, 2, 10])
def test_a_stream_is_newtons_method_on_each_steps_objective(arms: int, features: int) -> None:
    """phi is built for the oracle, with the features in the block of the arm."""
    rng = np.random.default_rng(features)
    means, precision = np.zeros((arms, features)), np.full((arms, features), 0.5)
    for _ in range(60):
        arm, offset = int(rng.integers(arms)), float(rng.uniform(0.0, 2.0))
        x, success = 1.5 * rng.standard_normal(features), bool(rng.random() < 0.5)
        phi = np.zeros((arms, features))
        phi[arm] = x
        sign = 1.0 if success else -1.0
        expected = newton(means.ravel(), precision.ravel(), phi.ravel(), offset, sign)
        chance = special.expit(expected @ phi.ravel() - offset)
        curved = precision + chance * (1.0 - chance) * phi**2

        kernels.logistic_belief.update(means[arm], precision[arm], x, offset, success)

        np.testing.assert_allclose(means.ravel(), expected, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(precision, curved, rtol=1e-8)


@given(
    margin=st.floats(-700.0, 700.0),
    offset=st.floats(-700.0, 700.0),
    size=st.floats(-12.0, 12.0),
    success=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_result_is_stationary_however_extreme_the_margin(
    margin: float, offset: float, size: float, success: bool, seed: int
) -> None:
    """s·(rho - m)·q = phi·mu(-s·z): the gradient vanishes, judged by how far the margin moves."""
    rng = np.random.default_rng(seed)
    x, precision = rng.uniform(0.1, 1.0, 3), 10.0**size * rng.uniform(0.5, 2.0, 3)
    means = margin * x / float(x @ x)
    sign = 1.0 if success else -1.0

    after, curved = learned(means, precision, x, offset, success)

    assert np.isfinite(after).all()
    variance = float(np.sum(x * x / precision))
    before, z = float(x @ means) - offset, float(x @ after) - offset

    def excess(at: float) -> float:
        return float(sign * (at - before) - variance * special.expit(-sign * at))

    around = 1e-11 * (1.0 + abs(before) + abs(z) + abs(offset))
    assert excess(z - sign * around) <= 0.0 <= excess(z + sign * around)
    assert (sign * (after - means) >= 0.0).all()
    assert (curved >= precision).all()
    assert (curved - precision <= 0.25 * x * x * (1.0 + 1e-12) + 1e-12 * precision).all()


@given(st.floats(1e-12, 1e12), st.booleans())
def test_features_of_zero_teach_nothing(size: float, success: bool) -> None:
    means, precision = np.array([1.0, -2.0]), np.full(2, size)

    after, curved = learned(means, precision, np.zeros(2), 0.7, success)

    np.testing.assert_array_equal(after, means)
    np.testing.assert_array_equal(curved, precision)


@pytest.mark.parametrize("success", [True, False])
def test_an_outcome_that_was_certain_changes_nothing_and_a_surprise_much(success: bool) -> None:
    sign = 1.0 if success else -1.0
    one = np.ones(1)

    certain, curved = learned(np.array([700.0 * sign]), one, one, 0.0, success)
    surprised, _ = learned(np.array([-700.0 * sign]), one, one, 0.0, success)

    assert certain[0] == 700.0 * sign
    assert curved[0] == 1.0
    # v = 1: the whole pull of one outcome is 1
    assert surprised[0] == -699.0 * sign


@pytest.mark.parametrize("success", [True, False])
def test_a_nearly_flat_prior_takes_the_margin_as_far_as_lamberts_function_says(
    success: bool,
) -> None:
    """For a large y, y = v·mu(-y) is y·exp(y) = v to the last bit: y = W(v)."""
    for size in (1e20, 1e30, 1e40):
        means, _ = learned(np.zeros(1), np.full(1, 1.0 / size), np.ones(1), 0.0, success)
        expected = float(special.lambertw(size).real)
        assert abs(means[0]) == pytest.approx(expected, rel=1e-13)


def test_many_at_once_are_each_by_itself() -> None:
    rng = np.random.default_rng(3)
    means, x = rng.standard_normal((2, 6, 5, 4))
    precision, offset = rng.uniform(0.1, 3.0, (5, 4)), rng.uniform(-2.0, 2.0, (6, 5))
    success = rng.random(5) < 0.5

    after, curved = learned(means, precision, x, offset, success)
    centre, deviation = kernels.logistic_belief.margin(means, precision, x)

    assert after.shape == curved.shape == (6, 5, 4)
    for i in range(6):
        for j in range(5):
            m, q = means[i, j].copy(), precision[j].copy()
            assert centre[i, j] == pytest.approx(float(m @ x[i, j]), rel=1e-12)
            variance = np.sum(x[i, j] ** 2 / q)
            assert deviation[i, j] == pytest.approx(math.sqrt(variance), rel=1e-12)
            kernels.logistic_belief.update(m, q, x[i, j], offset[i, j], bool(success[j]))
            np.testing.assert_array_equal(after[i, j], m)
            np.testing.assert_array_equal(curved[i, j], q)


def test_samples_have_the_stated_law() -> None:
    rng = np.random.default_rng(4)
    means, precision = rng.standard_normal((2, 3)), rng.uniform(0.2, 5.0, (2, 3))
    numbers, out = 20_000, np.empty((2, 3))
    found = np.empty((numbers, 2, 3))
    for number in range(numbers):
        drawn = kernels.draws.normal(1, number, 0, np.arange(6))
        kernels.logistic_belief.sample(means, precision, 0.5, drawn, out)
        found[number] = out

    whitened = (found - means) * np.sqrt(precision) / 0.5
    flat = whitened.reshape(numbers, 6)
    assert np.abs(flat.mean(0)).max() < 4.0 / math.sqrt(numbers)
    covariance = flat.T @ flat / numbers
    bound = 4.0 * np.sqrt((1.0 + np.eye(6)) / numbers)
    assert (np.abs(covariance - np.eye(6)) < bound).all()


def test_beliefs_find_the_chance_behind_a_thousand_outcomes() -> None:
    rng = np.random.default_rng(5)
    theta = np.array([0.8, -0.5, 0.3])
    means, precision = np.zeros(3), np.ones(3)
    for _ in range(4_000):
        x, offset = rng.standard_normal(3), float(rng.uniform(0.0, 1.0))
        success = bool(rng.random() < special.expit(x @ theta - offset))
        kernels.logistic_belief.update(means, precision, x, offset, success)

    assert (np.abs(means - theta) < 4.0 / np.sqrt(precision)).all()
