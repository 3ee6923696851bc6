"""The chat server answers in every protocol and misbehaves as it was told."""

import json
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import Any, NamedTuple

import pytest

from recourse_bandits.errors import DescriptionError
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import (
    Answers,
    Behaviour,
    ChatRequest,
    CutShort,
    Drips,
    Drops,
    Fails,
    Fenced,
    Hangs,
    Html,
    Message,
    RateLimited,
    Refuses,
    Truncated,
    Unauthorized,
)

CHAT = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Who?"}]
BLOCKS = [{"role": "user", "content": [{"type": "text", "text": "Who?"}]}]
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "openai": ("/v1/chat/completions", {"model": "small", "messages": CHAT}),
    "openai-responses": (
        "/v1/responses",
        {"model": "small", "instructions": "Be short.", "input": CHAT[1:]},
    ),
    "azure": (
        "/openai/deployments/small/chat/completions?api-version=2025-01-01",
        {"messages": CHAT},
    ),
    "anthropic": (
        "/v1/messages",
        {"model": "small", "max_tokens": 9, "system": "Be short.", "messages": BLOCKS},
    ),
    "google": (
        "/v1beta/models/small:generateContent",
        {
            "systemInstruction": {"parts": [{"text": "Be short."}]},
            "contents": [{"role": "user", "parts": [{"text": "Who?"}]}],
        },
    ),
    "bedrock": (
        "/model/small/converse",
        {
            "system": [{"text": "Be short."}],
            "messages": [{"role": "user", "content": [{"text": "Who?"}]}],
        },
    ),
}
PROTOCOLS = pytest.mark.parametrize("protocol", list(ASKED))


class Got(NamedTuple):
    status: int
    body: str
    headers: dict[str, str]

    @property
    def parsed(self) -> Any:
        return json.loads(self.body)


def read(response: HTTPResponse) -> Got:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Got(response.status, response.read().decode(), headers)


def connect(server: ChatServer) -> closing[HTTPConnection]:
    place = urllib.parse.urlsplit(server.address)
    return closing(HTTPConnection(str(place.hostname), place.port, timeout=5))


def ask(server: ChatServer, protocol: str = "openai", **headers: str) -> Got:
    path, body = ASKED[protocol]
    return post(server, path, json.dumps(body), **headers)


def post(server: ChatServer, path: str, body: str, **headers: str) -> Got:
    with connect(server) as connection:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", path, body, named)
        return read(connection.getresponse())


def asked_once(behaviour: Behaviour, protocol: str = "openai", **headers: str) -> Got:
    with ChatServer([behaviour]) as server:
        return ask(server, protocol, **headers)


def said(protocol: str, parsed: Any) -> tuple[str | None, str, str | None, tuple[int, int] | None]:
    """Text, reason of the end, model and usage, as each protocol writes them."""
    match protocol:
        case "openai" | "azure":
            choice, usage = parsed["choices"][0], parsed.get("usage")
            text, reason = choice["message"]["content"], choice["finish_reason"]
            names = ("prompt_tokens", "completion_tokens")
        case "openai-responses":
            usage, details = parsed.get("usage"), parsed["incomplete_details"]
            text = parsed["output"][0]["content"][0].get("text")
            reason = details["reason"] if details else parsed["status"]
            names = ("input_tokens", "output_tokens")
        case "anthropic":
            usage, reason = parsed.get("usage"), parsed["stop_reason"]
            text = parsed["content"][0]["text"]
            names = ("input_tokens", "output_tokens")
        case "google":
            usage, candidate = parsed.get("usageMetadata"), parsed["candidates"][0]
            text, reason = candidate["content"]["parts"][0]["text"], candidate["finishReason"]
            names = ("promptTokenCount", "candidatesTokenCount")
        case _:
            usage, reason = parsed.get("usage"), parsed["stopReason"]
            text = parsed["output"]["message"]["content"][0]["text"]
            names = ("inputTokens", "outputTokens")
    model = parsed.get("model", parsed.get("modelVersion"))
    return text, reason, model, usage and (usage[names[0]], usage[names[1]])


@PROTOCOLS
def test_an_answer_has_the_shape_of_its_protocol(protocol: str) -> None:
    got = asked_once(Answers("Me.", 7, 3), protocol)
    assert (got.status, got.headers["content-type"]) == (200, "application/json")
    text, reason, model, usage = said(protocol, got.parsed)
    done = {
        "openai-responses": "completed",
        "anthropic": "end_turn",
        "google": "STOP",
        "bedrock": "end_turn",
    }
    assert (text, reason, usage) == ("Me.", done.get(protocol, "stop"), (7, 3))
    assert model == (None if protocol == "bedrock" else "small-2026-01-01")


