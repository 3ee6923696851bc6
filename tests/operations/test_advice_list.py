"""The list of questions on terminals of any width."""

from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from recourse_bandits import GLRB, LIBRA, Advice, NoAdvice, Study
from recourse_bandits.advisers import Adviser, Oracle, Question
from recourse_bandits.exchanges import Attempt, Exchange
from recourse_bandits.operations.advice_list import AdviceLine, advice_table, line_of
from recourse_bandits.records import Decision
from tests.problem.builders import mutable, problem_of

PROBLEM = problem_of(mutable("diet"))
CALL = Attempt("answered", 1.25, "{}", None, "gpt-5-mini-2025-08-07", 900, 10, 0.00014)
EXCHANGE = Exchange("openai:gpt-5-mini", attempts=(CALL,), confidence=0.8)
REAL = AdviceLine(
    "0", "visit-17", CALL.model or "", "beta_blocker, followed", "0.80", "1", "0.00014", "1.25"
)
LINES = [
    REAL,
    AdviceLine(
        "12",
        "visit-18",
        CALL.model or "",
        "failed: AdviserUnavailable: the server failed (HTTP 500): status 500 on request",
        "",
        "3",
        "",
        "12.2",
    ),
    AdviceLine("1013", "visit-19", "settled by hand", "combination, not followed", *[""] * 4),
]


class Says(Adviser):
    """Always gives the same answer."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def advise(self, state: Any, question: Question, key: Any) -> Any:
        return self.answer


def line(answer: Any) -> AdviceLine:
    policy = LIBRA.as_printed(GLRB(), threshold=0.0)
    study = Study(PROBLEM, policy, Says(answer))
    decision = study.decide([0.0], request_id="r")
    assert isinstance(decision, Decision)
    return line_of(PROBLEM, decision)


def advice(exchange: Exchange) -> Advice:
    return Advice(1, PROBLEM.context([0.0]).values, "", exchange)


def printed(lines: list[AdviceLine], width: int) -> list[str]:
    console = Console(width=width, color_system=None)
    with console.capture() as told:
        console.print(advice_table(lines, width), crop=False)
    return [row.rstrip() for row in told.get().splitlines()]


@pytest.mark.parametrize(
    ("exchange", "asked", "numbers"),
    [
        (EXCHANGE, "gpt-5-mini-2025-08-07", ("0.80", "1", "0.00014", "1.25")),
        (Exchange("Quality"), "Quality", ("", "", "", "")),
        (replace(EXCHANGE, cached=True), "gpt-5-mini-2025-08-07", ("0.80", "", "0.00014", "1.25")),
        (Exchange("A\x1b[2J"), "A\\x1b[2J", ("", "", "", "")),
    ],
)
def test_the_model_as_dated_is_shown_and_otherwise_the_adviser(
    exchange: Exchange, asked: str, numbers: tuple[str, ...]
) -> None:
    assert line(advice(exchange)) == ("0", "r", asked, "b, followed", *numbers)


def test_a_failure_says_why() -> None:
    told = line(NoAdvice("AdviserUnavailable: HTTP 500", Exchange("somebody")))
    assert told.advice == "failed: AdviserUnavailable: HTTP 500"
    assert told.asked == "somebody"


def test_columns_without_any_value_are_left_out() -> None:
    policy = LIBRA.as_printed(GLRB(), threshold=0.0)
    study = Study(PROBLEM, policy, Oracle(lambda context: (0, context.values)))
    decision = study.decide([0.0])
    assert isinstance(decision, Decision)
    assert printed([line_of(PROBLEM, decision)], 80) == [
        "no. asked  advice",
        "  0 Oracle a, followed",
    ]


def test_it_reads_well_at_80_columns() -> None:
    rows = printed(LINES, 80)
    assert max(map(len, rows)) <= 80
    assert rows[0].split() == ["no.", "request", "asked", "advice", "conf.", "calls", "cost", "s"]
    assert rows[1].split()[-4:] == ["0.80", "1", "0.00014", "1.25"]
    text = "\n".join(rows)
    for word in ("visit-17", "beta_blocker, followed", "AdviserUnavailable:", "combination,"):
        assert word in text, f"{word} was broken:\n{text}"
    right = len(rows[1])
    assert next(row for row in rows if "12.2" in row).index("12.2") + 4 == right


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
@pytest.mark.parametrize("request_id", ["r", "0b2c7d1e-2f1a-4c80-9f8e-1c2d3e4f5a6b"])
def test_no_number_is_cut_however_narrow_it_is(width: int, request_id: str) -> None:
    lines = [one._replace(request=request_id) for one in LINES]
    rows = printed(lines, width)
    assert rows[1].split()[-4:] == ["0.80", "1", "0.00014", "1.25"]
    assert any(row.lstrip().startswith("1013 ") for row in rows)
    if width >= 80:
        assert max(map(len, rows)) <= width
