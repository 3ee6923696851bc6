"""No network but loopback, and no waiting that is not tested."""

import pytest

from recourse_bandits.advisers.language_model import conversation
from tests.advisers.wire.wired import PROVIDERS


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for _, variables in PROVIDERS.values():
        for name in variables:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(conversation, "_FIRST_PAUSE", 0.02)
