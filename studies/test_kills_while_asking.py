"""A hundred kill -9 while sixteen questions are asked at a time: no question and no call is lost.

Run with `pytest studies/test_kills_while_asking.py -s` to see how far it is.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.progress import Progress

from tests.advisers.wire.killing import Killed

STUDIES, KILLS = 8, 14


def test_no_question_and_no_call_is_lost_by_kill_9(tmp_path: Path) -> None:
    with Progress() as bar, ThreadPoolExecutor(2) as pool:
        task = bar.add_task(f"{STUDIES} studies, {STUDIES * KILLS} kills", total=STUDIES * KILLS)

        def killed_study(seed: int) -> Counter[str]:
            study = Killed(tmp_path, seed)
            try:
                for number in range(KILLS):
                    study.kill()
                    study.check()
                    if number % 4 == 3:
                        study.settle()
                    bar.advance(task)
            finally:
                study.close()
            return study.counts

        counts = sum(pool.map(killed_study, range(STUDIES)), Counter())
    print(f"\n{dict(counts)}")
    assert counts["kills"] == STUDIES * KILLS >= 100
    assert counts["settled"] >= STUDIES
    assert counts["open"] > counts["kills"]
