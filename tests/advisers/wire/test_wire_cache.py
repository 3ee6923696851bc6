"""The same question costs once; another one is never given its answer."""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from recourse_bandits import LanguageModel
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import Answers, Refuses
from tests.advisers.asking import PATIENT
from tests.advisers.wire.wired import (
    GOOD,
    PRICE,
    decided,
    exchange_of,
    model_at,
    reason_of,
    study_of,
    to,
)


def test_the_same_question_is_put_once(tmp_path: Path) -> None:
    cache = str(tmp_path / "answers.db")
    with ChatServer(default=Answers(GOOD)) as server:
        adviser = model_at(server, cache=cache, price=PRICE, max_calls=4)
        study = study_of(adviser)
        first, second = decided(study), decided(study)
        third = decided(study_of(adviser))  # another study, later
        assert server.received == 1
    assert [exchange_of(one).cached for one in (first, second, third)] == [False, True, True]
    for one in (second, third):
        assert one.choice.arm == first.choice.arm
        assert one.recourse == first.recourse
        (attempt,) = exchange_of(one).attempts
        assert (attempt.answer, attempt.model, attempt.cost) == (GOOD, "small-2026-01-01", 0.0)
    assert study._ledger.fold.adviser_state.calls == 1


@pytest.mark.parametrize(
    "other",
    [
        {"model": "openai:large"},
        {"style": "point"},
        {"rounding": {"age": 5}},
        {"send": ("diet", "activity")},
        {"max_tokens": 1999},
        {"temperature": 0.5},
    ],
)
def test_another_question_is_put_anew(other: dict[str, Any], tmp_path: Path) -> None:
    with ChatServer(default=Answers(GOOD)) as server:
        adviser = model_at(server, cache=str(tmp_path / "answers.db"))
        decided(study_of(adviser))
        decision = decided(study_of(replace(adviser, **other)))
        assert not exchange_of(decision).cached
        assert server.received > 1


def test_another_endpoint_or_template_is_asked_anew(tmp_path: Path) -> None:
    template = tmp_path / "question.txt"
    template.write_text("{{ radius }}")
    cache = str(tmp_path / "answers.db")
    with ChatServer(default=Answers(GOOD)) as one, ChatServer(default=Answers(GOOD)) as other:
        decided(study_of(model_at(one, cache=cache)))
        decided(study_of(model_at(other, cache=cache)))
        decided(study_of(model_at(one, cache=cache, template=str(template))))
        template.write_text("{{ radius }}.")
        decided(study_of(model_at(one, cache=cache, template=str(template))))
        assert (one.received, other.received) == (3, 1)


def test_an_answer_that_is_illegal_for_another_person_is_asked_anew(tmp_path: Path) -> None:
    """Both look the same after rounding, but one is too old for the arm."""
    far, near = json.dumps({"treatment": "Syrup"}), GOOD.replace("tablet", "Syrup")
    assert far != near
    with ChatServer([Answers(near)], default=Answers(GOOD)) as server:
        adviser = model_at(server, cache=str(tmp_path / "answers.db"), rounding={"age": 50})
        study = study_of(adviser)
        young = decided(study, PATIENT | {"age": 79.0})
        old = decided(study, PATIENT | {"age": 80.0})
        assert (young.arm, old.arm) == ("Syrup", "tablet")
        assert server.received == 2
        assert not exchange_of(old).cached


def test_only_answers_that_could_be_used_are_kept(tmp_path: Path) -> None:
    cache = str(tmp_path / "answers.db")
    behaviours = [Refuses(), Answers("no"), Answers("no"), Answers("no"), Answers(GOOD)]
    with ChatServer(behaviours) as server:
        study = study_of(model_at(server, cache=cache))
        assert [decided(study).followed for _ in range(4)] == [False, False, True, True]
        assert server.received == 5


@pytest.mark.parametrize("when", ["before", "between", "directory"])
def test_a_damaged_cache_is_named_and_somebody_decides(when: str, tmp_path: Path) -> None:
    cache = tmp_path / "answers.db"
    with ChatServer(default=Answers(GOOD)) as server:
        study = study_of(model_at(server, cache=str(cache)))
        if when == "between":
            decided(study)
        if when == "directory":
            cache.mkdir()
        else:
            cache.write_bytes(b"this is no database, whatever its name says" * 100)
        decision = decided(study)
        assert decision.source == "policy"
        assert "answers.db' cannot be used: " in reason_of(decision)
        state = study._ledger.fold.adviser_state
        assert (state.calls, state.reserved_calls) == (server.received, 0)


def test_an_answer_that_cannot_be_kept_is_followed_all_the_same(tmp_path: Path) -> None:
    """It was paid for; and what passed must not be lost."""
    cache = tmp_path / "gone" / "answers.db"
    with ChatServer(default=Answers(to(diet=5.5))) as server:
        adviser = model_at(server, cache=str(cache), style="point", price=PRICE, max_calls=9)
        study = study_of(adviser)
        decision = decided(study)
        assert decision.followed, reason_of(decision)
        assert server.received == 1
    exchange = exchange_of(decision)
    assert len(exchange.attempts) == 1
    assert "the answer was not kept" in exchange.repairs[-1]
    assert study._ledger.fold.adviser_state.calls == 1


def _asked(adviser: LanguageModel, ages: list[float]) -> int:
    study = study_of(adviser)
    return sum(decided(study, PATIENT | {"age": age}).followed for age in ages)


def test_two_processes_share_a_cache(tmp_path: Path) -> None:
    ages = [40.0 + number for number in range(12)]
    with (
        ChatServer(default=Answers(GOOD)) as server,
        ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool,
    ):
        adviser = model_at(server, cache=str(tmp_path / "answers.db"))
        both = [pool.submit(_asked, adviser, order) for order in (ages, ages[::-1])]
        assert [one.result(timeout=60) for one in both] == [12, 12]
        assert 12 <= server.received <= 24
        before = server.received
        assert _asked(adviser, ages) == 12
        assert server.received == before
