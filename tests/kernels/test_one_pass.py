"""One step of the one-pass estimate, the whole recursion, and the inequality that is proved."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, special

from recourse_bandits import kernels
from recourse_bandits.kernels.links import IDENTITY, LOG, LOGISTIC, PROBIT
from tests.kernels.instances import Array, inverse, random_precision
from tests.kernels.streams import (
    DISPERSIONS,
    LINK_CODES,
    LinkedArms,
    drawn,
    largest_of,
)

_MEAN: dict[int, Any] = {
    LOGISTIC: special.expit,
    PROBIT: special.ndtr,
    LOG: lambda z: np.exp(min(z, 600.0)),
}
_INTEGRAL: dict[int, Any] = {
    LOGISTIC: lambda z: np.logaddexp(0.0, z),
    PROBIT: lambda z: z * special.ndtr(z) + np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi),
    LOG: np.exp,
}
_SLOPE: dict[int, Any] = {
    LOGISTIC: lambda z: special.expit(z) * special.expit(-z),
    PROBIT: lambda z: np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi),
    LOG: np.exp,
}


def mean(code: int, z: float) -> float:
    """mu, of the mirrored link for a negative code."""
    return float(math.copysign(1.0, code) * _MEAN[abs(code)](math.copysign(1.0, code) * z))


def loss(code: int, z: float, reward: float) -> float:
    """m(z) - r·z."""
    return float(_INTEGRAL[abs(code)](math.copysign(1.0, code) * z)) - reward * z


# -- one equation in one unknown -------------------------------------------------------------------


@pytest.mark.parametrize("code", LINK_CODES)
@pytest.mark.parametrize("q", [1e-9, 1e-3, 0.3, 5.0, 300.0])
def test_the_root_is_that_of_brents_method(code: int, q: float) -> None:
    rng = np.random.default_rng(abs(code))
    largest = largest_of(code)
    for z0 in rng.uniform(-8.0, 8.0, 40):
        reward = math.copysign(float(rng.choice([0.0, 0.4 * largest, largest])), code)
        if abs(code) == LOG:
            reward = float(round(reward))

        def excess(z: float) -> float:
            return float(z - z0 - q * (reward - mean(code, z)))  # noqa: B023

        ends = sorted((z0, z0 + q * (reward - mean(code, z0))))
        expected = optimize.brentq(excess, ends[0] - 1e-9, ends[1] + 1e-9, xtol=1e-14, rtol=1e-15)
        found = kernels.one_pass.root(code, z0, q, reward)
        assert found == pytest.approx(expected, rel=1e-11, abs=1e-11)


@given(
    code=st.sampled_from([*LINK_CODES, IDENTITY]),
    z0=st.floats(-1e4, 1e4),
    size=st.floats(-12, 8),
    share=st.floats(0, 1),
)
def test_the_root_lies_between_estimate_and_outcome(
    code: int, z0: float, size: float, share: float
) -> None:
    """Monotone excess: it changes its sign at the root, however extreme the numbers."""
    q, reward = 10.0**size, math.copysign(share * largest_of(code), code)
    z = kernels.one_pass.root(code, z0, q, reward)
    assert math.isfinite(z)
    around = 1e-9 * (1.0 + abs(z) + abs(z0))

    def excess(at: float) -> float:
        return float((at - z0) - q * (reward - kernels.links.mean(code, at)))

    assert excess(z - around) <= 0.0 <= excess(z + around)


@pytest.mark.parametrize("code", LINK_CODES)
def test_the_step_minimises_loss_plus_distance(code: int) -> None:
    """In d dimensions, by a general optimiser."""
    rng = np.random.default_rng(7)
    for dimension in (1, 2, 4):
        precision = random_precision(rng, dimension, 5)
        before, x = rng.standard_normal((2, dimension))
        reward = math.copysign(float(rng.integers(0, int(largest_of(code)) + 1)), code)
        variance = inverse(precision) @ x
        q, z0 = float(x @ variance), float(x @ before)

        def objective(theta: Array) -> float:
            move = theta - before  # noqa: B023
            return loss(code, float(x @ theta), reward) + 0.5 * float(move @ precision @ move)  # noqa: B023

        def gradient(theta: Array) -> Array:
            pull = mean(code, float(x @ theta)) - reward  # noqa: B023
            return np.asarray(pull * x + precision @ (theta - before))  # noqa: B023

        best = optimize.minimize(
            objective, before, jac=gradient, method="BFGS", options={"gtol": 1e-10}
        ).x
        z = kernels.one_pass.root(code, z0, q, reward)
        after = before + (reward - mean(code, z)) * variance
        np.testing.assert_allclose(after, best, rtol=1e-6, atol=1e-7)


# -- what a step gains -----------------------------------------------------------------------------


@pytest.mark.parametrize("dispersion", [0.3, 1.0, 4.0])
def test_the_identity_link_is_ridge_regression(dispersion: float) -> None:
    """z is the ridge prediction, and gain is log(1 + q) up to the error of the quadrature."""
    rng = np.random.default_rng(2)
    for q in (1e-6, 0.01, 0.1, 0.5):
        z0, reward = rng.normal(), rng.normal()
        z = kernels.one_pass.root(IDENTITY, z0, q, reward)
        assert z == pytest.approx((z0 + q * reward) / (1.0 + q), rel=1e-12)
        gain = kernels.one_pass.gain(IDENTITY, dispersion, z0, q, reward, z)
        assert gain == pytest.approx(math.log1p(q), rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("code", LINK_CODES)
def test_the_predicted_loss_is_that_of_the_normal_mixture(code: int) -> None:
    dispersion = DISPERSIONS[abs(code)]
    for z0 in (-2.0, 0.0, 1.0):
        for q in (1e-4, 0.1, 0.6):
            for size in (0.0, 1.0):
                reward = math.copysign(size, code)

                def density(node: float) -> float:
                    spread = math.sqrt(dispersion * q)  # noqa: B023
                    weight = math.exp(-0.5 * ((node - z0) / spread) ** 2) / spread  # noqa: B023
                    likelihood = math.exp(-loss(code, node, reward) / dispersion)  # noqa: B023
                    return weight / math.sqrt(2.0 * math.pi) * likelihood

                around = 12.0 * math.sqrt(dispersion * q)
                mixed = integrate.quad(density, z0 - around, z0 + around, limit=200, points=[z0])[0]
                found = kernels.one_pass.predicted_loss(code, dispersion, z0, q, reward)
                assert found == pytest.approx(-2.0 * math.log(mixed), rel=1e-3, abs=1e-8)


@pytest.mark.parametrize("code", LINK_CODES)
def test_a_prediction_made_before_the_outcome_beats_no_truth_on_average(code: int) -> None:
    """What Ville's inequality needs: E p/exp(-l(y)/phi) <= 1, exactly, for any q."""
    dispersion, largest = DISPERSIONS[abs(code)], largest_of(code)
    counts = np.arange(largest + 1.0)
    for y in (-2.5, -0.5, 0.0, 1.5):
        share = abs(float(kernels.links.expected(code, largest, y))) / largest
        if share >= 1.0:
            continue
        chances = special.comb(largest, counts) * share**counts * (1 - share) ** (largest - counts)
        for z0 in (-3.0, 0.5, 2.0):
            for q in (0.01, 1.0, 100.0):
                total = 0.0
                for count, chance in zip(counts, chances, strict=True):
                    reward = math.copysign(count, code)
                    predicted = kernels.one_pass.predicted_loss(code, dispersion, z0, q, reward)
                    log_odds = loss(code, y, reward) / dispersion - 0.5 * predicted
                    total += float(chance) * math.exp(log_odds)
                assert total <= 1.0 + 1e-9


