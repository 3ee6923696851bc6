"""Asked from a running event loop, from many threads, from a fork and from another process."""

import asyncio
import json
import multiprocessing
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from threading import Barrier, Thread

import pytest

from recourse_bandits import LanguageModel
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import Answers, ChatRequest, Hangs, Reply
from tests.advisers.wire.wired import (
    GOOD,
    KEY,
    decided,
    exchange_of,
    model_at,
    reason_of,
    study_of,
)


def test_it_can_be_asked_inside_a_running_event_loop() -> None:
    async def cell(server: ChatServer) -> bool:
        return decided(study_of(model_at(server))).followed

    with ChatServer(default=Answers(GOOD)) as server:
        assert asyncio.run(cell(server))
        assert asyncio.run(cell(server)), "the next loop"
        assert decided(study_of(model_at(server))).followed, "no loop"


def test_sixteen_threads_are_answered_at_once_each_its_own_question() -> None:
    together = Barrier(16)

    def echo(request: ChatRequest) -> Reply:
        together.wait(9.0)  # nobody is answered before sixteen are waiting
        age = json.dumps([line for line in request.prompt.splitlines() if "age" in line])
        return Answers(GOOD[:-1] + f', "note": {json.dumps(age)}}}')(request)

    with ChatServer(default=echo) as server, ThreadPoolExecutor(16) as pool:
        adviser = model_at(server)
        adviser.require_ready()
        study = study_of(adviser)
        people = [{"age": 30.0 + i, "sex": "male", "diet": 4.0, "activity": 2.0} for i in range(48)]
        decisions = list(pool.map(lambda person: decided(study, person), people))
        assert server.received == 48
        assert server.most_at_once == 16
    assert sorted(decision.id for decision in decisions) == list(range(48))
    for person, decision in zip(people, decisions, strict=True):
        assert decision.context.given == person
        exchange = exchange_of(decision)
        assert exchange.question is not None
        ages = json.dumps([line for line in exchange.question.splitlines() if "age" in line])
        assert json.loads(exchange.attempts[0].answer or "")["note"] == ages
        assert str(person["age"]).removesuffix(".0") in ages


def test_nobody_waits_for_a_question_that_hangs() -> None:
    with ChatServer([Hangs()], default=Answers(GOOD)) as server:
        adviser = model_at(server, deadline=3.0)
        adviser.require_ready()
        study = study_of(adviser)
        hanging = Thread(target=decided, args=(study,))
        hanging.start()
        while server.received == 0:
            time.sleep(0.005)
        assert decided(study).followed
        assert hanging.is_alive(), "it waited"
        hanging.join()
        assert sorted(study.open_decisions) == [0, 1]
        stored = study.decision(0)
        assert getattr(stored, "failed", False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_fork_asks_with_connections_of_its_own() -> None:
    with ChatServer(default=Answers(GOOD, after=0.05)) as server:
        adviser = model_at(server)
        assert decided(study_of(adviser)).followed  # the parent has an open connection
        children = []
        for _ in range(3):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # threads and fork
                child = os.fork()
            if child == 0:
                code = 1
                try:
                    code = 0 if decided(study_of(adviser)).followed else 2
                finally:
                    os._exit(code)
            children.append(child)
            assert decided(study_of(adviser)).followed
        for child in children:
            assert _ended_within(child, 20.0) == 0
        assert decided(study_of(adviser)).followed
        assert server.received == 8


def _ended_within(child: int, seconds: float) -> int | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return None


def _asked_in_a_process(adviser: LanguageModel) -> str:
    decision = decided(study_of(adviser))
    return reason_of(decision) if decision.failed else "followed"


def test_another_process_can_ask_with_a_pickled_adviser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ChatServer(default=Answers(GOOD)) as server:
        adviser = model_at(server, "openai")
        assert decided(study_of(adviser)).followed  # what it has cached by now is pickled as well
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            assert pool.submit(_asked_in_a_process, adviser).result(timeout=60) == "followed"
        assert server.received == 2
        assert all(KEY in request.headers["authorization"] for request in server.requests)
