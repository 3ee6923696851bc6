"""Doses on a grid against a list of all its multiples."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recourse_bandits.kernels.dose_grid import DOWN, NEAREST, UP, rounded


@pytest.mark.parametrize(
    ("y", "down", "nearest", "up"),
    [(7.4, 5.0, 7.5, 7.5), (6.0, 5.0, 5.0, 7.5), (6.25, 5.0, 5.0, 7.5), (7.5, 7.5, 7.5, 7.5)],
)
def test_halves_of_tablets(y: float, down: float, nearest: float, up: float) -> None:
    found = [float(rounded(y, 0.0, 2.5, 2.5, 15.0, way)) for way in (DOWN, NEAREST, UP)]
    assert found == [down, nearest, up]


def test_a_dose_on_the_grid_stays_there_though_its_last_bits_differ() -> None:
    # 3·0.1 = 0.30000000000000004, and 0.3/0.1 = 2.9999999999999996
    assert float(rounded(0.3, 0.0, 0.1, 0.0, 0.3, DOWN)) == 0.3
    assert float(rounded(0.1 + 0.2, 0.0, 0.1, 0.0, 1.0, UP)) == pytest.approx(0.3)


def test_the_range_comes_before_the_direction() -> None:
    # multiples inside are 5 and 10
    assert float(rounded(11.0, 0.0, 5.0, 3.0, 12.0, UP)) == 10.0
    assert float(rounded(4.0, 0.0, 5.0, 3.0, 12.0, DOWN)) == 5.0
    assert float(rounded(99.0, 0.0, 5.0, 3.0, 12.0, NEAREST)) == 10.0


def test_without_a_step_the_dose_is_only_kept_in_its_range() -> None:
    assert float(rounded(3.3, 0.0, 0.0, 1.0, 5.0, DOWN)) == 3.3
    assert float(rounded(7.0, 0.0, 0.0, 1.0, 5.0, UP)) == 5.0


@given(
    y=st.floats(-1.0, 2.0),
    first=st.integers(-40, 40),
    multiples=st.integers(0, 40),
    step=st.sampled_from([0.1, 0.25, 1.0 / 3.0, 2.5, 5.0, 1e-7, 1e7]),
    direction=st.sampled_from([DOWN, NEAREST, UP]),
    share=st.floats(0.0, 0.99),
)
def test_it_is_the_right_one_of_all_multiples_in_the_range(
    y: float, first: int, multiples: int, step: float, direction: int, share: float
) -> None:
    lower, upper = first * step, (first + multiples + share) * step
    y = lower + y * (upper - lower)
    found = float(rounded(y, 0.0, step, lower, upper, direction))
    assert lower <= found <= upper

    grid = [Fraction(step) * (first + j) for j in range(multiples + 1)]
    place = min(max(Fraction(y), grid[0]), Fraction(upper))
    tiny = Fraction(step) / 10**8
    if direction == DOWN:
        best = max(value for value in grid if value <= place + tiny)
    elif direction == UP:
        best = min((value for value in grid if value >= place - tiny), default=grid[-1])
    else:
        best = min(grid, key=lambda value: abs(value - place))
        assert abs(found - place) <= abs(best - place) + 2 * tiny
        return
    assert abs(found - best) <= tiny


@given(
    st.floats(-1e308, 1e308),
    st.floats(-1e308, 1e308),
    st.floats(0.0, 1e308),
    st.tuples(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308)).map(sorted),
    st.sampled_from([DOWN, NEAREST, UP]),
)
def test_no_numbers_lead_out_of_the_range(
    y: float, origin: float, step: float, ends: list[float], direction: int
) -> None:
    assert ends[0] <= float(rounded(y, origin, step, *ends, direction)) <= ends[1]
