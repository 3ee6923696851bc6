"""The confidence set of the exact estimate: its inequalities on every path, not on average."""

import math

import numpy as np
import pytest

from recourse_bandits.kernels import confidence, curvature, exact, least_squares, linear_arms, links
from recourse_bandits.kernels import one_pass as steps
from tests.kernels.likelihoods import LINKS, Array, Case, name_of, plain

FAR = 6.0
"""How far from an estimate's z the true one is taken to lie at most."""


def weights(case: Case, theta: Array) -> Array:
    """Curvature weights at an estimate for a truth within [-FAR, FAR]."""
    z = case.rows @ theta
    return np.array([curvature.least(case.link, each, -FAR, FAR) for each in z])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("link", LINKS, ids=name_of)
def test_the_loss_grows_at_least_as_the_weights_say(link: int, seed: int) -> None:
    """‖theta^ - theta‖²_W <= 2·(f(theta) - f(theta^)) for every theta in the known range."""
    case = Case(link, 40, 3, seed)
    estimate = case.fitted()
    matrix = exact.weighted_precision(case.rows, weights(case, estimate), case.precision)
    rng = np.random.default_rng(seed)
    longest = np.linalg.norm(case.rows, axis=1).max()
    for towards in [case.theta, case.mean, *rng.normal(size=(200, 3))]:
        theta = towards * min(1.0, FAR / (longest * np.linalg.norm(towards)))
        error = estimate - theta
        excess = 2.0 * (case.loss(theta) - case.loss(estimate))
        assert error @ matrix @ error <= excess * (1.0 + 1e-9) + 1e-9


def test_heavier_weights_would_say_too_much() -> None:
    """The test above can fail: with the slope at the estimate the inequality is wrong."""
    case = plain(np.ones((40, 1)), np.repeat([1.0, 0.0], 20), links.LOGISTIC, 1e-3)
    estimate = case.fitted()
    slopes = links.slopes(links.LOGISTIC, case.rows @ estimate)
    matrix = exact.weighted_precision(case.rows, slopes, case.precision)
    error = estimate - np.array([FAR])
    excess = 2.0 * (case.loss(np.array([FAR])) - case.loss(estimate))
    assert error @ matrix @ error > 1.5 * excess


class Stream:
    """An arm estimated exactly after each outcome, by the formulas of the module."""

    def __init__(self, case: Case, dispersion: float, norm_bound: float, failure: float) -> None:
        self.case, self.dispersion, self.failure = case, dispersion, failure
        self.norm_bound = norm_bound
        root = np.linalg.cholesky(case.precision)
        self.bias = float(np.linalg.norm(root.T @ (case.theta - case.mean)))
        self.factor = np.ascontiguousarray(root.T)
        self.estimate, self.predicted, self.true_loss = case.mean.copy(), 0.0, 0.0
        self.rho = self.radius(0.0)

    def radius(self, gain: float) -> float:
        spread = math.sqrt(self.dispersion)
        return float(confidence.curvature_radius(gain, 1, spread, self.failure, self.bias))

    def learn(self, n: int) -> None:
        """Take in row n - 1."""
        case = self.case
        x, reward = case.rows[n - 1], case.rewards[n - 1]
        z0, q = x @ self.estimate, np.linalg.norm(np.linalg.solve(self.factor.T, x)) ** 2
        self.predicted += steps.predicted_loss(case.link, self.dispersion, z0, q, reward)
        y = float(x @ case.theta)
        self.true_loss += 2.0 * (links.integral(case.link, y) - reward * y) / self.dispersion
        rows, rewards = case.rows[:n], case.rewards[:n]
        before = self.estimate.copy()
        exact.fit(case.link, rows, rewards, *case.prior, 0.0, self.estimate)
        found = exact.curvature_weights(
            case.link,
            rows,
            rows @ self.estimate,
            rows @ before,
            self.rho,
            self.norm_bound,
            math.inf,
            self.factor,
        )
        matrix = exact.weighted_precision(rows, found, case.precision)
        self.factor = exact.upper_factor(matrix)
        loss = exact.penalised_loss(case.link, rows, rewards, *case.prior, self.estimate)
        self.gain = self.predicted - 2.0 * loss / self.dispersion
        self.rho = self.radius(self.gain)

    @property
    def surprise(self) -> float:
        """Logarithm of the supermartingale: of p_s over the true likelihoods."""
        return 0.5 * (self.true_loss - self.predicted)

    @property
    def distance(self) -> float:
        return float(np.linalg.norm(self.factor @ (self.estimate - self.case.theta)))


