"""Inverse links against SciPy, and the inequality on which every confidence set rests."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from recourse_bandits import kernels
from recourse_bandits.kernels.links import IDENTITY, LOG, LOGISTIC, PROBIT
from recourse_bandits.problem.reward import LINKS
from tests.kernels.instances import Array

CODES = {"identity": IDENTITY, "logistic": LOGISTIC, "probit": PROBIT, "log": LOG}
BOTH_SIGNS = [code for link in CODES.values() for code in (link, -link)]
PROBIT_DISPERSION = math.sqrt(2.0 * math.pi) / 4.0
POINTS = np.concatenate([np.linspace(-35.0, 35.0, 141), [-1e-9, 1e-9, -0.3, 1.7]])
_LARGEST_EXPONENT = 600.0


def oracle(code: int, z: float) -> tuple[float, float, float]:
    """mu, mu' and m of a positive code, from SciPy's functions of the logarithm."""
    if code == IDENTITY:
        return z, 1.0, 0.5 * z * z
    if code == LOGISTIC:
        slope = math.exp(special.log_expit(z) + special.log_expit(-z))
        return float(special.expit(z)), slope, float(np.logaddexp(0.0, z))
    if code == PROBIT:
        area = float(np.exp(special.log_ndtr(z)))
        # E max(z + N, 0) = phi(z)·(1 - |z|·Mills ratio) + max(z, 0): no difference of near equals
        tail = -abs(z)
        density = float(stats.norm.pdf(z))
        mills = math.sqrt(math.pi / 2.0) * float(special.erfcx(abs(z) / math.sqrt(2.0)))
        return area, density, max(z, 0.0) + density + tail * mills * density
    value = math.exp(z)
    return value, value, value


@pytest.mark.parametrize("name", CODES)
def test_links_agree_with_scipy(name: str) -> None:
    code = CODES[name]
    for z in POINTS:
        mean, slope, integral = oracle(code, float(z))
        assert kernels.links.mean(code, z) == pytest.approx(mean, rel=1e-13)
        assert kernels.links.slope(code, z) == pytest.approx(max(slope, 1e-300), rel=1e-12)
        loose = 1e-16 * slope * (1.0 + z * z) if code == PROBIT else 0.0
        assert kernels.links.integral(code, z) == pytest.approx(integral, rel=1e-12, abs=30 * loose)
        assert kernels.links.expected(code, math.inf, z) == kernels.links.mean(code, z)


def test_the_numbers_are_those_of_the_descriptions() -> None:
    assert LINKS == CODES


@pytest.mark.parametrize("code", BOTH_SIGNS)
def test_each_function_is_the_slope_of_the_one_before(code: int) -> None:
    step = 1e-5
    for z in np.linspace(-4.0, 4.0, 41):
        around = z - step, z + step
        low, high = (kernels.links.integral(code, at) for at in around)
        mean = kernels.links.mean(code, z)
        assert (high - low) / (2 * step) == pytest.approx(mean, rel=1e-8, abs=1e-9)
        low, high = (kernels.links.mean(code, at) for at in around)
        assert (high - low) / (2 * step) == pytest.approx(kernels.links.slope(code, z), rel=1e-7)


@given(z=st.floats(-1e7, 1e7), name=st.sampled_from(sorted(CODES)))
def test_a_negative_code_mirrors(z: float, name: str) -> None:
    code, links = CODES[name], kernels.links
    assert links.mean(-code, z) == -links.mean(code, -z)
    assert links.slope(-code, z) == links.slope(code, -z)
    assert links.integral(-code, z) == links.integral(code, -z)


@pytest.mark.parametrize("code", BOTH_SIGNS)
@pytest.mark.parametrize("z", [38.0, 800.0, 1e6, math.inf])
def test_extreme_arguments(code: int, z: float) -> None:
    """Both ends: nothing is NaN, and everything is where it must be."""
    links = kernels.links
    link = abs(code)
    top = {IDENTITY: z, LOGISTIC: 1.0, PROBIT: 1.0, LOG: math.exp(min(z, _LARGEST_EXPONENT))}[link]
    bottom = -z if link == IDENTITY else 0.0
    high, low = (top, bottom) if code > 0 else (-bottom, -top)
    assert links.mean(code, z) == pytest.approx(high, abs=1e-16)
    assert links.mean(code, -z) == pytest.approx(low, abs=1e-16)
    for end in (-z, z):
        assert links.slope(code, end) >= 1e-300
        rising = links.integral(link, math.copysign(end, end * code))
        assert rising == links.integral(code, end)
        assert not math.isnan(rising)
    if link in (LOGISTIC, PROBIT):
        assert links.integral(link, -z) == pytest.approx(0.0, abs=1e-16)
        assert links.integral(link, z) == z


@pytest.mark.parametrize("code", BOTH_SIGNS)
def test_expected_rewards_stay_within_what_can_be_measured(code: int) -> None:
    largest = 1.0 if abs(code) in (LOGISTIC, PROBIT) else 7.0
    z = np.array([-math.inf, -1e6, -3.0, 0.0, 3.0, 1e6, math.inf, math.nan])
    found = kernels.links.expected(code, largest, z)
    assert np.isnan(found[-1])
    assert (np.diff(found[:-1]) >= 0.0).all()
    if abs(code) == IDENTITY:
        np.testing.assert_array_equal(found, z)
        return
    ends = (0.0, largest) if code > 0 else (-largest, 0.0)
    assert (found[0], found[-2]) == pytest.approx(ends, abs=1e-16)


# -- rewards are sub-GLM: log E exp(b(r - mu)) <= (m(z + c) - m(z) - c·mu)/phi, b = c/phi ---------


_STEPS = np.concatenate([np.linspace(0.02, 6.0, 80), [12.0, 30.0]])
_STEPS = np.concatenate([-_STEPS, _STEPS])


def excess(code: int, dispersion: float, z: float, values: Array, chances: Array) -> float:
    """Largest log E exp(b·r) - (m(z + c) - m(z))/phi over a grid of c; <= 0 where it holds."""
    moment = special.logsumexp(_STEPS[:, None] / dispersion * values, b=chances, axis=1)
    integral = kernels.links.integral
    bound = np.array([integral(code, z + c) for c in _STEPS]) - integral(code, z)
    return float(((moment - bound / dispersion) / (1.0 + abs(bound) / dispersion)).max())


Law = tuple[Array, Array]  # values and their chances


def bounded_laws(mean: float, largest: float, rng: np.random.Generator) -> list[Law]:
    """The two-point law on the ends, and two- and three-point laws inside, all of one mean."""
    share = mean / largest
    laws: list[Law] = [(np.array([0.0, largest]), np.array([1.0 - share, share]))]
    for _ in range(2):
        low, high = rng.uniform(0.0, mean), rng.uniform(mean, largest)
        upper = (mean - low) / (high - low)
        laws.append((np.array([low, high]), np.array([1.0 - upper, upper])))
        there = rng.uniform(0.0, 0.9)  # a third value, at the mean
        weights = np.array([(1 - there) * (1 - upper), (1 - there) * upper, there])
        laws.append((np.array([low, high, mean]), weights))
    return laws


@pytest.mark.parametrize(("code", "dispersion"), [(LOGISTIC, 1.0), (PROBIT, PROBIT_DISPERSION)])
def test_anything_between_0_and_1_is_sub_glm(code: int, dispersion: float) -> None:
    rng = np.random.default_rng(0)
    tighter = -math.inf
    for z in np.linspace(-5.0, 5.0, 41):
        for law in bounded_laws(kernels.links.mean(code, z), 1.0, rng):
            assert excess(code, dispersion, float(z), *law) <= 1e-12
            tighter = max(tighter, excess(code, 0.9 * dispersion, float(z), *law))
    assert tighter > 1e-4  # a tenth less would be wrong


def test_the_dispersion_of_probits_is_sharp_where_both_outcomes_are_equally_likely() -> None:
    """There a per mille less is too little for a success or a failure."""
    coin = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    assert excess(PROBIT, PROBIT_DISPERSION, 0.0, *coin) <= 1e-14
    assert excess(PROBIT, 0.999 * PROBIT_DISPERSION, 0.0, *coin) > 1e-8


@pytest.mark.parametrize("largest", [1.0, 4.0, 20.0])
def test_anything_up_to_the_largest_count_is_sub_glm(largest: float) -> None:
    rng = np.random.default_rng(1)
    tighter = -math.inf
    for z in np.linspace(-4.0, math.log(largest), 30):
        for law in bounded_laws(min(math.exp(z), largest), largest, rng):
            assert excess(LOG, largest, float(z), *law) <= 1e-12
            tighter = max(tighter, excess(LOG, 0.9 * largest, float(z), *law))
    assert tighter > 1e-4


@pytest.mark.parametrize("z", [-3.0, -1.0, 0.0, 1.0, 2.0])
def test_poisson_and_binomial_counts_have_dispersion_1(z: float) -> None:
    mean = math.exp(z)
    counts = np.arange(400.0)
    for c in np.linspace(-4.0, 2.5, 60):
        exact = mean * math.expm1(c)  # the cumulant of a Poisson count
        bound = kernels.links.integral(LOG, z + c) - kernels.links.integral(LOG, z)
        assert bound == pytest.approx(exact, rel=1e-11, abs=1e-12)
    for trials in (8, 20):
        law = counts[: trials + 1], stats.binom.pmf(counts[: trials + 1], trials, mean / trials)
        assert excess(LOG, 1.0, z, *law) <= 1e-12
    poisson = counts, stats.poisson.pmf(counts, mean)
    c = 0.3
    moment = special.logsumexp(c / 0.9 * poisson[0], b=poisson[1])
    tighter = (kernels.links.integral(LOG, z + c) - kernels.links.integral(LOG, z)) / 0.9
    assert moment > tighter + 1e-4 * mean


@pytest.mark.parametrize("code", BOTH_SIGNS)
def test_many_extreme_points_at_once_raise_no_warnings(code: int) -> None:
    """Vectorised code may compute what it does not use."""
    z = np.tile([-math.inf, -1e300, -800.0, -40.0, 0.0, 40.0, 800.0, 1e300, math.inf], 500)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = kernels.links.expected(code, 1.0, z)
    assert not np.isnan(found).any()
