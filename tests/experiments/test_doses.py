"""What an experiment keeps and shows of doses."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recourse_bandits.config import Quantity
from recourse_bandits.environments import Dosing
from recourse_bandits.experiments import loop
from recourse_bandits.experiments.arrivals import report_of
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.experiments.quantities import values_of
from recourse_bandits.journals import MemoryJournal
from recourse_bandits.records import Decision
from tests.experiments.test_sub_outcome_late import dosing_cell


def test_rows_tell_what_was_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = MemoryJournal()
    monkeypatch.setattr(loop, "OpenDecisionsJournal", lambda _: journal)
    rows = run_cell(dosing_cell(60))
    world = Dosing(seed=3, dimension=2, arms=2, spread=0.0)
    decisions = [event.body for event in journal.read() if event.kind == "decided"]
    assert len(decisions) == rows.height == 60
    for decision, row in zip(decisions, rows.iter_rows(named=True), strict=True):
        assert isinstance(decision, Decision)
        dose = world.problem.treatments[decision.choice.arm].dose
        assert dose is not None
        length = dose.upper - dose.lower
        assert row["dose"] == decision.dose
        assert row["dose_share"] == pytest.approx((row["dose"] - dose.lower) / length)
        choice = decision.choice
        best = world.best_dose(decision.context, choice.arm, choice.point)
        assert best is not None
        assert row["dose_error"] == pytest.approx(abs(row["dose"] - best) / length)
        measures = report_of(world, decision, 3).measures
        assert measures is not None
        assert row["on_target"] == float(9.0 <= measures["lab"] <= 11.0)
        assert row["measured"] == measures["success"]


def test_regret_is_against_the_doses_of_the_comparison() -> None:
    rows = run_cell(dosing_cell(400))
    assert (rows["best_reward"] >= rows["reward"] - 1e-3).all()  # one dose is right for all
    regret = (rows["best_reward"] - rows["reward"]).to_numpy()
    assert regret[300:].mean() < 0.5 * regret[:100].mean()


def test_quantities_are_means_over_the_last_tenth() -> None:
    rounds = np.arange(1, 101)
    rows = pl.DataFrame(
        {
            "policy": ["A"] * 200,
            "run": [0] * 100 + [1] * 100,
            "round": np.tile(rounds, 2),
            "dose_error": np.tile(rounds / 100.0, 2) + np.repeat([0.0, 1.0], 100),
            "on_target": [None] * 100 + [0.0] * 95 + [1.0] * 5,
        }
    )
    error = values_of(Quantity(quantity="dose error", policy="A"), rows)
    assert error.tolist() == pytest.approx([0.955, 1.955])
    share = values_of(Quantity(quantity="on target", policy="A"), rows)
    assert np.isnan(share[0])
    assert share[1] == 0.5
    plain = rows.drop("on_target")
    assert np.isnan(values_of(Quantity(quantity="on target", policy="A"), plain)).all()


def test_pictures_of_doses_are_drawn_where_there_are_any(tmp_path: Path) -> None:
    from recourse_bandits.config import experiment
    from recourse_bandits.experiments.plots.gallery import pictures

    settings = experiment("dosing", ["rounds=40", "runs=1"])
    settings = settings.model_copy(update={"policies": {"SGD-MAB": settings.policies["SGD-MAB"]}})
    cell = dosing_cell(40)
    rows = run_cell(cell).with_columns(
        policy=pl.lit("SGD-MAB"), run=pl.lit(0), point=pl.lit(0), number=pl.lit(0)
    )
    names = {picture.name for picture in pictures(rows, settings)}
    assert {"dose-error", "doses", "on-target"} <= names
    for picture in pictures(rows, settings):
        picture.draw().savefig(tmp_path / f"{picture.name}.png")
    without = rows.drop("dose", "dose_share", "dose_error", "on_target")
    assert not {"dose-error", "doses", "on-target"} & {
        picture.name for picture in pictures(without, settings)
    }
