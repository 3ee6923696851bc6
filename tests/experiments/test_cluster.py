"""A Dask cluster gives the same rows, loses workers without losing cells, and dies by name."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recourse_bandits.config import experiment
from recourse_bandits.errors import ClusterError, SettingsError
from recourse_bandits.experiments import Folder, executors, plan_of, run_experiment

OVERRIDES = ["rounds=150", "runs=3", "claims=[]"]
Processes = tuple[str, "subprocess.Popen[bytes]", "list[subprocess.Popen[bytes]]"]


def started(module: str, *words: str) -> "subprocess.Popen[bytes]":
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", module, *words], stdout=quiet, stderr=quiet)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Processes]:
    """Start a scheduler and workers, in processes of their own that can be killed."""
    file = folder / "scheduler.json"
    local = ("--host", "127.0.0.1", "--no-dashboard")
    scheduler = started(
        "distributed.cli.dask_scheduler", *local, "--port", "0", "--scheduler-file", str(file)
    )
    found: list[subprocess.Popen[bytes]] = []
    try:
        deadline = time.monotonic() + 60
        while not (file.exists() and file.stat().st_size):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        found += [
            started(
                "distributed.cli.dask_worker", address, *local, "--nthreads", "1", "--no-nanny",
                "--local-directory", str(folder),
            )
            for _ in range(workers)
        ]  # fmt: skip
        wait_for_workers(address, workers)
        yield address.removeprefix("tcp://"), scheduler, found
    finally:
        for process in [*found, scheduler]:
            process.kill()
            process.wait()


def wait_for_workers(address: str, workers: int) -> None:
    if workers:
        from distributed import Client

        with Client(address, timeout=30) as client:
            client.wait_for_workers(workers, timeout=60)


def test_a_killed_worker_costs_its_cell_only(tmp_path: Path) -> None:
    settings = experiment("hypertension", OVERRIDES)
    with cluster(tmp_path, 2) as (address, _, workers):

        def kill(done: int, total: int) -> None:
            if done == 3:
                workers[0].send_signal(signal.SIGKILL)

        with Folder(tmp_path / "out", settings) as folder:
            rows = run_experiment(
                settings, executor=f"dask://{address}", folder=folder, progress=kill
            )
    assert workers[0].returncode == -signal.SIGKILL
    whole = run_experiment(settings, workers=2)
    assert rows.drop("cpu_seconds").equals(whole.drop("cpu_seconds"))


def test_a_dead_scheduler_is_an_error_and_finished_cells_are_kept(tmp_path: Path) -> None:
    settings = experiment("hypertension", ["rounds=400", "runs=4", "claims=[]"])
    with cluster(tmp_path, 2) as (address, scheduler, _):

        def kill(done: int, total: int) -> None:
            if done == 3:
                os.kill(scheduler.pid, signal.SIGKILL)

        with (
            Folder(tmp_path / "out", settings) as folder,
            pytest.raises(ClusterError, match="workers are lost.*finished runs in .* are kept"),
        ):
            run_experiment(settings, executor=f"dask://{address}", folder=folder, progress=kill)
    kept = len(list((tmp_path / "out").glob("cells/*.parquet")))
    assert 3 <= kept < len(plan_of(settings).cells)


def test_a_cluster_that_lost_all_workers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "_WAIT_FOR_WORKERS", 1.0)
    settings = experiment("hypertension", ["rounds=400", "runs=4", "claims=[]"])
    with cluster(tmp_path, 1) as (address, _, workers):

        def kill(done: int, total: int) -> None:
            if done == 2:
                workers[0].send_signal(signal.SIGKILL)

        with pytest.raises(ClusterError, match="workers are lost"):
            run_experiment(settings, executor=f"dask://{address}", progress=kill)


def test_a_cluster_without_workers_is_named(tmp_path: Path) -> None:
    settings = experiment("hypertension", OVERRIDES)
    with (
        cluster(tmp_path, 0) as (address, _, _),
        pytest.raises(ClusterError, match="has no workers"),
    ):
        run_experiment(settings, executor=f"dask://{address}")


def test_another_version_on_a_worker_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = experiment("hypertension", OVERRIDES)
    monkeypatch.setattr(executors, "__version__", "9.9")
    with (
        cluster(tmp_path, 1) as (address, _, _),
        pytest.raises(ClusterError, match=r"runs recourse-bandits .*, this is 9.9"),
    ):
        run_experiment(settings, executor=f"dask://{address}")


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_PATIENCE", 0.5)
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at dask://127.0.0.1:9"):
        run_experiment(experiment("hypertension", OVERRIDES), executor="dask://127.0.0.1:9")


@pytest.mark.parametrize("address", ["dask:/127.0.0.1:9", "dask://", "cluster", ""])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="must be 'processes' or dask://HOST:PORT"):
        run_experiment(experiment("hypertension", OVERRIDES), executor=address)


def test_workers_are_not_for_a_cluster() -> None:
    with pytest.raises(SettingsError, match="a Dask cluster has its own workers"):
        run_experiment(
            experiment("hypertension", OVERRIDES), executor="dask://127.0.0.1:9", workers=2
        )
