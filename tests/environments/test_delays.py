"""Laws of delay: their distributions against SciPy's, their keys, what they refuse."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from recourse_bandits.environments.delays import (
    DELAYS,
    ConstantDelay,
    Delay,
    EmpiricalDelay,
    GeometricDelay,
    HalfNormalDelay,
    PoissonDelay,
)
from recourse_bandits.errors import DescriptionError
from recourse_bandits.records import Array, Key, Stream

DRAWS = 4_000
LONG = np.arange(4_000)
# a law, and P(D >= n) of n = 0, 1, 2, ... by other means
LAWS: dict[str, tuple[Delay, Array]] = {
    "constant": (ConstantDelay(7), (LONG <= 7).astype(np.float64)),
    # SciPy counts geometric numbers from 1: P(G > n) is P(D >= n)
    "geometric": (GeometricDelay(20.0), stats.geom.sf(LONG, 1.0 / 21.0)),
    "geometric, short": (GeometricDelay(0.3), stats.geom.sf(LONG, 1.0 / 1.3)),
    "poisson": (PoissonDelay(20.0), stats.poisson.sf(LONG - 1, 20.0)),
    "poisson, long": (PoissonDelay(900.0), stats.poisson.sf(LONG - 1, 900.0)),
    "half-normal": (HalfNormalDelay(25.0), stats.halfnorm.sf(LONG, scale=25.0)),
    "empirical": (
        EmpiricalDelay([30, 2, 7, 2], counts=[1, 2, 5, 2]),
        np.select([LONG <= 2, LONG <= 7, LONG <= 30], [1.0, 0.6, 0.1], 0.0),
    ),
}


def drawn(law: Delay, seed: int = 5, draws: int = DRAWS) -> NDArray[np.int64]:
    keys = (Key(seed, number, Stream.DELAY) for number in range(draws))
    return np.array([-1 if (late := law.rounds(key)) is None else late for key in keys])


@pytest.mark.parametrize("name", LAWS)
def test_quantiles_are_those_of_the_distribution(name: str) -> None:
    law, at_least = LAWS[name]
    for share in (1e-9, 0.01, 0.25, 0.49, 0.77, 0.951, 0.9991):
        found = law.quantile(share)
        # the smallest n with P(D <= n) > share
        assert at_least[found + 1] < 1.0 - share
        assert found == 0 or at_least[found] >= 1.0 - share - 1e-12


@pytest.mark.parametrize("name", LAWS)
def test_draws_follow_the_law(name: str) -> None:
    """Kolmogorov's distance: for a law of whole numbers the chance of more is below 1e-6."""
    law, at_least = LAWS[name]
    delays = drawn(law)
    seen = np.array([np.mean(delays >= n) for n in range(400 if delays.max() < 400 else 1_200)])
    assert np.abs(seen - at_least[: seen.size]).max() < math.sqrt(math.log(2e6) / (2.0 * DRAWS))


@pytest.mark.parametrize("name", LAWS)
def test_mean_and_tail_are_those_that_bounds_are_told(name: str) -> None:
    law, at_least = LAWS[name][0].law, LAWS[name][1]
    assert law is not None
    assert law.mean == pytest.approx(at_least[1:].sum(), rel=1e-9)
    for m in np.linspace(0.01, 300.0, 1_000):
        place = math.ceil(law.mean - 1e-9 + m)
        allowed = (
            0.0 if law.scale == 0.0 else math.exp(-(m ** (1.0 + law.exponent)) / 2 / law.scale**2)
        )
        if place < LONG.size:
            assert at_least[place] <= allowed * (1.0 + 1e-9) + 1e-15


def test_the_least_scale_of_geometric_delays_is_that_of_the_table() -> None:
    from recourse_bandits.theory import DelayLaw

    law = GeometricDelay(9.0).arriving
    assert law.scale**2 == pytest.approx(1.0 / (2.0 * math.log(10.0 / 9.0)))
    of_the_table = DelayLaw.of(stats.geom.pmf(LONG[:3_000] + 1, 0.1))
    assert law.scale == pytest.approx(of_the_table.scale, rel=0.01)


@pytest.mark.parametrize("name", ["geometric", "poisson", "half-normal"])
def test_no_delay_is_the_least_of_every_law(name: str) -> None:
    law: Any = DELAYS[name]
    none = law(0.0)
    assert set(drawn(none, draws=50).tolist()) == {0}
    assert none.law.mean == 0.0


