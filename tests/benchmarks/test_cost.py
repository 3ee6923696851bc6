"""Cost against work: the count of operations, and the picture."""

from pathlib import Path

import pytest

from benchmarks import cost
from benchmarks.cost_picture import LOOKS, PANELS, draw
from benchmarks.peers import ours
from benchmarks.world import world


def test_operations_are_those_of_a_triangular_system_an_arm_and_one_rotation() -> None:
    assert cost.multiply_adds(10) == 10 * 50 + 200 + 50


def test_the_picture_has_every_panel(tmp_path: Path) -> None:
    points = [
        {"panel": panel, "line": line, "x": x, "y": 10.0 * x}
        for panel in PANELS
        for line in LOOKS
        for x in (5, 200)
    ]
    for ending in ("svg", "png"):
        draw(points, tmp_path / f"cost.{ending}")
        assert (tmp_path / f"cost.{ending}").stat().st_size > 1000
    first = (tmp_path / "cost.svg").read_bytes()
    draw(points, tmp_path / "cost.svg")
    assert (tmp_path / "cost.svg").read_bytes() == first


def test_times_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(cost, "LEARNED", 20)
    monkeypatch.setattr(cost, "ROUNDS", (10, 20, 40))
    assert cost.decide_seconds(ours.PolicyLayerGLRB, 4, 3) > 0.0
    assert cost.round_seconds(4) > 0.0
    assert cost.product_seconds(4) > 0.0
    points = list(cost.along_rounds([("Study(LinUCB)", ours.StudyLayer)]))
    assert [point.x for point in points] == [10, 20, 40]
    assert all(point.y > 0.0 for point in points)


def test_a_life_goes_on_from_round_to_round() -> None:
    contestant = ours.PolicyLayer(world(4, 3, 30))
    cost.live(contestant, world(4, 3, 30), 0, 10)
    cost.live(contestant, world(4, 3, 30), 10, 30)
    assert contestant.state.counts.sum() == 30
