"""A study whose adviser is people, and their queue."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from recourse_bandits import Human, QuestionQueue, Study
from recourse_bandits.policies import AnyPolicy
from tests.study.builders import ASKS_ALWAYS, PERSON, PROBLEM, START


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class Clinic:
    """A folder with a journal and a queue, and one clock for everybody."""

    def __init__(self, folder: Path, **adviser: Any) -> None:
        self.clock = Hand()
        self.folder = folder
        self.where = f"sqlite:///{folder / 'questions.db'}"
        self.human = Human(self.where, clock=self.clock, **adviser)
        self.queue = QuestionQueue(self.where, clock=self.clock)

    @property
    def file(self) -> Path:
        return self.folder / "questions.db"

    def owner(self) -> str:
        """The study whose questions the queue holds."""
        with closing(sqlite3.connect(self.file)) as connection:
            return str(connection.execute("SELECT study FROM study").fetchone()[0])

    def study(
        self, name: str = "clinic", policy: AnyPolicy = ASKS_ALWAYS, adviser: Any = None
    ) -> Study:
        journal = f"sqlite:///{self.folder / name}.db"
        return Study(
            PROBLEM, policy, adviser or self.human, journal=journal, seed=1, clock=self.clock
        )


SOMEBODY_ELSE = {**PERSON, "age": 50.0}
