"""Where cells run: processes of this machine, or a Dask cluster; both are Executors."""

import logging
import signal
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Event, Thread
from typing import Any

from recourse_bandits._version import __version__
from recourse_bandits.errors import ClusterError, SettingsError

_DASK = "dask://"
_LOOK, _WAIT_FOR_WORKERS = 2.0, 60.0  # seconds
_PATIENCE = 10.0  # seconds until a scheduler that does not answer is given up


@contextmanager
def executor_of(address: str, workers: int | None) -> Iterator[Executor]:
    """Open an executor, and close it at the end.

    Parameters
    ----------
    address
        ``processes``, or ``dask://HOST:PORT`` of a Dask scheduler.
    workers
        Number of processes; None: one a core. A cluster has its own.

    Yields
    ------
    concurrent.futures.Executor
        Where to submit cells.

    Raises
    ------
    SettingsError
        If the address is of another form, or the extra `cluster` is not installed.
    ClusterError
        If no scheduler answers, it has no workers, or they run another version of this package.
    """
    if address == "processes":
        with _processes(workers) as executor:
            yield executor
    elif address.startswith(_DASK) and len(address) > len(_DASK):
        if workers is not None:
            raise SettingsError("--workers is for processes; a Dask cluster has its own workers")
        with _cluster(address) as executor:
            yield executor
    else:
        raise SettingsError(f"--executor {address!r} must be 'processes' or {_DASK}HOST:PORT")


def is_lost(error: BaseException) -> bool:
    """Say whether an error means that workers are gone, rather than that a cell is wrong.

    Parameters
    ----------
    error
        What a future or an executor raised.
    """
    ours = isinstance(error, BrokenExecutor | CancelledError | ConnectionError)
    return ours or type(error).__module__.partition(".")[0] == "distributed"


@contextmanager
def _processes(workers: int | None) -> Iterator[Executor]:
    # a fresh interpreter: forking a process that has threads is unsafe
    processes = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_ignore_interrupts
    )
    try:
        yield processes
    except BaseException:
        for process in list((processes._processes or {}).values()):
            process.terminate()
        raise
    finally:
        processes.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise SettingsError(
            f"--executor {address} needs Dask: pip install 'recourse-bandits[cluster]'"
        ) from error
    try:
        client = Client(f"tcp://{address.removeprefix(_DASK)}", timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {address}: {error}") from error
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)  # of what is lost, the error says enough
    over = Event()
    watch = Thread(target=_give_up_without_workers, args=(client, over), daemon=True)
    try:
        _check_workers(client, address)
        watch.start()
        yield client.get_executor(pure=False)
    finally:
        over.set()
        client.close(timeout=_PATIENCE)
        log.setLevel(before)


def _give_up_without_workers(client: Any, over: Event) -> None:
    """Close a client whose cluster has had no workers for a while: its futures are cancelled."""
    since: float | None = None
    while not over.wait(_LOOK):
        try:
            lost = not client.nthreads()
        except Exception:  # noqa: BLE001 - a scheduler that is away has no workers either
            lost = True
        since = (since or time.monotonic()) if lost else None
        if since is not None and time.monotonic() - since > _WAIT_FOR_WORKERS:
            client.close(timeout=_PATIENCE)
            return


def _check_workers(client: Any, address: str) -> None:
    try:
        versions = client.run(_version)
    except Exception as error:
        raise ClusterError(f"the workers of {address} cannot be used: {error}") from error
    if not versions:
        raise ClusterError(f"the Dask scheduler at {address} has no workers: start some")
    for worker, version in versions.items():
        if version != __version__:
            raise ClusterError(
                f"the worker {worker} of {address} runs recourse-bandits {version}, this is "
                f"{__version__}: install the same version everywhere"
            )


def _version() -> str:
    return __version__
