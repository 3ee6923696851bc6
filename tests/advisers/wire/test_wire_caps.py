"""Caps on calls and cost hold with many questions at once, and over restarts."""

import gc
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree

import pytest

from recourse_bandits import OpenDecisionsJournal, Study
from recourse_bandits.advisers.language_model.spending import Spending
from recourse_bandits.records import Decision
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import Answers
from tests.advisers.wire.moods import Moods, attempts_of, cost_of, marks_of, person
from tests.advisers.wire.wired import (
    GOOD,
    PRICE,
    decided,
    exchange_of,
    model_at,
    reason_of,
    study_of,
)

QUESTIONS, THREADS = 1000, 16
CAPS: list[tuple[int | None, float | None]] = [
    (300, None),
    (None, 2.0),
    (250, 1.0),
    (2, None),
    (None, 0.0),
]


def spent(study: Study) -> Spending:
    state = study._ledger.fold.adviser_state
    assert isinstance(state, Spending)
    return state


@pytest.mark.parametrize(("max_calls", "max_cost"), CAPS)
def test_caps_are_never_exceeded(max_calls: int | None, max_cost: float | None) -> None:
    moods = Moods(seed=7)
    with ChatServer(default=moods) as server, ThreadPoolExecutor(THREADS) as pool:
        adviser = model_at(server, max_calls=max_calls, max_cost=max_cost, price=PRICE, retries=2)
        adviser.require_ready()
        study = study_of(adviser)
        decisions = list(pool.map(lambda number: decided(study, person(number)), range(QUESTIONS)))
        while exchange_of(decisions[-1]).attempts or len(decisions) == QUESTIONS:
            decisions.append(decided(study, person(len(decisions))))  # nobody else asks now
        received = server.received
    assert sorted(decision.id for decision in decisions) == list(range(len(decisions)))
    attempts = attempts_of(study)
    assert len(attempts) == received, "a call is missing, or there twice"
    assert sorted(marks_of(attempts)) == sorted(moods.sent), "an answer is lost, or there twice"
    state = spent(study)
    assert (state.calls, state.reserved_calls) == (received, 0)
    assert state.cost == pytest.approx(cost_of(attempts))
    assert state.reserved_cost == pytest.approx(0.0, abs=1e-9)
    most = 0.085  # of a question
    if max_calls is not None:
        assert received <= max_calls
        assert received > max_calls - 3 or max_cost is not None, "a cap that nobody reached"
    if max_cost is not None:
        assert state.cost <= max_cost
        assert state.cost > max_cost - most or max_calls is not None, "a cap that nobody reached"
    refused = [decision for decision in decisions if not exchange_of(decision).attempts]
    assert len(refused) > QUESTIONS / 4
    words = reason_of(refused[-1])
    assert words.startswith("AdviserUnavailable: another question could exceed max_c")
    assert (f"max_calls = {max_calls}" in words) == (max_calls is not None)
    assert (f"max_cost = {max_cost}".removesuffix(".0") in words) == (max_cost is not None)


@pytest.mark.parametrize("snapshots", [True, False])
def test_caps_survive_a_restart(snapshots: bool, tmp_path: Path) -> None:
    journal = tmp_path / "study.db"
    with ChatServer(default=Moods(seed=3)) as server:
        adviser = model_at(server, max_calls=40, max_cost=1.0, price=PRICE)
        for start in range(0, 120, 30):
            with study_of(adviser, journal) as study:
                assert study.decisions == start
                for number in range(start, start + 30):
                    decided(study, person(number))
                if snapshots:
                    study._ledger.keep_snapshot()
                state, attempts = spent(study), attempts_of(study)
            assert len(attempts) == server.received <= 40
            assert cost_of(attempts) <= 1.0
            kept = Path(f"{journal}.snapshots")
            assert not snapshots or list(kept.glob("*.npz"))
            if not snapshots:
                rmtree(kept, ignore_errors=True)
            with Study.open(f"sqlite:///{journal}", adviser) as again:
                assert spent(again) == state
                assert again.verify().passed
        assert server.received > 40 - 3


@pytest.mark.parametrize("retries", [0, 2])
def test_other_caps_after_a_restart_count_what_was_spent_before(
    retries: int, tmp_path: Path
) -> None:
    journal = tmp_path / "study.db"
    with ChatServer(default=Answers(GOOD)) as server:
        for cap in (3, 9, 9, 4, 14, 30):
            before = server.received
            with study_of(model_at(server, max_calls=cap, retries=retries), journal) as study:
                for _ in range(10):
                    decided(study)
                assert spent(study).calls == server.received
                assert spent(study).reserved_calls == 0
            possible = range(before + 1 + retries, cap + 1)  # all of its calls must be possible
            assert server.received == min(before + len(possible), before + 10)


def test_a_template_that_fails_for_somebody_leaves_the_study_whole(tmp_path: Path) -> None:
    """What is on disk must be applicable for ever."""
    template, journal = tmp_path / "question.txt", tmp_path / "study.db"
    template.write_text("{{ 1 / (features[0].value | int - 60) }}")
    with ChatServer(default=Answers(GOOD)) as server:
        adviser = model_at(server, max_cost=1.0, price=PRICE, template=str(template))
        with study_of(adviser, journal) as study:
            failed = decided(study, person(2000))
            assert reason_of(failed).startswith("DescriptionError: template ")
            assert decided(study, person(0)).followed
        with study_of(adviser, journal) as study:
            assert [decided(study, person(0)).followed] == [True]
            assert study.verify().passed
        assert server.received == 2


def test_an_answer_by_hand_keeps_the_reservation() -> None:
    """Nobody knows what became of the calls."""
    with ChatServer(default=Answers(GOOD)) as server:
        adviser = model_at(server, max_calls=4, retries=2)
        study = study_of(adviser)
        study.adviser = None  # as if the process had died before anybody was asked
        waiting = study.decide(person(0))
        assert not isinstance(waiting, Decision)
        study.adviser = adviser
        study.settle(waiting.id, None, reason="lost")
        assert spent(study).reserved_calls == 3
        assert "max_calls = 4 (0 made, 3 reserved)" in reason_of(decided(study))
        assert server.received == 0


def test_memory_stays_flat() -> None:
    with ChatServer(default=Moods(seed=5), keep=1) as server:
        adviser = model_at(server, price=PRICE, max_cost=1e6)
        study = study_of(adviser, OpenDecisionsJournal())

        def ask(first: int, last: int) -> None:
            for number in range(first, last):
                decision = decided(study, person(number))
                study.observe(decision.id, {"drop": 1.0})

        ask(0, 60)
        gc.collect()
        tracemalloc.start()
        try:
            ask(60, 80)
            gc.collect()
            before, _ = tracemalloc.get_traced_memory()
            ask(80, 230)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    # the server in this process remembers 200 to 500 bytes of each question, patterns and headers
    # among them; a question that was kept would take 2 kB for its text alone
    assert after - before < 150 * 1000
