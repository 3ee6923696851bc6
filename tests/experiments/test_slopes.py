"""With which power of an axis regret grows: the fit, and where it is told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from recourse_bandits.config import ExperimentSettings, experiment, points_of
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments.contestants import environment_of, named
from recourse_bandits.experiments.plots.sweep import against_axis
from recourse_bandits.experiments.results import Running, run_and_write
from recourse_bandits.experiments.slopes import regret_slopes, slope_text

SHORT = ["rounds=8", "environment.rounds=8", "runs=2", "environment.mutable=12", "claims=[]"]
AXIS = (
    'axes=[{name="gamma", keys=["environment.gamma"], values=[0.05, 0.1, 0.2], log=true, '
    "exponent=1.0}]"
)


def swept(*overrides: str) -> ExperimentSettings:
    return experiment("lower-gamma", [*SHORT, *overrides])


def made_up(settings: ExperimentSettings, power: float, runs: int = 3) -> pl.DataFrame:
    """Rows whose final regret is (run + 1)·gamma^power, but twice that in the first round."""
    rows = [
        {
            "point": point,
            "axis.gamma": gamma,
            "policy": label,
            "run": run,
            "round": number,
            "total_regret": (run + 1) * gamma**power * (2.0 if number == 1 else 1.0),
        }
        for point, gamma in enumerate(map(float, settings.axes[0].values))
        for label in settings.policies
        for run in range(runs)
        for number in (1, 8)
    ]
    return pl.DataFrame(rows)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, -2.0])
def test_a_power_is_found(power: float) -> None:
    settings = swept(AXIS)
    found = regret_slopes(made_up(settings, power), settings)
    assert found is not None
    assert (found["axis"], found["stated"]) == ("gamma", 1.0)
    assert list(found["policies"]) == list(settings.policies)
    for figures in found["policies"].values():
        assert figures["mean"] == pytest.approx(power, abs=1e-9)
        assert figures["high"] - figures["low"] <= 1e-9


def test_the_interval_is_over_the_slopes_of_runs_by_hand() -> None:
    settings = swept(AXIS)
    rows = made_up(settings, 0.0, runs=2)
    tilted = pl.when(pl.col("run") == 1).then(pl.col("axis.gamma") ** 2).otherwise(1.0)
    found = regret_slopes(rows.with_columns(total_regret=tilted), settings)
    assert found is not None
    # slopes 0 and 2: mean 1, standard error 1, t quantile of one degree of freedom 12.706
    figures = found["policies"]["GLRB"]
    assert figures["mean"] == pytest.approx(1.0)
    assert figures["high"] == pytest.approx(1.0 + 12.706, abs=1e-3)
    assert slope_text(figures) == "1.00 [-11.71, 13.71]"


def test_no_regret_has_no_power() -> None:
    settings = swept(AXIS)
    rows = made_up(settings, 1.0)
    free = (pl.col("policy") == "GLRB") & (pl.col("run") == 0)
    none = pl.when(free).then(0.0).otherwise(pl.col("total_regret"))
    found = regret_slopes(rows.with_columns(total_regret=none), settings)
    assert found is not None
    assert found["policies"]["GLRB"] is None
    assert slope_text(None) == "none"
    assert found["policies"]["LIBRA"]["mean"] == pytest.approx(1.0)


def test_without_a_stated_power_nothing_is_fitted() -> None:
    settings = swept(AXIS.replace(", exponent=1.0", ""))
    assert regret_slopes(made_up(settings, 1.0), settings) is None


def test_the_picture_has_fitted_and_stated_powers_on_logarithmic_axes() -> None:
    settings = swept(AXIS)
    rows = made_up(settings, 0.25)
    (axes,) = against_axis(rows, settings, "total_regret", "regret").axes
    said = [text.get_text() for text in axes.texts]
    assert "power 1" in said
    assert {f"{label}: 0.25" for label in settings.policies} <= set(said)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    (guide,) = (line for line in axes.lines if line.get_linestyle() == ":")
    x, y = (np.log(np.asarray(values, np.float64)) for values in guide.get_data())
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(1.0)
    asked = rows.with_columns(total_asked=pl.lit(3.0))
    (other,) = against_axis(asked, settings, "total_asked", "questions").axes
    assert "power 1" not in [text.get_text() for text in other.texts]


def test_report_terminal_and_summary_tell_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = swept(AXIS)
    results = run_and_write(settings, tmp_path, Running(Console(width=120), "test", workers=1))
    written: dict[str, Any] = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert written["slopes"] == results["slopes"]
    told = slope_text(results["slopes"]["policies"]["Uniform"])
    assert "Regret grows with gamma to the power" in capsys.readouterr().out
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Regret grows with gamma to the power" in page
    assert f'<td>Uniform</td><td class="number">{told}</td>' in page


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        (AXIS.replace("log=true", "log=false"), "exponent needs log = true and two values"),
        (AXIS.replace("[0.05, 0.1, 0.2]", "[0.1]"), "exponent needs log = true and two values"),
        (
            AXIS.replace("}]", '}, {name="noise", keys=["environment.noise"], values=[1.0]}]'),
            "an exponent needs a sweep of its axis alone",
        ),
    ],
)
def test_an_exponent_where_none_can_be_fitted_is_refused(axes: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        swept(axes)


@pytest.mark.parametrize(
    "name", ["lower-rounds", "lower-arms", "lower-features", "lower-gamma", "lower-radius"]
)
def test_every_point_of_the_hard_world_lies_within_its_limits(name: str) -> None:
    """Worlds refuse what is outside the limits; no pair is more than eta = 3 worse."""
    for point in points_of(experiment(name)):
        world: Any = environment_of(named(point.settings.environment), 1)
        assert world.rounds == point.settings.rounds
        assert world.rounds % world.arms == 0
        worst = np.linalg.norm(world.theta[:, None] - world.theta, axis=-1).max()
        assert worst * world.context_bound + 2.0 * world.size * world.radius * world.mutable <= 3.0
