"""Every journal keeps the laws."""

from pathlib import Path

import pytest

from recourse_bandits.journals import Journal, MemoryJournal, OpenDecisionsJournal, SqliteJournal
from recourse_bandits.testing import check_journal
from recourse_bandits.testing.journals import events_of_every_kind


def test_the_memory_journal_keeps_the_laws() -> None:
    check_journal(MemoryJournal())


def test_the_sqlite_journal_keeps_the_laws(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "study.db")
    check_journal(journal)
    journal.close()


def test_the_journal_of_open_decisions_keeps_the_laws_of_one_that_forgets() -> None:
    check_journal(OpenDecisionsJournal(), keeps_closed=False)


def test_the_suite_meets_events_of_every_kind() -> None:
    kinds = {event.kind for event in events_of_every_kind()}
    assert kinds == {
        "began",
        "asked",
        "decided",
        "observed",
        "corrected",
        "withdrawn",
        "imported",
    }


@pytest.mark.parametrize("journal", [MemoryJournal(), OpenDecisionsJournal()])
def test_the_suite_refuses_a_journal_that_is_not_empty(journal: Journal) -> None:
    journal.append(events_of_every_kind()[:1], after=0)
    with pytest.raises(AssertionError, match="must be empty, it has 1 events"):
        check_journal(journal)
