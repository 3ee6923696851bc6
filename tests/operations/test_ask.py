"""recourse ask and recourse elicit: what is asked and answered, and the exit codes."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recourse_bandits import cli
from recourse_bandits.config import load_study
from recourse_bandits.problem import Prior
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import Answers, Fails, Obliging

NASTY = "\x1b[2J\x1b]0;owned\x07[red]safe[/red] \u202edesrever\u2066 :smile: \x9b31m"
SHOWN = "\\x1b[2J\\x1b]0;owned\\x07[red]safe[/red] \\u202edesrever\\u2066 :smile: \\x9b31m"
UNSEEN = set("\x1b\x07\x9b\u202e\u2066")
SETTINGS = """
[policy]
name = "LIBRA"
threshold = 5.0
base = { name = "GLRB", scale = 0.2, penalty = 3.0 }

[adviser]
name = "LanguageModel"
model = "openai:any"
endpoint = "ENDPOINT"
deadline = 20
price = [1.0, 2.0]

[problem]
budget = { norm = "l2", radius = 2.0 }

[[problem.arms]]
name = "tablet"

[[problem.arms]]
name = 'a "syrup" \\ twice.daily é'

[[problem.features]]
name = "age"
unit = "years"
mean = 62
scale = 8

[[problem.features]]
name = "sex"
categories = ["female", "not = said"]
missing = "indicator"

[[problem.features]]
name = "diet"
mutable = true
mean = 5
scale = 2
bounds = [0, 10]
missing = "indicator"

[problem.reward]
measure = "drop"
noise = 10
coefficient_bound = 50
"""
PERSON = ["--person", "age=71", "--person", "sex=female", "--person", "diet=4"]


@dataclass
class Ran:
    code: int
    out: str
    err: str


@dataclass
class Desk:
    """A folder with a study file, and the command."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    endpoint: str = "http://127.0.0.1:9/v1"

    def settings(self, text: str = SETTINGS) -> str:
        path = self.folder / "study.toml"
        path.write_text(text.replace("ENDPOINT", self.endpoint), encoding="utf-8")
        return str(path)

    def run(self, command: str, *words: str, text: str = SETTINGS) -> Ran:
        arguments = ["recourse", command, self.settings(text), *words]
        self.monkeypatch.setattr(sys, "argv", arguments)
        self.capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = self.capsys.readouterr()
        assert not UNSEEN & set(said.out + said.err)
        return Ran(code, said.out, said.err)

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    yield Desk(tmp_path, monkeypatch, capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.toml"]  # nothing recorded


def point(**said: Any) -> str:
    return json.dumps({"treatment": "tablet", "direction": {}} | said)


# -- about one person ----------------------------------------------------------------------------


def test_it_shows_the_question_the_answer_and_what_it_was_taken_for(desk: Desk) -> None:
    with ChatServer(default=Obliging()) as server:
        desk.endpoint = server.url
        ran = desk.run("ask", *PERSON)
        assert server.received == 1
    assert ran.code == 0
    for text in (
        "question:\nYou are an experienced adviser.",
        '- "diet", now 4: may increase or decrease, to anything from 0 to 8 if nothing else',
        "call 1, answered, model stand-in-that-knows-nothing",
        'answer as it came:\n{"treatment": "tablet", "direction": {"diet": {"sign": "increase"',
        "calls: 1; price 0.00014",  # 100 tokens in at 1 and 20 out at 2 per million
        "advice: tablet\n  diet: 4 → 8 (+4)\n  effort 2 of 2\n",
        "stated confidence 0.5: not to be trusted unmeasured",
    ):
        assert text in ran.out, text


def test_a_value_that_is_not_known_is_not_changed(desk: Desk) -> None:
    with ChatServer(default=Obliging()) as server:
        desk.endpoint = server.url
        ran = desk.run("ask", "--person", "age=71", "--person", "sex=", "--person", "diet=")
    assert ran.code == 0
    assert ran.out.endswith(
        "advice: tablet\n  effort 0 of 2\n  stated confidence 0.5: not to be trusted unmeasured\n"
    )


def test_what_was_mended_is_told(desk: Desk) -> None:
    answer = point(direction={"diet": {"sign": "decrease", "importance": 1}})
    with ChatServer(default=Answers(f"```json\n{answer}\n```")) as server:
        desk.endpoint = server.url
        ran = desk.run("ask", *PERSON)
    assert "  diet: 4 → 0 (-4)\n  effort 2 of 2\n  repaired: taken out of a code fence\n" in ran.out


@pytest.mark.parametrize("command", ["ask", "elicit"])
def test_no_advice_ends_with_1(desk: Desk, command: str) -> None:
    words = PERSON if command == "ask" else []
    with ChatServer(default=Answers("I would rather not.")) as server:
        desk.endpoint = server.url
        ran = desk.run(command, *words)
        assert server.received == 2  # it was told once what is wrong
    told = ran.out if command == "ask" else ran.err
    assert ran.code == 1
    assert "no advice: InvalidAdvice: no JSON object was found" in told
    assert told.count("I would rather not.") >= 2
    with ChatServer(default=Fails(401)) as server:
        desk.endpoint = server.url
        ran = desk.run(command, *words)
    assert ran.code == 1
    assert "no advice: AdviserUnavailable: " in (ran.out if command == "ask" else ran.err)


@pytest.mark.parametrize("command", ["ask", "elicit"])
def test_the_question_alone_asks_nobody(desk: Desk, command: str) -> None:
    words = PERSON if command == "ask" else []
    with ChatServer(default=Obliging()) as server:
        desk.endpoint = server.url
        ran = desk.run(command, *words, "--question-only")
        assert server.received == 0
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("You are an experienced adviser.")
    assert ("71" in ran.out) == (command == "ask")
    without_key = SETTINGS.replace('endpoint = "ENDPOINT"\n', "")
    assert desk.run(command, *words, "--question-only", text=without_key).code == 0


@pytest.mark.parametrize("command", ["ask", "elicit"])
def test_what_cannot_be_asked_ends_with_2(desk: Desk, command: str) -> None:
    words = PERSON if command == "ask" else []
    without_key = SETTINGS.replace('endpoint = "ENDPOINT"\n', "")
    ran = desk.run(command, *words, text=without_key)
    assert (ran.code, "OPENAI_API_KEY" in ran.err) == (2, True)
    begin, end = SETTINGS.index("[adviser]"), SETTINGS.index("[problem]")
    for adviser in ("", '[adviser]\nname = "Silent"\n'):
        ran = desk.run(command, *words, text=SETTINGS[:begin] + adviser + SETTINGS[end:])
        assert (ran.code, "must name a language model" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give the person: --person NAME=VALUE"),
        (["--person", "age"], "must be name=value"),
        (["--person", "age=1", "--person", "age=2"], "names age twice"),
        (["--person", "aeg=71"], "aeg"),
        ([*PERSON[:2], "--person", "sex=neither", *PERSON[4:]], "sex"),
    ],
)
def test_a_person_who_cannot_be_asked_about(desk: Desk, words: list[str], message: str) -> None:
    with ChatServer(default=Obliging()) as server:
        desk.endpoint = server.url
        for more in ([], ["--question-only"]):
            ran = desk.run("ask", *words, *more)
            assert (ran.code, message in ran.err) == (2, True), ran.err
        assert server.received == 0


