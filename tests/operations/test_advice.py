"""recourse advice: a list, one exchange in full, files, what it was worth."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recourse_bandits import GLRB, LIBRA, Adviser, NoAdvice, Question, Study, load_problem
from recourse_bandits.exchanges import Attempt, Exchange
from recourse_bandits.operations import advice_files
from recourse_bandits.problem import Problem
from recourse_bandits.records import Advice, Decision, Pending
from recourse_bandits.study.plain_text import shortened, visible
from tests.operations.clinic import SETTINGS, Clinic

NASTY = "\x1b[2J\x1b]0;owned\x07[red]safe[/red] \u202edesrever\u2066 :smile: \x9b31m"
SHOWN = "\\x1b[2J\\x1b]0;owned\\x07[red]safe[/red] \\u202edesrever\\u2066 :smile: \\x9b31m"
CALLS = (
    Attempt("answered", 1.25, "{", "not JSON: " + NASTY, "gpt-x-2026", 900, 10, 0.25),
    Attempt("answered", 0.5, '{\n  "arm": "a"\n}' + NASTY, None, "gpt-x-2026", 950, 20, 0.5),
)
EXCHANGE = Exchange(
    "Model " + NASTY, "ab12", "Who?\n" + NASTY, CALLS, {"arm": "a"}, 0.8, ("a fence",), by="Dr. A."
)


class Answers(Adviser):
    """Gives whatever a function makes of the question."""

    def __init__(self, answer: Callable[[Question], Any]) -> None:
        self.answer = answer

    def advise(self, state: Any, question: Question, key: Any) -> Any:
        return self.answer(question)


def told(question: Question) -> Any:
    if question.number == 1:
        return NoAdvice("AdviserUnavailable: " + NASTY, EXCHANGE)
    return Advice(0, question.context.values, "note " + NASTY, EXCHANGE)


def problem_of(clinic: Clinic) -> Problem:
    text = SETTINGS[SETTINGS.index("[problem]") :].replace("[problem]\n", "", 1)
    return load_problem(Path(clinic.write("problem.toml", text.replace("problem.", ""))))


def study_in(clinic: Clinic, adviser: Adviser | None) -> Study:
    policy = LIBRA.as_printed(GLRB(), threshold=0.0)
    return Study(problem_of(clinic), policy, adviser, journal=clinic.journal, seed=3)


@pytest.fixture
def asked(clinic: Clinic) -> Clinic:
    """Advice, a failure, advice by hand, a question that waits, one that was withdrawn."""
    with study_in(clinic, Answers(told)) as study:
        for number in range(2):
            study.decide({"age": 60, "sex": 0, "activity": 2}, request_id=f"r{number}[b]")
        study.observe(0, {"drop": 4.0})
        study.adviser = None
        for _ in range(3):
            study.decide({"age": 60, "sex": 0, "activity": 2})
        waiting = study.decision(2)
        assert isinstance(waiting, Pending)
        study.settle(2, study.advice(waiting, "b", {"activity": 3}))
        study.withdraw(4, reason="moved")
    return clinic


def advice(clinic: Clinic, *words: str) -> Any:
    return clinic.run("advice", clinic.journal, *words)


def test_the_list_has_the_newest_last_and_shows_texts_as_they_are(asked: Clinic) -> None:
    ran = advice(asked)
    assert ran.code == 0
    assert ran.out.index("followed") < ran.out.index("failed: AdviserUnavailable")
    assert ran.out.index("failed: AdviserUnavailable") < ran.out.index("settled by hand")
    assert "0 r0[b] gpt-x-2026 a, followed 0.80 2 0.75 1.75" in ran.out
    assert f"failed: AdviserUnavailable: {SHOWN}"[:60] in ran.out
    assert ran.out.endswith("3 questions were settled; without an answer yet: 1")
    assert not set(ran.out) & set("\x1b\x07\x9b\u202e\u2066")
    last = advice(asked, "--last", "1").out
    assert "3 questions were settled, the last 1 are shown" in last
    assert "gpt-x" not in last


def test_one_exchange_in_full(asked: Clinic) -> None:
    ran = advice(asked, "--decision", "0")
    assert ran.code == 0
    for text in (
        f"question: Who? {SHOWN}",
        "call 1, answered, model gpt-x-2026, seconds 1.25, input tokens 900",
        f"problem: not JSON: {SHOWN}",
        f'answer as it came: {{ "arm": "a" }}{SHOWN}',
        "mended in the answer: a fence",
        "answered by Dr. A.",
    ):
        assert text in ran.out, text
    assert not set(ran.out) & set("\x1b\x07\x9b\u202e\u2066")


def test_explain_says_who_was_asked(asked: Clinic) -> None:
    out = asked.of_journal("explain", "--decision", "0").out
    assert f"asked: Model {SHOWN}, answered by Dr. A., model gpt-x-2026" in out
    assert "stated confidence 0.8, calls 2, 1.75 s, cost 0.75 mended in the answer: a fence" in out
    assert f"note with the advice: note {SHOWN}" in out
    assert "settled by hand" in asked.of_journal("explain", "--decision", "2").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--decision", "3"], "decision 3 has no answer"),
        (["--decision", "9"], "there is no decision 9"),
        (["--decision", "0", "--summary"], "without it"),
        (["--last", "0"], "--last must be at least 1"),
    ],
)
def test_what_cannot_be_shown(asked: Clinic, words: list[str], message: str) -> None:
    ran = advice(asked, *words)
    assert (ran.code, message in ran.err) == (2, True)


def test_a_journal_in_which_nobody_was_asked(clinic: Clinic) -> None:
    clinic.decide()
    assert advice(clinic).out == "0 questions were settled"
    assert advice(clinic, "--summary").out == "0 questions in 3 decisions"
    ran = advice(clinic, "--decision", "0")
    assert (ran.code, "nobody was asked for decision 0" in ran.err) == (2, True)
    assert advice(clinic, "--out", "out").code == 0
    for name in ("advice", "attempts"):
        assert pl.read_parquet(clinic.folder / "out" / f"{name}.parquet").height == 0
    assert clinic.run("advice", "sqlite:///absent.db").code == 4


@pytest.mark.parametrize("part", [1, 1000])
def test_files_hold_every_question_and_call(
    asked: Clinic, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advice_files, "_PART", part)
    assert advice(asked, "--out", "out").code == 0
    folder = asked.folder / "out"
    frame = pl.read_parquet(folder / "advice.parquet")
    columns = ["decision", "verdict", "arm", "own_mean", "adviser", "calls", "cost"]
    assert frame.select(columns).rows() == [
        (0, "followed", "a", 0.0, f"Model {NASTY}", 2, 0.75),
        (1, "failed", None, frame["own_mean"][1], f"Model {NASTY}", 2, 0.75),
        (2, "followed", "b", frame["own_mean"][2], None, 0, None),
        (4, "withdrawn", None, frame["own_mean"][3], None, 0, None),
        (3, "waiting", None, frame["own_mean"][4], None, 0, None),
    ]
    assert frame["question"][0] == f"Who?\n{NASTY}"
    assert frame["said"][0] == '{"arm":"a"}'
    assert frame["repairs"].to_list()[0] == ["a fence"]
    assert frame["target.activity"].to_list() == [2.0, None, 3.0, None, None]
    assert frame["reason"][3] == "moved"
    assert (frame["answered"] - frame["asked"]).drop_nulls().len() == 3
    attempts = pl.read_parquet(folder / "attempts.parquet")
    assert attempts["decision"].to_list() == [0, 0, 1, 1]
    assert attempts["attempt"].to_list() == [1, 2, 1, 2]
    assert attempts["answer"][1] == CALLS[1].answer
    assert sorted(path.name for path in folder.iterdir()) == [
        "advice.parquet",
        "attempts.parquet",
        "summary.json",
    ]


def test_the_summary_is_that_of_the_study(asked: Clinic) -> None:
    ran = advice(asked, "--summary", "--out", "out")
    assert (
        "5 questions in 3 decisions; without an answer yet: 1; withdrawn without one: 1" in ran.out
    )
    assert f"failed, Model {SHOWN}"[:50] in ran.out
    assert f"confidence that Model {SHOWN}"[:50] in ran.out
    assert not set(ran.out) & set("\x1b\x07\x9b\u202e\u2066")
    assert "settled by hand all 1 1 0 1 0 0" in ran.out
    written = json.loads((asked.folder / "out" / "summary.json").read_text(encoding="utf-8"))
    with Study.open(asked.journal) as study:
        assert json.loads(json.dumps(study.trust().to_json())) == written
    assert written["standings"][0]["failures"]["unavailable"] == 1
    assert written["standings"][0]["gap"]["mean"] == 4.0


def test_it_reads_beside_a_writer(asked: Clinic) -> None:
    done = threading.Event()
    with study_in(asked, Answers(told)) as study:

        def write() -> None:
            for _ in range(50):
                decision = study.decide({"age": 60, "sex": 0, "activity": 2})
                assert isinstance(decision, Decision)
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        while not done.is_set():
            assert advice(asked, "--summary", "--out", "out").code == 0
        writer.join()
    assert "53 questions were settled" in advice(asked).out


def test_whatever_an_adviser_hands_over_can_be_listed(clinic: Clinic) -> None:
    odd: Any = Exchange(
        "x" * 500,
        attempts=(Attempt("answered", "soon", cost="free", input_tokens="many"),),  # type: ignore[arg-type]
        confidence="high",  # type: ignore[arg-type]
    )
    with study_in(clinic, Answers(lambda q: Advice(0, q.context.values, "", odd))) as study:
        study.decide({"age": 60, "sex": 0, "activity": 2})
    for words in ([], ["--decision", "0"], ["--summary", "--out", "out"]):
        assert advice(clinic, *words).code == 0
    frame = pl.read_parquet(clinic.folder / "out" / "advice.parquet")
    assert frame.select("confidence", "cost", "seconds").row(0) == (None, None, None)


def test_an_earlier_answer_is_no_call(clinic: Clinic) -> None:
    kept = Exchange("model", attempts=(Attempt("answered", 0.0, "{}", cost=0.0),), cached=True)
    with study_in(clinic, Answers(lambda q: Advice(0, q.context.values, "", kept))) as study:
        study.decide({"age": 60, "sex": 0, "activity": 2})
        assert study.trust().standings[0].calls == 0
        assert "asked: model, an earlier answer to the same question\n" in study.explain(0)
    assert advice(clinic, "--out", "out").code == 0
    assert pl.read_parquet(clinic.folder / "out" / "advice.parquet")["calls"].to_list() == [0]
    assert pl.read_parquet(clinic.folder / "out" / "attempts.parquet").height == 1


def test_texts_are_made_visible() -> None:
    assert visible("é ü 漢 العربية 🙂") == "é ü 漢 العربية 🙂"
    assert visible("a\nb\tc\r") == "a\\nb\\tc\\r"
    assert visible("a\nb\u2028", lines=True) == "a\nb\\u2028"
    assert visible("\u200b\ufeff\U000e0041") == "\\u200b\\ufeff\\U000e0041"
    assert visible(None) == "None"
    assert shortened("x" * 10 + "\x1b", 4) == "xxx…"
