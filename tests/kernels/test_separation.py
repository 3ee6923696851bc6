"""Successes that a line separates: without a penalty the estimate would be infinite."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import kernels
from tests.kernels.instances import Array
from tests.kernels.streams import LINK_CODES, LinkedArms, largest_of

ROWS = 1_000


def separated(code: int, norm: float, form: int, rows: int = ROWS) -> tuple[LinkedArms, Array]:
    """The best possible reward on one side of a plane, the worst on the other."""
    rng = np.random.default_rng(5)
    learned = LinkedArms(code, 1, 3, norm_bound=4.0, form=form, scale=1.0)
    x = rng.standard_normal((rows, 3))
    x *= norm * rng.random((rows, 1)) / np.linalg.norm(x, axis=1, keepdims=True)
    good = x[:, 0] + x[:, 1] > 0.0
    best, worst = sorted((0.0, math.copysign(largest_of(code), code)), reverse=True)
    for row, side in zip(x, good, strict=True):
        learned.learn(0, np.ascontiguousarray(row), best if side else worst)
    return learned, x


@pytest.mark.parametrize("code", LINK_CODES)
@pytest.mark.parametrize("norm", [1.0, 30.0, 1e3])
@pytest.mark.parametrize("form", ["DETERMINANT", "POSTERIOR"])
def test_the_penalty_keeps_the_estimate_finite(code: int, norm: float, form: str) -> None:
    learned, x = separated(code, norm, getattr(kernels.confidence, form))
    for name in ("factor", "moment", "estimate", "gain", "rho"):
        assert np.isfinite(getattr(learned, name)).all(), name
    precision = learned.factor[0].T @ learned.factor[0]
    assert np.linalg.eigvalsh(precision)[0] >= 1.0 - 1e-9  # the penalty
    direction = learned.estimate[0] / np.linalg.norm(learned.estimate[0])
    assert direction @ np.array([1.0, 1.0, 0.0]) / math.sqrt(2.0) > 0.7  # it has learned the side
    assert np.linalg.norm(learned.estimate[0]) < 1e3
    z = x @ learned.estimate[0]
    expected = kernels.links.expected(code, largest_of(code), z)
    assert np.isfinite(expected).all()
    assert learned.rho[0] > 0.0


@pytest.mark.parametrize("code", LINK_CODES)
def test_nothing_but_the_best_raises_the_estimate_ever_more_slowly(code: int) -> None:
    """One column of ones: the estimate is where the loss and the penalty balance."""
    learned = LinkedArms(code, 1, 1, norm_bound=4.0)
    best = max(0.0, math.copysign(largest_of(code), code))
    path = []
    for _ in range(ROWS):
        learned.learn(0, np.ones(1), best)
        path.append(float(learned.estimate[0, 0]))
    steps = np.diff([0.0, *path])
    assert (steps >= -1e-12).all()
    assert steps[-1] < 0.05 * steps[0]
    assert path[-1] < 12.0


@settings(max_examples=40)
@given(
    code=st.sampled_from(LINK_CODES),
    seed=st.integers(0, 10_000),
    size=st.floats(-3, 3),
    penalty=st.floats(-6, 3),
)
def test_any_stream_leaves_finite_numbers(
    code: int, seed: int, size: float, penalty: float
) -> None:
    rng = np.random.default_rng(seed)
    learned = LinkedArms(code, 2, 3, norm_bound=10.0, penalty=10.0**penalty)
    for _ in range(60):
        x = 10.0**size * rng.standard_normal(3)
        reward = math.copysign(float(rng.integers(0, int(largest_of(code)) + 1)), code)
        learned.learn(int(rng.integers(2)), x, reward)
    for name in ("factor", "moment", "estimate", "gain", "rho"):
        assert np.isfinite(getattr(learned, name)).all(), name
