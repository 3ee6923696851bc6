"""Forks a study that asks sixteen questions at a time until it is killed, one for each line read.

python -m tests.advisers.wire.asker FILE ADDRESS [EVENTS BETWEEN SNAPSHOTS]
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count

from recourse_bandits import LanguageModel, Study
from recourse_bandits.study import ledger
from tests.advisers.wire.moods import person
from tests.advisers.wire.wired import PRICE, study_of

CAP, DEADLINE, RETRIES, THREADS = 10_000, 5.0, 2, 16


def adviser_at(address: str) -> LanguageModel:
    return LanguageModel(
        "openai:small",
        endpoint=address,
        deadline=DEADLINE,
        retries=RETRIES,
        max_calls=CAP,
        max_cost=1e4,
        price=PRICE,
    )


def now() -> datetime:
    return datetime.now(UTC)


def opened(where: str, address: str) -> Study:
    return study_of(adviser_at(address), where, clock=now)


def work(where: str, address: str) -> None:
    study = opened(where, address)
    with ThreadPoolExecutor(THREADS) as pool:

        def one(number: int) -> None:
            study.decide(person(number), request_id=f"r{number}")

        numbers = count(study.decisions)
        while True:
            list(pool.map(one, [next(numbers) for _ in range(4 * THREADS)]))


def main(where: str, address: str) -> None:
    adviser_at(address).require_ready()  # which takes seconds, once for all
    study_of(None).decide(person(0))
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work(where, address)
        print(child, flush=True)  # noqa: T201
        os.waitpid(child, 0)
        print("gone", flush=True)  # noqa: T201


if __name__ == "__main__":
    if len(sys.argv) > 3:
        vars(ledger)["EVERY"] = int(sys.argv[3])
    main(sys.argv[1], sys.argv[2])
