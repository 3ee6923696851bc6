"""Kill a study that asks sixteen questions at a time, and look at what it has left behind."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from recourse_bandits import Study
from recourse_bandits.advisers.language_model.spending import Spending
from recourse_bandits.journals import open_journal
from recourse_bandits.records import Decision, Pending
from recourse_bandits.testing import ChatServer
from tests.advisers.wire.asker import DEADLINE, RETRIES, adviser_at, now
from tests.advisers.wire.moods import Moods, attempts_of, marks_of

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0


class Killed:
    """One study that is killed again and again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._where = f"sqlite:///{folder / f'{seed}.db'}"
        self._chance = random.Random(seed)
        self._moods = Moods(seed)
        self._server = ChatServer(default=self._moods, keep=1)
        self._every = self._chance.choice([3, 20, 1000])
        self.counts: Counter[str] = Counter()
        words = [sys.executable, "-W", "ignore", "-m", "tests.advisers.wire.asker", self._where]
        self._forks = subprocess.Popen(
            [*words, self._server.url, str(self._every)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def kill(self) -> None:
        """Let it ask for a while, then end it."""
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        asked = self._server.received + self._chance.randrange(1, 60)
        self._forks.stdin.write("go\n")
        self._forks.stdin.flush()
        child = int(self._forks.stdout.readline())
        try:
            until = time.monotonic() + PATIENCE
            while self._server.received < asked:
                assert time.monotonic() < until
                time.sleep(0.002)
            time.sleep(self._chance.uniform(0.0, 0.02))
        finally:
            os.kill(child, signal.SIGKILL)
            assert self._forks.stdout.readline() == "gone\n"
        self.counts["kills"] += 1

    def check(self) -> None:
        """Every question is answered or open, and the caps know of both."""
        with open_journal(self._where, reading=True) as journal:
            events = list(journal.read())
        assert [event.number for event in events] == list(range(len(events)))
        asked = [event.body.id for event in events if isinstance(event.body, Pending)]
        done = [event.body.id for event in events if isinstance(event.body, Decision)]
        assert asked == list(range(len(asked))), "a number is missing, or there twice"
        assert len(set(done)) == len(done)
        assert set(done) <= set(asked)
        deadlines = [event.body.deadline for event in events if isinstance(event.body, Pending)]
        soon = min(deadline for deadline in deadlines if deadline) - timedelta(seconds=0.01)
        adviser = adviser_at(self._server.url)
        with Study.open(self._where, adviser, clock=lambda: soon) as study:
            waiting = {pending.id for pending in study.pending}
            assert waiting == set(asked) - set(done)
            state, attempts = study._ledger.fold.adviser_state, attempts_of(study)
            assert isinstance(state, Spending)
            assert state.calls == len(attempts)
            lost = sum(_nobody_knows(event.body) for event in events)
            assert state.reserved_calls == (1 + RETRIES) * (len(waiting) + lost)
            assert self._server.received <= state.calls + state.reserved_calls, "a free call"
            marks = marks_of(attempts)
            assert len(set(marks)) == len(marks)
            assert set(marks) <= set(self._moods.sent)
            found = study.verify()
            assert found.passed, found.difference
            assert study.collect() == [], "before the deadline"
        self.counts["open"] += len(waiting)

    def settle(self) -> None:
        """At their deadline, the policy decides what was open."""

        def late() -> datetime:
            return now() + timedelta(seconds=DEADLINE + 60.0)

        received = self._server.received
        with Study.open(self._where, adviser_at(self._server.url), clock=late) as study:
            waiting = [pending.id for pending in study.pending]
            reserved = study._ledger.fold.adviser_state.reserved_calls
            decided = study.collect()
            assert [decision.id for decision in decided] == waiting
            for decision in decided:
                assert decision.source == "policy"
                assert decision.consultation is not None
                assert "no answer came until" in (decision.consultation.reason or "")
            assert study.pending == ()
            assert study._ledger.fold.adviser_state.reserved_calls == reserved
            assert study.verify().passed
        assert self._server.received == received, "nobody is asked"
        self.counts["settled"] += len(waiting)

    def close(self) -> None:
        self._forks.communicate(timeout=PATIENCE)
        self._server.close()


def _nobody_knows(body: object) -> bool:
    consultation = body.consultation if isinstance(body, Decision) else None
    if consultation is None:
        return False
    return consultation.exchange is None or consultation.exchange.digest is None
