"""A study's file under torn writes, full disks, forbidden folders, flipped bits and old copies."""

import errno
import gzip
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import recourse_bandits as rb
from recourse_bandits.errors import JournalError, JournalWarning
from recourse_bandits.events import Event, Observed
from recourse_bandits.journals import SnapshotFolder, open_journal
from recourse_bandits.journals.format_1 import Reader, to_json
from recourse_bandits.journals.sqlite import schema, writing
from recourse_bandits.study.verification import verified
from tests.journals.clinic import lines_of, new_study, person, policy, problem, reward, same, visit

ROOT = Path(__file__).parents[2]
OLD_FILE = ROOT / "tests" / "replay" / "schema_1.db.gz"
HEADER, FRAME = 32, 24 + 4096  # of a WAL file, in bytes
NOBODY = 65534
FLIPS = 300
REFUSED = "refused"


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def beside(path: Path, ending: str) -> Path:
    return Path(f"{path}{ending}")


def opened(path: Path) -> rb.Study:
    return rb.Study.open(url(path), rb.AlwaysRandom())


def lived(path: Path, visits: int = 8) -> rb.Study:
    """A study that is still open, with every kind of event."""
    study = new_study(url(path))
    for number in range(visits):
        visit(study, number)
    study.import_past(person(3), "a", {"drop": 1.0})
    return study


def closed(path: Path, visits: int = 8) -> list[str]:
    with lived(path, visits) as study:
        return lines_of(study.journal.read())


def folded(lines: Iterable[str]) -> Any:
    """The state that follows from events alone."""
    journal, reader = rb.MemoryJournal(), Reader()
    journal.append([reader.read(line) for line in lines], after=0)
    return rb.Study.open(journal, rb.AlwaysRandom()).state


def assert_goes_on(study: rb.Study) -> None:
    """Decisions go on without a gap, and everything that is stored follows from the events."""
    number = study.decisions
    visit(study, number)
    assert study.decisions == number + 1
    found = study.verify()
    assert found.passed, found.difference
    events = list(study.journal.read())
    assert [event.number for event in events] == list(range(len(events)))
    made = [event.body.id for event in events if event.kind == "decided"]
    made += [pending.id for pending in study.pending]
    assert sorted(made) == list(range(number + 1))


# -- torn writes ---------------------------------------------------------------------------------


class Written(NamedTuple):
    """A file that nobody closed: its bytes, and how long its WAL was after each append."""

    database: bytes
    wal: bytes
    sizes: list[int]
    lines: list[str]

    def copy(self, path: Path, size: int) -> None:
        path.write_bytes(self.database)
        beside(path, "-wal").write_bytes(self.wal[:size])

    def whole_after(self, size: int) -> list[str]:
        return self.lines[: sum(known <= size for known in self.sizes)]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    path = tmp_path / "whole.db"
    wal, sizes, append = beside(path, "-wal"), [], rb.SqliteJournal.append

    def recorded(journal: rb.SqliteJournal, events: Sequence[Event], *, after: int) -> None:
        append(journal, events, after=after)
        sizes.append(wal.stat().st_size)

    monkeypatch.setattr(rb.SqliteJournal, "append", recorded)
    with lived(path) as study:
        lines = lines_of(study.journal.read())
        kept = Written(path.read_bytes(), wal.read_bytes(), sizes, lines)
    monkeypatch.undo()
    assert len(sizes) == len(lines)
    assert sizes[-1] == len(kept.wal)
    return kept


def assert_cut(written: Written, path: Path, size: int) -> None:
    written.copy(path, size)
    expected = written.whole_after(size)
    if not expected:
        with pytest.raises(JournalError, match="holds no study yet"):
            opened(path)
    with opened(path) if expected else new_study(url(path)) as study:
        found = lines_of(study.journal.read())
        if expected:
            assert found == expected
            assert same(study.state, folded(expected))
        assert_goes_on(study)


def test_a_wal_cut_at_any_frame_holds_a_prefix(written: Written, tmp_path: Path) -> None:
    sizes = [0, *range(HEADER, len(written.wal) + 1, FRAME)]
    assert sizes[-1] == len(written.wal)
    assert set(written.sizes) <= set(sizes)
    for size in sizes:
        assert_cut(written, tmp_path / f"{size}.db", size)


