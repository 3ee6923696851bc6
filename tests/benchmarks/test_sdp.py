"""The comparison with a relaxation: what it says of relaxations whose error is known."""

import pytest

import recourse_bandits as rb
from benchmarks import sdp
from tests.kernels.instances import Instance, ball


def certified(instance: Instance, max_nodes: int = 1000) -> rb.CertifiedSolution:
    x = instance[0]
    return rb.certified_recourse(*instance, ball(x.size, sdp.RADIUS), max_nodes=max_nodes)


def test_a_relaxation_that_is_exact_is_never_loose() -> None:
    row = sdp.compared(lambda instance: float(certified(instance).value), 3, 5, 20)
    assert (row.least, row.largest, row.loose) == (0.0, 0.0, 0.0)
    assert row.certified_loose == 0.0
    assert row.milliseconds > 0.0
    assert row.certified_milliseconds > 0.0


def test_how_loose_and_how_far_below_is_told() -> None:
    def wrong_by_a_half(instance: Instance) -> float:
        value = float(certified(instance).value)
        return value + (0.5 if instance[0][0] > 0.0 else -0.5) * (1.0 + abs(value))

    row = sdp.compared(wrong_by_a_half, 2, 5, 40)
    assert row.least == pytest.approx(-0.5)
    assert row.largest == pytest.approx(0.5)
    assert 0.0 < row.loose < 1.0


def test_the_bound_of_one_box_is_compared() -> None:
    row = sdp.compared(lambda instance: float(certified(instance, 1).upper_bound), 2, 5, 40)
    assert row.one_box == 0.0
    assert row.least >= 0.0
    assert len(sdp.cells(row)) == len(sdp.HEADINGS)
