"""Exact penalised estimates: their score equation, SciPy, scikit-learn, and what may go wrong."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from recourse_bandits.kernels import exact, links
from tests.kernels.likelihoods import LINKS, Array, Case, name_of, plain


@pytest.mark.parametrize("rows", [1, 7, 200])
@pytest.mark.parametrize("link", LINKS, ids=name_of)
def test_the_loss_is_the_one_of_the_module(link: int, rows: int) -> None:
    case = Case(link, rows, 4)
    theta = np.random.default_rng(1).normal(size=4)
    found = exact.penalised_loss(link, case.rows, case.rewards, *case.prior, theta)
    assert found == pytest.approx(case.loss(theta), rel=1e-12)


@pytest.mark.parametrize("rows", [1, 3, 40, 600])
@pytest.mark.parametrize("link", LINKS, ids=name_of)
def test_the_score_is_0(link: int, rows: int) -> None:
    """Also where there are fewer rows than columns; the prior is neither at 0 nor diagonal."""
    case = Case(link, rows, 5)
    assert np.abs(case.score(case.fitted())).max() <= 1e-9


def test_with_the_probit_the_score_is_that_of_a_quasi_likelihood() -> None:
    """Not that of the probit likelihood, whose residuals are weighted by phi/(Phi·(1 - Phi))."""
    case = plain(*simulated(links.PROBIT, 300, 3), links.PROBIT, 2.0)
    theta = case.fitted()
    residuals = case.rewards - norm.cdf(case.rows @ theta)
    np.testing.assert_allclose(residuals @ case.rows, 2.0 * theta, atol=1e-9)

    def likelihood(t: Array) -> float:
        z = np.where(case.rewards == 1.0, 1.0, -1.0) * (case.rows @ t)
        return float(t @ t - norm.logcdf(z).sum())

    other = minimize(likelihood, theta, tol=1e-10).x
    assert np.abs(other - theta).max() > 1e-3


@pytest.mark.parametrize("link", LINKS, ids=name_of)
def test_scipy_finds_nothing_better(link: int) -> None:
    case = Case(link, 60, 4)
    found = minimize(case.loss, case.theta, jac=lambda t: -case.score(t), method="BFGS", tol=1e-9)
    theta = case.fitted()
    assert case.loss(theta) <= case.loss(found.x) + 1e-12
    np.testing.assert_allclose(theta, found.x, atol=1e-6)


def simulated(link: int, rows: int, dimension: int) -> tuple[Array, Array]:
    case = Case(link, rows, dimension)
    return case.rows, case.rewards


def scikit_logistic(case: Case, penalty: float, solver: str) -> Array:
    model = LogisticRegression(
        C=1.0 / penalty, fit_intercept=False, solver=solver, tol=1e-12, max_iter=10_000
    )
    return np.asarray(model.fit(case.rows, case.rewards).coef_[0])


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cholesky"])
@pytest.mark.parametrize("penalty", [0.01, 1.0, 30.0])
def test_logistic_regression_is_that_of_scikit_learn(penalty: float, solver: str) -> None:
    case = plain(*simulated(links.LOGISTIC, 400, 6), links.LOGISTIC, penalty)
    np.testing.assert_allclose(
        case.fitted(), scikit_logistic(case, penalty, solver), atol=1e-6, rtol=0.0
    )


def test_from_the_estimate_before_a_growing_stream_stays_that_of_scikit_learn() -> None:
    rows, rewards = simulated(links.LOGISTIC, 80, 4)
    first = int(np.flatnonzero(np.diff(rewards))[0]) + 2  # scikit-learn wants both classes
    theta = np.zeros(4)
    for n in range(1, 81):
        case = plain(rows[:n], rewards[:n], links.LOGISTIC, 0.5)
        theta = case.fitted(theta)
        if n >= first:
            np.testing.assert_allclose(
                theta, scikit_logistic(case, 0.5, "newton-cholesky"), atol=1e-6, rtol=0.0
            )


@pytest.mark.parametrize("penalty", [0.01, 1.0, 30.0])
def test_poisson_regression_is_that_of_scikit_learn(penalty: float) -> None:
    """There the losses are averaged, so that its alpha is the penalty over the rows."""
    rows, rewards = simulated(links.LOG, 300, 5)
    model = PoissonRegressor(
        alpha=penalty / 300, fit_intercept=False, solver="newton-cholesky", tol=1e-12
    ).fit(rows, rewards)
    case = plain(rows, rewards, links.LOG, penalty)
    np.testing.assert_allclose(case.fitted(), model.coef_, atol=1e-6, rtol=0.0)


@pytest.mark.parametrize("link", LINKS, ids=name_of)
def test_the_start_does_not_matter(link: int) -> None:
    case = Case(link, 50, 4)
    far = np.array([30.0, -20.0, 10.0, 5.0])
    np.testing.assert_allclose(case.fitted(far), case.fitted(), atol=1e-9)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.98])
@pytest.mark.parametrize("link", LINKS, ids=name_of)
def test_in_the_ball_it_is_the_least_loss_there(link: int, share: float) -> None:
    case = Case(link, 60, 3)
    bound = share * float(np.linalg.norm(case.fitted()))
    theta = case.fitted_in_ball(bound)
    assert np.linalg.norm(theta) <= bound
    ball = {
        "type": "ineq",
        "fun": lambda t: bound**2 - t @ t,
        "jac": lambda t: -2.0 * t,
    }
    found = minimize(
        case.loss,
        np.full(3, 0.1 * bound),
        jac=lambda t: -case.score(t),
        constraints=ball,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert case.loss(theta) <= case.loss(found.x) + 1e-8
    np.testing.assert_allclose(theta, found.x, atol=1e-4 * bound)


def test_in_a_ball_that_holds_the_estimate_nothing_changes() -> None:
    case = Case(links.LOGISTIC, 60, 3)
    np.testing.assert_array_equal(case.fitted_in_ball(100.0), case.fitted())


def test_outside_the_ball_the_score_points_outwards() -> None:
    """The condition of Karush, Kuhn and Tucker: the score is a multiple of theta, not negative."""
    case = Case(links.LOGISTIC, 200, 4)
    theta = case.fitted_in_ball(0.2)
    score = case.score(theta)
    multiple = score @ theta / (theta @ theta)
    assert multiple > 0.0
    assert np.linalg.norm(theta) == pytest.approx(0.2, rel=1e-9)
    np.testing.assert_allclose(score, multiple * theta, atol=1e-7)


@pytest.mark.parametrize("longest", [1.0, 30.0, 1e3])
@pytest.mark.parametrize("link", [links.LOGISTIC, -links.LOGISTIC, links.PROBIT, -links.PROBIT])
def test_separated_successes_are_fitted(link: int, longest: float) -> None:
    """A thousand successes: without the penalty there is no estimate; whole steps overshoot."""
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(1000, 5))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows *= longest * rng.random((1000, 1)) / lengths
    rows[:, 0] = np.abs(rows[:, 0])  # so that a theta with z > 0 everywhere exists
    case = plain(rows, np.full(1000, 1.0 if link > 0 else 0.0), link, 1e-3)
    theta = case.fitted()
    assert np.isfinite(theta).all()
    # the sum of a thousand residuals, each times a row, is known to rounding only
    assert np.abs(case.score(theta)).max() <= 1e-9 * max(1.0, longest)
    assert case.loss(theta) < case.loss(np.zeros(5))


def test_steps_are_halved_where_whole_ones_ascend() -> None:
    """At z = 10 of a failure the probit's loss is as straight as it can be: Newton would fly."""
    case = plain(np.array([[1.0]]), np.array([0.0]), links.PROBIT, 1e-6)
    start = np.array([10.0])
    slope = norm.pdf(10.0) + 1e-6
    whole = start + case.score(start) / slope
    assert case.loss(whole) > case.loss(start)
    theta = case.fitted(start)
    assert np.abs(case.score(theta)).max() <= 1e-9


