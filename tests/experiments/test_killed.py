"""kill -9 in the middle of a sweep: the same command goes on, and the rows are the same."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl

from recourse_bandits.config import experiment
from recourse_bandits.experiments import run_experiment

OVERRIDES = ["rounds=600", "runs=2", "claims=[]"]
MAIN = "from recourse_bandits.cli import main; main()"
COMMAND = [sys.executable, "-c", MAIN, "run", "hypertension", "--workers", "2"]


def start(out: Path) -> subprocess.Popen[bytes]:
    words = [word for text in OVERRIDES for word in ("--set", text)]
    return subprocess.Popen(
        [*COMMAND, *words, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def cells(out: Path) -> dict[str, float]:
    return {file.stem: file.stat().st_mtime_ns for file in out.glob("cells/*.parquet")}


def test_a_killed_sweep_goes_on_where_it_stopped(tmp_path: Path) -> None:
    settings = experiment("hypertension", OVERRIDES)
    finished: dict[str, float] = {}
    for kill in range(2):
        run = start(tmp_path)
        deadline = time.monotonic() + 120
        while len(cells(tmp_path)) < 3 * (kill + 1):
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait(20)
        assert finished.items() <= cells(tmp_path).items()  # none was written again
        finished = cells(tmp_path)
        assert not (tmp_path / "rows.parquet").exists()
    run = start(tmp_path)
    assert run.wait(120) == 0
    assert finished.items() <= cells(tmp_path).items()
    rows = pl.read_parquet(tmp_path / "rows.parquet")
    whole = run_experiment(settings, workers=2)
    assert rows.drop("cpu_seconds").equals(whole.drop("cpu_seconds"))


def test_a_lost_worker_is_an_error_that_says_what_is_kept(tmp_path: Path) -> None:
    words = ["--set", "rounds=200000", "--set", "claims=[]", "--out", str(tmp_path)]
    run = subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while len(found := workers_of(run.pid)) < 2:
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(2.0)
    os.kill(found[0], signal.SIGKILL)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 3
    assert "the workers are lost" in errors
    assert "Traceback" not in errors


def workers_of(process: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "spawn_main" in line]
