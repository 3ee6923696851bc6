"""Learning: the true coefficients stay in their confidence sets at all times."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.kernels.links import IDENTITY
from tests.kernels.instances import Arms, Array, ball, solve_every_arm

ARMS, DIMENSION, ROUNDS, STREAMS = 2, 3, 200, 500
NOISE, FAILURE, PENALTY, RADIUS = 1.0, 0.1, 1.0, 0.5
COEFFICIENT_BOUND = 1.0
CONTEXT_BOUND = 1.0 + RADIUS


def in_the_unit_ball(rng: np.random.Generator, *shape: int) -> Array:
    vectors = rng.standard_normal((*shape, DIMENSION))
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / lengths * rng.random((*shape, 1)) ** (1.0 / DIMENSION))


def covered_streams(form: int, scale: float, recourse: bool) -> NDArray[np.bool_]:
    """Whether each stream kept both arms' coefficients within scale·radius after every outcome.

    The arms are chosen adaptively, by LinUCB or (with recourse) by GLRB, from the very sets that
    are tested; all streams are stepped together.
    """
    rng = np.random.default_rng(17)
    feasible = ball(DIMENSION if recourse else 0, RADIUS)
    shape = (STREAMS, ARMS, DIMENSION)
    theta = in_the_unit_ball(rng, STREAMS, ARMS)
    theta /= np.linalg.norm(theta, axis=-1, keepdims=True)  # as long as the bound allows
    factor = np.tile(np.sqrt(PENALTY) * np.eye(DIMENSION), (STREAMS, ARMS, 1, 1))
    moment, estimate = np.zeros(shape), np.zeros(shape)
    count, log_det = np.zeros((STREAMS, ARMS), np.int64), np.zeros((STREAMS, ARMS))
    growth = CONTEXT_BOUND**2 / PENALTY
    bias = np.sqrt(PENALTY) * COEFFICIENT_BOUND
    first = (form, scale, 0, 0.0, DIMENSION, ARMS, NOISE, FAILURE, growth, bias)
    rho = np.full((STREAMS, ARMS), kernels.confidence.radius(*first))
    largest_variance = np.full((STREAMS, ARMS), 1.0 / PENALTY)
    constants = (
        np.full(ARMS, DIMENSION * np.log(PENALTY)),
        np.full(ARMS, bias),
        np.full(ARMS, NOISE),
        np.full(ARMS, growth),
    )
    learned = (factor, moment, estimate, count, log_det, rho, largest_variance)
    covered = np.ones(STREAMS, np.bool_)
    for _ in range(ROUNDS):
        x = in_the_unit_ball(rng, STREAMS)
        noise = NOISE * rng.standard_normal(STREAMS)
        state = Arms(factor, estimate, rho, largest_variance)
        points, values = solve_every_arm(state, x[:, None, :], feasible)
        chosen = values.argmax(1)
        for s, arm in enumerate(chosen):
            point = points[s, arm]
            reward = point @ theta[s, arm] + noise[s]
            stream = (array[s] for array in learned)
            identity = IDENTITY, 1.0, np.inf
            kernels.linear_arms.learn(
                *stream,
                *constants,
                *identity,
                form,
                scale,
                FAILURE,
                False,
                arm,
                point,
                reward,
            )
        error = np.einsum("skij,skj->ski", factor, theta - estimate)
        covered &= (np.linalg.norm(error, axis=-1) <= rho).all(1)
    assert (count.min(0) > 0).all()  # both arms were tried
    return covered


@pytest.mark.parametrize("recourse", [False, True], ids=["lin_ucb", "glrb"])
@pytest.mark.parametrize("form", ["LEMMA_2", "DETERMINANT"])
def test_coefficients_stay_in_their_sets_as_often_as_promised(form: str, recourse: bool) -> None:
    """The promise is 1 - failure = 0.9 of the streams, at all times and for all arms at once."""
    covered = covered_streams(getattr(kernels.confidence, form), 1.0, recourse)

    assert covered.mean() >= 1.0 - FAILURE


def test_coverage_can_fail() -> None:
    """A third of the proved radius is too little here: the test above can tell."""
    covered = covered_streams(kernels.confidence.DETERMINANT, 1.0 / 3.0, recourse=False)

    assert covered.mean() < 1.0 - FAILURE
