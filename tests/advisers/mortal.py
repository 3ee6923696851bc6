"""A study and experts that are killed at every statement to their files, in processes of their own.

Run as a module, since a process that forks must have one thread:

    python -m tests.advisers.mortal killed FOLDER SEED STEPS
    python -m tests.advisers.mortal race FOLDER ROUNDS

Prints what came of it as JSON.
"""

import json
import os
import random
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from recourse_bandits import Human, Pending, QuestionQueue, Study
from recourse_bandits.errors import AnsweredAlready, InfeasibleAdvice, QueueError
from tests.study.builders import ASKS_ALWAYS, PROBLEM, people

PEOPLE = people(400, seed=5)
EXPERTS = ("Dr. A", "Dr. B")
_LAST = 70  # statements that a process lives for at most; some do more


class Mortal(sqlite3.Connection):
    """A connection whose process is killed before its n-th statement."""

    left = 0

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        step()
        return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        step()
        return super().executemany(*arguments)

    def close(self) -> None:
        step()
        super().close()
        step()


def step() -> None:
    Mortal.left -= 1
    if Mortal.left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def url(folder: Path, name: str) -> str:
    return f"sqlite:///{folder / name}.db"


def opened(folder: Path) -> Study:
    return Study(
        PROBLEM, ASKS_ALWAYS, Human(url(folder, "queue")), journal=url(folder, "study"), seed=1
    )


def warmed_up() -> None:
    """Load kernels once, and not in every process."""
    study = Study(PROBLEM, ASKS_ALWAYS, None, seed=1)
    for person in PEOPLE[:3]:
        waiting = study.decide(person)
        assert isinstance(waiting, Pending)
        study.settle(waiting.id, study.advice(waiting, "combination"))


def decide(folder: Path, first: int, upto: int) -> None:
    """Ask again for everything so far, as a caller without an answer does, and collect."""
    with opened(folder) as study:
        for number in range(max(0, first), upto):
            study.decide(PEOPLE[number], request_id=f"r{number}")
        study.collect()


def reply(folder: Path, expert: str, life: int) -> None:
    """Answer what waits; tell of it when it is recorded."""
    queue = QuestionQueue(url(folder, "queue"))
    try:
        waiting = queue.waiting()
    except QueueError:  # there is none yet
        return
    for asked in waiting[:4]:
        token = f"{expert}, life {life}"
        try:
            try:
                queue.answer(asked.number, "combination", {"diet": 10.0}, note=token, by=expert)
            except InfeasibleAdvice:  # whose diet is bad
                queue.decline(asked.number, token, by=expert)
        except AnsweredAlready:  # by the other one
            continue
        with (folder / "recorded").open("a", encoding="utf-8") as file:
            file.write(f"{asked.number}\t{token}\n")


def forked(work: Callable[[], Any], statements: int) -> int:
    """Do something in a process that dies at a statement; 0: never."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        Mortal.left = statements
        sqlite3.connect = partial(sqlite3.connect, factory=Mortal)  # type: ignore[assignment]
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def ended(process: int) -> str:
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return "killed" if os.WTERMSIG(status) == signal.SIGKILL else "crashed"
    return "done" if os.WEXITSTATUS(status) == 0 else "failed"


def killed(folder: Path, seed: int, steps: int) -> dict[str, Any]:
    """Let a study and two experts work and die, then in peace."""
    warmed_up()
    generator, ends = random.Random(seed), {"killed": 0, "done": 0, "failed": 0, "crashed": 0}
    for life in range(steps):
        works: list[Callable[[], Any]] = [partial(decide, folder, life - 4, life + 1)]
        works += [partial(reply, folder, expert, life) for expert in EXPERTS]
        alive = [forked(work, generator.randint(1, _LAST)) for work in works]
        for process in alive:
            ends[ended(process)] += 1
    for life in range(steps, steps + 40):
        for work in (partial(decide, folder, 0, steps), partial(reply, folder, EXPERTS[0], life)):
            ends[ended(forked(work, 0))] += 1
        with opened(folder) as study:
            if study.decisions == steps and not study.pending:
                break
    return ends


def race(folder: Path, rounds: int) -> list[list[tuple[int, str]]]:
    """Let two processes of the command answer each question at the same moment."""
    from recourse_bandits.cli import main

    with opened(folder) as study:
        for number in range(rounds):
            study.decide(PEOPLE[number])
    found = []
    for number in range(rounds):
        ready, start = os.pipe()
        racers = []
        for expert in EXPERTS:
            process = os.fork()
            if process == 0:
                os.close(start)
                os.read(ready, 1)  # until everybody is here
                said = (folder / f"{expert} {number}").open("w", encoding="utf-8")
                os.dup2(said.fileno(), 1)
                words = ["answer", url(folder, "queue"), str(number), "--arm", "combination"]
                sys.argv = ["recourse", *words, "--by", expert]
                code = 0
                try:
                    main()
                except SystemExit as end:
                    code = int(end.code or 0)
                sys.stdout.flush()
                os._exit(code)
            racers.append(process)
        os.close(ready)
        os.close(start)
        codes = [os.waitstatus_to_exitcode(os.waitpid(racer, 0)[1]) for racer in racers]
        says = [" ".join((folder / f"{expert} {number}").read_text().split()) for expert in EXPERTS]
        found.append(list(zip(codes, says, strict=True)))
    return found


if __name__ == "__main__":
    what, where, *numbers = sys.argv[1:]
    done: Any = {"killed": killed, "race": race}[what]
    sys.stdout.write(json.dumps(done(Path(where), *map(int, numbers))))
