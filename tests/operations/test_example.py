"""The example of NHANES, with made-up persons everywhere and with the real ones where they are."""

from pathlib import Path

import polars as pl
import pytest

from tests.contracts.worlds import EXAMPLE, NHANES_MADE_UP
from tests.operations.clinic import Clinic

REAL = Path(__file__).parents[2].parent / "shared/data/nhanes_2009_2012_htn_joined.csv.gz"
STUDY = str(EXAMPLE / "study.toml")


def decided(clinic: Clinic, table: Path) -> str:
    words = ["--people", str(table), "--journal", clinic.journal, "--out", "out"]
    ran = clinic.run("decide", STUDY, *words)
    assert ran.code == 1  # somebody's blood pressure is unknown
    return ran.out


def test_made_up_persons_are_decided_observed_and_verified(clinic: Clinic) -> None:
    said = decided(clinic, NHANES_MADE_UP)
    assert "No second visit exists" in said
    refused = pl.read_csv(clinic.folder / "out" / "refused.csv")
    assert {"bp_sys_mean", "cc_smoke"} <= set(refused["column"])
    assert 2 in refused["row"]
    assert 1 not in refused["row"], "the condition leaves the first row out"
    decisions = pl.read_parquet(clinic.folder / "out" / "decisions.parquet")
    lines = ["SEQN,next_sbp,diet_score,active_days"]
    lines += [f"{seqn},130,,3" for seqn in decisions["request_id"]]
    clinic.write("outcomes.csv", "\n".join(lines))
    words = ["--outcomes", "outcomes.csv", "--journal", clinic.journal]
    assert f"{decisions.height} recorded" in clinic.run("observe", STUDY, *words).out
    assert clinic.of_journal("verify").code == 0
    assert clinic.of_journal("export", "--out", "export").code == 0
    rewards = pl.read_parquet(clinic.folder / "export" / "outcomes.parquet")["reward"]
    assert rewards.to_list() == [40.0] * decisions.height


def test_the_experiment_runs_with_made_up_persons(clinic: Clinic) -> None:
    words = ["--runs", "1", "--rounds", "5", "--workers", "1", "--out", "out"]
    path = f"environment.path={NHANES_MADE_UP}"
    ran = clinic.run("run", str(EXAMPLE / "experiment.toml"), "--set", path, *words)
    assert ran.code == 0
    assert "Recoded: female" in ran.out
    without = clinic.run("run", str(EXAMPLE / "experiment.toml"), *words)
    assert (without.code, "environment.path=FILE.csv" in without.err) == (3, True)


@pytest.mark.skipif(not REAL.exists(), reason="../shared/data is absent")
def test_real_persons_are_decided(clinic: Clinic) -> None:
    assert "5435 decided, 0 decided before, 183 refused, of 5618 rows" in decided(clinic, REAL)
    table = pl.read_parquet(clinic.folder / "out" / "decisions.parquet")
    assert table["arm"].n_unique() == 2
    assert table["cost"].max() <= 1.5 + 1e-9  # type: ignore[operator]
    assert "0 decided, 5435 decided before" in decided(clinic, REAL)
