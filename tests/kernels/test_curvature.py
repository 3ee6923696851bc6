"""The least curvature of a loss against brute force, and where x'theta can lie."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recourse_bandits import kernels
from recourse_bandits.kernels.links import LOG, LOGISTIC, PROBIT
from tests.kernels.instances import Array

CODES = [code for link in (LOGISTIC, PROBIT, LOG) for code in (link, -link)]
_SLOPE: dict[int, Any] = {
    LOGISTIC: lambda z: 0.25 / np.cosh(0.5 * z) ** 2,
    PROBIT: lambda z: np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi),
    LOG: np.exp,
}


_NODES, _MASS = np.polynomial.legendre.leggauss(100)


def ratio(code: int, z: float, y: Array) -> Array:
    """2(m(y) - m(z) - mu(z)(y - z))/(y - z)² as the mean of mu', weighted by 2(1 - t)."""
    t = 0.5 + 0.5 * _NODES
    at = z + t * (y[:, None] - z)
    return np.asarray((1.0 - t) * _SLOPE[abs(code)](at if code > 0 else -at) @ _MASS)


def rounding(code: int, z: float, low: float, high: float) -> float:
    """By how much the least may be too small, to be safe."""
    worst = 0.0
    for y in (low, high):
        links, step = kernels.links, kernels.links.mean(code, z) * (y - z)
        size = abs(links.integral(code, y)) + abs(links.integral(code, z)) + abs(step)
        worst = max(worst, 5e-15 * size / max(y - z, z - y, 1e-3) ** 2)
    return worst


@pytest.mark.parametrize("code", CODES)
def test_the_least_is_what_a_search_finds(code: int) -> None:
    rng = np.random.default_rng(abs(code))
    for _ in range(300):
        z, low, width = rng.uniform(-6, 6), rng.uniform(-6, 4), rng.uniform(0.01, 6)
        high = low + width
        searched = ratio(code, z, np.linspace(low, high, 200)).min()
        found = kernels.curvature.least(code, z, low, high)
        assert found <= searched * (1.0 + 1e-9)
        allowed = rounding(code, z, low, high)
        close = 1e-3 if min(abs(low - z), abs(high - z)) < 1e-3 else 1e-8  # there: a slope
        assert found == pytest.approx(searched, rel=close, abs=allowed)


@pytest.mark.parametrize("code", CODES)
def test_where_the_two_ends_meet_it_is_the_slope(code: int) -> None:
    for z in np.linspace(-5.0, 5.0, 21):
        slope = kernels.links.slope(code, z)
        assert kernels.curvature.least(code, z, z, z) == slope
        near = kernels.curvature.least(code, z, z - 2e-3, z + 2e-3)
        assert near == pytest.approx(slope, rel=0.01)
        assert near <= slope


ranges = st.tuples(
    st.sampled_from(CODES),
    st.floats(-30, 30),
    st.floats(-30, 30),
    st.floats(0, 40),
    st.floats(0, 1),
)


@given(ranges)
def test_the_loss_lies_above_its_parabola(example: tuple[int, float, float, float, float]) -> None:
    """What the proof uses: m(y) >= m(z) + mu(z)(y - z) + w(y - z)²/2 for y in the range."""
    code, z, low, width, share = example
    y = low + share * width
    weight = kernels.curvature.least(code, z, low, low + width)
    links = kernels.links
    at_y, at_z, line = links.integral(code, y), links.integral(code, z), links.mean(code, z) * y
    line -= links.mean(code, z) * z
    size = abs(at_y) + abs(at_z) + abs(line) + abs(y * links.mean(code, y))
    size += abs(z * links.mean(code, z))  # a probit's m is the difference of two such
    assert at_y - at_z - line >= 0.5 * weight * (y - z) ** 2 - 1e-13 * size - 1e-300


@given(ranges)
def test_the_least_is_between_the_slopes_and_shrinks_with_the_range(
    example: tuple[int, float, float, float, float],
) -> None:
    code, z, low, width, share = example
    high = low + width
    weight = kernels.curvature.least(code, z, low, high)
    ends = [kernels.links.slope(code, at) for at in (z, low, high)]
    assert min(ends) <= weight
    peak = 0.25 if abs(code) == LOGISTIC else 1.0 / math.sqrt(2.0 * math.pi)
    assert weight <= (max(ends) if abs(code) == LOG else peak) * (1.0 + 1e-12)
    inside = kernels.curvature.least(code, z, low + 0.5 * share * width, low + share * width)
    allowed = rounding(code, z, low + 0.5 * share * width, low + share * width)
    assert inside >= weight * (1.0 - 2e-3) - allowed


@given(st.sampled_from([LOGISTIC, -LOGISTIC]), st.floats(-8, 8), st.floats(-8, 8))
def test_it_is_never_below_self_concordance(code: int, z: float, y: float) -> None:
    """mu'(z)/(1 + R·abs(y - z)/2) with R = 1; sharper by half where the source has the whole."""
    low, high = min(z, y), max(z, y)
    weight = kernels.curvature.least(code, z, low, high)
    slope = kernels.links.slope(code, z)
    assert weight >= slope / (1.0 + 0.5 * (high - low)) * (1.0 - 1e-9)


# -- where x'theta lies ----------------------------------------------------------------------------


@given(
    code=st.sampled_from(CODES),
    bound=st.floats(0, 50),
    largest=st.floats(1, 100),
    z=st.floats(-60, 60),
    half_width=st.floats(0, 60),
    y=st.floats(-60, 60),
)
def test_the_range_holds_every_possible_value(
    code: int, bound: float, largest: float, z: float, half_width: float, y: float
) -> None:
    low, high = kernels.curvature.known_range(code, bound, largest, z, half_width)
    assert low <= high
    assert -bound <= low
    assert high <= bound
    edge = math.log(largest) if abs(code) == LOG else math.inf
    measured = y if code > 0 else -y
    if abs(y) <= bound and measured <= edge and abs(y - z) <= half_width:
        assert low <= y <= high
    if low < high:  # and nothing that is impossible
        assert (high if code > 0 else -low) <= edge + 1e-12


def test_ranges_by_hand() -> None:
    known_range = kernels.curvature.known_range
    assert known_range(LOGISTIC, 5.0, 1.0, 1.0, 2.0) == (-1.0, 3.0)
    assert known_range(LOGISTIC, 2.0, 1.0, 1.0, 2.0) == (-1.0, 2.0)
    assert known_range(-PROBIT, 2.0, 1.0, 9.0, 2.0) == (-2.0, 2.0)  # the set has failed
    assert known_range(LOG, 5.0, math.e, 0.0, 4.0) == (-4.0, 1.0)
    assert known_range(-LOG, 5.0, math.e, 0.0, 4.0) == (-1.0, 4.0)
    assert known_range(LOG, 0.5, math.e, 0.0, 4.0) == (-0.5, 0.5)
