"""All cells of an experiment: those that are finished are read, the others are run."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    wait,
)

import polars as pl

from recourse_bandits import kernels
from recourse_bandits.config import ExperimentSettings
from recourse_bandits.errors import ClusterError
from recourse_bandits.experiments.cells import Cell
from recourse_bandits.experiments.executors import executor_of, is_lost
from recourse_bandits.experiments.folder import Folder
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.experiments.plan import Plan, plan_of

Progress = Callable[[int, int], None]
"""Called with the number of cells that are done, and of all."""

_GLANCE = 0.5  # seconds between two looks for an interruption


def run_experiment(
    settings: ExperimentSettings,
    *,
    executor: Executor | str = "processes",
    workers: int | None = None,
    folder: Folder | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Run every policy of an experiment on the same people and noise, at all points of its sweep.

    Parameters
    ----------
    settings
        The experiment.
    executor
        Where cells run: any executor, ``processes`` of this machine, or ``dask://HOST:PORT``.
        Processes import the script that starts them: it must do so below
        ``if __name__ == "__main__":``, or they are lost at once.
    workers
        Number of such processes; None: one a core.
    folder
        Where finished cells are kept, and not run again; None: nowhere.
    progress
        Called at the start and with each cell that is done.

    Returns
    -------
    polars.DataFrame
        The rows of all cells, ordered by point, policy, run and round.

    Raises
    ------
    SettingsError
        If a policy, adviser, claim or the environment cannot be built; nothing has run then.
    ClusterError
        If the workers are lost; cells that were finished are in the folder.
    """
    return run_plan(
        plan_of(settings), executor=executor, workers=workers, folder=folder, progress=progress
    )


def run_plan(
    plan: Plan,
    *,
    executor: Executor | str = "processes",
    workers: int | None = None,
    folder: Folder | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Run the cells of an experiment that is laid out already; as `run_experiment` else.

    Parameters
    ----------
    plan
        What `plan_of` returned.
    executor, workers, folder, progress
        As for `run_experiment`.
    """
    frames = _finished(plan, folder)
    if progress is not None:
        progress(len(frames), len(plan.cells))

    def keep(name: str, rows: pl.DataFrame) -> None:
        if folder is not None:
            folder.store(plan.cells[name], rows)
        frames[name] = rows
        if progress is not None:
            progress(len(frames), len(plan.cells))

    missing = {name: cell for name, cell in plan.cells.items() if name not in frames}
    if missing:
        kernels.compile_all()  # once, before several processes would do it side by side
        try:
            if isinstance(executor, str):
                with executor_of(executor, workers) as opened:
                    _run(opened, missing, keep)
            else:
                _run(executor, missing, keep)
        except Exception as error:
            if is_lost(error):
                raise _lost(error, folder) from error
            raise
    return joined(plan, frames)


def _finished(plan: Plan, folder: Folder | None) -> dict[str, pl.DataFrame]:
    """Return the rows of the cells that are finished, by their ids."""
    if folder is None:
        return {}
    found = {name: folder.load(cell) for name, cell in plan.cells.items()}
    return {name: rows for name, rows in found.items() if rows is not None}


def _lost(error: Exception, folder: Folder | None) -> ClusterError:
    text = f"the workers are lost ({type(error).__name__}: {error})"
    if folder is not None:
        text += f"; finished runs in {folder.path} are kept, the same command goes on"
    return ClusterError(text)


def _run(
    executor: Executor, cells: Mapping[str, Cell], keep: Callable[[str, pl.DataFrame], None]
) -> None:
    waiting: dict[Future[pl.DataFrame], str] = {}
    try:
        for name, cell in cells.items():  # workers may be lost before all are submitted
            waiting[executor.submit(run_cell, cell)] = name
        while waiting:
            # a wait without an end may not notice Ctrl-C
            done, _ = wait(waiting, timeout=_GLANCE, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=_failed):  # what is finished is kept first
                name = waiting.pop(future)
                keep(name, _result(future, cells[name]))
    finally:
        for future in waiting:
            future.cancel()


def _result(future: Future[pl.DataFrame], cell: Cell) -> pl.DataFrame:
    """Return what a cell gave; an error says which cell it comes from."""
    try:
        return future.result()
    except Exception as error:
        policy, world = cell.policy["name"], cell.environment["name"]
        error.add_note(f"in a run of policy {policy} in environment {world}, seed {cell.seed}")
        raise


def _failed(future: Future[pl.DataFrame]) -> bool:
    return future.cancelled() or future.exception() is not None


def joined(plan: Plan, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of all places of a plan.

    Parameters
    ----------
    plan
        The plan.
    frames
        Rows of its cells by their ids.
    """
    placed: Iterable[pl.DataFrame] = (
        frames[place.cell.id].select(
            pl.lit(place.point).cast(pl.Int32).alias("point"),
            *(
                pl.lit(value).alias(f"axis.{name}")
                for name, value in plan.points[place.point].values.items()
            ),
            pl.lit(place.run).cast(pl.Int32).alias("run"),
            pl.lit(place.label).alias("policy"),
            pl.all(),
        )
        for place in plan.places
    )
    # an axis may change which features there are
    return pl.concat(placed, how="diagonal_relaxed")
