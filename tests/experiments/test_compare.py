"""Two runs compared: paired where people agree, as two samples where they do not."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from recourse_bandits.config import experiment
from recourse_bandits.errors import SettingsError, TableError
from recourse_bandits.experiments import compare, run_experiment
from recourse_bandits.experiments.comparison import alone, welch


def written(folder: Path, *overrides: str) -> Path:
    settings = experiment("hypertension", ["rounds=30", "runs=3", "claims=[]", *overrides])
    with ThreadPoolExecutor(1) as executor:
        rows = run_experiment(settings, executor=executor)
    folder.mkdir()
    rows.write_parquet(folder / "rows.parquet")
    return folder


def finals(folder: Path, policy: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rows = pl.read_parquet(folder / "rows.parquet")
    last = rows.filter(pl.col("policy") == policy, pl.col("round") == pl.col("round").max())
    return last.sort("run")["total_regret"].to_numpy()


def test_the_same_people_are_paired(tmp_path: Path) -> None:
    one = written(tmp_path / "one")
    other = written(tmp_path / "other", "policy_defaults.scale=0.05")
    found = {(row["policy"], row["measure"]): row for row in compare(one, other)}
    assert len(found) == 5 * 3
    row = found["GLRB", "final regret"]
    difference = finals(other, "GLRB") - finals(one, "GLRB")
    low, high = stats.t.interval(0.95, 2, difference.mean(), stats.sem(difference))
    assert row["paired"]
    assert row["runs"] == [3, 3]
    assert row["difference"]["low"] == pytest.approx(low)
    assert row["difference"]["high"] == pytest.approx(high)
    same = found["Advice only", "final regret"]["difference"]
    assert same["mean"] == same["low"] == same["high"] == 0.0


def test_more_runs_pair_those_that_both_have(tmp_path: Path) -> None:
    one, other = written(tmp_path / "one"), written(tmp_path / "other", "runs=5")
    assert compare(one, other)[0]["runs"] == [3, 3]


def test_other_people_are_two_samples(tmp_path: Path) -> None:
    one = written(tmp_path / "one")
    other = written(tmp_path / "other", "seed=5", "runs=4")
    row = next(row for row in compare(one, other) if row["policy"] == "GLRB")
    assert not row["paired"]
    assert row["runs"] == [3, 4]
    test = stats.ttest_ind(finals(other, "GLRB"), finals(one, "GLRB"), equal_var=False)
    interval = test.confidence_interval(0.95)
    assert row["difference"]["low"] == pytest.approx(interval.low)
    assert row["difference"]["high"] == pytest.approx(interval.high)


def test_welch_without_spread_or_runs() -> None:
    constant = welch(np.ones(3), np.full(3, 2.0))
    assert (constant["low"], constant["high"]) == (1.0, 1.0)
    assert welch(np.ones(1), np.ones(3))["low"] is None


def test_points_of_a_sweep_are_matched_by_their_values(tmp_path: Path) -> None:
    axes = 'axes=[{{name="noise", keys=["environment.noise"], values=[{}]}}]'
    one = written(tmp_path / "one", axes.format("1.0, 5.0"))
    other = written(tmp_path / "other", axes.format("5.0, 18.0"), "policy_defaults.scale=0.05")
    assert {row["values"]["noise"] for row in compare(one, other)} == {5.0}
    plain = written(tmp_path / "plain")
    with pytest.raises(SettingsError, match="sweeps noise, .* nothing"):
        compare(one, plain)


def test_an_axis_may_have_any_name(tmp_path: Path) -> None:
    axis = 'axes=[{name="rounds", keys=["rounds"], values=[10, 20]}]'
    one = written(tmp_path / "one", axis)
    found = compare(one, one)
    assert {(row["values"]["rounds"], *row["rounds"]) for row in found} == {
        (10, 10, 10),
        (20, 20, 20),
    }


def test_policies_that_only_one_has_are_told(tmp_path: Path) -> None:
    one = written(tmp_path / "one")
    other = written(tmp_path / "other", "policies.Second.policy={name='Uniform'}")
    assert alone(one, other) == ([], ["Second"])


def test_folders_without_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "rows.parquet").write_bytes(b"nothing")
    (tmp_path / "others").mkdir()
    pl.DataFrame({"policy": ["a"]}).write_parquet(tmp_path / "others" / "rows.parquet")
    for name in ("absent", "damaged", "others"):
        with pytest.raises(TableError, match=f"{name} is no folder of"):
            compare(tmp_path / name, tmp_path / name)


def test_the_result_is_json(tmp_path: Path) -> None:
    one = written(tmp_path / "one")
    found = compare(one, one)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
