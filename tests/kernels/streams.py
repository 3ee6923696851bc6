"""Arms that learn from rewards with a link: the arrays of one stream, and possible rewards."""

import math

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.kernels.links import LOG, LOGISTIC, PROBIT
from tests.kernels.instances import Array, factor_of

PROBIT_DISPERSION = math.sqrt(2.0 * math.pi) / 4.0
LARGEST = 8.0
DISPERSIONS = {LOGISTIC: 1.0, PROBIT: PROBIT_DISPERSION, LOG: 1.0}
LINK_CODES = [code for link in DISPERSIONS for code in (link, -link)]


def largest_of(code: int) -> float:
    """The largest size of a reward."""
    return LARGEST if abs(code) == LOG else 1.0


class LinkedArms:
    """The arrays that `learn` changes, all arms with the same prior."""

    def __init__(
        self,
        code: int,
        arms: int,
        dimension: int,
        *,
        norm_bound: float,
        penalty: float = 1.0,
        dispersion: float | None = None,
        failure: float = 0.1,
        scale: float = 1.0,
        form: int = kernels.confidence.DETERMINANT,
    ) -> None:
        precision = np.tile(penalty * np.eye(dimension), (arms, 1, 1))
        root = math.sqrt(DISPERSIONS[abs(code)] if dispersion is None else dispersion)
        self.factor = factor_of(precision)
        self.moment = np.zeros((arms, dimension))
        self.estimate = np.zeros((arms, dimension))
        self.count = np.zeros(arms, np.int64)
        self.gain = np.zeros(arms)
        self.bias = np.full(arms, math.sqrt(penalty) * norm_bound)
        first = kernels.confidence.curvature_radius(0.0, arms, root, failure, self.bias[0])
        self.rho = np.full(arms, scale * first)
        self.largest_variance = np.full(arms, 1.0 / penalty)
        self.constants = (
            np.full(arms, dimension * math.log(penalty)),
            self.bias,
            np.full(arms, root),
            np.ones(arms),
            code,
            norm_bound,
            largest_of(code),
            form,
            scale,
            failure,
            False,
        )

    def learn(self, arm: int, x: Array, reward: float) -> None:
        kernels.linear_arms.learn(
            self.factor,
            self.moment,
            self.estimate,
            self.count,
            self.gain,
            self.rho,
            self.largest_variance,
            *self.constants,
            arm,
            x,
            reward,
        )

    def error(self, arm: int, theta: Array) -> float:
        """Distance of coefficients from the estimate, in the norm of the arm's precision."""
        return float(np.linalg.norm(self.factor[arm] @ (theta - self.estimate[arm])))


def drawn(code: int, z: float, rng: np.random.Generator, *, ends: bool = False) -> float:
    """A reward of that expectation: a success, a binomial count, or 0 or the largest count."""
    expected = abs(float(kernels.links.expected(code, largest_of(code), z)))
    trials = 1 if ends else int(largest_of(code))
    size = largest_of(code) / trials
    return math.copysign(size * float(rng.binomial(trials, expected / largest_of(code))), code)
