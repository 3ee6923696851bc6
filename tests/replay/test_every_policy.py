"""What a release decided, the same version of the algorithm decides again."""

from pathlib import Path

import pytest

import recourse_bandits as rb
from recourse_bandits.journals.format_1 import Reader
from recourse_bandits.policies import POLICIES
from recourse_bandits.study.verification import Verification, verified
from tests.contracts.policy_variants import PLAIN
from tests.replay.every_policy import ROUNDS, lived
from tests.replay.example_study import FOLDER

JOURNALS = sorted(FOLDER.glob("policies_of_*/*.jsonl"))


def verified_file(path: Path) -> Verification:
    reader, journal = Reader(), rb.MemoryJournal()
    lines = path.read_text(encoding="utf-8").splitlines()
    journal.append([reader.read(line) for line in lines], after=0)
    return verified(journal)


def test_every_policy_has_a_journal() -> None:
    assert {path.stem for path in JOURNALS} == set(POLICIES)


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_a_kept_journal_follows_from_its_policy(path: Path) -> None:
    found = verified_file(path)
    assert found.passed, (
        f"{path.stem} decides otherwise than its algorithm_version says: {found.difference}"
    )
    assert (found.decisions, found.near_ties) == (ROUNDS, [])


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.__name__)
def test_a_journal_of_today_follows_to_the_last_bit(kind: type) -> None:
    found = lived(PLAIN[kind]).verify()
    assert found.passed, found.difference
    assert found.exact == ROUNDS
