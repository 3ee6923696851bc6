"""K regressions side by side against dense formulas, and the arm of the largest upper bound."""

import math

import numpy as np
import pytest

from recourse_bandits import kernels
from recourse_bandits.kernels.links import IDENTITY
from tests.kernels.instances import Array, random_arms

FORMS = {"lemma2": 0, "determinant": 1, "posterior": 2}
GROWTH, FAILURE, SCALE = 3.5, 0.1, 0.6
_IDENTITY = IDENTITY, 1.0, math.inf  # link, bound on the coefficients, largest reward


class Regressions:
    """The arrays that `learn` changes, with the priors they started from."""

    def __init__(self, prior: Array, mean: Array) -> None:
        arms = len(mean)
        factor = np.ascontiguousarray(np.swapaxes(np.linalg.cholesky(prior), 1, 2))
        self.factor = factor
        self.moment = np.einsum("kij,kj->ki", factor, mean)
        self.estimate = mean.copy()
        self.count = np.zeros(arms, np.int64)
        self.log_det = np.zeros(arms)
        self.confidence_radius = np.zeros(arms)
        self.largest_variance = 1.0 / np.linalg.eigvalsh(prior)[:, 0]
        self.prior_log_det = np.linalg.slogdet(prior)[1]
        self.bias = np.linspace(0.5, 1.5, arms)
        self.noise = np.linspace(1.0, 2.0, arms)
        self.growth = np.full(arms, GROWTH)

    def learn(
        self, arm: int, x: Array, reward: float, form: str = "determinant", renew: bool = True
    ) -> None:
        kernels.linear_arms.learn(
            *vars(self).values(),
            *_IDENTITY,
            FORMS[form],
            SCALE,
            FAILURE,
            renew,
            arm,
            x,
            reward,
        )

    def true_largest_variance(self, arm: int) -> tuple[float, float]:
        """Largest eigenvalue of V^-1 and its relative rounding, from the singular values of R."""
        values = np.linalg.svd(self.factor[arm], compute_uv=False)
        return float(values[-1] ** -2), float(1e-14 * values.size * values[0] / values[-1])


def regressions(arms: int, dimension: int, penalty: float = 1.0) -> Regressions:
    prior = np.stack([penalty * np.eye(dimension)] * arms)
    return Regressions(prior, np.zeros((arms, dimension)))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("arms", "dimension"), [(1, 1), (2, 3), (4, 6)])
def test_learning_agrees_with_the_dense_formulas(form: str, arms: int, dimension: int) -> None:
    rng = np.random.default_rng([arms, dimension])
    root = rng.standard_normal((arms, dimension, dimension))
    precision = np.eye(dimension) + np.swapaxes(root, 1, 2) @ root
    mean = rng.standard_normal((arms, dimension))
    learned = Regressions(precision, mean)
    prior_log_det = np.linalg.slogdet(precision)[1]
    moment = np.einsum("kij,kj->ki", precision, mean)
    count = np.zeros(arms, np.int64)

    for _ in range(60):
        arm, x, reward = int(rng.integers(arms)), rng.standard_normal(dimension), rng.normal()
        learned.learn(arm, x, reward, form)
        precision[arm] += np.outer(x, x)
        moment[arm] += reward * x
        count[arm] += 1

        log_det = np.linalg.slogdet(precision[arm])[1] - prior_log_det[arm]
        noise, bias = 1.0 + arm / max(arms - 1, 1), 0.5 + arm / max(arms - 1, 1)
        lemma_2 = dimension * (np.log(1.0 + GROWTH * count[arm]) + np.log(arms / FAILURE))
        determinant = log_det + 2.0 * np.log(arms / FAILURE)
        expected = {
            "lemma2": SCALE * (noise * np.sqrt(lemma_2) + bias),
            "determinant": SCALE * (noise * np.sqrt(determinant) + bias),
            "posterior": SCALE * noise,
        }[form]
        theta = np.linalg.solve(precision[arm], moment[arm])
        np.testing.assert_allclose(learned.estimate[arm], theta, rtol=1e-9, atol=1e-11)
        assert learned.log_det[arm] == pytest.approx(log_det, rel=1e-10, abs=1e-11)
        assert learned.confidence_radius[arm] == pytest.approx(expected, rel=1e-10)

    np.testing.assert_array_equal(learned.count, count)


def test_learning_changes_the_one_arm_only() -> None:
    rng = np.random.default_rng(0)
    learned = regressions(3, 4)
    for arm in (0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2):
        learned.learn(arm, rng.standard_normal(4), rng.normal())
    before = {name: array.copy() for name, array in vars(learned).items()}
    x = rng.standard_normal(4)

    learned.learn(1, x, 2.0)

    for name, array in vars(learned).items():
        np.testing.assert_array_equal(array[[0, 2]], before[name][[0, 2]], err_msg=name)
    for name in ("factor", "moment", "estimate", "count", "log_det", "confidence_radius"):
        assert (getattr(learned, name)[1] != before[name][1]).any(), name
    for name in ("prior_log_det", "bias", "noise", "growth"):
        np.testing.assert_array_equal(getattr(learned, name), before[name], err_msg=name)


