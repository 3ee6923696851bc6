"""A study is killed while it asks sixteen questions at a time; studies/ kills it more often."""

import os
from pathlib import Path

import pytest

from tests.advisers.wire.killing import Killed

KILLS = 6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_killed_study_loses_no_question_and_no_call(tmp_path: Path) -> None:
    study = Killed(tmp_path, seed=1)
    try:
        for number in range(KILLS):
            study.kill()
            study.check()
            if number % 3 == 2:
                study.settle()
    finally:
        study.close()
    assert study.counts["kills"] == KILLS
    assert study.counts["settled"] > 0