def outcomes(case: Case, rng: np.random.Generator, lie: float) -> None:
    """Let a share of the rewards have nothing to do with the truth."""
    wrong = rng.random(case.rewards.size) < lie
    case.rewards[wrong] = case.rewards[rng.permutation(case.rewards.size)][wrong]


@pytest.mark.parametrize("lie", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("link", LINKS, ids=name_of)
def test_while_the_supermartingale_is_below_its_bound_the_truth_is_in_the_set(
    link: int, lie: float
) -> None:
    """On every path, whatever the rewards are: nothing else can fail."""
    checked = 0
    for seed in range(12):
        case = Case(link, 80, 3, seed)
        outcomes(case, np.random.default_rng(seed), lie)
        stream = Stream(case, 1.0, float(np.linalg.norm(case.theta)), failure=0.3)
        for n in range(1, 81):
            stream.learn(n)
            if stream.surprise > math.log(1.0 / stream.failure):
                break
            checked += 1
            assert stream.distance <= stream.rho * (1.0 + 1e-9)
            # the same chain with the true losses: the radius less what the path left over
            excess = case_excess(case, stream.estimate, n)
            slack = 2.0 * (math.log(1.0 / stream.failure) - stream.surprise)
            assert excess == pytest.approx(stream.rho**2 - slack, rel=1e-6, abs=1e-6)
            assert stream.distance**2 <= excess * (1.0 + 1e-9) + 1e-9
    assert checked > 100


def case_excess(case: Case, estimate: Array, n: int) -> float:
    """Twice f(theta) - f(theta^) after n outcomes."""
    rest = case.link, case.rows[:n], case.rewards[:n], *case.prior
    return float(
        2.0 * (exact.penalised_loss(*rest, case.theta) - exact.penalised_loss(*rest, estimate))
    )


def test_for_the_identity_it_is_the_set_of_one_pass_and_of_ridge_regression() -> None:
    case = Case(links.IDENTITY, 60, 4)
    noise, failure = 0.7, 0.1
    stream = Stream(case, noise**2, 1.0, failure)
    factor, moment = stream.factor.copy(), stream.factor @ case.mean
    gains, estimate = 0.0, case.mean.copy()
    for n, (x, reward) in enumerate(zip(case.rows, case.rewards, strict=True), start=1):
        z0, q = x @ estimate, np.linalg.norm(np.linalg.solve(factor.T, x)) ** 2
        z = steps.root(links.IDENTITY, z0, q, reward)
        gains += steps.gain(links.IDENTITY, noise**2, z0, q, reward, z)
        least_squares.rotate_in(factor, moment, x, reward)
        least_squares.solve(factor, moment, estimate)
        stream.learn(n)
        np.testing.assert_allclose(stream.estimate, estimate, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            stream.factor.T @ stream.factor, factor.T @ factor, rtol=1e-9, atol=1e-12
        )
        assert stream.gain == pytest.approx(gains, rel=1e-9, abs=1e-9)


def test_for_the_identity_the_gain_is_the_log_determinant_up_to_the_quadrature() -> None:
    case = plain(0.2 * Case(links.IDENTITY, 60, 3).rows, np.zeros(60), links.IDENTITY, 1.0)
    stream = Stream(case, 1.0, 1.0, 0.1)
    for n in range(1, 61):
        stream.learn(n)
    assert stream.gain == pytest.approx(least_squares.log_determinant(stream.factor), abs=1e-6)


def test_curvature_weights_know_what_the_set_before_the_outcome_tells() -> None:
    """Against the definition, row by row, with an explicit inverse."""
    case = Case(links.LOGISTIC, 30, 3)
    before, after, rho, bound = case.mean, case.fitted(), 1.7, 0.9
    factor = exact.upper_factor(case.precision)
    inverse = np.linalg.inv(case.precision)
    found = exact.curvature_weights(
        case.link, case.rows, case.rows @ after, case.rows @ before, rho, bound, 1.0, factor
    )
    for x, weight in zip(case.rows, found, strict=True):
        half_width = rho * math.sqrt(x @ inverse @ x)
        reach = bound * float(np.linalg.norm(x))
        low, high = curvature.known_range(case.link, reach, 1.0, float(x @ before), half_width)
        assert weight == pytest.approx(
            curvature.least(case.link, float(x @ after), low, high), rel=1e-12
        )


def test_the_largest_variance_never_exceeds_that_of_the_prior() -> None:
    case = Case(links.LOGISTIC, 30, 3)
    matrix = exact.weighted_precision(case.rows, weights(case, case.fitted()), case.precision)
    bound = 1.0 / np.linalg.eigvalsh(case.precision)[0]
    found = linear_arms.highest_variance(exact.upper_factor(matrix), bound)
    assert 1.0 / np.linalg.eigvalsh(matrix)[0] <= found <= bound