def test_a_wal_torn_within_a_frame_holds_a_prefix(written: Written, tmp_path: Path) -> None:
    chance = random.Random(1)
    frames = (len(written.wal) - HEADER) // FRAME
    starts = [HEADER + FRAME * frame for frame in (chance.randrange(1, frames - 1), frames - 1)]
    within = (1, 23, 24, 25, 512, chance.randrange(1000, 4000), FRAME - 1)
    for size in (1, HEADER - 1, *(start + offset for start in starts for offset in within)):
        assert_cut(written, tmp_path / f"{size}.db", size)


def test_a_wal_cut_back_to_the_last_sync_holds_all_that_was_acknowledged(
    written: Written, tmp_path: Path
) -> None:
    for number, size in enumerate(written.sizes, start=1):
        path = tmp_path / f"{number}.db"
        written.copy(path, size)
        with open_journal(url(path)) as journal:
            assert lines_of(journal.read()) == written.lines[:number]


# -- full disks ----------------------------------------------------------------------------------


@contextmanager
def no_larger_file(than: int) -> Iterator[None]:
    """Let every write beyond a file's size fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (than, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def pages_limited(study: rb.Study, more: int) -> Iterator[None]:
    connection = study.journal._connection  # type: ignore[attr-defined]
    pages = connection.execute("PRAGMA page_count").fetchone()[0] + more
    connection.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        connection.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def wal_limited(study: rb.Study, more: int) -> Iterator[None]:
    assert isinstance(study.journal, rb.SqliteJournal)
    with no_larger_file(beside(study.journal.path, "-wal").stat().st_size + more):
        yield


def visits_until_refused(study: rb.Study) -> int:
    """Number of the visit that could not be recorded; what was before is kept."""
    kept, begun = lines_of(study.journal.read()), [study.decisions]

    def visit_for_ever() -> None:
        for number in count(study.decisions):
            begun.append(number)
            visit(study, number, lambda _: kept.extend(lines_of(study.journal.read(len(kept)))))

    with pytest.raises(JournalError, match="nothing was recorded"):
        visit_for_ever()
    found = lines_of(study.journal.read())
    assert found[: len(kept)] == kept
    assert study.journal.length == len(found)
    assert same(study.state, folded(found))
    return begun[-1]


@pytest.mark.parametrize("limited", [pages_limited, wal_limited])
@pytest.mark.parametrize("more", [0, 1, 3])
def test_a_full_disk_refuses_and_the_study_goes_on_when_there_is_room(
    tmp_path: Path, limited: Callable[[rb.Study, int], Any], more: int
) -> None:
    path = tmp_path / "clinic.db"
    with lived(path, 3) as study:
        for times in range(3):
            with limited(study, more if limited is pages_limited else more * (FRAME + 100 * times)):
                number = visits_until_refused(study)
            visit(study, number)
            visit(study, number)
            assert_goes_on(study)
        state = study.state
    with opened(path) as study:
        assert same(study.state, state)
        assert_goes_on(study)


def test_what_was_refused_on_a_full_disk_does_not_come_back(tmp_path: Path) -> None:
    path, copy = tmp_path / "clinic.db", tmp_path / "copy.db"
    with lived(path, 3) as study:
        with wal_limited(study, FRAME + 100):
            visits_until_refused(study)
        kept = lines_of(study.journal.read())
        shutil.copy(path, copy)
        shutil.copy(beside(path, "-wal"), beside(copy, "-wal"))
    with opened(copy) as study:
        assert lines_of(study.journal.read()) == kept
        assert_goes_on(study)


def test_a_disk_that_fills_while_a_snapshot_is_written_costs_the_snapshot_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "clinic.db", SnapshotFolder.write

    def half_written(kept: SnapshotFolder, position: int, content: bytes) -> None:
        with no_larger_file(len(content) // 2):
            write(kept, position, content)

    with lived(path, 1) as study:
        monkeypatch.setattr("recourse_bandits.study.ledger.EVERY", 1)
        monkeypatch.setattr(SnapshotFolder, "write", half_written)
        with pytest.warns(JournalWarning, match="no snapshot could be kept"):
            visit(study, 1)
        assert list(beside(path, ".snapshots").iterdir()) == []
        assert "decided" in [event.kind for event in study.journal.decision(1)]
        monkeypatch.undo()
        monkeypatch.setattr("recourse_bandits.study.ledger.EVERY", 1)
        assert_goes_on(study)
        state = study.state
    assert list(beside(path, ".snapshots").glob("*.npz"))
    with opened(path) as study:
        assert same(study.state, state)


def test_a_journal_cannot_be_begun_on_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    with no_larger_file(5000), pytest.raises(JournalError, match=r"clinic\.db"):
        new_study(url(path))
    with new_study(url(path)) as study:
        assert_goes_on(study)


# -- forbidden files and folders -----------------------------------------------------------------


def as_somebody(check: Callable[[Path], None], folder: str) -> None:
    """Run a check as a user whom file modes bind."""
    with tempfile.TemporaryDirectory() as other:  # loads what this user may not read
        closed(Path(other) / "clinic.db", 50)
        with opened(Path(other) / "clinic.db") as study:
            assert_goes_on(study)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    check(Path(folder) / "clinic.db")


def assert_read(path: Path) -> None:
    with open_journal(url(path), reading=True) as journal:
        assert sum(1 for _ in journal.read()) == journal.length > 1
        assert verified(journal).passed


def assert_not_written(path: Path) -> None:
    with pytest.raises(JournalError, match=path.name):
        opened(path)


def a_file_that_may_only_be_read(path: Path) -> None:
    names = {entry.name for entry in path.parent.iterdir()}
    path.chmod(0o444)
    assert_not_written(path)
    assert_read(path)
    left = {entry.name for entry in path.parent.iterdir()} - names
    assert left <= {"clinic.db.holder"}
    path.chmod(0o644)
    with opened(path) as study:
        assert_goes_on(study)


def a_folder_that_may_only_be_read(path: Path) -> None:
    path.parent.chmod(0o555)
    assert_not_written(path)
    assert_read(path)
    with pytest.raises(JournalError, match=r"other\.db"):
        new_study(url(path.with_name("other.db")))
    with pytest.raises(JournalError, match=r"other\.db"):
        new_study(url(path.parent / "inner" / "other.db"))
    path.chmod(0o444)
    assert_not_written(path)
    assert_read(path)
    path.chmod(0o644)
    path.parent.chmod(0o755)
    with opened(path) as study:
        assert_goes_on(study)
        path.parent.chmod(0o555)
        assert_read(path)
        path.parent.chmod(0o755)


def snapshots_that_may_not_be_written(path: Path) -> None:
    kept = beside(path, ".snapshots")
    kept.chmod(0o555)
    with opened(path) as study:
        study.correct(0, {"drop": 2.5})
        assert_goes_on(study)
        state = study.state
    kept.chmod(0o000)
    with opened(path) as study:
        assert same(study.state, state)
        assert_goes_on(study)
    kept.chmod(0o755)


@pytest.mark.parametrize(
    "check",
    [
        a_file_that_may_only_be_read,
        a_folder_that_may_only_be_read,
        snapshots_that_may_not_be_written,
    ],
)
def test_what_may_not_be_written_is_named_and_read(check: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clinic.db"
        closed(path, 50)
        assert list(beside(path, ".snapshots").iterdir())
        if os.geteuid() == 0:
            for entry in (path.parent, *path.parent.rglob("*")):
                os.chown(entry, NOBODY, NOBODY)
        name = f"test_faults.{check.__name__}"
        words = f"from tests.journals import test_faults; test_faults.as_somebody({name}, "
        subprocess.run([sys.executable, "-c", f"{words}{folder!r})"], cwd=ROOT, check=True)


# -- clocks --------------------------------------------------------------------------------------


def timeless(events: Iterable[Event]) -> list[Any]:
    return [json.loads(line) | {"time": None} for line in lines_of(events)]


def test_a_clock_that_goes_backwards_changes_times_only(tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        now -= timedelta(days=30)
        return now

    path = tmp_path / "clinic.db"
    adviser = rb.AlwaysRandom()
    usual = new_study(None)
    with rb.Study(problem(), policy(), adviser, journal=url(path), seed=3, clock=clock) as study:
        for number in range(10):
            visit(study, number)
            visit(usual, number)
    with rb.Study.open(url(path), adviser, clock=clock) as study:
        assert same(study.state, usual.state)
        assert_goes_on(study)
        visit(usual, 10)
        assert same(study.state, usual.state)
        ours, theirs = list(study.journal.read()), list(usual.journal.read())
        assert timeless(ours) == timeless(theirs)
        times = [event.time for event in ours]
        assert times == sorted(times, reverse=True)


# -- flipped bits --------------------------------------------------------------------------------


class Small(NamedTuple):
    """A small file, and everything that can be read from it."""

    content: bytes
    found: dict[str, Any]
    state: Any

    def flipped(self, path: Path, position: int, bit: int) -> None:
        changed = bytearray(self.content)
        changed[position] ^= 1 << bit
        path.write_bytes(changed)


def seen(events: Iterable[Event | None]) -> list[Any]:
    """Events in full: what their lines say, and what the problem makes of it."""
    found = []
    for event in events:
        context = getattr(event and event.body, "context", None)
        found.append(event and (to_json(event), context and context.values.tobytes()))
    return found


def look_ups(journal: rb.Journal) -> dict[str, Callable[[], list[Any]]]:
    found: dict[str, Callable[[], list[Any]]] = {
        "all": lambda: seen(journal.read()),
        "corrections": lambda: seen(journal.corrections()),
    }
    for number in range(8):
        found[f"decision {number}"] = lambda number=number: seen(journal.decision(number))  # type: ignore[misc]
        found[f"request {number}"] = lambda number=number: seen(  # type: ignore[misc]
            [journal.request(f"visit-{number}")]
        )
    found["later"] = lambda: seen(journal.read(9))
    return found


@cache
def small() -> Small:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clinic.db"
        closed(path)
        content = path.read_bytes()
        with opened(path) as study:
            found = {name: look_up() for name, look_up in look_ups(study.journal).items()}
            return Small(content, found, study.state)


def flips() -> Iterator[tuple[int, int]]:
    """Most flips where something is written, some where nothing is."""
    chance = random.Random(4)
    content = small().content
    used = [position for position, byte in enumerate(content) if byte]
    page_heads = [page + offset for page in range(0, len(content), 4096) for offset in range(12)]
    for kind in chance.choices(["used", "head", "any"], [6, 2, 1], k=FLIPS):
        positions = {"used": used, "head": page_heads, "any": range(len(content))}[kind]
        yield chance.choice(positions), chance.randrange(8)


def attempted(what: Callable[[], Any]) -> Any:
    """What a call returns, or REFUSED if the journal says that it is damaged."""
    try:
        return what()
    except JournalError:
        return REFUSED


def structure_is_damaged(path: Path) -> bool:
    with open_journal(url(path), reading=True) as journal:
        return attempted(journal.inspect) is REFUSED


def assert_original_or_missing(found: Any, original: Any, path: Path) -> None:
    """Never another event; one that an index has lost is missing, which `inspect` tells."""
    if found is not REFUSED and found != original:
        assert all(event is None or event in small().found["all"] for event in found)
        assert structure_is_damaged(path)


def test_a_flipped_bit_never_yields_another_event(tmp_path: Path) -> None:
    refused = 0
    for number, (position, bit) in enumerate(flips()):
        path = tmp_path / f"{number}.db"
        small().flipped(path, position, bit)
        journal = attempted(lambda path=path: open_journal(url(path), reading=True))  # type: ignore[misc]
        if journal is REFUSED:
            refused += 1
            continue
        with journal:
            for name, look_up in look_ups(journal).items():
                found = attempted(look_up)
                refused += found is REFUSED
                assert_original_or_missing(found, small().found[name], path)
    assert refused > FLIPS // 4


def opened_and_read(path: Path) -> tuple[list[Any], Any]:
    with opened(path) as study:
        return seen(study.journal.read()), study.state


def test_a_study_never_opens_with_another_state_after_a_flip(tmp_path: Path) -> None:
    refused = 0
    for number, (position, bit) in enumerate(flips()):
        path = tmp_path / f"{number}.db"
        small().flipped(path, position, bit)
        found = attempted(lambda path=path: opened_and_read(path))  # type: ignore[misc]
        if found is REFUSED:
            refused += 1
            continue
        events, state = found
        assert_original_or_missing(events, small().found["all"], path)
        assert events != small().found["all"] or same(state, small().state)
    assert refused > FLIPS // 4


def test_verifying_finds_every_flip_that_changes_anything(tmp_path: Path) -> None:
    for number, (position, bit) in enumerate(flips()):
        path = tmp_path / f"{number}.db"
        small().flipped(path, position, bit)
        try:
            with open_journal(url(path), reading=True) as journal:
                if not verified(journal).passed:
                    continue
                for name, look_up in look_ups(journal).items():
                    assert look_up() == small().found[name]
        except JournalError:
            continue


def read_into(found: list[Any], journal: rb.Journal) -> None:
    for event in journal.read():
        found.extend(seen([event]))


def test_a_flip_in_an_event_is_named_and_the_events_before_it_can_be_read(tmp_path: Path) -> None:
    chance = random.Random(6)
    original = small().found["all"]
    for number, (line, _) in enumerate(original):
        text = line.encode()
        offset, bit = chance.randrange(len(text)), chance.randrange(8)
        wrong = bytearray(text)
        wrong[offset] ^= 1 << bit
        assert text in small().content
        path = tmp_path / f"{number}.db"
        path.write_bytes(small().content.replace(text, bytes(wrong)))
        with open_journal(url(path), reading=True) as journal:
            before: list[Any] = []
            with pytest.raises(JournalError, match=rf"\.db, event {number}: "):
                read_into(before, journal)
            assert before == original[:number]
        with pytest.raises(JournalError, match=rf"\.db, event {number}: "):
            opened(path)


def test_a_damaged_first_event_is_not_believed_by_any_look_up(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    path.write_bytes(small().content.replace(b'"scale":10.0', b'"scale":14.0'))
    with open_journal(url(path), reading=True) as journal:
        for look_up in (
            lambda: journal.decision(3),
            lambda: journal.request("visit-3"),
            journal.corrections,
            lambda: list(journal.read(9)),
        ):
            with pytest.raises(JournalError, match="event 0: "):
                look_up()


def test_a_damaged_question_is_not_believed_by_a_reader_that_starts_after_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "clinic.db"
    closed(path)
    with open_journal(url(path), reading=True) as journal:
        asked = next(event.number for event in journal.read() if event.kind == "asked")
    older = """line = replace(line, '"age":4', '"age":5')"""
    change(path, f"UPDATE events SET {older} WHERE number = {asked}")
    with (
        open_journal(url(path), reading=True) as journal,
        pytest.raises(JournalError, match=f"event {asked}: "),
    ):
        list(journal.read(asked + 1))


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("broken", ["line = CAST(line AS BLOB)", "digest = 'text'", "digest = 5"])
def test_values_of_another_type_are_damage(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "clinic.db"
    closed(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")  # a strict table would refuse the value
    connection.execute("UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '')")
    connection.execute("UPDATE sqlite_schema SET sql = replace(sql, 'line TEXT', 'line BLOB')")
    connection.commit()
    connection.close()
    last = "number = (SELECT max(number) FROM events)"
    change(path, f"UPDATE events SET {broken} WHERE {last}")
    with pytest.raises(JournalError, match="event"):
        opened(path)


def index_built_wrongly(path: Path, name: str, right: str, wrong: str) -> None:
    """Let an index hold what another one would: its definition looks right."""
    connection = sqlite3.connect(path)
    named = f"FROM sqlite_schema WHERE name = '{name}'"
    definition = connection.execute(f"SELECT sql {named}").fetchone()[0]
    assert right in definition
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(f"DROP INDEX {name}")
    connection.execute(definition.replace(right, wrong))
    connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (definition, name))
    connection.commit()
    connection.close()


def test_an_index_that_lost_a_correction_does_not_change_the_state(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    closed(path)
    index_built_wrongly(path, "corrections", "'corrected'", "'corrected' AND number < 9")
    with pytest.raises(JournalError, match="correction"):
        opened(path)


def test_an_index_that_names_another_decision_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    closed(path)
    index_built_wrongly(path, "events_of_decision", "(decision)", "(decision + 1)")
    with open_journal(url(path), reading=True) as journal:
        with pytest.raises(JournalError, match="found under decision 3"):
            journal.decision(3)
        with pytest.raises(JournalError, match="is damaged"):
            journal.inspect()


# -- snapshots -----------------------------------------------------------------------------------


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recourse_bandits.study.ledger.EVERY", 5)


def snapshots_of(path: Path) -> list[Path]:
    return sorted(beside(path, ".snapshots").glob("*.npz"))


@pytest.mark.usefixtures("often")
def test_snapshots_ahead_of_an_older_copy_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    lines = closed(path, 5)
    older = path.read_bytes()
    with opened(path) as study:
        for number in range(5, 13):
            visit(study, number)
    latest = max(int(snapshot.stem.partition("-")[0]) for snapshot in snapshots_of(path))
    assert latest > len(lines)
    path.write_bytes(older)
    with opened(path) as study:
        assert same(study.state, folded(lines))
        for number in range(20, 40):  # other people come: the same positions, other events
            study.observe(study.decide(person(number)).id, {"drop": reward(number + 1)})
        expected = study.state
        assert study.journal.length > latest
        found = lines_of(study.journal.read())
    with opened(path) as study:
        assert same(study.state, expected)
        assert same(study.state, folded(found))
        assert_goes_on(study)


@pytest.mark.usefixtures("often")
def test_snapshots_of_another_journal_are_not_used(tmp_path: Path) -> None:
    path, other = tmp_path / "clinic.db", tmp_path / "other.db"
    lines = closed(path, 10)
    with new_study(url(other)) as study:
        for number in range(30):
            study.observe(study.decide(person(number)).id, {"drop": reward(number + 2)})
    shutil.rmtree(beside(path, ".snapshots"))
    shutil.copytree(beside(other, ".snapshots"), beside(path, ".snapshots"))
    with opened(path) as study:
        assert same(study.state, folded(lines))
        assert_goes_on(study)


@pytest.mark.usefixtures("often")
def test_damaged_snapshots_are_not_used(tmp_path: Path) -> None:
    path, chance = tmp_path / "clinic.db", random.Random(8)
    expected = folded(closed(path, 10))
    snapshots = snapshots_of(path)
    latest = snapshots.pop()
    for snapshot in snapshots:
        snapshot.unlink()
    content = latest.read_bytes()
    sizes = [0, 1, 4, len(content) - 1, *chance.sample(range(len(content)), 20)]
    for size in sizes:
        latest.write_bytes(content[:size])
        with opened(path) as study:
            assert same(study.state, expected)
    for position in (*chance.sample(range(len(content)), 100), *range(4, 12)):
        changed = bytearray(content)
        changed[position] ^= 1 << chance.randrange(8)
        latest.write_bytes(changed)
        with opened(path) as study:
            assert same(study.state, expected)
            assert study.verify().passed


@pytest.mark.usefixtures("often")
def test_a_snapshot_whose_headers_are_damaged_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    expected = folded(closed(path, 10))
    latest = snapshots_of(path)[-1]
    content = latest.read_bytes()
    entry = content.rindex(b"PK\x01\x02")  # zip's directory: version, flags, method
    for position in range(entry + 6, entry + 12):
        for bit in range(8):
            changed = bytearray(content)
            changed[position] ^= 1 << bit
            latest.write_bytes(changed)
            with opened(path) as study:
                assert same(study.state, expected)


@pytest.mark.usefixtures("often")
def test_other_files_among_the_snapshots_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    expected = folded(closed(path, 10))
    folder = beside(path, ".snapshots")
    for name in ("9" * 30 + "-abc.npz", "x-y.npz", "5-.npz", "-.npz", "000000000007-None.npz"):
        (folder / name).write_bytes(b"something else")
    (folder / "000000000005-abc.part").write_bytes(b"half")
    with opened(path) as study:
        assert same(study.state, expected)
        assert_goes_on(study)


@pytest.mark.usefixtures("often")
def test_a_snapshot_that_cannot_be_deleted_does_not_stop_a_correction(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    with lived(path, 10) as study:
        for snapshot in snapshots_of(path):
            snapshot.unlink()
            snapshot.mkdir()  # nobody may unlink a folder, whoever they are
        study.correct(0, {"drop": 2.5})
        assert study.journal.length == len(lines_of(study.journal.read()))
        assert same(study.state, folded(lines_of(study.journal.read())))
        with pytest.warns(JournalWarning, match="no snapshot could be kept"):
            visit(study, study.decisions)
        assert_goes_on(study)


# -- readers -------------------------------------------------------------------------------------


def test_readers_are_never_blocked_and_see_whole_appends_only(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    start = len(closed(path, 2))
    together = 3

    def looked(times: int) -> list[int]:
        lengths = []
        with open_journal(url(path), reading=True) as kept:
            for turn in range(times):
                journal = open_journal(url(path), reading=True) if turn % 3 == 0 else kept
                journal._connection.execute("PRAGMA busy_timeout = 0")  # type: ignore[attr-defined]
                lengths.append(journal.length)
                events = list(journal.read())
                assert [event.number for event in events] == list(range(len(events)))
                lengths.append(len(events))
                if journal is not kept:
                    journal.close()
        return lengths

    with rb.SqliteJournal(path) as journal, ThreadPoolExecutor(3) as pool:
        journal._connection.execute("PRAGMA wal_autocheckpoint = 20")
        readers = [pool.submit(looked, 20) for _ in range(3)]
        appended = 0
        while appended < 10 or not all(reader.done() for reader in readers):
            length = journal.length
            now = datetime.now(UTC)
            body, numbers = Observed(0, {"drop": float(appended)}), range(length, length + together)
            events = [Event(number, now, "observed", body) for number in numbers]
            journal.append(events, after=length)
            appended += 1
        for reader in readers:
            lengths = reader.result()
            assert lengths == sorted(lengths)
            assert {(length - start) % together for length in lengths} == {0}


# -- migration -----------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    path.write_bytes(gzip.decompress(OLD_FILE.read_bytes()))
    return path


def rows_of(path: Path) -> tuple[int, list[Any]]:
    connection = sqlite3.connect(path)
    schema_number = connection.execute("PRAGMA user_version").fetchone()[0]
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    rows = connection.execute("SELECT * FROM events ORDER BY number").fetchall()
    connection.close()
    return schema_number, rows


def assert_untouched(path: Path, rows: list[Any]) -> None:
    assert rows_of(path) == (1, rows)
    with open_journal(url(path)) as journal:
        assert [event.number for event in journal.read()] == list(range(len(rows)))
        assert verified(journal).passed


def test_a_migration_that_finds_no_room_leaves_the_file_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, rows = rows_of(old)
    migrate = schema.migrate

    def cramped(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")
        migrate(connection)

    monkeypatch.setattr(writing, "migrate", cramped)
    with pytest.raises(JournalError, match=r"old\.db cannot be used as a journal.*full"):
        open_journal(url(old))
    with no_larger_file(FRAME * 5), pytest.raises(JournalError, match=r"old\.db"):
        open_journal(url(old))
    monkeypatch.undo()
    assert_untouched(old, rows)


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, rows = rows_of(old)
    original = schema._with_digests

    def failing(found: Iterable[Any]) -> Iterator[schema.Row]:
        for number, row in enumerate(original(found)):
            if number == 50:
                raise OSError(errno.EIO, "the disk fails")
            yield row

    monkeypatch.setattr(schema, "_with_digests", failing)
    monkeypatch.setattr(schema, "_CHUNK", 7)
    with pytest.raises(OSError, match="the disk fails"):
        open_journal(url(old))
    monkeypatch.undo()
    assert_untouched(old, rows)


def migrate_until_killed(path: str, at: int) -> None:
    original = schema._with_digests

    def killed(found: Iterable[Any]) -> Iterator[schema.Row]:
        for number, row in enumerate(original(found)):
            if number == at:
                os.kill(os.getpid(), signal.SIGKILL)
            yield row

    def spilling(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA cache_size = 1")  # unfinished pages reach the file
        schema.migrate(connection)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(schema, "_with_digests", killed)
        monkeypatch.setattr(schema, "_CHUNK", 7)
        monkeypatch.setattr(writing, "migrate", spilling)
        open_journal(url(Path(path)))


def test_a_migration_that_is_killed_leaves_the_file_as_it_was(old: Path) -> None:
    _, rows = rows_of(old)
    words = "from tests.journals import test_faults; test_faults.migrate_until_killed"
    command = [sys.executable, "-c", f"{words}({str(old)!r}, 100)"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert beside(old, "-wal").stat().st_size > FRAME
    assert_untouched(old, rows)


def test_a_damaged_line_of_an_older_schema_is_named(old: Path) -> None:
    change(old, "UPDATE events SET line = substr(line, 2) WHERE number = 4")
    with pytest.raises(JournalError, match=r"old\.db cannot be used as a journal: event 4"):
        open_journal(url(old))
    assert rows_of(old)[0] == 1
