"""Outstanding outcomes: by hand, against the exact law, and in simulated lives."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recourse_bandits import theory
from recourse_bandits.errors import DescriptionError
from recourse_bandits.records import Array
from recourse_bandits.theory import DelayLaw

LONG = np.arange(3_000)
LATE = 100_000  # a round that all delays are shorter than
LAWS = {
    # chances of 0, 1, 2, ... and the exponent of the tail
    "geometric": (stats.geom.pmf(LONG + 1, 0.1), 0.0),
    "geometric, long": (stats.geom.pmf(LONG + 1, 0.02), 0.0),
    "Poisson": (stats.poisson.pmf(LONG, 6.0), 0.0),
    "half-normal": (np.diff(np.append(stats.halfnorm.cdf(LONG, scale=8.0), 1.0)), 1.0),
    "constant": ((LONG == 7).astype(np.float64), 0.0),
    "none": ((LONG == 0).astype(np.float64), 0.0),
    "rare": (np.where(LONG == 0, 0.99, np.where(LONG == 100, 0.01, 0.0)), 1.0),
}


def number_outstanding(chances: Array) -> Array:
    """Exact chances of 0, 1, 2, ... outstanding outcomes after many rounds."""
    found = np.ones(1)
    for chance in np.cumsum(chances[::-1])[::-1][1:]:  # D >= 1, 2, ...
        if chance > 1e-18:
            found = np.convolve(found, [1.0 - min(chance, 1.0), min(chance, 1.0)])
    return found


def value(bound: theory.Bound) -> float:
    assert bound.holds
    return float(bound.values[0])


def test_lemma_9_by_hand() -> None:
    # mean 3, s_D² = (e - 1)/2, p = 1: s² = 3·s_D², log(2·s_D² + 1) = 1; log(1/delta) = 2
    law = DelayLaw(mean=3.0, scale=math.sqrt((math.e - 1.0) / 2.0), exponent=1.0)
    s = math.sqrt(1.5 * (math.e - 1.0))
    printed = theory.outstanding_as_printed([LATE], law, math.exp(-2.0))
    assert value(printed) == pytest.approx(6.0 + 2.0 * s + 2.0 * s * s + 1.0)
    # ours: 3 + min(2/3 + sqrt(4/9 + 12), ...)
    ours = theory.outstanding([LATE], law, math.exp(-2.0))
    assert value(ours) == pytest.approx(3.0 + 2.0 / 3.0 + math.sqrt(4.0 / 9.0 + 12.0))


def test_the_tail_counts_where_the_spread_is_small() -> None:
    # mean 200, s_D² = (e - 1)/2: 200 + 1 + 2·s + 2·s², s² = e - 1
    law = DelayLaw(mean=200.0, scale=math.sqrt((math.e - 1.0) / 2.0))
    s = math.sqrt(math.e - 1.0)
    expected = 201.0 + 2.0 * s + 2.0 * s * s
    assert value(theory.outstanding([LATE], law, math.exp(-2.0))) == pytest.approx(expected)


def test_no_more_are_outstanding_than_were_decided() -> None:
    law = DelayLaw(mean=50.0, scale=math.inf)
    for bound in (theory.outstanding, theory.outstanding_as_printed):
        assert bound([1, 2, 30], law, 0.05).values.tolist() == [0.0, 1.0, 29.0]


def test_of_an_unknown_tail_the_mean_is_enough() -> None:
    law = DelayLaw(mean=50.0, scale=math.inf)
    assert value(theory.outstanding([LATE], law, 0.05)) == pytest.approx(68.34, abs=0.01)
    assert value(theory.outstanding_as_printed([LATE], law, 0.05)) == LATE - 1.0


def test_the_least_scale_by_hand() -> None:
    # mean 1; P(D >= 2) = 1/2: s_D² = 1/(2·log 2), for every exponent
    for exponent in (0.0, 1.0, 2.5):
        law = DelayLaw.of([0.5, 0.0, 0.5], exponent)
        assert law.mean == pytest.approx(1.0)
        assert law.scale**2 == pytest.approx(1.0 / (2.0 * math.log(2.0)))
    assert DelayLaw.of([0.0, 0.0, 0.0, 1.0]) == DelayLaw(mean=3.0, scale=0.0)
    # geometric: P(D >= n) = r^n, so that the ratio rises to 1/(2·log(1/r))
    law = DelayLaw.of(LAWS["geometric"][0])
    assert law.scale**2 == pytest.approx(1.0 / (2.0 * math.log(1.0 / 0.9)), rel=0.01)


@pytest.mark.parametrize("name", LAWS)
def test_the_tail_condition_holds_for_the_stated_scale(name: str) -> None:
    chances, exponent = LAWS[name]
    law = DelayLaw.of(chances, exponent)
    at_least = np.cumsum(chances[::-1])[::-1] / chances.sum()
    for m in np.linspace(0.01, 60.0, 500):
        place = math.ceil(law.mean - 1e-9 + m)
        allowed = 0.0 if law.scale == 0.0 else math.exp(-(m ** (1.0 + exponent)) / 2 / law.scale**2)
        assert at_least[place] <= allowed * (1.0 + 1e-9) + 1e-12


def test_geometric_and_poisson_delays_have_exponential_tails_and_half_normal_ones_lighter() -> None:
    """s_D² that delays of mean + m need at least, at three m."""
    m = np.array([20.0, 60.0, 150.0])

    def needed(log_at_least: Array, exponent: float) -> Array:
        return np.asarray(m ** (1.0 + exponent) / (-2.0 * log_at_least))

    # P(D >= mean + m): mean 9, 6, and a half-normal number of scale 8 rounded down
    geometric = (9.0 + m) * math.log(0.9)
    poisson = stats.poisson.logsf(5.0 + m, 6.0)
    half_normal = stats.halfnorm.logsf(6.0 + m, scale=8.0)

    assert (needed(geometric, 0.0) <= 1.0 / (2.0 * math.log(1.0 / 0.9))).all()
    assert (needed(poisson, 0.0) <= 1.0).all()
    assert (needed(half_normal, 1.0) <= 64.0).all()
    # of a lighter tail no scale is enough
    assert (needed(geometric, 0.1)[1:] > 1.05 * needed(geometric, 0.1)[:-1]).all()
    assert (needed(poisson, 1.0)[1:] > 1.5 * needed(poisson, 1.0)[:-1]).all()
    assert (needed(half_normal, 1.1)[1:] > 1.05 * needed(half_normal, 1.1)[:-1]).all()


@pytest.mark.parametrize("failure", [0.3, 0.05, 1e-4])
@pytest.mark.parametrize("name", LAWS)
def test_the_exact_law_exceeds_no_bound_more_often_than_stated(name: str, failure: float) -> None:
    chances, exponent = LAWS[name]
    law = DelayLaw.of(chances, exponent)
    exact = number_outstanding(chances)
    ours = value(theory.outstanding([LATE], law, failure))
    printed = value(theory.outstanding_as_printed([LATE], law, failure))
    assert ours <= printed
    assert exact[math.floor(ours) + 1 :].sum() <= failure


@pytest.mark.parametrize("name", ["geometric", "Poisson", "half-normal", "constant"])
def test_simulated_delays_exceed_the_bound_in_few_rounds(name: str) -> None:
    chances, exponent = LAWS[name]
    rounds, failure = 20_000, 0.05
    rng = np.random.default_rng(8)
    delay = rng.choice(chances.size, rounds, p=chances / chances.sum())
    decided, now = np.arange(rounds), np.arange(1, rounds)
    arrival = np.sort(decided + delay)
    # decided before this round, less those that arrived before it
    outstanding = now - np.searchsorted(arrival, now, side="left")

    law = DelayLaw.of(chances, exponent)
    ours = theory.outstanding(now + 1, law, failure).values
    printed = theory.outstanding_as_printed(now + 1, law, failure).values

    assert outstanding.mean() == pytest.approx(law.mean, rel=0.05)
    assert np.mean(outstanding > ours) <= failure
    assert np.mean(outstanding > printed) <= failure
    assert outstanding.max() > 0.5 * ours[-1]  # it says something


@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12).filter(lambda chances: sum(chances) > 0),
    st.floats(0.0, 3.0),
    st.floats(1e-6, 0.5),
)
def test_no_law_exceeds_the_bound_more_often_than_stated(
    weights: list[float], exponent: float, failure: float
) -> None:
    chances = np.array(weights) / sum(weights)
    law = DelayLaw.of(chances, exponent)
    exact = number_outstanding(chances)
    bound = value(theory.outstanding([LATE], law, failure))
    assert exact[math.floor(bound) + 1 :].sum() <= failure * (1.0 + 1e-9)
    assert bound <= value(theory.outstanding_as_printed([LATE], law, failure)) + 1e-9


@pytest.mark.parametrize(
    ("described", "says"),
    [
        ({"mean": -1.0, "scale": 1.0}, "mean must be finite and >= 0, got -1.0"),
        ({"mean": 1.0, "scale": -1.0}, "scale must be finite and >= 0, got -1.0"),
        ({"mean": 1.0, "scale": math.nan}, "scale must be finite and >= 0, got nan"),
        ({"mean": 1.0, "scale": 1.0, "exponent": -0.1}, "exponent must be finite and >= 0"),
    ],
)
def test_laws_out_of_range_are_refused(described: dict[str, float], says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        DelayLaw(**described)


def test_chances_that_are_none_are_refused() -> None:
    for chances in ([0.5, 0.4], [1.5, -0.5], [[1.0]], []):
        with pytest.raises(DescriptionError, match="chances must be >= 0 and add up to 1"):
            DelayLaw.of(chances)
    with pytest.raises(DescriptionError, match="failure must lie in"):
        theory.outstanding([1], DelayLaw(mean=1.0, scale=1.0), 1.0)
    with pytest.raises(DescriptionError, match="rounds must be whole numbers above 0"):
        theory.outstanding([0], DelayLaw(mean=1.0, scale=1.0), 0.1)
