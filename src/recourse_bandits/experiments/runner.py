"""All runs of an experiment, in parallel, with progress."""

from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

import polars as pl

from recourse_bandits import kernels
from recourse_bandits.config import ExperimentSettings
from recourse_bandits.experiments.contestants import contestant, environment_of
from recourse_bandits.experiments.loop import Cell, run_cell

Progress = Callable[[Cell], Any]


def run_experiment(
    settings: ExperimentSettings,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Run every policy of an experiment on the same people and noise.

    Parameters
    ----------
    settings
        The experiment.
    executor
        Where cells run; None: processes of this machine.
    workers
        Number of such processes; None: one a core.
    progress
        Called with each cell that is done.

    Returns
    -------
    polars.DataFrame
        The rows of all cells, ordered by policy, run and round.

    Raises
    ------
    SettingsError
        If a policy, adviser or the environment cannot be built; nothing has run then.
    """
    check(settings)
    kernels.compile_all()  # once, before several processes would do it side by side
    cells = [
        Cell(settings, label, run) for label in settings.policies for run in range(settings.runs)
    ]
    if executor is not None:
        return _collected(executor, cells, progress)
    # a fresh interpreter: forking a process that has threads is unsafe
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as processes:
        return _collected(processes, cells, progress)


def check(settings: ExperimentSettings) -> None:
    """Build every part of an experiment once; raises SettingsError for what is wrong.

    Parameters
    ----------
    settings
        The experiment.
    """
    environment = environment_of(settings.environment, 0)
    for label in settings.policies:
        policy, _ = contestant(settings.policies[label], settings.policy_defaults, environment)
        policy.init(environment.problem)


def _collected(executor: Executor, cells: list[Cell], progress: Progress | None) -> pl.DataFrame:
    futures = {executor.submit(run_cell, cell): place for place, cell in enumerate(cells)}
    frames: dict[int, pl.DataFrame] = {}
    try:
        for future in as_completed(futures):
            place = futures[future]
            frames[place] = future.result()
            if progress is not None:
                progress(cells[place])
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    return pl.concat([frames[place] for place in range(len(cells))])
