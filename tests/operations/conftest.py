"""A clinic in a folder of its own."""

from pathlib import Path

import pytest

from tests.operations.clinic import Clinic


@pytest.fixture
def clinic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Clinic:
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(tmp_path)
    return Clinic(tmp_path, monkeypatch, capsys)