# -- the whole recursion ---------------------------------------------------------------------------


class Reference:
    """One arm by dense formulas, as the docstring of `one_pass` has them."""

    nodes, mass = np.polynomial.hermite_e.hermegauss(12)

    def __init__(self, code: int, dimension: int, norm_bound: float, arms: int, failure: float):
        self.code, self.norm_bound = code, norm_bound
        self.phi = DISPERSIONS[abs(code)]
        self.precision, self.estimate = np.eye(dimension), np.zeros(dimension)
        self.gain, self.odds = 0.0, 2.0 * math.log(arms / failure)
        self.weights: list[float] = []

    @property
    def radius(self) -> float:
        return math.sqrt(self.norm_bound**2 + self.phi * (self.odds + max(self.gain, 0.0)))

    def learn(self, x: Array, reward: float) -> None:
        direction = np.linalg.solve(self.precision, x)
        q, z0 = float(x @ direction), float(x @ self.estimate)

        def excess(z: float) -> float:
            return z - z0 - q * (reward - mean(self.code, z))

        ends = sorted((z0, z0 + q * (reward - mean(self.code, z0))))
        z = optimize.brentq(excess, ends[0] - 1e-9, ends[1] + 1e-9, xtol=1e-15, rtol=1e-15)
        residual = reward - mean(self.code, z)
        weight = self.least(z, *self.range(x, z0, q))
        nodes = z0 + math.sqrt(self.phi * q) * self.nodes
        losses = [loss(self.code, node, reward) for node in nodes]
        mixed = special.logsumexp(-np.array(losses) / self.phi, b=self.mass / self.mass.sum())
        fitted = 2.0 * loss(self.code, z, reward) + residual**2 * q
        self.gain += -2.0 * float(mixed) - fitted / self.phi
        self.estimate = self.estimate + residual * direction
        self.precision = self.precision + weight * np.outer(x, x)
        self.weights.append(weight)

    def range(self, x: Array, z0: float, q: float) -> tuple[float, float]:
        bound, half = self.norm_bound * float(np.linalg.norm(x)), self.radius * math.sqrt(q)
        low, high = max(-bound, z0 - half), min(bound, z0 + half)
        if self.code == LOG:
            high = min(high, math.log(largest_of(LOG)))
        if self.code == -LOG:
            low = max(low, -math.log(largest_of(LOG)))
        return low, high

    def least(self, z: float, low: float, high: float) -> float:
        t, mass = np.polynomial.legendre.leggauss(60)
        t = 0.5 + 0.5 * t
        candidates = [low, high, z] if low <= z <= high else [low, high]
        sign = math.copysign(1.0, self.code)
        slope = _SLOPE[abs(self.code)]
        return float(min(((1.0 - t) * slope(sign * (z + t * (y - z)))) @ mass for y in candidates))


