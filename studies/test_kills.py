"""Hundreds of kill -9: nothing acknowledged is lost, nothing is doubled, every study goes on.

Run with `pytest studies/test_kills.py -s` to see how far it is.
"""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.progress import Progress

import recourse_bandits as rb
from recourse_bandits.events import Event
from recourse_bandits.journals import open_journal
from tests.journals.clinic import INTERRUPTED, lines_of, new_study, same, visit

ROOT = Path(__file__).parents[1]
STUDIES, KILLS, EARLY = 20, 11, 3  # of the kills of a study, how many come before it says anything
PATIENCE = 120.0


def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9(tmp_path: Path) -> None:
    with Progress() as bar, ThreadPoolExecutor(2) as pool:
        task = bar.add_task(f"{STUDIES} studies, {STUDIES * KILLS} kills", total=STUDIES * KILLS)

        def killed_study(seed: int) -> Counter[str]:
            study = _Killed(tmp_path, seed)
            for _ in study.kills():
                bar.advance(task)
            study.check_whole()
            return study.counts

        counts = sum(pool.map(killed_study, range(STUDIES)), Counter())
    print(f"\n{dict(counts)}")
    assert counts["kills"] == STUDIES * KILLS >= 200
    assert counts["acknowledged"] > counts["kills"]
    assert counts["snapshots"] >= STUDIES


class _Killed:
    """One study, the process that runs it, and what that process acknowledged."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._where = f"sqlite:///{folder / f'{seed}.db'}"
        self._acknowledged = folder / f"{seed}.acknowledged"
        self._acknowledged.touch()
        self._chance = random.Random(seed)
        self._every = str(self._chance.choice([2, 3, 7, 20]))
        self.counts: Counter[str] = Counter()

    def kills(self) -> Iterator[int]:
        early = set(self._chance.sample(range(1, KILLS), EARLY))
        for number in range(KILLS):
            self._kill(early=number in early)
            self._check_acknowledged()
            yield number

    def _kill(self, *, early: bool) -> None:
        words = [sys.executable, "-W", "ignore", "-m", "tests.journals.clinic", self._where]
        process = subprocess.Popen([*words, str(self._acknowledged), self._every], cwd=ROOT)
        try:
            if early:
                time.sleep(self._chance.uniform(0.3, 1.5))
            else:
                self._wait_for_more(process, self._chance.randrange(500))
                time.sleep(self._chance.uniform(0.0, 0.05))
            assert process.poll() is None, "it ended by itself"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.counts["kills"] += 1

    def _wait_for_more(self, process: subprocess.Popen[bytes], more: int) -> None:
        size, deadline = self._acknowledged.stat().st_size + more, time.monotonic() + PATIENCE
        while self._acknowledged.stat().st_size <= size:
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def _check_acknowledged(self) -> None:
        with open_journal(self._where, reading=True) as journal:
            events = list(journal.read())
        assert [event.number for event in events] == list(range(len(events)))
        done = Counter(_name_of(event) for event in events)
        assert set(done.values()) <= {1}, "something was recorded twice"
        lines = [line.split() for line in self._acknowledged.read_text().splitlines()]
        assert all(words[1] == words[2] for words in lines if words[0] == "decided")
        acknowledged = {(words[0], int(words[1])) for words in lines}
        assert acknowledged <= done.keys()
        self.counts["acknowledged"] += len(acknowledged) - self.counts["before"]
        self.counts["before"] = len(acknowledged)

    def check_whole(self) -> None:
        del self.counts["before"]
        folder = Path(f"{self._where.removeprefix('sqlite:///')}.snapshots")
        self.counts["snapshots"] += len(list(folder.glob("*.npz")))
        with rb.Study.open(self._where, rb.AlwaysRandom()) as study:
            found = study.verify()
            assert found.passed, found.difference
            events = list(study.journal.read())
            assert found.events == len(events)
            assert same(study.state, _replayed(events).state)
            # the last visit may have been cut short
            visit(study, study.decisions - 1)
            whole = list(study.journal.read())
            unbroken = _unbroken(whole)
            assert _timeless(whole) == _timeless(unbroken.journal.read())
            assert same(study.state, unbroken.state)
        self.counts["events"] += len(whole)
        self.counts["interrupted"] += len(_interrupted(whole))


def _name_of(event: Event) -> tuple[str, int]:
    if event.kind in ("asked", "decided"):
        return event.kind, event.body.id
    return event.kind, getattr(event.body, "decision", 0)


def _replayed(events: list[Event]) -> rb.Study:
    journal = rb.MemoryJournal()
    journal.append(events, after=0)
    return rb.Study.open(journal, rb.AlwaysRandom())


def _unbroken(events: list[Event]) -> rb.Study:
    """The same visits in one go; nobody answers where an answer was lost."""
    study, adviser = new_study(None), rb.AlwaysRandom()
    interrupted = _interrupted(events)
    for number in range(sum(event.kind == "decided" for event in events)):
        study.adviser = None if number in interrupted else adviser
        visit(study, number)
    return study


def _interrupted(events: list[Event]) -> set[int]:
    decided = [event.body for event in events if event.kind == "decided"]
    return {
        decision.id
        for decision in decided
        if decision.consultation is not None and decision.consultation.reason == INTERRUPTED
    }


def _timeless(events: Any) -> list[Any]:
    return [json.loads(line) | {"time": None} for line in lines_of(events)]
