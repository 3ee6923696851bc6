"""A made-up clinic: its settings, its files, and the command."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from recourse_bandits import cli

SETTINGS = """
seed = 3
note = "Everything here is made up [1]."

[policy]
name = "GLRB"

[people]
request_id = "visit"
subject = "who"

[people.features.sex]
column = "SEX"
recode = { "1" = 0, "2" = 1 }

[people.features.activity]
column = "minutes"
unit = "min/week"
factor = 0.016666666666666666

[outcomes]
request_id = "visit"

[outcomes.measures.drop]
unit = "mmHg"

[outcomes.realized.activity]
column = "minutes"
unit = "min/week"
factor = 0.016666666666666666

[outcomes.arm]
column = "given"

[past]
arm = { column = "given" }

[problem]
arms = ["a", "b"]

[[problem.features]]
name = "age"
mean = 60
scale = 10
bounds = [18, 110]

[[problem.features]]
name = "sex"
mean = 0.5
scale = 0.5
bounds = [0, 1]

[[problem.features]]
name = "activity"
unit = "h/week"
mutable = true
mean = 3
scale = 2
bounds = [0, 20]

[problem.budget]
norm = "l2"
radius = 1.0

[problem.reward]
measure = "drop"
unit = "mmHg"
noise = 1
coefficient_bound = 5
bounds = [-100, 100]
"""
PEOPLE = """visit,who,age,SEX,minutes
007,p1,71,1,60
008,p2,65,2,120
009,p3,44,2,30
"""
OUTCOMES = """visit,drop,minutes,given
007,3.5,150,
008,-2,,b
"""
PAST = """visit,who,age,SEX,minutes,given,drop
i1,p1,71,1,60,a,3.5
i2,p2,65,2,120,b,1.5
"""


@dataclass
class Ran:
    """What a command said, its blanks and line breaks as single blanks."""

    code: int
    out: str
    err: str


@dataclass
class Clinic:
    """A folder in which the command runs."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @property
    def journal(self) -> str:
        return f"sqlite:///{self.folder / 'clinic.db'}"

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def run(self, *words: str) -> Ran:
        self.monkeypatch.setattr(sys, "argv", ["recourse", *words])
        self.capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = self.capsys.readouterr()
        return Ran(code, " ".join(said.out.split()), " ".join(said.err.split()))

    def decide(self, text: str = PEOPLE, *words: str, settings: str = SETTINGS) -> Ran:
        files = self.write("study.toml", settings), self.write("people.csv", text)
        return self.run("decide", files[0], "--people", files[1], *self._kept(), *words)

    def validate(self, text: str, *words: str) -> Ran:
        files = self.write("study.toml", SETTINGS), self.write("people.csv", text)
        words = tuple(str(self.folder / word) if "." in word else word for word in words)
        return self.run("validate", files[0], "--people", files[1], *words)

    def learn(self, command: str, text: str, *words: str, settings: str = SETTINGS) -> Ran:
        """Observe, correct or import the rows of a text."""
        study, table = self.write("study.toml", settings), self.write("table.csv", text)
        option = "--past" if command == "import" else "--outcomes"
        return self.run(command, study, option, table, "--journal", self.journal, *words)

    def of_journal(self, command: str, *words: str) -> Ran:
        return self.run(command, "--journal", self.journal, *words)

    def _kept(self) -> list[str]:
        return ["--journal", self.journal, "--out", str(self.folder / "out")]
