"""All runs of an experiment, in parallel, with progress."""

import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import Any

import polars as pl

from recourse_bandits import kernels
from recourse_bandits.config import ExperimentSettings
from recourse_bandits.errors import DescriptionError, SettingsError
from recourse_bandits.experiments.contestants import (
    contestant,
    environment_of,
    refuse_idle_defaults,
)
from recourse_bandits.experiments.loop import Cell, run_cell

Progress = Callable[[Cell], Any]
_GLANCE = 0.5  # seconds between two looks for an interruption


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
    processes = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_ignore_interrupts
    )
    try:
        return _collected(processes, cells, progress)
    except BaseException:
        for process in list(processes._processes.values()):
            process.terminate()
        raise
    finally:
        processes.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def check(settings: ExperimentSettings) -> None:
    """Build every part of an experiment once; raises SettingsError for what is wrong.

    Parameters
    ----------
    settings
        The experiment.
    """
    environment = environment_of(settings.environment, 0)
    refuse_idle_defaults(settings)
    for label in settings.policies:
        policy, adviser = contestant(
            settings.policies[label], settings.policy_defaults, environment
        )
        try:
            policy.init(environment.problem)
            if adviser is not None:
                adviser.init(environment.problem)
        except DescriptionError as error:
            raise SettingsError(f"{label}: {error}") from error


def _collected(executor: Executor, cells: list[Cell], progress: Progress | None) -> pl.DataFrame:
    waiting = {executor.submit(run_cell, cell): place for place, cell in enumerate(cells)}
    frames: dict[int, pl.DataFrame] = {}
    while waiting:
        # a wait without an end may not notice Ctrl-C
        done, _ = wait(waiting, timeout=_GLANCE, return_when=FIRST_COMPLETED)
        for future in done:
            place = waiting.pop(future)
            frames[place] = future.result()
            if progress is not None:
                progress(cells[place])
    return pl.concat([frames[place] for place in range(len(cells))])