@pytest.mark.parametrize("dimension", [1, 2, 3, 5, 12])
@pytest.mark.parametrize("shape", ["round", "flat", "collinear", "axes"])
@pytest.mark.parametrize("penalty", [1e-6, 1.0])
def test_variance_bound_is_never_below_the_largest_eigenvalue(
    dimension: int, shape: str, penalty: float
) -> None:
    rng = np.random.default_rng(dimension)
    learned = regressions(1, dimension, penalty)
    spread = 10.0 ** np.linspace(-3.0, 2.0, dimension) if shape == "flat" else np.ones(dimension)
    common = rng.standard_normal(dimension)

    for _ in range(300):
        x = spread * rng.standard_normal(dimension)
        if shape == "collinear":
            x = common + 1e-4 * x
        if shape == "axes":
            x *= np.arange(dimension) == rng.integers(dimension)
        earlier = learned.largest_variance[0]
        learned.learn(0, x, rng.normal())

        true, rounding = learned.true_largest_variance(0)
        assert learned.largest_variance[0] >= true * (1.0 - rounding)
        assert learned.largest_variance[0] <= earlier


@pytest.mark.parametrize("dimension", [1, 4, 10])
def test_variance_bound_follows_the_outcomes(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    learned = regressions(1, dimension)

    for outcome in range(1, 2001):
        learned.learn(0, rng.standard_normal(dimension), rng.normal())
        if outcome > 40 * dimension:  # renewed four times per doubling: a fifth old at most
            assert learned.largest_variance[0] < 1.5 * learned.true_largest_variance(0)[0]


def test_variance_bound_stays_where_it_is_not_wanted() -> None:
    learned = regressions(2, 2)
    for _ in range(40):
        learned.learn(0, np.array([3.0, 1.0]), 1.0, renew=False)

    assert learned.largest_variance.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("arms", "dimension"), [(1, 1), (2, 4), (5, 7), (10, 20)])
def test_largest_upper_bound_agrees_with_brute_force(arms: int, dimension: int) -> None:
    rng = np.random.default_rng([arms, dimension])
    explored_seen = set()
    for number in range(200):
        state = random_arms(rng, arms, dimension, outcomes=int(rng.integers(0, 20)))
        eligible = rng.random(arms) < 0.7
        eligible[rng.integers(arms)] = True
        x = rng.standard_normal(dimension)

        arm, ties, mean, high, explored = kernels.linear_arms.largest_upper_bound(
            state.factor, state.estimate, state.rho, x, eligible, 1, number, 0
        )

        means = state.estimate @ x
        precision = np.swapaxes(state.factor, 1, 2) @ state.factor
        widths = np.sqrt([x @ np.linalg.solve(precision[a], x) for a in range(arms)])
        bounds = means + state.rho * widths
        np.testing.assert_allclose(mean, means, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(high, bounds, rtol=1e-9)
        assert arm == np.where(eligible, bounds, -np.inf).argmax()
        assert ties == 1
        assert explored == (means[arm] < means[eligible].max())
        explored_seen.add(bool(explored))
    assert explored_seen == ({False} if arms == 1 else {False, True})


def test_largest_upper_bound_of_a_batch_equals_one_call_a_person() -> None:
    rng = np.random.default_rng(3)
    state = random_arms(rng, 4, 5, outcomes=6)
    people, number = rng.standard_normal((30, 5)), np.arange(30)
    eligible = rng.random((30, 4)) < 0.6
    eligible[:, 2] = True

    batch = kernels.linear_arms.largest_upper_bound(
        state.factor, state.estimate, state.rho, people, eligible, 1, number, 0
    )

    for i in range(30):
        alone = kernels.linear_arms.largest_upper_bound(
            state.factor, state.estimate, state.rho, people[i], eligible[i], 1, i, 0
        )
        for together, single in zip(batch, alone, strict=True):
            np.testing.assert_array_equal(together[i], single)


def test_equal_arms_are_chosen_equally_often() -> None:
    state = random_arms(np.random.default_rng(4), 1, 3, outcomes=4)
    three = [np.repeat(array, 3, axis=0) for array in state[:3]]
    draws = 9_000

    arm, ties, *_ = kernels.linear_arms.largest_upper_bound(
        *three, np.ones(3), np.ones(3, np.bool_), 1, np.arange(draws), 0
    )

    assert (ties == 3).all()
    counts = np.bincount(arm, minlength=3)
    assert ((counts - draws / 3) ** 2 / (draws / 3)).sum() < 13.8  # chi-square, once in 1,000
