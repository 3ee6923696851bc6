"""The one-point gradient: its mean is a difference quotient, and its doses stay in the range."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recourse_bandits.kernels import one_point_gradient

RANGES = st.tuples(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308)).map(sorted)


def test_a_step_by_hand() -> None:
    # 0.3 - 0.1·(1/0.2)·0.5 = 0.05, and with u = -1 it is 0.55
    assert one_point_gradient.stepped(0.3, 1.0, 0.5, 0.2, 0.1) == pytest.approx(0.05)
    assert one_point_gradient.stepped(0.3, -1.0, 0.5, 0.2, 0.1) == pytest.approx(0.55)
    assert one_point_gradient.stepped(0.3, -1.0, 9.0, 0.2, 0.1) == 0.8  # 1 - vartheta


def test_the_schedule_by_hand() -> None:
    assert one_point_gradient.schedule(10_000.0) == pytest.approx((0.1, 0.002))


@given(st.floats(-0.5, 0.5), st.floats(0.05, 0.4), st.floats(-3.0, 3.0), st.floats(-1.0, 1.0))
def test_the_mean_step_is_that_of_the_difference_quotient(
    z: float, vartheta: float, curvature: float, tilt: float
) -> None:
    def penalty(at: float) -> float:
        return 2.0 + curvature * at * at + tilt * at

    eta = 1e-3
    moves = [
        one_point_gradient.stepped(z, u, penalty(z + vartheta * u), vartheta, eta) - z
        for u in (1.0, -1.0)
    ]
    quotient = (penalty(z + vartheta) - penalty(z - vartheta)) / (2.0 * vartheta)
    assert sum(moves) / 2.0 == pytest.approx(-eta * quotient, abs=1e-12)


@given(RANGES, st.floats(-1.0, 1.0))
def test_scaling_stays_in_the_range_and_comes_back(ends: list[float], z: float) -> None:
    lower, upper = ends
    y = float(one_point_gradient.dose(z, lower, upper))
    assert lower <= y <= upper
    if upper - lower > 1e-3 * max(abs(lower), abs(upper)) and math.isfinite(upper - lower):
        assert float(one_point_gradient.scaled(y, lower, upper)) == pytest.approx(z, abs=1e-11)


@given(st.floats(-0.9, 0.9), st.sampled_from([1.0, -1.0]), st.floats())
def test_no_penalty_however_absurd_leads_the_iterate_out(z: float, u: float, value: float) -> None:
    after = one_point_gradient.stepped(z, u, value, 0.1, 0.002)
    assert -0.9 <= after <= 0.9


@pytest.mark.parametrize(("z", "y"), [(-1.0, 2.0), (0.0, 5.0), (1.0, 8.0), (0.5, 6.5)])
def test_scaling_by_hand(z: float, y: float) -> None:
    assert float(one_point_gradient.dose(z, 2.0, 8.0)) == y
    assert float(one_point_gradient.scaled(y, 2.0, 8.0)) == z


def test_signs_are_fair_and_those_of_the_key() -> None:
    signs = one_point_gradient.sign(5, np.arange(20_000), 0)
    assert set(signs) == {-1.0, 1.0}
    assert abs(signs.mean()) < 4.0 / math.sqrt(20_000)
    assert abs((signs[1:] * signs[:-1]).mean()) < 4.0 / math.sqrt(20_000)
    np.testing.assert_array_equal(signs, one_point_gradient.sign(5, np.arange(20_000), 0))
    assert (signs != one_point_gradient.sign(6, np.arange(20_000), 0)).any()