def test_a_delay_depends_on_its_key_alone() -> None:
    law = GeometricDelay(20.0)
    key = Key(3, 17, Stream.DELAY)
    first = law.rounds(key)
    drawn(law, draws=20)
    assert law.rounds(key) == first
    assert len({law.rounds(Key(3, number, Stream.DELAY)) for number in range(30)}) > 10
    assert drawn(law, seed=1, draws=30).tolist() != drawn(law, seed=2, draws=30).tolist()


@pytest.mark.parametrize("kind", [GeometricDelay, PoissonDelay, HalfNormalDelay])
def test_who_waits_longest_does_so_at_every_mean(kind: type[Any]) -> None:
    short, long = drawn(kind(5.0), draws=200), drawn(kind(80.0), draws=200)
    assert (long >= short).all()
    order = np.lexsort((short, long))
    assert (np.diff(short[order]) >= 0).all()


@given(st.floats(0.0, 1.0, exclude_max=True))
@pytest.mark.parametrize("name", LAWS)
def test_every_share_has_a_delay(name: str, share: float) -> None:
    found = LAWS[name][0].quantile(share)
    assert isinstance(found, int)
    assert found >= 0


@pytest.mark.parametrize("name", LAWS)
def test_the_largest_share_that_is_drawn_has_a_delay(name: str) -> None:
    assert 0 <= LAWS[name][0].quantile(1.0 - 2.0**-53) < 20_000


# -- outcomes that never arrive --------------------------------------------------------------------


def test_a_share_never_arrives_and_the_others_come_when_they_came() -> None:
    always = drawn(GeometricDelay(20.0))
    some = drawn(GeometricDelay(20.0, never=0.3))
    more = drawn(GeometricDelay(20.0, never=0.6))
    assert np.mean(some == -1) == pytest.approx(0.3, abs=4.0 * math.sqrt(0.21 / DRAWS))
    assert (some[some >= 0] == always[some >= 0]).all()
    assert (more[some == -1] == -1).all()
    assert set(drawn(ConstantDelay(3, never=1.0), draws=50).tolist()) == {-1}


def test_of_outcomes_that_never_arrive_no_bound_is_told() -> None:
    assert GeometricDelay(20.0, never=0.1).law is None
    assert GeometricDelay(20.0).law == GeometricDelay(20.0, never=0.1).arriving


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "parameters", "says"),
    [
        (GeometricDelay, {"mean": -1.0}, "mean must be finite and >= 0, got -1.0"),
        (GeometricDelay, {"mean": math.inf}, "mean must be finite and >= 0, got inf"),
        (PoissonDelay, {"mean": math.nan}, "mean must be finite and >= 0, got nan"),
        (PoissonDelay, {"mean": 2e6}, "mean must be at most 1,000,000 rounds, got 2000000.0"),
        (HalfNormalDelay, {"scale": "5"}, "scale must be finite and >= 0, got '5'"),
        (ConstantDelay, {"after": 2.5}, "after must be a whole number >= 0, got 2.5"),
        (ConstantDelay, {"after": True}, "after must be a whole number >= 0, got True"),
        (ConstantDelay, {"after": 1, "never": 1.5}, r"never must lie in \[0, 1\], got 1.5"),
        (GeometricDelay, {"mean": 1, "never": -0.1}, r"never must lie in \[0, 1\], got -0.1"),
        (EmpiricalDelay, {"delays": []}, "delays must have at least one number of rounds"),
        (EmpiricalDelay, {"delays": 5}, "delays must be a list of whole numbers, got 5"),
        (EmpiricalDelay, {"delays": [1, -2]}, "whole numbers from 0 to 1,000,000, got -2"),
        (EmpiricalDelay, {"delays": [1.5]}, "whole numbers from 0 to 1,000,000, got 1.5"),
        (EmpiricalDelay, {"delays": [1], "counts": [0]}, "counts must hold whole numbers from 1"),
        (EmpiricalDelay, {"delays": [1], "counts": [1, 2]}, "as many as delays, got 2 for 1"),
    ],
)
def test_what_is_no_law_is_refused(kind: Any, parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        kind(**parameters)


@pytest.mark.parametrize("odd", [-1, 2.0, None, math.inf])
def test_a_law_of_somebody_else_must_give_whole_rounds(odd: Any) -> None:
    class Odd(Delay):
        def quantile(self, share: float) -> int:
            return odd  # type: ignore[no-any-return]

    with pytest.raises(DescriptionError, match="Odd.quantile must return a whole number"):
        Odd().rounds(Key(1, 1, Stream.DELAY))
    assert Odd().law is None


def test_an_empirical_law_does_not_follow_its_list() -> None:
    seen = [1, 2]
    law = EmpiricalDelay(seen)
    seen.append(100)
    assert law == EmpiricalDelay((1, 2))
    assert set(drawn(law, draws=40).tolist()) == {1, 2}
