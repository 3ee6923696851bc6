"""What all tests share: hypothesis draws the same examples in every run."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "seeded",
    derandomize=True,
    deadline=None,  # the first example may compile a kernel
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("seeded")


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let cells run here: a process takes seconds to start, and the tests' runs take less."""
    from recourse_bandits.experiments import runner  # a test of kernels needs none of it

    monkeypatch.setattr(runner, "executor_of", lambda *_: ThreadPoolExecutor(1))


@pytest.fixture(scope="session")
def fertility_file() -> Path:
    """Made-up persons in the schema of the UCI Fertility file, which the project does not ship."""
    return Path(__file__).parent / "contracts" / "fertility_made_up.csv"


@pytest.fixture(scope="session")
def warfarin_file() -> Path:
    """Made-up persons in the schema of the warfarin data, which the project does not ship."""
    return Path(__file__).parent / "contracts" / "warfarin_made_up.csv"