@pytest.mark.parametrize("code", LINK_CODES)
def test_learning_agrees_with_the_dense_recursion(code: int) -> None:
    rng = np.random.default_rng(11)
    arms, dimension, norm_bound = 2, 3, 1.5
    learned = LinkedArms(code, arms, dimension, norm_bound=norm_bound)
    references = [Reference(code, dimension, norm_bound, arms, 0.1) for _ in range(arms)]
    theta = rng.standard_normal((arms, dimension))
    theta *= norm_bound / np.linalg.norm(theta, axis=1, keepdims=True)
    for _ in range(120):
        arm, x = int(rng.integers(arms)), 0.8 * rng.standard_normal(dimension)
        reward = drawn(code, float(x @ theta[arm]), rng)
        learned.learn(arm, x, reward)
        expected = references[arm]
        expected.learn(x, reward)
        precision = learned.factor[arm].T @ learned.factor[arm]
        np.testing.assert_allclose(precision, expected.precision, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(learned.estimate[arm], expected.estimate, rtol=1e-9, atol=1e-9)
        assert learned.gain[arm] == pytest.approx(expected.gain, rel=1e-9, abs=1e-9)
        assert learned.rho[arm] == pytest.approx(expected.radius, rel=1e-9)
    slopes = [w for reference in references for w in reference.weights]
    assert min(slopes) > 0.0
    assert learned.count.sum() == 120


def test_without_a_proof_the_weight_is_the_slope() -> None:
    """As in a Laplace approximation: what Thompson sampling draws from."""
    rng = np.random.default_rng(1)
    for code in LINK_CODES:
        form = kernels.confidence.POSTERIOR
        learned = LinkedArms(code, 1, 2, norm_bound=1.0, form=form, scale=2.0)
        precision = np.eye(2)
        for _ in range(20):
            x = rng.standard_normal(2)
            learned.learn(0, x, drawn(code, 0.0, rng))
            z = float(x @ learned.estimate[0])
            slope = float(_SLOPE[abs(code)](math.copysign(1.0, code) * z))
            precision += slope * np.outer(x, x)
        np.testing.assert_allclose(learned.factor[0].T @ learned.factor[0], precision, rtol=1e-9)
        assert learned.rho[0] == pytest.approx(2.0 * math.sqrt(DISPERSIONS[abs(code)]))


# -- the inequality, on every path -----------------------------------------------------------------


@pytest.mark.parametrize("code", LINK_CODES)
@pytest.mark.parametrize("rewards", ["of the truth", "of nobody", "against us"])
def test_the_squared_error_is_never_above_what_is_proved(code: int, rewards: str) -> None:
    """With the true losses plugged in it holds for any rewards: no luck is involved.

    The failure probability is so small that the radius never cuts the truth off.
    """
    tightest = -math.inf
    for seed in range(12):
        rng = np.random.default_rng([seed, abs(code)])
        dimension = 1 + seed % 4
        theta = rng.standard_normal(dimension)
        norm_bound = float(np.linalg.norm(theta))
        if abs(code) == LOG:  # so that no expected count is above the largest
            theta *= 0.6 / norm_bound
            norm_bound = 0.6
        learned = LinkedArms(code, 1, dimension, norm_bound=norm_bound, failure=1e-300)
        bound = norm_bound**2
        for _ in range(150):
            x = rng.standard_normal(dimension)
            x *= min(1.0, 3.0 / float(np.linalg.norm(x)))
            y = float(x @ theta)
            reward = drawn(code, y, rng)
            if rewards == "of nobody":
                reward = math.copysign(float(rng.integers(0, int(largest_of(code)) + 1)), code)
            if rewards == "against us":
                against = learned.estimate[0] @ x > y
                reward = math.copysign(largest_of(code) if against == (code > 0) else 0.0, code)
            direction = np.linalg.solve(learned.factor[0].T @ learned.factor[0], x)
            learned.learn(0, x, reward)
            z = float(x @ learned.estimate[0])
            residual = reward - mean(code, z)
            bound += 2.0 * loss(code, y, reward) - 2.0 * loss(code, z, reward)
            bound -= residual**2 * float(x @ direction)
            squared = learned.error(0, theta) ** 2
            assert squared <= bound + 1e-9 * (1.0 + abs(bound))
            tightest = max(tightest, squared / bound)
    assert tightest > 0.3  # it is not true by a wide margin
