"""A folder of an experiment: finished cells are kept, half-written ones never trusted."""

import errno
import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from recourse_bandits.config import ExperimentSettings, experiment
from recourse_bandits.environments import DatasetError
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import (
    Folder,
    folder,
    plan_of,
    run_experiment,
    runner,
    writing,
)
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.experiments.results import Running, run_and_write

SMALL = ["rounds=12", "runs=2", "claims=[]"]


def settings_of(*more: str) -> ExperimentSettings:
    return experiment("hypertension", [*SMALL, *more])


class Counting:
    """Runs cells in this process, and counts them; ends with an error after some."""

    def __init__(self, until: int | None = None) -> None:
        self.ran: list[str] = []
        self.until = until

    def __call__(self, cell: Any) -> pl.DataFrame:
        if len(self.ran) == self.until:
            raise RuntimeError("killed")
        self.ran.append(cell.id)
        return run_cell(cell)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counter = Counting()
    monkeypatch.setattr(runner, "run_cell", counter)
    return counter


def run(settings: ExperimentSettings, path: Path) -> pl.DataFrame:
    with ThreadPoolExecutor(1) as executor, Folder(path, settings) as folder:
        return run_experiment(settings, executor=executor, folder=folder).drop("cpu_seconds")


def test_finished_cells_are_never_run_again(tmp_path: Path, counting: Counting) -> None:
    settings = settings_of()
    counting.until = 4
    with pytest.raises(RuntimeError, match="killed"):
        run(settings, tmp_path)
    assert len(list(tmp_path.glob("cells/*.parquet"))) == 4
    counting.until = None
    rows = run(settings, tmp_path)
    assert sorted(counting.ran) == sorted(plan_of(settings).cells)
    with ThreadPoolExecutor(1) as executor:
        whole = run_experiment(settings, executor=executor).drop("cpu_seconds")
    assert rows.equals(whole)


def test_more_runs_can_be_added(tmp_path: Path, counting: Counting) -> None:
    run(settings_of(), tmp_path)
    before = len(counting.ran)
    run(settings_of("runs=3", "title=Another title"), tmp_path)
    assert len(counting.ran) == before * 3 // 2


@pytest.mark.parametrize("damage", ["empty", "half", "bit", "other", "short"])
def test_a_cell_that_is_not_whole_is_run_again(
    tmp_path: Path, counting: Counting, damage: str
) -> None:
    settings = settings_of()
    rows = run(settings, tmp_path)
    counting.ran.clear()
    file = sorted(tmp_path.glob("cells/*.parquet"))[3]
    content = file.read_bytes()
    if damage == "empty":
        file.write_bytes(b"")
    elif damage == "half":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "bit":  # of a value: Parquet itself would not notice
        place = len(content) // 3
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    elif damage == "other":
        file.write_text("a,b\n1,2\n", encoding="utf-8")
    else:
        pl.read_parquet(file).head(5).write_parquet(file)
    assert run(settings, tmp_path).equals(rows)
    assert counting.ran == [file.stem.partition("-")[0]]


def test_a_folders_name_is_no_pattern(tmp_path: Path, counting: Counting) -> None:
    folder = tmp_path / "noise [1-9]*"
    run(settings_of(), folder)
    counting.ran.clear()
    run(settings_of(), folder)
    assert counting.ran == []


def test_what_a_killed_writer_left_is_removed(tmp_path: Path, counting: Counting) -> None:
    settings = settings_of()
    run(settings, tmp_path)
    left = tmp_path / "cells" / "0123456789abcdef.part"
    left.write_bytes(b"half a cell")
    counting.ran.clear()
    run(settings, tmp_path)
    assert not left.exists()
    assert counting.ran == []


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("rounds=13", "rounds was 12, it is 13 now.*--overwrite"),
        ("seed=9", "seed was 1, it is 9 now"),
        ("environment.noise=2.0", "environment.noise was None, it is 2.0 now"),
        ("policy_defaults.scale=0.1", "policy_defaults.scale was 0.2, it is 0.1 now"),
        ("policies.GLRB.policy.penalty=2.0", "policies.GLRB.policy.penalty was None"),
    ],
)
def test_another_experiments_folder_is_refused(tmp_path: Path, override: str, message: str) -> None:
    with Folder(tmp_path, settings_of()):
        pass
    with pytest.raises(SettingsError, match=message), Folder(tmp_path, settings_of(override)):
        pass


@pytest.mark.parametrize(
    ("key", "value"), [("version", "0.0.1"), ("rows_format", 0)], ids=["package", "rows"]
)
def test_another_versions_folder_is_refused(tmp_path: Path, key: str, value: object) -> None:
    with Folder(tmp_path, settings_of()):
        pass
    file = tmp_path / "experiment.json"
    described = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**described, key: value}), encoding="utf-8")
    with (
        pytest.raises(SettingsError, match=f"{key} was {value!r}"),
        Folder(tmp_path, settings_of()),
    ):
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", '{"settings": 1}'])
def test_a_folder_whose_description_is_damaged_is_refused(tmp_path: Path, content: str) -> None:
    with Folder(tmp_path, settings_of()):
        pass
    (tmp_path / "experiment.json").write_text(content, encoding="utf-8")
    with (
        pytest.raises(SettingsError, match=r"experiment.json cannot be read"),
        Folder(tmp_path, settings_of()),
    ):
        pass


