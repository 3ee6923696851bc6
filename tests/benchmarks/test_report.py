"""The table says what was measured, and goes into a page between two marks."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.measuring import Row
from benchmarks.recourse.compare import RecourseRow
from benchmarks.report import BEGIN, END, Results, as_json, markdown, show, write_markdown

YARDSTICK = Row("by hand", choices="200 of 200", rates={20: [100.0, 200.0], 100: [50.0, 50.0]})
PEER = Row("peer 1.0", choices="200 of 200", rates={20: [50.0, 150.0], 100: [5.0, 5.0]})
ABSENT = Row("absent 2.0", missing="did not install: no compiler")
SOLVER = RecourseRow("ours", "ours", "known", milliseconds=[0.2, 0.1, 0.3], reached=10, change=3.0)
RESULTS = Results([YARDSTICK, PEER, ABSENT], [SOLVER], (1.5, 0.1), 0.4)


def test_a_ratio_is_taken_within_repetitions() -> None:
    assert PEER.ratio(YARDSTICK, 20) == 0.625  # of 0.5 and 0.75; the medians alone would say 0.667
    assert PEER.median(20) == 100.0
    assert PEER.spread(20) == 1.0


def test_tables_name_what_is_missing() -> None:
    text = markdown(RESULTS)
    assert "| peer 1.0 | 100 | 0.625 | 100% | 5 | 0.1 | 0% | 200 of 200 |" in text
    assert "| absent 2.0 | did not install: no compiler |" in text
    assert "| ours | 0.2 | 10 of 10 | 3.0 |" in text
    console = Console(record=True, width=200)
    show(RESULTS, console)
    assert "no compiler" in console.export_text()


def test_a_table_is_written_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n", encoding="utf-8")
    write_markdown("new", page)
    text = page.read_text(encoding="utf-8")
    assert text == f"before\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"
    write_markdown("new", page)
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="has no lines"):
        write_markdown("new", page)
    assert page.read_text(encoding="utf-8") == "text\n"


def test_a_new_page_has_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_markdown("new", page)
    write_markdown("newer", page)
    assert page.read_text(encoding="utf-8") == f"{BEGIN}\n\nnewer\n\n{END}\n"


def test_json_holds_every_repetition() -> None:
    figures = json.loads(json.dumps(as_json(RESULTS)))
    assert figures["rounds_per_cpu_second"][1]["rates"]["20"] == [50.0, 150.0]
    assert figures["recourse"][0]["milliseconds"] == [0.2, 0.1, 0.3]


def test_the_page_of_the_documents_has_the_marks() -> None:
    text = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert text.index(BEGIN) < text.index(END)
