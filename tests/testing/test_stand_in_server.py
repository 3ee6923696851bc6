"""python -m recourse_bandits.testing.chat_server: settings that work, and an end without noise."""

import signal
import socket
import subprocess
import sys
import tomllib

import pytest

from recourse_bandits.advisers import LanguageModel
from recourse_bandits.advisers.language_model import Parsed
from recourse_bandits.config.registry import adviser_of
from tests.problem.builders import mutable, problem_of


def started(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "recourse_bandits.testing.chat_server", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell may have started the tests with the signal ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )


@pytest.fixture
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_it_prints_settings_that_work_and_ends_with_ctrl_c(port: int) -> None:
    server = started(str(port))
    try:
        assert server.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            line = server.stdout.readline()
            assert line, "it ended"
            lines.append(line)
        assert lines[0].startswith("No language model")
        settings = tomllib.loads("".join(lines[1:-1]))["adviser"]
        assert settings["endpoint"] == f"http://127.0.0.1:{port}/v1"
        adviser = adviser_of(settings, {})
        assert isinstance(adviser, LanguageModel)
        problem = problem_of(mutable("diet"))
        found, _ = adviser.consult(problem, problem.context([0.0]))
        assert isinstance(found, Parsed)
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=20)
        assert (server.returncode, out, err) == (0, "", "")
    finally:
        server.kill()
