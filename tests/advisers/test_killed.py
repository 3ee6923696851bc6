"""No answer is lost and no decision made twice, whoever dies when; one of two answers counts."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from recourse_bandits import Decision, QuestionQueue
from tests.advisers.mortal import EXPERTS, opened, url

ROOT = Path(__file__).parents[2]
LIVES = 40


def ran(*words: object) -> Any:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.advisers.mortal", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_and_nothing_done_twice(seed: int, tmp_path: Path) -> None:
    ends = ran("killed", tmp_path, seed, LIVES)
    assert ends["killed"] >= 36, ends
    assert ends["crashed"] == ends["failed"] == 0, ends
    told = (tmp_path / "recorded").read_text(encoding="utf-8").splitlines()
    recorded = dict(line.split("\t") for line in told)
    assert len(recorded) == len(told)  # nobody was told twice that an answer is recorded
    queue = QuestionQueue(url(tmp_path, "queue"))
    with opened(tmp_path) as study:
        assert study.decisions == LIVES
        assert study.pending == ()
        events = [event for event in study.journal.read() if event.kind != "began"]
        assert set(Counter((event.kind, event.body.id) for event in events).values()) == {1}
        for number in range(LIVES):
            decision, asked = study.decision(number), queue.question(number)
            assert isinstance(decision, Decision)
            assert decision.consultation is not None
            assert asked.reply is not None
            given = decision.consultation.given
            used = decision.consultation.reason if given is None else given.note
            kept = asked.reply.reason if given is None else asked.reply.note
            assert used == kept == recorded.get(str(number), used)
        assert study.verify().passed


def test_one_of_two_answers_at_the_same_moment_counts(tmp_path: Path) -> None:
    rounds = 10
    for number, racers in enumerate(ran("race", tmp_path, rounds)):
        assert sorted(code for code, _ in racers) == [0, 1]
        winner = next(expert for expert, (code, _) in zip(EXPERTS, racers, strict=True) if not code)
        refusal = next(said for code, said in racers if code)
        assert f"refused: question {number} was answered by '{winner}' on" in refusal
    with opened(tmp_path) as study:
        assert [decision.followed for decision in study.collect()] == [True] * rounds
