"""The command in a process of its own: Ctrl-C in the middle, and a reader that stops early."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from recourse_bandits import Study
from recourse_bandits.journals import open_journal
from tests.operations.clinic import SETTINGS

# a shell may have started the tests with the signal ignored
CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from recourse_bandits.cli import main
main()
"""
ROWS = 20_000


def ward(folder: Path) -> list[str]:
    (folder / "study.toml").write_text(SETTINGS, encoding="utf-8")
    lines = [f"v{n},p{n},{20 + n % 70},{1 + n % 2},{n % 600}" for n in range(ROWS)]
    text = "visit,who,age,SEX,minutes\n" + "\n".join(lines)
    (folder / "people.csv").write_text(text, encoding="utf-8")
    words = ["decide", "study.toml", "--people", "people.csv", "--journal", "sqlite:///w.db"]
    return [sys.executable, "-c", CODE, *words, "--out", "out"]


def recorded(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        with open_journal(f"sqlite:///{path}", reading=True) as journal:
            return journal.length
    except RuntimeError:  # it is being made
        return 0


def test_ctrl_c_keeps_what_was_recorded_and_a_rerun_completes_it(tmp_path: Path) -> None:
    command, journal = ward(tmp_path), tmp_path / "w.db"
    run = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while recorded(journal) < 2000:
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert b"Traceback" not in said
    before = recorded(journal)
    assert before % 1000 == 1
    assert before < ROWS
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert f"{ROWS + 1 - before} decided, {before - 1} decided before" in again.stdout
    with Study.open(f"sqlite:///{journal}") as study:
        assert study.decisions == ROWS


def test_a_reader_that_stops_early_loses_nothing(tmp_path: Path) -> None:
    command = ward(tmp_path)
    text = (tmp_path / "people.csv").read_text(encoding="utf-8").splitlines()[:4]
    (tmp_path / "people.csv").write_text("\n".join(text), encoding="utf-8")
    run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None
    run.stdout.close()
    assert run.stderr is not None
    said = run.stderr.read()
    run.wait(120)
    run.stderr.close()
    assert b"Traceback" not in said
    assert (tmp_path / "out" / "decisions.csv").exists()
    assert recorded(tmp_path / "w.db") == 4
