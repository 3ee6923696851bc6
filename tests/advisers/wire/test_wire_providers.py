"""Each provider's client sends one request a call, and none that nobody counts."""

import json
import time

import pytest

from recourse_bandits.advisers.language_model import clients
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import (
    Answers,
    Behaviour,
    ChatRequest,
    CutShort,
    Drips,
    Drops,
    Fails,
    Hangs,
    Html,
    RateLimited,
    Refuses,
    Reply,
    Unauthorized,
)
from tests.advisers.wire.wired import (
    GOOD,
    KEY,
    PRICE,
    PROVIDERS,
    decided,
    exchange_of,
    model_at,
    reason_of,
    study_of,
)

EACH = pytest.mark.parametrize("provider", list(PROVIDERS))
PROTOCOLS = {"own server": "openai"}
KEY_IS_IN = {
    "openai": "authorization",
    "azure": "api-key",
    "anthropic": "authorization",
    "google": "x-goog-api-key",
}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    for name, value in PROVIDERS.get(provider, ("", {}))[1].items():
        monkeypatch.setenv(name, value)


@EACH
def test_an_answer_is_read_from_every_protocol(provider: str) -> None:
    with ChatServer([Answers(GOOD)]) as server:
        adviser = model_at(server, provider, price=PRICE, max_tokens=321, temperature=0.25)
        decision = decided(study_of(adviser))
        (request,) = server.requests
    assert decision.followed, reason_of(decision)
    exchange = exchange_of(decision)
    assert exchange.adviser == PROVIDERS[provider][0]
    (attempt,) = exchange.attempts
    assert attempt.answer == GOOD
    assert (attempt.input_tokens, attempt.output_tokens) == (100, 20)
    assert attempt.cost == pytest.approx(0.0003)
    assert attempt.model == ("small" if provider == "bedrock" else "small-2026-01-01")
    assert (request.protocol, request.model) == (PROTOCOLS.get(provider, provider), "small")
    assert request.prompt == exchange.question
    sent = json.dumps(request.body)
    assert "321" in sent
    assert "0.25" in sent
    if provider in KEY_IS_IN:
        assert KEY in request.headers[KEY_IS_IN[provider]]
    elif provider == "own server":
        assert request.headers["authorization"] == "Bearer no-key"
    assert KEY not in sent + request.path


@EACH
def test_every_failed_call_is_one_request(provider: str) -> None:
    passing, lasting = (500, 502, 503, 529, 408, 409, 429), (400, 401, 403, 404, 413, 422)
    statuses = [*(status for status in passing for _ in "12"), *lasting]
    with ChatServer([Fails(status) for status in statuses]) as server:
        study = study_of(model_at(server, provider, retries=1))
        for status in passing:  # another call may do better
            exchange = exchange_of(decided(study))
            assert [f"HTTP {status}" in attempt.ended for attempt in exchange.attempts] == [
                True
            ] * 2
        for status in lasting:
            (attempt,) = exchange_of(decided(study)).attempts
            assert f"HTTP {status}" in attempt.ended
        assert server.received == len(statuses)


@EACH
def test_nobody_is_followed_to_another_place(provider: str) -> None:
    with ChatServer() as elsewhere:

        def away(request: ChatRequest) -> Reply:
            status = (301, 302, 307, 308)[request.number]
            return Reply(status, b"", {"Location": elsewhere.address + request.path})

        with ChatServer(default=away) as server:
            study = study_of(model_at(server, provider, retries=0))
            for _ in range(4):
                assert len(exchange_of(decided(study)).attempts) == 1
            assert server.received == 4
        assert elsewhere.received == 0, "somebody else was told of the person, or shown the key"


@EACH
def test_what_is_no_answer_is_tried_again(provider: str) -> None:
    behaviours: list[Behaviour] = [Drops(), Drops(GOOD), Html(), Fails(200, body='{"a": 1}')]
    asked = [behaviour for one in behaviours for behaviour in (one, Answers(GOOD))]
    with ChatServer(asked) as server:
        study = study_of(model_at(server, provider, price=PRICE))
        for _ in behaviours:
            decision = decided(study)
            assert decision.followed, reason_of(decision)
            first, second = exchange_of(decision).attempts
            assert not first.answer
            assert first.cost is not None
            assert first.cost >= 0.02, "it may have been charged"
            assert second.answer == GOOD
        assert server.received == len(asked)


@EACH
def test_the_deadline_is_kept(provider: str) -> None:
    behaviours: list[Behaviour] = [Hangs(), Drips(GOOD, every=0.02), RateLimited(30.0)]
    with ChatServer(behaviours, default=Answers(GOOD)) as server:
        adviser = model_at(server, provider, deadline=0.4)
        adviser.require_ready()
        study = study_of(adviser)
        for number in range(len(behaviours)):
            began = time.monotonic()
            decision = decided(study)
            assert time.monotonic() - began < 1.4
            assert decision.failed
            assert "0.4 s" in reason_of(decision)
            assert server.received == number + 1


@EACH
def test_refusals_and_cuts_are_told_apart_and_a_refused_key_is_not_told(provider: str) -> None:
    rows: list[tuple[Behaviour, str]] = [
        (Refuses(), "InvalidAdvice: the model refused to answer"),
        (Refuses(filtered=True), "InvalidAdvice: the model refused to answer"),
        (CutShort(GOOD[:9]), "InvalidAdvice: the answer was cut at max_tokens = 2000"),
        (Unauthorized(), "AdviserUnavailable: the key was refused (HTTP 401)"),
    ]
    with ChatServer([behaviour for behaviour, _ in rows]) as server:
        study = study_of(model_at(server, provider))
        assert [reason_of(decided(study)) for _ in rows] == [reason for _, reason in rows]
        assert server.received == len(rows)


@pytest.mark.parametrize("provider", list(KEY_IS_IN))
def test_the_key_that_is_set_now_is_used(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = PROVIDERS[provider][1]
    with ChatServer(default=Answers(GOOD)) as server:
        study = study_of(model_at(server, provider))
        decided(study)
        monkeypatch.setenv(name, "another-key-0123")
        decided(study)
        first, second = server.requests
    assert KEY in first.headers[KEY_IS_IN[provider]]
    assert "another-key-0123" in second.headers[KEY_IS_IN[provider]]


@pytest.mark.parametrize("provider", ["all"])
def test_clients_that_are_not_used_are_closed(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "_opened", {})
    monkeypatch.setattr(clients, "_MOST", 0)  # none is kept
    with ChatServer(default=Answers(GOOD)) as server:
        for name, (_, variables) in PROVIDERS.items():
            for variable, value in variables.items():
                monkeypatch.setenv(variable, value)
            adviser = model_at(server, name, deadline=2.0)
            assert decided(study_of(adviser)).followed, "it was closed while it was in use"
        assert server.connected > 0
        until = time.monotonic() + 10.0
        while server.connected and time.monotonic() < until:
            time.sleep(0.05)
        assert server.connected == 0