@pytest.mark.parametrize("command", ["ask", "elicit"])
def test_texts_of_a_model_are_shown_and_not_obeyed(desk: Desk, command: str) -> None:
    words = PERSON if command == "ask" else []
    with ChatServer(default=Answers(f"{NASTY}\nsecond line", model=NASTY)) as server:
        desk.endpoint = server.url
        ran = desk.run(command, *words)
    assert ran.code == 1
    told = ran.out if command == "ask" else ran.err
    assert f"answer as it came:\n{SHOWN}\nsecond line\n" in told
    assert f"model {SHOWN}" in told


def test_a_name_of_a_model_cannot_leave_its_comment(desk: Desk) -> None:
    class Renamed(Obliging):
        def __call__(self, request: Any) -> Any:
            text = json.loads(super().__call__(request).body)["choices"][0]["message"]["content"]
            return Answers(text, model=f"x\nseed = 7\n{NASTY}")(request)

    with ChatServer(default=Renamed()) as server:
        desk.endpoint = server.url
        ran = desk.run("elicit")
    assert ran.code == 0
    assert ran.out.startswith(f"# stated by x\\nseed = 7\\n{SHOWN}, trust 1, question ")
    assert load_study(desk.settings(SETTINGS + ran.out)).seed == 0


# -- a prior -------------------------------------------------------------------------------------


