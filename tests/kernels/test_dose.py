"""Penalty, step and best dose against grids, and a range that nothing leads out of."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recourse_bandits.kernels import dose, dose_response

NUMBERS = st.floats(-1e3, 1e3)
COSTS = st.one_of(st.just(0.0), st.floats(0.01, 10.0))
ANYTHING = st.floats()  # NaN, infinities and 1e308 among them
RANGES = st.tuples(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308)).map(sorted)


def test_penalty_and_slope_by_hand() -> None:
    # base 1, tau 2, target 5, costs 3 above and 0.5 below: doses 1, 2, 4 have effects 3, 5, 9
    doses = np.array([1.0, 2.0, 4.0])
    assert dose.penalty(doses, 1.0, 2.0, 5.0, 3.0, 0.5).tolist() == [1.0, 0.0, 12.0]
    assert dose.slope(doses, 1.0, 2.0, 5.0, 3.0, 0.5).tolist() == [-1.0, 0.0, 6.0]
    # where more of the drug lowers the value, the slopes change sign: effects -1, -3, -7
    assert dose.penalty(doses, 1.0, -2.0, -3.0, 3.0, 0.5).tolist() == [6.0, 0.0, 2.0]
    assert dose.slope(doses, 1.0, -2.0, -3.0, 3.0, 0.5).tolist() == [-6.0, 0.0, 1.0]


def test_a_step_by_hand() -> None:
    # range of 8, slope 6, zeta 12, fourth time: 8·6/(12·2) = 2
    assert dose.stepped(5.0, 6.0, 12.0, 4, 0.0, 8.0) == 3.0
    assert dose.stepped(1.0, 6.0, 12.0, 4, 0.0, 8.0) == 0.0
    assert dose.stepped(7.0, -6.0, 12.0, 4, 0.0, 8.0) == 8.0


def test_zeta_never_falls() -> None:
    assert dose.running_slope(0.0, 3.0, 0.5, 2.0) == 6.0
    assert dose.running_slope(6.0, 3.0, 0.5, 1.0) == 6.0
    assert dose.running_slope(6.0, 0.0, 4.0, 2.0) == 8.0
    assert dose.running_slope(6.0, 3.0, 0.5, math.nan) == 6.0


def test_a_medication_without_any_effect_keeps_its_dose() -> None:
    assert dose.stepped(2.0, 0.0, 0.0, 1, 0.0, 8.0) == 2.0
    assert dose.personal(1.0, 0.0, 5.0, 3.0, 0.5, 0.0, 8.0, 2.0) == 2.0


@given(NUMBERS, NUMBERS, NUMBERS, COSTS, COSTS, NUMBERS, NUMBERS)
def test_the_slope_is_a_sub_gradient(
    base: float, tau: float, target: float, over: float, under: float, y: float, other: float
) -> None:
    """The penalty never falls below its tangent, so that it is convex too."""
    here, there = dose.penalty(np.array([y, other]), base, tau, target, over, under)
    tangent = here + dose.slope(y, base, tau, target, over, under) * (other - y)
    assert there >= tangent - 1e-9 * (1.0 + abs(here) + abs(there) + abs(tangent))


@given(
    NUMBERS,
    st.one_of(NUMBERS, st.sampled_from([0.0, -0.0, 1e-300, -1e-300, 5e-324])),
    NUMBERS,
    COSTS,
    COSTS,
    st.tuples(NUMBERS, NUMBERS).map(sorted),
    st.floats(0.0, 1.0),
)
def test_no_dose_of_a_grid_is_better_than_the_personal_one(
    base: float,
    tau: float,
    target: float,
    over: float,
    under: float,
    ends: list[float],
    share: float,
) -> None:
    """And none that is as good lies nearer to the start."""
    lower, upper = ends
    start = min(max(lower + share * (upper - lower), lower), upper)
    found = float(dose.personal(base, tau, target, over, under, lower, upper, start))
    assert lower <= found <= upper

    grid = np.append(np.linspace(lower, upper, 301), start)
    least = dose.penalty(found, base, tau, target, over, under)
    values = dose.penalty(grid, base, tau, target, over, under)
    rounding = 1e-12 * (over + under) * (abs(base) + abs(target) + 1e3 * abs(tau))
    assert (values >= least - rounding).all()
    nearer = np.abs(grid - start) < abs(found - start) - 1e-9 * (1.0 + abs(found - start))
    assume(abs(tau) > 1e-3 or tau == 0.0)  # between, what is gained is lost in rounding
    assert (values[nearer] > least - rounding).all()
    if found != start and over > 0.0 and under > 0.0:
        assert float(dose.penalty(start, base, tau, target, over, under)) > least - rounding


def test_the_personal_dose_by_hand() -> None:
    def best(tau: float, over: float, under: float, start: float = 3.0) -> float:
        return float(dose.personal(1.0, tau, 5.0, over, under, 0.0, 8.0, start))

    assert best(2.0, 3.0, 0.5) == 2.0
    assert best(0.25, 3.0, 0.5) == 8.0  # the target would take 16
    assert best(-2.0, 3.0, 0.5) == 0.0  # and a negative dose
    assert best(1e-320, 3.0, 0.5) == 8.0  # however little is gained
    # where only too little costs, 2 and more are equally good; too much: 2 and less
    assert best(2.0, 0.0, 0.5) == 3.0
    assert best(2.0, 0.0, 0.5, start=1.0) == 2.0
    assert best(2.0, 3.0, 0.0) == 2.0
    assert best(2.0, 3.0, 0.0, start=1.0) == 1.0
    assert best(2.0, 0.0, 0.0) == 3.0
    # only too much costs, and even the smallest dose has too much: base 9, target 5
    assert float(dose.personal(9.0, 2.0, 5.0, 3.0, 0.0, 0.0, 8.0, 3.0)) == 0.0
    # effects that are no numbers tell nothing
    for base, tau in ((math.nan, 2.0), (1.0, math.nan), (math.inf, math.inf)):
        assert float(dose.personal(base, tau, 5.0, 3.0, 0.5, 0.0, 8.0, 3.0)) == 3.0


@given(RANGES, st.floats(0.0, 1.0), ANYTHING, ANYTHING, ANYTHING, COSTS, COSTS, ANYTHING)
def test_no_effect_however_absurd_leads_out_of_the_range(
    ends: list[float],
    share: float,
    base: float,
    tau: float,
    target: float,
    over: float,
    under: float,
    zeta: float,
) -> None:
    lower, upper = ends
    y = min(max((1.0 - share) * lower + share * upper, lower), upper)

    slope = float(dose.slope(y, base, tau, target, over, under))
    after = dose.stepped(y, slope, zeta, 3, lower, upper)
    best = float(dose.personal(base, tau, target, over, under, lower, upper, y))

    assert lower <= after <= upper
    assert lower <= best <= upper


def test_sub_outcomes_of_any_size_leave_the_running_dose_in_its_range() -> None:
    """Through the belief itself: 1e308 makes its numbers infinite, then NaN."""
    factor, moment, estimate = np.eye(2), np.zeros(2), np.zeros(2)
    y, zeta, drawn = 4.0, 0.0, np.empty(2)
    for number, effect in enumerate([3.0, 1e308, -1e308, 1e308, 5e-324, 0.0, 2.0]):
        dose_response.learn(factor, moment, estimate, np.ones(1), 0, y, effect, 1e-3)
        dose_response.sample(factor, estimate, 1.0, np.array([0.3, -0.2]), drawn)
        size = dose_response.slope_size(factor, estimate, 1.0, 1)
        zeta = dose.running_slope(zeta, 3.0, 0.5, size)
        slope = float(dose.slope(y, drawn[0], drawn[1], 5.0, 3.0, 0.5))
        y = dose.stepped(y, slope, zeta, number + 1, 1.0, 8.0)
        assert 1.0 <= y <= 8.0
    assert not np.isfinite(estimate).all()


def test_doses_broadcast() -> None:
    targets, doses = np.array([1.0, 2.0, 3.0])[:, None], np.array([0.5, 4.0])
    assert dose.penalty(doses, 0.0, 1.0, targets, 1.0, 1.0).tolist() == [
        [0.5, 3.0],
        [1.5, 2.0],
        [2.5, 1.0],
    ]


@pytest.mark.parametrize("tau", [0.5, -0.5])
def test_steps_with_a_known_effect_lead_to_the_target(tau: float) -> None:
    y, target = 1.0, 4.0 * tau
    for count in range(1, 2_001):
        slope = float(dose.slope(y, 0.0, tau, target, 1.0, 2.0))
        y = dose.stepped(y, slope, 2.0 * abs(tau), count, 0.0, 10.0)
    assert y == pytest.approx(4.0, abs=10.0 / math.sqrt(2_000))
