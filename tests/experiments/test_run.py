"""An experiment is paired, reproducible, the same in one process or many, and adds up."""

import json
import math
import re
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import polars as pl
import pytest
from scipy import stats

from recourse_bandits.config import ExperimentSettings, experiment
from recourse_bandits.errors import ClusterError
from recourse_bandits.experiments import pictures, plan_of, run_experiment, summary
from recourse_bandits.experiments.analysis import interval
from recourse_bandits.experiments.cells import Cell, run_seed
from recourse_bandits.experiments.contestants import environment_of, seated
from recourse_bandits.experiments.loop import MOST_ROWS, run_cell
from recourse_bandits.experiments.plots.style import as_svg, write
from recourse_bandits.policies import policy_from_json
from recourse_bandits.records import Decision, Key, Stream
from recourse_bandits.study import Study


@pytest.fixture(scope="module")
def settings() -> ExperimentSettings:
    return experiment("hypertension", ["rounds=40", "runs=3", "recourse_after=10"])


@pytest.fixture(scope="module")
def rows(settings: ExperimentSettings) -> pl.DataFrame:
    with ThreadPoolExecutor(1) as executor:
        return run_experiment(settings, executor=executor)


def without_times(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("cpu_seconds")


def test_one_row_a_round_a_run_a_policy(rows: pl.DataFrame, settings: ExperimentSettings) -> None:
    assert rows.height == 40 * 3 * len(settings.policies)
    assert rows.group_by("policy", "run").len()["len"].unique().to_list() == [40]


def test_policies_meet_the_same_people(rows: pl.DataFrame) -> None:
    best = rows.pivot(on="policy", index=["run", "round"], values="best_reward")
    values = best.drop("run", "round").to_numpy()
    assert (values == values[:, :1]).all()


def test_runs_differ(rows: pl.DataFrame) -> None:
    first = rows.filter(pl.col("policy") == "LinUCB", pl.col("round") == 1)
    assert first["best_reward"].n_unique() == 3


def test_totals_are_sums_of_rows(rows: pl.DataFrame) -> None:
    sums = rows.with_columns(
        regret=(pl.col("best_reward") - pl.col("reward")).cum_sum().over("policy", "run")
    )
    np.testing.assert_allclose(sums["regret"], sums["total_regret"], rtol=1e-12)
    assert (sums["best_reward"] - sums["reward"]).min() > -1e-12  # type: ignore[operator]


def test_processes_give_the_same_rows(rows: pl.DataFrame, settings: ExperimentSettings) -> None:
    parallel = run_experiment(settings, workers=2)
    assert without_times(parallel).equals(without_times(rows))


class Losing(ThreadPoolExecutor):
    """Breaks when it has taken three cells, as a pool does whose processes die at once."""

    taken = 0

    def submit(self, *call: Any, **more: Any) -> Future[Any]:
        self.taken += 1
        if self.taken > 3:
            raise BrokenExecutor("a process ended abruptly")
        return super().submit(*call, **more)


def test_workers_that_are_lost_while_cells_are_handed_out(settings: ExperimentSettings) -> None:
    with (
        Losing(1) as executor,
        pytest.raises(ClusterError, match="workers are lost.*ended abruptly"),
    ):
        run_experiment(settings, executor=executor)
    assert executor.taken == 4


def test_advice_only_is_asked_and_followed_always(rows: pl.DataFrame) -> None:
    last = rows.filter(pl.col("policy") == "Advice only", pl.col("round") == 40)
    assert last["total_asked"].to_list() == [40.0] * 3
    assert last["total_followed"].to_list() == [40.0] * 3


def cell_of(settings: ExperimentSettings, label: str) -> Cell:
    return next(place.cell for place in plan_of(settings).places if place.label == label)


def test_long_runs_are_thinned_with_exact_totals() -> None:
    settings = experiment("hypertension", ["rounds=2500", "runs=1"])
    thin = run_cell(cell_of(settings, "LinUCB"))
    kept = thin["round"].to_list()
    assert len(kept) <= MOST_ROWS
    assert kept[:2] == [3, 6]
    assert kept[-1] == 2500
    full = experiment("hypertension", ["rounds=900", "runs=1"])
    whole = run_cell(cell_of(full, "LinUCB"))
    shared = whole.filter(pl.col("round") == 900)["total_regret"].item()
    assert thin.filter(pl.col("round") == 900)["total_regret"].item() == shared


def test_run_seeds_of_neighbouring_experiments_differ() -> None:
    seeds = {run_seed(seed, run) for seed in range(20) for run in range(20)}
    assert len(seeds) == 400
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_interval_is_the_t_interval() -> None:
    sample = np.array([1.0, 2.0, 4.0, 8.0])
    low, high = stats.t.interval(0.95, 3, sample.mean(), stats.sem(sample))
    found = interval(sample)
    assert found["low"] == pytest.approx(low)
    assert found["high"] == pytest.approx(high)
    assert found["sd"] == pytest.approx(sample.std(ddof=1))


def test_interval_of_a_single_run_has_no_width() -> None:
    assert interval([3.0]) == {"mean": 3.0, "sd": None, "low": None, "high": None}


def test_summary_is_json_and_agrees_with_the_rows(
    rows: pl.DataFrame, settings: ExperimentSettings
) -> None:
    found = summary(rows, settings)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    (point,) = found["points"]
    assert list(point["policies"]) == list(settings.policies)
    glrb = rows.filter(pl.col("policy") == "GLRB")
    figures = point["policies"]["GLRB"]
    assert figures["regret"]["mean"] == pytest.approx(
        glrb.filter(pl.col("round") == 40)["total_regret"].mean()
    )
    assert figures["reward"]["mean"] == pytest.approx(glrb["reward"].mean())
    assert figures["regret"]["at"]["40"] == figures["regret"]["mean"]
    assert math.isfinite(figures["cpu_seconds"])


def test_pictures_are_drawn(
    rows: pl.DataFrame, settings: ExperimentSettings, tmp_path: Path
) -> None:
    names = [picture.name for picture in pictures(rows, settings)]
    assert names == ["regret", "regret-log", "bounds", "questions", "recourse"]
    for picture in pictures(rows, settings):
        files = write(picture.draw(), tmp_path, picture.name)
        assert [path.name for path in files] == [f"{picture.name}.svg", f"{picture.name}.png"]
        assert all(path.stat().st_size > 5000 for path in files)


def test_a_picture_in_a_page_follows_its_colours_and_names_every_policy(
    rows: pl.DataFrame, settings: ExperimentSettings
) -> None:
    figure = next(iter(pictures(rows, settings))).draw()
    text = as_svg(figure, "one", "regret & more")
    ET.fromstring(text)
    assert text.startswith("<svg")
    assert 'aria-label="regret &amp; more"' in text
    assert "var(--series-0)" in text
    assert "#0072b2" not in text.lower()
    for label in settings.policies:
        assert f">{label}</text>" in text
    other = as_svg(figure, "other", "")
    identifiers = set(re.findall(r' id="([^"]*)"', text))
    assert identifiers
    assert not identifiers & set(re.findall(r' id="([^"]*)"', other))
    for reference in re.findall(r"url\(#([^)]*)\)", text):
        assert reference in identifiers


def test_a_worker_loads_nothing_that_draws() -> None:
    code = (
        "import sys, recourse_bandits.experiments.loop; "
        "sys.exit(not {'matplotlib', 'jinja2', 'rich'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- how good the advice was -----------------------------------------------------------------------

LIBRA = "LIBRA safeguarded"


def test_followed_advice_is_compared_with_the_policys_own_pair(
    rows: pl.DataFrame, settings: ExperimentSettings
) -> None:
    cell = cell_of(settings, LIBRA)
    environment = environment_of(cell.environment, cell.seed)
    policy, adviser = policy_from_json(cell.policy), seated(cell.adviser, environment)
    study = Study(environment.problem, policy, adviser, seed=cell.seed)
    gains = []
    for number in range(40):
        decision = study.decide(environment.person(Key(cell.seed, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        pair = decision.choice.arm, decision.choice.point
        own = decision.proposal.arm, decision.proposal.point
        noise = Key(cell.seed, number, Stream.NOISE)
        study.observe(decision.id, environment.measures(decision.context, *pair, noise))
        if decision.followed:
            told = (environment.expected(decision.context, *chosen) for chosen in (pair, own))
            gains.append(next(told) - next(told))
    last = rows.filter(policy=LIBRA, run=0, round=40).row(0, named=True)
    every = study.trust().standings[0]
    assert (every.followed, every.vetoed) == (last["total_followed"], last["total_vetoed"])
    assert every.gap.outcomes == last["total_compared"] > 0
    assert every.gap.mean == pytest.approx(last["total_gap"] / last["total_compared"])
    assert sum(gains) == pytest.approx(last["total_gain"])


def test_the_summary_says_how_good_the_advice_was(
    rows: pl.DataFrame, settings: ExperimentSettings
) -> None:
    policies = summary(rows, settings)["points"][0]["policies"]
    assert policies["GLRB"]["advice"] is None
    found = policies[LIBRA]["advice"]
    last = rows.filter(policy=LIBRA, round=40)
    gains = (last["total_gain"] / last["total_followed"]).to_numpy()
    assert found["gain"] == {**interval(gains), "runs": 3}
    assert found["failed_share"]["mean"] == 0.0
    only = policies["Advice only"]["advice"]  # its base has no estimates
    assert (only["gap"], only["compared"]) == (None, 0.0)


def test_rows_of_earlier_versions_tell_nothing_of_advice(
    rows: pl.DataFrame, settings: ExperimentSettings
) -> None:
    earlier = rows.drop("total_compared", "total_gap", "total_gain")
    policies = summary(earlier, settings)["points"][0]["policies"]
    assert policies[LIBRA]["advice"] is None
    assert policies[LIBRA]["followed"] > 0


@pytest.mark.parametrize(("adviser", "sign"), [("Oracle", 1.0), ("AlwaysWorst", -1.0)])
def test_the_sign_of_the_gain_is_that_of_the_adviser(adviser: str, sign: float) -> None:
    words = ["rounds=60", "runs=1", f"policies.{LIBRA}.adviser={{name='{adviser}'}}"]
    last = run_cell(cell_of(experiment("hypertension", words), LIBRA)).row(-1, named=True)
    assert last["total_followed"] > 0
    assert sign * last["total_gain"] > 0