@pytest.mark.parametrize("link", [links.LOG, -links.LOG])
def test_a_huge_count_is_fitted(link: int) -> None:
    rows = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, -1.0]])
    counts = np.array([1e9, 3.0, 0.0])
    case = plain(rows, counts if link > 0 else -counts, link, 1.0)
    theta = case.fitted()
    assert np.isfinite(theta).all()
    assert np.abs(case.score(theta)).max() <= 1e-15 * 1e9 * 100


def test_without_rows_it_is_the_prior_mean() -> None:
    case = Case(links.LOGISTIC, 3, 4)
    case.rows, case.rewards = np.empty((0, 4)), np.empty(0)
    np.testing.assert_allclose(case.fitted(), case.mean, atol=1e-12)
    np.testing.assert_allclose(
        exact.weighted_precision(case.rows, np.empty(0), case.precision), case.precision
    )


def test_the_weighted_precision_and_its_factor() -> None:
    case = Case(links.LOGISTIC, 30, 4)
    weights = np.random.default_rng(2).random(30)
    precision = exact.weighted_precision(case.rows, weights, case.precision)
    summed = case.precision + sum(
        w * np.outer(x, x) for w, x in zip(weights, case.rows, strict=True)
    )
    np.testing.assert_allclose(precision, summed, rtol=1e-12)
    factor = exact.upper_factor(precision)
    np.testing.assert_array_equal(factor, np.triu(factor))
    np.testing.assert_allclose(factor.T @ factor, precision, rtol=1e-12)


@pytest.mark.parametrize("link", [links.LOG, -links.LOG])
@pytest.mark.parametrize("far", [30.0, 150.0, 700.0, 3000.0])
def test_from_a_start_that_expects_far_too_much_counts_are_fitted(link: int, far: float) -> None:
    """Newton's steps lower z by 1 at most: a new row of z = 150 would take more than are made."""
    case = Case(link, 20, 3)
    start = np.full(3, far if link > 0 else -far)
    case.rows = np.abs(case.rows)
    np.testing.assert_allclose(case.fitted(start), case.fitted(np.zeros(3)), atol=1e-9)


@pytest.mark.parametrize(("length", "penalty"), [(1e3, 1e-12), (1e5, 1e-6), (1e8, 1.0)])
@pytest.mark.parametrize("link", [links.LOGISTIC, links.PROBIT, links.LOG])
def test_the_penalty_is_not_lost_beside_long_rows(link: int, length: float, penalty: float) -> None:
    """Fewer rows than columns: what the rows leave open is held by the penalty alone."""
    rows = length * np.random.default_rng(0).normal(size=(2, 4))
    case = plain(rows, np.array([1.0, 0.0]), link, penalty)
    theta = case.fitted()
    assert np.abs(case.score(theta)).max() <= 1e-14 * length
    factor = exact.weighted_factor(rows, np.ones(2), case.precision)
    np.testing.assert_array_equal(factor, np.triu(factor))
    left_open = np.linalg.svd(rows)[2][2:]  # directions in which no row points
    lengths = np.linalg.norm(np.linalg.solve(factor.T, left_open.T), axis=0)
    np.testing.assert_allclose(lengths, 1.0 / np.sqrt(penalty), rtol=1e-3)
