"""Ctrl-C ends a run and its workers at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

# a shell may have started the tests with the signal ignored
CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from recourse_bandits.cli import main
main()
"""


def children_of(process: int) -> list[str]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


def test_ctrl_c_ends_the_run_with_130(tmp_path: Path) -> None:
    words = ["run", "synthetic", "--runs", "2", "--rounds", "1000000", "--out", str(tmp_path)]
    run = subprocess.Popen(
        [sys.executable, "-c", CODE, *words, "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 90
    while len(children_of(run.pid)) < 3:  # two workers and multiprocessing's resource tracker
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(3.0)
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(20) == 130
    assert children_of(run.pid) == []
