"""Journals of every release replay, for ever."""

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.errors import JournalError, RequestConflict
from recourse_bandits.events import Event
from recourse_bandits.journals.format_1 import Reader, to_json
from tests.replay.example_study import lived, state_json, study

FOLDER = Path(__file__).parent
JOURNALS = sorted(FOLDER.glob("*.jsonl"))
FILES = sorted(FOLDER.glob("schema_*.db.gz"))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def events_of(path: Path) -> list[Event]:
    reader = Reader()
    return [reader.read(line) for line in lines_of(path)]


def replayed(path: Path) -> rb.Study:
    journal = rb.MemoryJournal()
    journal.append(events_of(path), after=0)
    return study(journal)


def assert_close(found: Any, kept: Any) -> None:
    if isinstance(kept, dict):
        assert found.keys() >= kept.keys()  # later versions may keep more
        for name in kept:
            assert_close(found[name], kept[name])
    else:
        np.testing.assert_allclose(found, kept, rtol=1e-9, atol=1e-12)


def test_there_is_a_journal() -> None:
    assert JOURNALS
    assert FILES


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_a_kept_journal_has_every_kind_of_event(path: Path) -> None:
    kinds = {event.kind for event in events_of(path)}
    assert kinds == {
        "began",
        "asked",
        "decided",
        "observed",
        "corrected",
        "withdrawn",
        "imported",
    }


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_a_kept_journal_folds_to_its_state(path: Path) -> None:
    kept = json.loads(path.with_suffix(".state.json").read_text(encoding="utf-8"))
    assert_close(state_json(replayed(path).state), kept)


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_a_kept_journal_is_verified(path: Path) -> None:
    found = replayed(path).verify()
    assert found.passed, found.difference
    assert found.decisions == 53
    assert found.near_ties == []


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_reading_and_writing_a_journal_changes_nothing(path: Path) -> None:
    written = [json.loads(to_json(event)) for event in events_of(path)]
    assert written == [json.loads(line) for line in lines_of(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_an_older_schema_is_migrated_and_goes_on(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "clinic.db"
    file.write_bytes(gzip.decompress(path.read_bytes()))
    kept = sqlite3.connect(file)
    lines = [json.loads(line) for (line,) in kept.execute("SELECT line FROM events ORDER BY 1")]
    kept.close()
    with rb.SqliteJournal(file) as journal:
        written = [json.loads(to_json(event)) for event in journal.read()]
        assert written == sorted(lines, key=lambda line: line["number"])
        opened = study(journal)
        state = path.with_name(path.name.replace(".db.gz", ".state.json"))
        assert_close(state_json(opened.state), json.loads(state.read_text(encoding="utf-8")))
        person = {"age": 50, "smoker": "never", "diet_score": 2, "activity": 1}
        with pytest.raises(RequestConflict, match="decision 7"):
            opened.decide(person, request_id="visit-7")
        assert opened.decide(person).id == 50
        assert opened.verify().passed


def test_a_replay_is_exact_and_goes_on_alike() -> None:
    original = lived()
    reader = Reader()
    journal = rb.MemoryJournal()
    lines = [to_json(event) for event in original.journal.read()]
    journal.append([reader.read(line) for line in lines], after=0)
    copy = study(journal)
    assert state_json(copy.state) == state_json(original.state)
    person = {"age": 50, "smoker": "never", "diet_score": 2, "activity": 1}
    ours, theirs = original.decide(person), copy.decide(person)
    assert isinstance(ours, rb.Decision)
    assert isinstance(theirs, rb.Decision)
    assert ours.recourse == theirs.recourse
    assert (ours.arm, ours.interval) == (theirs.arm, theirs.interval)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        '{"event":"decided"}',
        '{"event":"began","number":0,"time":"2026-01-01T00:00:00+00:00","journal_format":2}',
        '{"event":"observed","number":0,"time":"yesterday","decision":1,"measures":{}}',
        '{"event":"mystery","number":0,"time":"2026-01-01T00:00:00+00:00"}',
    ],
)
def test_other_lines_are_refused_by_name(line: str) -> None:
    with pytest.raises(JournalError):
        Reader().read(line)