def test_a_prior_is_printed_as_the_settings_that_hold_it(desk: Desk) -> None:
    problem = load_study(desk.settings()).problem
    assert problem.columns == (
        "intercept",
        "age",
        "sex=female",
        "sex=not = said",
        "sex is missing",
        "diet",
        "diet is missing",
    )
    shape = (2, 7)
    mean = np.arange(14.0).reshape(shape) / 3 - 2
    sd = np.linspace(1.0, 30.0, 14).reshape(shape)
    arms = {
        arm: {
            column: {"mean": mean[k, j], "sd": sd[k, j]} for j, column in enumerate(problem.columns)
        }
        for k, arm in enumerate(problem.arm_names)
    }
    answer = json.dumps({"arms": arms, "effective_sample_size": 12})
    with ChatServer(default=Answers(answer)) as server:
        desk.endpoint = server.url
        ran = desk.run("elicit", "--trust", "0.3")
        assert server.received == 1
    assert ran.code == 0
    assert "answer as it came" in ran.err
    assert "calls: 1; price" in ran.err
    assert ran.out.startswith("# stated by any-2026-01-01, trust 0.3, question ")
    told = load_study(desk.settings(SETTINGS + ran.out)).problem.reward.prior
    expected = Prior.stated(problem, mean, sd, 12, trust=0.3, penalty=3.0)
    for penalty in (1.0, 3.0):
        for found, wanted in zip(
            told.arrays(problem.arm_names, problem.columns, penalty),
            expected.arrays(problem.arm_names, problem.columns, penalty),
            strict=True,
        ):
            assert found.tolist() == wanted.tolist()


def test_without_trust_the_policy_starts_as_it_would_have(desk: Desk) -> None:
    study = load_study(desk.settings())
    with ChatServer(default=Obliging()) as server:
        desk.endpoint = server.url
        ran = desk.run("elicit", "--trust", "0")
    told = load_study(desk.settings(SETTINGS + ran.out))
    plain, with_prior = (one.built_policy().init(one.problem) for one in (study, told))
    assert plain.base.factor.tolist() == with_prior.base.factor.tolist()
    assert not with_prior.base.estimate.any()


@pytest.mark.parametrize("trust", ["1.5", "-1", "nan"])
def test_a_wrong_trust_is_refused_before_the_question(desk: Desk, trust: str) -> None:
    with ChatServer(default=Obliging()) as server:
        desk.endpoint = server.url
        ran = desk.run("elicit", f"--trust={trust}")
        assert (ran.code, server.received) == (2, 0)
    assert "trust must lie in [0, 1]" in ran.err


OWN = """
[problem.reward.prior]
mean_matrix = [[1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 2]]
precision_matrix = PRECISION
"""


def test_an_own_prior_is_moved_with_what_it_says_of_columns_together(desk: Desk) -> None:
    precision = np.stack([np.eye(7), 2.0 * np.eye(7)])
    precision[0, 1, 5] = precision[0, 5, 1] = 0.5
    own = SETTINGS + OWN.replace("PRECISION", repr(precision.tolist()))
    problem = load_study(desk.settings(own)).problem
    with ChatServer(default=Obliging()) as server:
        desk.endpoint = server.url
        ran = desk.run("elicit", "--trust", "0.5", text=own)
    assert ran.code == 0
    assert "# in the place of the prior that is there\n" in ran.out
    told = load_study(desk.settings(SETTINGS + ran.out)).problem.reward.prior
    mean, found = told.arrays(problem.arm_names, problem.columns, 9.0)
    assert (mean[0, 0], mean[1, 6]) == (0.5, 1.0)
    np.testing.assert_allclose(found, precision + 0.5 * np.eye(7))  # noise² / sd² = 1


@pytest.mark.parametrize("name", ["x\u202ey", "x\u200by", "x\x7fy", "x\U000e0041", "a.b", "#", " "])
def test_names_that_need_care_lead_back_to_themselves(desk: Desk, name: str) -> None:
    written = "".join(f"\\U{ord(one):08x}" for one in name)
    text = SETTINGS.replace('name = "tablet"', f'name = "{written}"').replace(
        'name = "age"', f'name = "{written}"'
    )
    problem = load_study(desk.settings(text)).problem
    assert (problem.arm_names[0], problem.columns[1]) == (name, name)
    with ChatServer(default=Obliging()) as server:
        desk.endpoint = server.url
        ran = desk.run("elicit", text=text)
    assert ran.code == 0, ran.err
    told = load_study(desk.settings(text + ran.out)).problem.reward.prior
    assert set(told.mean) == set(problem.arm_names)
    assert set(told.mean[name]) == set(problem.columns)