def test_cells_without_a_description_are_refused(tmp_path: Path, counting: Counting) -> None:
    run(settings_of(), tmp_path)
    (tmp_path / "experiment.json").unlink()
    with pytest.raises(SettingsError, match="is missing"), Folder(tmp_path, settings_of()):
        pass


def _own(path: str, taken: Any, over: Any) -> None:
    with Folder(Path(path), settings_of()):
        taken.set()
        over.wait(60)


def test_two_processes_in_one_folder(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    taken, over = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_own, args=(str(tmp_path), taken, over))
    other.start()
    try:
        assert taken.wait(60)
        with (
            pytest.raises(SettingsError, match=f"is being used by process {other.pid}"),
            Folder(tmp_path, settings_of()),
        ):
            pass
    finally:
        over.set()
        other.join(60)
    with Folder(tmp_path, settings_of()):
        pass


def test_a_full_disk_is_named_and_loses_nothing(
    tmp_path: Path, counting: Counting, monkeypatch: pytest.MonkeyPatch, in_this_process: None
) -> None:
    settings = settings_of()
    write = writing.replace
    written: list[Path] = []

    def full(file: Path, content: bytes) -> None:
        if file.parent.name == "cells":
            written.append(file)
        if len(written) == 4:
            raise OSError(errno.ENOSPC, "No space left on device", str(file))
        write(file, content)

    monkeypatch.setattr(folder, "replace", full)
    console = Console(quiet=True)
    with pytest.raises(OSError, match="finished runs in .* are kept") as caught:
        run_and_write(settings, tmp_path, Running(console, "test"))
    assert caught.value.errno == errno.ENOSPC
    assert len(list(tmp_path.glob("cells/*"))) == 3
    counting.ran.clear()
    monkeypatch.undo()
    monkeypatch.setattr(runner, "run_cell", counting)
    run(settings, tmp_path)
    assert len(counting.ran) == len(plan_of(settings).cells) - 3


def test_overwrite_removes_the_cells_and_nothing_else(
    tmp_path: Path, in_this_process: None
) -> None:
    console = Console(quiet=True)
    run_and_write(settings_of(), tmp_path, Running(console, "test"))
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "cells" / "notes.txt").write_text("mine", encoding="utf-8")
    other = settings_of("seed=2")
    with pytest.raises(SettingsError, match="seed was 1"):
        run_and_write(other, tmp_path, Running(console, "test"))
    results = run_and_write(other, tmp_path, Running(console, "test", overwrite=True))
    assert results["settings"]["seed"] == 2
    assert len(list(tmp_path.glob("cells/*.parquet"))) == len(plan_of(other).cells)
    assert (tmp_path / "notes.txt").exists()
    assert (tmp_path / "cells" / "notes.txt").exists()


def test_a_folder_is_used_by_its_owner_only(tmp_path: Path) -> None:
    settings = settings_of()
    folder = Folder(tmp_path, settings)
    cell = plan_of(settings).places[0].cell
    with pytest.raises(SettingsError, match="is not owned: use `with Folder"):
        folder.store(cell, pl.DataFrame({"round": [1]}))
    with folder:
        assert folder.load(cell) is None
    with pytest.raises(SettingsError, match="is not owned"):
        folder.load(cell)


def test_other_data_are_another_cell_and_are_noticed_by_a_worker(
    tmp_path: Path, fertility_file: Path
) -> None:
    copy = tmp_path / "fertility.csv"
    lines = fertility_file.read_text(encoding="utf-8").splitlines(keepends=True)
    copy.write_text("".join(lines), encoding="utf-8")
    settings = experiment("fertility", [f"environment.path={copy}", "rounds=5", "runs=1"])
    before = plan_of(settings)
    copy.write_text("".join([lines[0], *reversed(lines[1:])]), encoding="utf-8")
    assert not set(before.cells) & set(plan_of(settings).cells)
    with pytest.raises(DatasetError, match="are not those with which the experiment was planned"):
        run_cell(before.places[0].cell)


def test_a_cell_of_which_a_byte_changed_is_run_again(tmp_path: Path) -> None:
    settings = settings_of()
    cell = next(iter(plan_of(settings).cells.values()))
    with Folder(tmp_path, settings) as folder:
        rows = run_cell(cell)
        folder.store(cell, rows)
        file = next(tmp_path.glob("cells/*.parquet"))
        assert pl.read_parquet(file).equals(rows)  # any reader can
        whole = file.read_bytes()
        for place in range(0, len(whole), 97):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert folder.load(cell) is None
        file.write_bytes(whole)
        loaded = folder.load(cell)
        assert loaded is not None
        assert loaded.equals(rows)


def test_words_of_an_axis_or_a_paper_are_no_other_experiment(tmp_path: Path) -> None:
    axis = 'axes=[{name="noise", keys=["environment.noise"], values=[1.0, 2.0]%s}]'
    with Folder(tmp_path, settings_of(axis % "")):
        pass
    worded = settings_of(axis % ', label="sd", log=true', "policies.GLRB.paper='12'")
    with Folder(tmp_path, worded.model_copy(update={"title": "other"})):
        pass
