"""What durability costs: a study in a SQLite file, d = 20, K = 10.

    make bench-durability                                  # 100,000 events, a few minutes
    python -m benchmarks.durability --events 1000000       # and --json F for the figures as JSON

Wall time where the disk counts, CPU time where it does not. The big journal is filled without
waiting for the disk; everything else runs as a user would run it.
"""

import argparse
import json
import multiprocessing
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import recourse_bandits as rb
from recourse_bandits.errors import JournalWarning
from recourse_bandits.journals import SqliteReader
from recourse_bandits.study.fold import Fold

DIMENSION, ARMS = 20, 10
READERS = 16
READS_A_SECOND = 10.0
WORLD = rb.Synthetic(seed=1, dimension=DIMENSION, arms=ARMS)
Figures = dict[str, float]


def new_study(file: Path, *, synchronous: bool = True) -> rb.Study:
    journal = rb.SqliteJournal(file)
    if not synchronous:
        journal._connection.execute("PRAGMA synchronous = OFF")
    return rb.Study(WORLD.problem, rb.GLRB(scale=0.2), journal=journal, seed=1)


def live(study: rb.Study, pairs: int, seed: int) -> None:
    """Decide and observe for so many people."""
    generator = np.random.default_rng(seed)
    for _ in range(pairs):
        decision = study.decide(generator.normal(size=DIMENSION))
        assert isinstance(decision, rb.Decision)
        choice = decision.choice
        reward = float(choice.point @ WORLD.theta[choice.arm] + generator.normal())
        study.observe(decision.id, {"reward": reward})


def pairs_a_second(file: Path, pairs: int) -> float:
    """Durable decide + observe pairs a second, wall time."""
    with new_study(file) as study:
        live(study, 20, 0)
        started = time.perf_counter()
        live(study, pairs, 1)
        return pairs / (time.perf_counter() - started)


