"""What exact estimates cost: measured states, regret, tables and the picture."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress

from benchmarks import exact
from benchmarks.exact_picture import draw
from benchmarks.peers import ours
from benchmarks.world import world


def test_the_measured_state_is_that_of_so_many_outcomes() -> None:
    here = world(4, 2, 60, "logistic")
    contestant = exact.of_rows(here, 20)
    assert contestant.state.counts.tolist() == [20, 20]
    assert contestant.state.rows is not None
    for arm, points in enumerate(contestant.state.rows.points):
        assert points.shape == (20, 4)
        np.testing.assert_array_equal(points[:19], here.features[arm:38:2])


def test_measuring_does_not_go_on_from_slice_to_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "ROWS", (2, 4))
    monkeypatch.setattr(exact, "SLICES", 2)
    here = world(4, 2, 60, "logistic")
    contestant = exact.of_rows(here, 5)
    assert exact.round_microseconds(contestant, here) > 0.0
    assert contestant.state.counts.tolist() == [5, 5]
    found = exact.costs(4)
    assert [(cost.line, cost.rows) for cost in found] == [
        (exact.EXACT, 2),
        (exact.EXACT, 4),
        (exact.ONE_PASS, 2),
        (exact.ONE_PASS, 4),
    ]


def test_the_fastest_turn_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([3.0, 1.0, 2.0])
    monkeypatch.setattr(exact, "DIMENSIONS", (4,))
    monkeypatch.setattr(exact, "costs", lambda d: [exact.Cost(exact.EXACT, d, 10, next(times))])
    with Progress(disable=True) as progress:
        assert exact.fastest(progress) == [exact.Cost(exact.EXACT, 4, 10, 1.0)]


def test_rewards_are_successes_as_often_as_the_link_says() -> None:
    here = world(2, 1, 4000, "logistic")
    z = here.features @ here.theta[0]
    rewards = np.array([here.reward(number, 0, x) for number, x in enumerate(here.features)])
    assert set(rewards) == {0.0, 1.0}
    expected = 1.0 / (1.0 + np.exp(-z))
    for part in (z < -0.1, z > 0.1):
        assert abs(rewards[part].mean() - expected[part].mean()) < 0.05


def test_regret_is_that_of_the_best_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "HORIZON", 40)
    monkeypatch.setattr(exact, "WORLDS", {"small": (3, 2, 0.4)})
    totals = {
        limit: [exact.regret("small", 0.2, limit, seed) for seed in (1, 2)] for limit in (5, None)
    }
    assert all(0.0 < total < 40.0 for each in totals.values() for total in each)
    limited, always = exact.summary("small", 0.2, totals)
    assert (always.difference, always.difference_error) == (0.0, 0.0)
    assert limited.difference == pytest.approx(limited.mean - always.mean)


def test_tables_and_picture_have_every_line(tmp_path: Path) -> None:
    costs = [
        exact.Cost(line, dimension, rows, 10.0 * rows)
        for dimension in exact.DIMENSIONS
        for line in (exact.EXACT, exact.ONE_PASS)
        for rows in exact.ROWS
    ]
    console = Console(record=True, width=160)
    exact.show_costs(costs, console)
    rates = [(line, n, 100.0) for line in (exact.IDENTITY, exact.ONE_PASS) for n in exact.ROUNDS]
    exact.show_rates(rates, console)
    text = console.export_text()
    assert "logistic, exact, d = 50" in text
    assert "1.00" in text
    draw([asdict(cost) for cost in costs], tmp_path / "exact.svg")
    first = (tmp_path / "exact.svg").read_bytes()
    draw([asdict(cost) for cost in costs], tmp_path / "exact.svg")
    assert (tmp_path / "exact.svg").read_bytes() == first


def test_rates_are_measured_in_the_world_of_each_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "ROUNDS", (10, 20))
    monkeypatch.setattr(exact, "LIVES", 1)
    found = exact.rates()
    assert {(line, rounds) for line, rounds, _ in found} == {
        (line, rounds) for line in (exact.IDENTITY, exact.ONE_PASS) for rounds in (10, 20)
    }
    assert ours.PolicyLayerOnePass(world(20, 10, 20, "logistic")).state.rows is None