@PROTOCOLS
def test_an_answer_may_come_without_usage_and_with_another_name(protocol: str) -> None:
    *_, model, usage = said(protocol, asked_once(Answers("Me.", None, model="x"), protocol).parsed)
    assert (model, usage) == (None if protocol == "bedrock" else "x", None)


@PROTOCOLS
def test_an_answer_cut_short_names_the_reason(protocol: str) -> None:
    text, reason, *_ = said(protocol, asked_once(CutShort('{"a'), protocol).parsed)
    length = {
        "openai-responses": "max_output_tokens",
        "anthropic": "max_tokens",
        "google": "MAX_TOKENS",
        "bedrock": "max_tokens",
    }
    assert (text, reason) == ('{"a', length.get(protocol, "length"))


def test_each_protocol_refuses_in_its_words() -> None:
    with ChatServer(default=Refuses("No.")) as server:
        got = {protocol: ask(server, protocol).parsed for protocol in ASKED}
    for protocol in ("openai", "azure"):
        choice = got[protocol]["choices"][0]
        assert choice["finish_reason"] == "stop"
        assert (choice["message"]["content"], choice["message"]["refusal"]) == (None, "No.")
    part = got["openai-responses"]["output"][0]["content"][0]
    assert part == {"type": "refusal", "refusal": "No."}
    assert said("anthropic", got["anthropic"])[:2] == ("No.", "refusal")
    candidate = got["google"]["candidates"][0]
    assert candidate["finishReason"] == "SAFETY"
    assert "content" not in candidate
    assert said("bedrock", got["bedrock"])[:2] == ("No.", "content_filtered")


def test_each_protocol_filters_in_its_words() -> None:
    with ChatServer(default=Refuses(filtered=True)) as server:
        answers = {protocol: ask(server, protocol) for protocol in ASKED}
    got = {protocol: answer.parsed for protocol, answer in answers.items()}
    assert said("openai", got["openai"])[:2] == ("", "content_filter")
    assert said("openai-responses", got["openai-responses"])[1] == "content_filter"
    assert (answers["azure"].status, got["azure"]["error"]["code"]) == (400, "content_filter")
    assert (got["anthropic"]["content"], got["anthropic"]["stop_reason"]) == ([], "refusal")
    assert got["google"]["promptFeedback"]["blockReason"] == "SAFETY"
    assert "candidates" not in got["google"]
    assert said("bedrock", got["bedrock"])[1] == "guardrail_intervened"


@PROTOCOLS
@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_an_error_has_the_shape_of_its_protocol(protocol: str, status: int) -> None:
    got = asked_once(Fails(status), protocol)
    assert got.status == status
    error = got.parsed if protocol == "bedrock" else got.parsed["error"]
    assert str(status) in error["message"]
    if protocol == "bedrock":
        assert got.headers["x-amzn-errortype"].endswith("Exception")
    if protocol == "google":
        assert error["code"] == status


def test_an_error_may_have_any_status_body_and_headers() -> None:
    got = asked_once(Fails(529, "overloaded", {"X-Why": "busy", "Content-Type": "text/plain"}))
    assert (got.status, got.body) == (529, "overloaded")
    assert (got.headers["x-why"], got.headers["content-type"]) == ("busy", "text/plain")


def test_fences_truncation_and_pages() -> None:
    behaviours = [Fenced('{"a": 1}'), Truncated('{"a": 1}'), Html("<h1>Sign in</h1>")]
    with ChatServer(behaviours) as server:
        fenced, truncated, page = (ask(server) for _ in behaviours)
    assert said("openai", fenced.parsed)[0] == '```json\n{"a": 1}\n```'
    assert said("openai", truncated.parsed)[:2] == ('{"a"', "stop")
    assert (page.status, page.body) == (200, "<h1>Sign in</h1>")
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(("seconds", "told"), [(2, "2"), (0.5, "0.5"), (None, None)])
def test_a_rate_limit_may_tell_when_to_come_back(seconds: float | None, told: str | None) -> None:
    got = asked_once(RateLimited(seconds))
    assert (got.status, got.headers.get("retry-after")) == (429, told)


@pytest.mark.parametrize("name", ["Authorization", "x_api_key", "api_key", "x_goog_api_key"])
def test_an_unauthorized_client_finds_its_key_in_the_body(name: str) -> None:
    got = asked_once(Unauthorized(), **{name: "Bearer secret"})
    assert got.status == 401
    assert "Bearer secret" in got.parsed["error"]["message"]


