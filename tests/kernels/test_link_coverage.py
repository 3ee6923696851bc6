"""Learning with a link: the truth stays in all sets at all times, chosen by the sets themselves."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.kernels.links import LOG, LOGISTIC, PROBIT
from tests.kernels.streams import LARGEST, LINK_CODES, LinkedArms, drawn

ARMS, DIMENSION, ROUNDS, STREAMS = 2, 2, 80, 500
FAILURE, NORM_BOUND = 0.1, 0.8  # a third of the first radius is still longer


def covered_streams(
    code: int, scale: float = 1.0, *, ends: bool = False, streams: int = STREAMS
) -> NDArray[np.bool_]:
    """Whether each stream kept both arms' coefficients in their sets after every outcome.

    The arm is that of the largest upper bound over two persons, and the person that of the
    larger one: both are chosen by the very sets that are tested. With `ends`, counts are 0 or the
    largest, and the dispersion is the largest count.
    """
    rng = np.random.default_rng([17, abs(code)])
    dispersion = LARGEST if ends else None
    eligible = np.ones(ARMS, np.bool_)
    covered = np.ones(streams, np.bool_)
    for stream in range(streams):
        learned = LinkedArms(
            code,
            ARMS,
            DIMENSION,
            norm_bound=NORM_BOUND,
            dispersion=dispersion,
            failure=FAILURE,
            scale=scale,
        )
        theta = rng.standard_normal((ARMS, DIMENSION))
        theta *= NORM_BOUND / np.linalg.norm(theta, axis=1, keepdims=True)
        persons = rng.standard_normal((ROUNDS, 2, DIMENSION))
        persons /= np.linalg.norm(persons, axis=-1, keepdims=True)
        for number in range(ROUNDS):
            arm, _, _, high, _ = kernels.linear_arms.largest_upper_bound(
                learned.factor,
                learned.estimate,
                learned.rho,
                persons[number],
                np.broadcast_to(eligible, (2, ARMS)),
                stream,
                np.full(2, number),
                0,
            )
            who = int(high.max(axis=1).argmax())
            x, chosen = persons[number, who], int(arm[who])
            reward = drawn(code, float(x @ theta[chosen]), rng, ends=ends)
            learned.learn(chosen, x, reward)
            if learned.error(chosen, theta[chosen]) > learned.rho[chosen]:
                covered[stream] = False
                break
    return covered


@pytest.mark.parametrize("code", LINK_CODES)
def test_coefficients_stay_in_their_sets_as_often_as_promised(code: int) -> None:
    """The promise is 1 - failure = 0.9 of the streams, at all times and for all arms at once."""
    assert covered_streams(code).mean() >= 1.0 - FAILURE


@pytest.mark.parametrize("code", [LOG, -LOG])
def test_the_most_scattered_counts_are_covered_by_the_default_dispersion(code: int) -> None:
    assert covered_streams(code, ends=True).mean() >= 1.0 - FAILURE


@pytest.mark.parametrize("code", [LOGISTIC, PROBIT, LOG])
def test_coverage_can_fail(code: int) -> None:
    """A third of the radius is too little: the tests above can tell."""
    assert covered_streams(code, 1.0 / 3.0, streams=100).mean() < 1.0 - FAILURE


def test_scattered_counts_are_not_covered_by_the_dispersion_of_poisson_counts() -> None:
    """What `dispersion` is for."""
    assert math.isclose(LARGEST, 8.0)
    rng = np.random.default_rng(3)
    outside = 0
    for _ in range(100):
        learned = LinkedArms(LOG, 1, 1, norm_bound=NORM_BOUND, failure=FAILURE)
        theta, x = np.array([0.7]), np.ones(1)
        for _ in range(ROUNDS):
            learned.learn(0, x, drawn(LOG, 0.7, rng, ends=True))
            if learned.error(0, theta) > learned.rho[0]:
                outside += 1
                break
    assert outside > 100 * FAILURE
