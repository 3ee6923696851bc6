"""The commands of people who are asked: list, show, answer, collect."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recourse_bandits import (
    AdviceOnly,
    Budget,
    Decision,
    Feature,
    Human,
    Problem,
    QuestionQueue,
    Reward,
    Study,
)
from tests.operations.clinic import SETTINGS, Clinic, Ran

ASKING = SETTINGS.replace(
    '[policy]\nname = "GLRB"',
    '[policy]\nname = "AdviceOnly"\n\n[adviser]\nname = "Human"\n'
    'queue = "sqlite:///q.db"\nanswer_within = 86400',
)
QUEUE = "sqlite:///q.db"
PERSON = ("--person", "age=71", "--person", "sex=1", "--person", "activity=1")


@pytest.fixture
def asked(clinic: Clinic) -> Clinic:
    """A clinic with one open question."""
    said = decide(clinic)
    assert said.code == 0
    return clinic


def decide(clinic: Clinic, request: str = "007", *words: str, settings: str = ASKING) -> Ran:
    study = clinic.write("study.toml", settings)
    place = ("--journal", clinic.journal)
    return clinic.run("decide", study, "--request-id", request, *PERSON, *place, *words)


def collect(clinic: Clinic) -> Ran:
    return clinic.run("collect", "study.toml", "--journal", clinic.journal)


def test_a_question_says_what_to_do_next_and_its_answer_decides(clinic: Clinic) -> None:
    said = decide(clinic)
    assert said.code == 0
    assert "decision 0 waits for advice until" in said.out
    assert f"answer it with: recourse answer {QUEUE} 0" in said.out
    assert f"recourse collect {clinic.folder}/study.toml --journal {clinic.journal}" in said.out
    assert decide(clinic).out == said.out  # asking again asks nobody again
    listed = clinic.run("answer", QUEUE)
    assert "│ 0 │ 23 h 59 min │ 007 │ a, b; activity │" in listed.out
    shown = clinic.run("answer", QUEUE, "0")
    assert shown.code == 0
    for text in ("│ age │ 71 │", "│ activity │ 1 │ 0 │ 3 │ h/week │ 0.5 │", "the policy's own: "):
        assert text in shown.out
    advice = ("--arm", "b", "--target", "activity=3", "--note", "seen", "--confidence", "0.9")
    said = clinic.run("answer", QUEUE, "0", *advice, "--by", "Dr. A")
    assert (said.code, said.out) == (0, "the answer to question 0 is recorded")
    assert "no question waits" in clinic.run("answer", QUEUE).out
    assert "answered by Dr. A on" in clinic.run("answer", QUEUE, "0").out
    said = collect(clinic)
    assert said.code == 0
    assert "1 decided, 0 withdrawn, 0 waiting" in said.out
    assert "│ 0 │ 007 │ b │ advice │ of Dr. A, followed │" in said.out
    assert collect(clinic).out == "0 decided, 0 withdrawn, 0 waiting"
    said = clinic.of_journal("explain", "--decision", "0")
    assert (
        "note with the advice: seen asked: Human, answered by Dr. A, stated confidence 0.9"
        in said.out
    )
    assert "decision 0: b (007)" in decide(clinic).out


def test_no_advice_has_a_reason(asked: Clinic) -> None:
    assert asked.run("answer", QUEUE, "0", "--no-advice", "too ill").code == 0
    assert "│ policy │ too ill │" in collect(asked).out


REFUSED = {
    "an unknown arm": (("--arm", "c"), "unknown arm 'c'"),
    "too far": (("--arm", "a", "--target", "activity=4"), "'activity' 1.5"),
    "an unknown question": (("7", "--arm", "a"), "there is no question 7"),
    "an unknown feature": (("--arm", "a", "--target", "sport=4"), "unknown feature 'sport'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_ends_with_1(asked: Clinic, case: str) -> None:
    words, message = REFUSED[case]
    said = asked.run("answer", QUEUE, *(words if words[0] == "7" else ("0", *words)))
    assert said.code == 1
    assert "refused:" in said.out
    if case != "too far":
        assert message in said.out
    assert "│ 0 │" in asked.run("answer", QUEUE).out


WRONG = {
    "no arm": (("0", "--note", "hm"), "needs --arm NAME, or --no-advice REASON"),
    "both": (("0", "--arm", "a", "--no-advice", "hm"), "--no-advice goes with --by only"),
    "no number": (("--arm", "a"), "say which question is answered"),
    "no value": (("0", "--arm", "a", "--target", "activity"), "must be name=value"),
    "twice": (
        ("0", "--arm", "a", "--target", "activity=2", "--target", "activity=3"),
        "--target names activity twice",
    ),
    "too sure": (("0", "--arm", "a", "--confidence", "90"), "confidence must lie in [0, 1]"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_typed_wrongly_ends_with_2(asked: Clinic, case: str) -> None:
    words, message = WRONG[case]
    said = asked.run("answer", QUEUE, *words)
    assert said.code == 2
    assert message in said.err


def test_a_file_that_is_no_queue_ends_with_4(asked: Clinic) -> None:
    for words in (("sqlite:///absent.db",), (asked.journal, "0"), ("q.db",)):
        assert asked.run("answer", *words).code == 4
    asked.write("other.toml", ASKING.replace("seed = 3", "seed = 4"))
    journal = f"sqlite:///{asked.folder}/other.db"
    said = asked.run("decide", "other.toml", "--request-id", "8", *PERSON, "--journal", journal)
    assert "QueueConflict: the queue holds questions of another study" in said.out


def test_collect_needs_an_adviser_and_a_journal(clinic: Clinic) -> None:
    clinic.write("study.toml", ASKING)
    said = collect(clinic)
    assert (said.code, "there is no journal" in said.err) == (4, True)
    clinic.write("study.toml", SETTINGS)
    said = collect(clinic)
    assert (said.code, "name no adviser" in said.err) == (2, True)


def test_the_declared_fallback_asks_nobody(clinic: Clinic) -> None:
    said = decide(clinic, "1", "--fallback", "policy")
    assert (said.code, "nobody was asked" in said.out) == (0, True)
    said = decide(clinic, "2", "--fallback", "refuse")
    assert (said.code, "refused: advice is wanted" in said.out) == (1, True)
    assert not (clinic.folder / "q.db").exists()


def test_a_person_who_is_refused_is_asked_about_by_nobody(clinic: Clinic) -> None:
    study = clinic.write("study.toml", ASKING)
    words = ("--request-id", "1", "--person", "age=500", "--journal", clinic.journal)
    said = clinic.run("decide", study, *words)
    assert (said.code, "refused: feature 'age' must lie in" in said.out) == (1, True)


def test_texts_of_data_are_shown_and_not_obeyed(clinic: Clinic) -> None:
    evil = "[red]x[/red]\\u001b[2J\\u202e\\u0007"
    settings = ASKING.replace('arms = ["a", "b"]', f'arms = ["a", "{evil}"]').replace(
        'unit = "h/week"\nmutable', f'unit = "h/week"\ndescription = "{evil}"\nmutable'
    )
    assert decide(clinic, "[bold]7\x1b[1m", settings=settings).code == 0
    for words in ((QUEUE,), (QUEUE, "0")):
        said = clinic.run("answer", *words)
        assert "[red]x[/red]\\x1b[2J\\u202e\\x07" in said.out
        assert "[bold]7\\x1b[1m" in said.out
    note = ("--note", "\x1b[31m[b]n", "--by", "[i]me\x1b[1m")
    said = clinic.run("answer", QUEUE, "0", "--arm", "a", *note)
    assert said.code == 0
    outputs = [clinic.run("answer", QUEUE, "0", "--arm", "a"), clinic.run("answer", QUEUE, "0")]
    outputs += [collect(clinic), clinic.of_journal("explain", "--decision", "0")]
    for said in outputs:
        assert "[i]me\\x1b[1m" in said.out
        assert not set("\x1b\u202e\x07") & set(said.out + said.err)
    assert "\\x1b[31m[b]n" in outputs[-1].out


def typed(folder: Path, words: list[str], *lines: str) -> str:
    """What the command says on a terminal at which somebody types."""
    code = "from recourse_bandits.cli import main\nmain()"
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "dumb"},
    )
    os.close(theirs)
    said, left, end = "", list(lines), time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                said += os.read(ours, 4096).decode(errors="replace")
            except OSError:  # it has ended
                break
        elif left and said.rstrip(" ").endswith(":"):
            os.write(ours, (left.pop(0) + "\n").encode())
            said += "<typed>"
    os.close(ours)
    assert run.wait(60) == 0, said
    return said


def test_a_terminal_asks_for_the_answer(asked: Clinic) -> None:
    words = ["answer", QUEUE, "0"]
    said = typed(asked.folder, words, "", "Dr. A", "")
    assert "nothing was recorded" in said
    said = typed(asked.folder, words, "b", "Dr. A", "2.5", "looks well")
    assert "the answer to question 0 is recorded" in said
    collect(asked)
    with Study.open(asked.journal) as study:
        decision = study.decision(0)
    assert isinstance(decision, Decision)
    assert decision.consultation is not None
    assert decision.consultation.given is not None
    assert decision.consultation.given.note == "looks well"
    assert decision.recourse is not None
    assert decision.recourse.target["activity"] == pytest.approx(2.5)


def test_a_terminal_asks_for_features_of_any_name(tmp_path: Path) -> None:
    queue = f"sqlite:///{tmp_path}/q.db"
    feature = Feature("a=b", mutable=True, mean=3, scale=2)
    reward = Reward("y", noise=1, coefficient_bound=1)
    problem = Problem(features=[feature], arms=["a", "b"], budget=Budget("l2", 1), reward=reward)
    Study(problem, AdviceOnly(), Human(queue)).decide({"a=b": 1})
    said = typed(tmp_path, ["answer", queue, "0"], "b", "Dr. A", "2.5", "")
    assert "the answer to question 0 is recorded" in said
    answered = QuestionQueue(queue).question(0).reply
    assert answered is not None
    assert answered.target == {"a=b": 2.5}


def test_a_question_before_any_outcome_says_that_nothing_is_known(clinic: Clinic) -> None:
    said = decide(clinic)
    assert "expected reward unknown, no bounds" in said.out