@pytest.mark.parametrize("reset", [True, False])
def test_a_dropped_connection(reset: bool) -> None:
    behaviours = [Drops(reset=reset), Drops("Hello." * 99, reset=reset)]
    with ChatServer(behaviours) as server:
        with pytest.raises(ConnectionResetError if reset else HTTPException):
            ask(server)
        with pytest.raises((ConnectionResetError, IncompleteRead) if reset else IncompleteRead):
            ask(server)
        assert ask(server).status == 200


def test_a_dripping_answer_is_valid_and_slow() -> None:
    began = time.monotonic()
    got = asked_once(Drips("slow", every=0.0005))
    assert said("openai", got.parsed)[0] == "slow"
    assert time.monotonic() - began > 0.0005 * len(got.body)


def test_an_answer_may_come_later() -> None:
    began = time.monotonic()
    assert asked_once(Answers(after=0.1)).status == 200
    assert time.monotonic() - began > 0.1


def test_hanging_ends_after_its_time() -> None:
    with pytest.raises(ConnectionResetError):
        asked_once(Hangs(0.05))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.fixture
def threads() -> Iterator[None]:
    """No thread of a server is left."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("behaviour", [Hangs(), Drips(every=3600.0), Answers(after=3600.0)])
def test_closing_ends_what_hangs(behaviour: Behaviour, capfd: pytest.CaptureFixture[str]) -> None:
    server = ChatServer(default=behaviour)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, server) for _ in range(4)]
        until(lambda: server.received == 4)
        began = time.monotonic()
        server.close()
        server.close()
        assert time.monotonic() - began < 1
    assert all(isinstance(one.exception(), OSError | HTTPException) for one in asked)
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("threads")
def test_a_client_that_leaves_frees_its_place(capfd: pytest.CaptureFixture[str]) -> None:
    path, body = ASKED["openai"]
    with ChatServer(default=Hangs()) as server:
        for number in range(5):
            with connect(server) as connection:
                connection.request("POST", path, json.dumps(body))
                until(lambda number=number: server.received == number + 1)  # type: ignore[misc]
            until(lambda: server._now == 0)
        assert server.most_at_once == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("threads")
def test_leaving_while_the_answer_drips_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    path, body = ASKED["openai"]
    with ChatServer(default=Drips("x" * 5000, every=1e-6)) as server:
        for _ in range(5):
            with connect(server) as connection:
                connection.request("POST", path, json.dumps(body))
                connection.getresponse().close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("threads")
def test_many_at_once() -> None:
    together = threading.Barrier(16)

    def once_all_are_there(_: ChatRequest) -> Answers:
        together.wait(5)
        return Answers()

    with ChatServer(default=once_all_are_there) as server, ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: ask(server).status, range(16)))
        assert got == [200] * 16
        assert (server.received, server.most_at_once) == (16, 16)
        assert sorted(one.number for one in server.requests) == list(range(16))


def test_behaviours_are_taken_in_order_by_many_clients() -> None:
    behaviours = [Answers(str(number)) for number in range(40)]
    with ChatServer(behaviours) as server, ThreadPoolExecutor(8) as pool:
        parsed = list(pool.map(lambda _: ask(server).parsed, range(40)))
    for one in parsed:
        assert one["id"] == "chatcmpl-" + one["choices"][0]["message"]["content"]


def test_a_connection_is_kept_and_requests_are_kept_up_to_a_number() -> None:
    path, body = ASKED["openai"]
    with ChatServer(keep=3) as server, connect(server) as connection:
        for _ in range(300):
            connection.request("POST", path, json.dumps(body))
            assert read(connection.getresponse()).status == 200
        assert server.received == 300
        assert [one.number for one in server.requests] == [297, 298, 299]
        assert len(server._connections._open) == 1


def test_everything_is_kept_or_nothing() -> None:
    with ChatServer(keep=0) as none, ChatServer(keep=None) as everything:
        for server in (none, everything, everything):
            ask(server)
        assert (len(none.requests), len(everything.requests)) == (0, 2)


@PROTOCOLS
def test_a_request_is_read_whatever_its_protocol(protocol: str) -> None:
    began = time.monotonic()
    with ChatServer() as server:
        ask(server, protocol, Authorization="Bearer secret")
        request = server.requests[0]
    assert (request.protocol, request.model, request.prompt) == (protocol, "small", "Who?")
    assert request.messages == (Message("system", "Be short."), Message("user", "Who?"))
    assert request.headers["authorization"] == "Bearer secret"
    assert (request.path, request.body) == ASKED[protocol]
    assert began <= request.at <= time.monotonic()
    assert "secret" not in repr(request)


@pytest.mark.parametrize(
    ("path", "protocol"),
    [
        ("/openai/v1/chat/completions", "openai"),
        ("/openai/v1/responses", "openai-responses"),
        ("/openai/responses?api-version=2025-03-01", "openai-responses"),
        ("/v1/projects/p/locations/l/publishers/google/models/m:generateContent", "google"),
    ],
)
def test_other_paths_of_a_protocol(path: str, protocol: str) -> None:
    with ChatServer() as server:
        assert post(server, path, json.dumps(ASKED[protocol][1])).status == 200
        assert server.requests[0].protocol == protocol


def test_a_quoted_model_name_is_read() -> None:
    with ChatServer() as server:
        body = json.dumps(ASKED["bedrock"][1])
        assert post(server, "/model/eu.small-v1%3A0/converse", body).status == 200
        assert server.requests[0].model == "eu.small-v1:0"


def test_texts_may_be_plain_or_in_parts() -> None:
    parts = [{"type": "input_text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    reasoning = {"type": "reasoning", "summary": []}
    with ChatServer() as server:
        for content in ("Who?", [reasoning, {"role": "user", "content": parts}]):
            body = json.dumps({"model": "m", "input": content})
            assert post(server, "/v1/responses", body).status == 200
        assert [one.prompt for one in server.requests] == ["Who?", "a\n\nb"]


def test_a_function_answers_according_to_the_prompt() -> None:
    def choose(request: ChatRequest) -> Behaviour:
        return Answers("Me.") if request.prompt == "Who?" else Fails()

    with ChatServer([choose], default=choose) as server:
        assert said("openai", ask(server).parsed)[0] == "Me."
        other = json.dumps({"model": "m", "messages": [{"role": "user", "content": "What?"}]})
        assert post(server, "/v1/chat/completions", other).status == 500


def test_a_function_that_fails_is_not_forgotten() -> None:
    def broken(_: ChatRequest) -> Behaviour:
        raise AssertionError("that was not expected")

    with (
        pytest.raises(AssertionError, match="that was not expected"),
        ChatServer([broken], keep=0) as server,
    ):
        assert "that was not expected" in ask(server).parsed["error"]["message"]


def test_a_function_may_not_return_a_class() -> None:
    def wrong(_: ChatRequest) -> Any:
        return Hangs

    with pytest.raises(DescriptionError, match="Hangs()"), ChatServer([wrong]) as server:
        assert ask(server).status == 500


@pytest.mark.parametrize("behaviour", [Drops, "Hello."])
def test_what_is_no_behaviour_is_refused(behaviour: Any) -> None:
    with pytest.raises(DescriptionError, match="behaviour"):
        ChatServer([behaviour])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/complete", "{}", 404),
        ("/v1beta/models/small:streamGenerateContent", "{}", 404),
        ("/v1/chat/completions", "no JSON", 400),
        ("/v1/chat/completions", "[]", 400),
        ("/v1/chat/completions", '{"messages": []}', 400),
        ("/v1/chat/completions", '{"model": "m", "messages": [1]}', 400),
        ("/v1/messages", '{"model": "m", "messages": [], "stream": true}', 400),
    ],
)
def test_what_no_protocol_understands_takes_no_behaviour(path: str, body: str, status: int) -> None:
    with ChatServer([Answers("first")]) as server:
        assert post(server, path, body).status == status
        assert server.received == 0
        assert said("openai", ask(server).parsed)[0] == "first"


def test_a_body_without_length_is_refused() -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with ChatServer() as server, connect(server) as connection:
        connection.connect()
        # in one piece: the server hangs up at once, and nothing more can be sent
        connection.sock.sendall(head + b"2\r\n{}\r\n0\r\n\r\n")
        response = HTTPResponse(connection.sock, method="POST")
        response.begin()
        assert response.status == 411


@pytest.mark.usefixtures("threads")
def test_garbage_and_half_a_request_harm_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    with ChatServer() as server:
        place = urllib.parse.urlsplit(server.address)
        head = b"POST /v1/messages HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf"
        for sent in (b"", b"\x00\xff\r\n\r\n", head):
            with socket.create_connection((str(place.hostname), place.port or 0)) as client:
                client.sendall(sent)
        assert ask(server).status == 200
        assert server.received == 1
    assert capfd.readouterr() == ("", "")
