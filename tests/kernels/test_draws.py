"""Counter-based random numbers: known answers, distribution, independence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from recourse_bandits import kernels
from tests.kernels.instances import Array

MANY = 200_000
ONES = 2**64 - 1
KEYS = st.integers(0, 2**63 - 1)


def kolmogorov_bound(count: int) -> float:
    """Largest distance of the empirical distribution, exceeded by chance once in 1,000 times."""
    return 1.95 / float(np.sqrt(count))


def axis_draws(axis: int, offset: int, count: int, draw: str = "uniform") -> Array:
    """Draws along one of (seed, number, stream, index), the others held at 12, 345, 6, 78."""
    arguments: list[object] = [12, 345, 6, 78]
    arguments[axis] = offset + np.arange(count)
    return np.asarray(getattr(kernels.draws, draw)(*arguments))


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0), (0xC2B6E3A8C2C69865, 0x6F81ED42F350084D)),
        ((ONES, ONES), (ONES, ONES), (0xE02CB7C4D95D277A, 0xD06633D0893B8B68)),
        (
            (0xA4093822299F31D0, 0x082EFA98EC4E6C89),
            (0x243F6A8885A308D3, 0x13198A2E03707344),
            (0x263C7D30BB0F0AF1, 0x56BE8361D3311526),
        ),
    ],
)
def test_threefry_gives_the_known_answers_of_random123(
    key: tuple[int, int], counter: tuple[int, int], words: tuple[int, int]
) -> None:
    encrypted = kernels.draws.threefry(*(np.uint64(word) for word in (*key, *counter)))

    assert tuple(int(word) for word in encrypted) == words


def test_uniform_is_the_top_53_bits_of_threefry() -> None:
    x, y = (int(w) for w in kernels.draws.threefry(*(np.uint64(w) for w in (3, 5, 7, 11))))

    assert kernels.draws.uniform(3, 5, 7, 22) == (x >> 11) / 2**53
    assert kernels.draws.uniform(3, 5, 7, 23) == (y >> 11) / 2**53


@given(seed=KEYS, number=KEYS, stream=KEYS, index=KEYS)
@settings(derandomize=True, deadline=None)
def test_draws_lie_in_range_for_any_key(seed: int, number: int, stream: int, index: int) -> None:
    assert 0.0 <= kernels.draws.uniform(seed, number, stream, index) < 1.0
    # the least number that uniform leaves above 0 is 2**-53, so no normal draw exceeds 8.58
    assert abs(kernels.draws.normal(seed, number, stream, index)) <= np.sqrt(106 * np.log(2.0))


@pytest.mark.parametrize("axis", range(4))
def test_uniform_is_uniform_along_every_argument(axis: int) -> None:
    sample = axis_draws(axis, 0, MANY)

    assert stats.kstest(sample, "uniform").statistic < kolmogorov_bound(MANY)
    assert abs(sample.mean() - 0.5) < 4.0 * np.sqrt(1 / 12 / MANY)


@pytest.mark.parametrize("axis", range(4))
def test_normal_is_standard_normal_along_every_argument(axis: int) -> None:
    sample = axis_draws(axis, 0, MANY, "normal")

    assert stats.kstest(sample, "norm").statistic < kolmogorov_bound(MANY)
    # four standard errors of the first four moments
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((sample**power).mean() - moment) < 4.0 * np.sqrt(variance / MANY)


@pytest.mark.parametrize("axis", range(4))
@pytest.mark.parametrize("lag", [1, 2, 64, 2**32])
def test_neighbouring_keys_draw_independently(axis: int, lag: int) -> None:
    count = 50_000
    here, there = axis_draws(axis, 0, count), axis_draws(axis, lag, count)

    assert abs(np.corrcoef(here, there)[0, 1]) < 4.0 / np.sqrt(count)
    assert abs(np.corrcoef((here - 0.5) ** 2, (there - 0.5) ** 2)[0, 1]) < 4.0 / np.sqrt(count)


@pytest.mark.parametrize(("one", "other"), [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
def test_arguments_are_not_interchangeable(one: int, other: int) -> None:
    count = 50_000
    here, there = axis_draws(one, 1000, count), axis_draws(other, 1000, count)

    assert abs(np.corrcoef(here, there)[0, 1]) < 4.0 / np.sqrt(count)


def test_the_two_numbers_of_a_pair_are_uncorrelated() -> None:
    pairs = kernels.draws.normal(1, 2, 3, np.arange(MANY)).reshape(-1, 2)

    for power in (1, 2):
        correlation = np.corrcoef(pairs[:, 0] ** power, pairs[:, 1] ** power)[0, 1]
        assert abs(correlation) < 4.0 / np.sqrt(len(pairs))


@pytest.mark.parametrize("draw", ["uniform", "normal"])
def test_draws_broadcast_and_repeat(draw: str) -> None:
    function = getattr(kernels.draws, draw)
    number, index = np.arange(5)[:, None], np.arange(7)

    table = function(9, number, 4, index)

    assert table.shape == (5, 7)
    assert len(np.unique(table)) == 35
    for n in range(5):
        for i in range(7):
            assert table[n, i] == function(9, n, 4, i)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 5), (4, 4), (2, 0)])
def test_fill_normal_writes_the_draws_in_row_order(shape: tuple[int, int]) -> None:
    filled = np.full(shape, np.nan)

    kernels.draws.fill_normal(8, 13, 2, filled)

    index = np.arange(filled.size, dtype=np.int64).reshape(shape)
    np.testing.assert_array_equal(filled, kernels.draws.normal(8, 13, 2, index))


def test_reserved_indices_stay_apart_from_each_other_and_from_ordinary_ones() -> None:
    tie, coin = kernels.draws.TIE_INDEX, kernels.draws.COIN_INDEX

    assert 2**60 < coin < tie
    assert tie + 2**32 < 2**63  # stays a valid int64, with room behind it
    assert coin + 2**32 < tie
