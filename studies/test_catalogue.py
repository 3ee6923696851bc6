"""The catalogue in full: ten runs each, some ten minutes on two cores."""

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from recourse_bandits.config import experiment
from recourse_bandits.experiments.results import Running, run_and_write


def results(name: str, folder: Path) -> dict[str, Any]:
    found = run_and_write(experiment(name), folder, Running(Console(), "make study"))
    (point,) = found["points"]
    figures: dict[str, Any] = point["policies"]
    return figures


def test_synthetic_has_the_order_of_figure_8(tmp_path: Path) -> None:
    figures = results("synthetic", tmp_path)
    order = ["LinUCB", "Advice only", "GLRB", "LIBRA as printed"]
    regret = [figures[label]["regret"]["mean"] for label in order]
    assert regret == sorted(regret, reverse=True)


def test_no_adviser_harms_libra_by_more_than_35_percent(tmp_path: Path) -> None:
    figures = results("bad-advice", tmp_path)
    alone = figures["GLRB alone"]["regret"]["mean"]
    for label, policy in figures.items():
        assert policy["regret"]["mean"] <= 1.35 * alone, label
    good = figures["adviser right 8 times in 10"]["regret"]["mean"]
    assert good <= 0.75 * alone


def test_hypertension_has_the_size_of_table_2(tmp_path: Path) -> None:
    reward = {
        label: figures["reward"]["mean"]
        for label, figures in results("hypertension", tmp_path).items()
    }
    assert reward["LinUCB"] == pytest.approx(44.45, abs=1.5)
    assert reward["Advice only"] == pytest.approx(45.84, abs=1.5)
    assert 47.5 <= reward["GLRB"] <= 50.2
    assert reward["LIBRA safeguarded"] == max(reward.values())
