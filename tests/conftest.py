"""What all tests share: hypothesis draws the same examples in every run."""

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


@pytest.fixture(scope="session")
def fertility_file() -> Path:
    """Made-up persons in the schema of the UCI Fertility file, which the project does not ship."""
    return Path(__file__).parent / "contracts" / "fertility_made_up.csv"