def plain_transactions_a_second(file: Path, count: int) -> float:
    """Bare SQLite transactions of 2 kB each, synchronised alike: what the disk allows."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE t (x TEXT)")
    started = time.perf_counter()
    for _ in range(count):
        connection.execute("INSERT INTO t VALUES (?)", ("x" * 2000,))
    seconds = time.perf_counter() - started
    connection.close()
    return count / seconds


def read_now_and_then(file: str, stop: Any, counts: Any, place: int) -> None:
    """Look a decision up ten times a second; the longest look-up counts."""
    warnings.simplefilter("ignore", JournalWarning)
    chance = np.random.default_rng(place)
    reader = SqliteReader(file)
    longest = 0.0
    while not stop.is_set():
        started = time.perf_counter()
        reader.decision(int(chance.integers(0, max(reader.length // 2, 1))))
        longest = max(longest, time.perf_counter() - started)
        counts[place] = longest
        time.sleep(1.0 / READS_A_SECOND)


def with_readers(file: Path, pairs: int) -> Figures:
    """Pairs a second without and with 16 processes that read, in turns, and the longest read."""
    context = multiprocessing.get_context("spawn")
    stop, longest = context.Event(), context.Array("d", READERS)
    with new_study(file) as study:
        live(study, 50, 0)
        readers = [
            context.Process(target=read_now_and_then, args=(str(file), stop, longest, place))
            for place in range(READERS)
        ]
        alone = [_rate(study, pairs, 2 * turn) for turn in range(3)]
        for reader in readers:
            reader.start()
        while not all(longest[:]):
            time.sleep(0.1)
        beside = [_rate(study, pairs, 2 * turn + 1) for turn in range(3)]
        stop.set()
        for reader in readers:
            reader.join()
    return {
        "pairs_a_second_alone": max(alone),
        "pairs_a_second_with_16_readers": max(beside),
        "longest_read_ms": 1e3 * max(longest[:]),
    }


def _rate(study: rb.Study, pairs: int, seed: int) -> float:
    started = time.perf_counter()
    live(study, pairs, seed)
    return pairs / (time.perf_counter() - started)


def table_rows_a_second(file: Path, rows: int) -> float:
    """Rows that decide_many records a second, wall time."""
    generator = np.random.default_rng(5)
    table = {name: generator.normal(size=rows).tolist() for name in WORLD.problem.feature_names}
    with new_study(file) as study:
        live(study, 200, 0)
        study.preview_many({name: values[:2] for name, values in table.items()})
        ids = [f"visit-{row}" for row in range(rows)]
        started = time.perf_counter()
        study.decide_many(table, request_ids=ids)
        return rows / (time.perf_counter() - started)


def fill(file: Path, events: int, console: Console) -> Figures:
    """Fill a journal without waiting for the disk; peak memory after a tenth and at the end."""
    memory = []
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("filling a journal", total=10)
        study = new_study(file, synchronous=False)
        for tenth in range(10):
            live(study, events // 20, tenth)
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
            bar.advance(task)
    study.journal.close()  # as a crash would: no snapshot is written at the end
    return {"peak_memory_mb_after_a_tenth": memory[0], "peak_memory_mb_at_the_end": memory[-1]}


def open_seconds(file: Path) -> float:
    """Seconds to open a study in a fresh process, imports not counted."""
    code = (
        "import sys, time, warnings; warnings.simplefilter('ignore')\n"
        "import recourse_bandits as rb\n"
        "started = time.perf_counter()\n"
        "rb.Study.open(f'sqlite:///{sys.argv[1]}').journal.close()\n"
        "print(time.perf_counter() - started)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def fold_microseconds(file: Path, limit: int = 20_000) -> Figures:
    """CPU time to read and fold an event, half of them decisions; and json.loads for comparison."""
    with SqliteReader(file) as reader:
        fold = Fold(WORLD.problem, rb.GLRB(scale=0.2), None, reader)
        events = 0
        started = time.process_time()
        for event in reader.read():
            fold.apply(event)
            events += 1
            if events == limit:
                break
        seconds = time.process_time() - started
        lines = [row[0] for row in reader._rows("SELECT line FROM events LIMIT 2000")]
    started = time.process_time()
    for line in lines:
        json.loads(line)
    parsing = time.process_time() - started
    return {
        "fold_microseconds_an_event": 1e6 * seconds / events,
        "json_loads_microseconds_an_event": 1e6 * parsing / len(lines),
    }


def verify_seconds(file: Path) -> float:
    started = time.process_time()
    with SqliteReader(file) as reader:
        from recourse_bandits.study.verification import verified

        found = verified(reader)
    assert found.passed, found.difference
    return time.process_time() - started


def measure(folder: Path, events: int, console: Console) -> Figures:
    figures: Figures = {}
    with console.status("decide + observe"):
        figures["plain_transactions_a_second"] = plain_transactions_a_second(folder / "x.db", 500)
        figures["durable_pairs_a_second"] = pairs_a_second(folder / "pairs.db", 600)
    with console.status("16 readers"):
        figures |= with_readers(folder / "readers.db", 300)
    with console.status("decide_many"):
        figures["decide_many_rows_a_second"] = table_rows_a_second(folder / "table.db", 20_000)
    big = folder / "big.db"
    figures |= fill(big, events, console)
    figures["file_mb"] = big.stat().st_size / 1e6
    with console.status("opening"):
        figures["open_seconds"] = open_seconds(big)
    with console.status("folding"):
        figures |= fold_microseconds(big)
    if events <= 200_000:
        with console.status("verifying"):
            figures["verify_cpu_seconds"] = verify_seconds(big)
        shutil.rmtree(f"{big}.snapshots")
        with console.status("opening without snapshots"):
            figures["open_seconds_without_snapshots"] = open_seconds(big)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=100_000, help="events of the big journal")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--folder", type=Path, help="where to put the files; by default /tmp")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", JournalWarning)
    console = Console()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        figures = measure(Path(folder), arguments.events, console)
    table = Table("what", "value", title=f"Durability, d = 20, K = 10, {arguments.events:,} events")
    for what, value in figures.items():
        table.add_row(what.replace("_", " "), f"{value:,.1f}")
    console.print(table)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
