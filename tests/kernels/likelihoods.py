"""Arms with a link whose loss, score and estimate are written without a kernel."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from recourse_bandits.kernels import exact, links

Array = NDArray[np.float64]

CODES = (links.IDENTITY, links.LOGISTIC, links.PROBIT, links.LOG)
LINKS = tuple(sign * code for code in CODES for sign in (1, -1) if sign * code != -links.IDENTITY)
NAMES = {
    links.IDENTITY: "identity",
    links.LOGISTIC: "logistic",
    links.PROBIT: "probit",
    links.LOG: "log",
}


def name_of(link: int) -> str:
    return NAMES[abs(link)] + (" of less" if link < 0 else "")


def mean(link: int, z: Array) -> Array:
    """Expected reward, without a kernel."""
    if link < 0:
        return -mean(-link, -z)
    if link == links.LOGISTIC:
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))
    return np.asarray({links.PROBIT: norm.cdf, links.LOG: np.exp}.get(link, np.asarray)(z))


def integral(link: int, z: Array) -> Array:
    """The m of m' = mu, without a kernel."""
    z = z if link > 0 else -z
    if abs(link) == links.LOGISTIC:
        return np.asarray(np.logaddexp(0.0, z))
    if abs(link) == links.PROBIT:
        return np.asarray(z * norm.cdf(z) + norm.pdf(z))
    return np.exp(z) if abs(link) == links.LOG else 0.5 * z * z


def rewards_of(link: int, z: Array, rng: np.random.Generator) -> Array:
    if link < 0:
        return -rewards_of(-link, -z, rng)
    if link == links.IDENTITY:
        return np.asarray(z + rng.normal(size=z.size))
    if link == links.LOG:
        return rng.poisson(mean(link, z)).astype(np.float64)
    return (rng.random(z.size) < mean(link, z)).astype(np.float64)


class Case:
    """Rows and rewards of a truth, and a prior that is not at 0 and not diagonal."""

    def __init__(self, link: int, rows: int, dimension: int, seed: int = 0) -> None:
        rng = np.random.default_rng([seed, abs(link), link < 0, rows, dimension])
        self.link, self.dimension = link, dimension
        self.theta = rng.normal(size=dimension) / np.sqrt(dimension)
        self.rows = rng.normal(size=(rows, dimension))
        self.rewards = rewards_of(link, self.rows @ self.theta, rng)
        self.mean = 0.3 * rng.normal(size=dimension)
        root = rng.normal(size=(dimension, dimension))
        self.precision = root @ root.T + 0.5 * np.eye(dimension)

    def loss(self, theta: Array) -> float:
        z, away = self.rows @ theta, theta - self.mean
        losses = integral(self.link, z) - self.rewards * z
        return float(losses.sum() + 0.5 * away @ self.precision @ away)

    def score(self, theta: Array) -> Array:
        residuals = self.rewards - mean(self.link, self.rows @ theta)
        return np.asarray(residuals @ self.rows - self.precision @ (theta - self.mean))

    @property
    def prior(self) -> tuple[Array, Array]:
        return self.mean, self.precision

    def fitted(self, start: Array | None = None) -> Array:
        theta = np.zeros(self.dimension) if start is None else start.copy()
        exact.fit(self.link, self.rows, self.rewards, *self.prior, 0.0, theta)
        return theta

    def fitted_in_ball(self, bound: float) -> Array:
        theta = np.zeros(self.dimension)
        exact.fit_in_ball(self.link, self.rows, self.rewards, *self.prior, bound, theta)
        return theta


def plain(rows: Array, rewards: Array, link: int, penalty: float) -> Case:
    """A case of given rows with the prior of a plain ridge penalty."""
    case = Case(link, 1, rows.shape[1])
    case.rows, case.rewards = np.ascontiguousarray(rows, np.float64), rewards.astype(np.float64)
    case.mean, case.precision = np.zeros(rows.shape[1]), penalty * np.eye(rows.shape[1])
    return case
