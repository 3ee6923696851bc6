"""A key goes to its server and nowhere else, however that server sends it back."""

import base64
import html
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from recourse_bandits import RecourseBanditsError, Study
from recourse_bandits.advisers.language_model.calls import Caller, CallFailed, Said
from recourse_bandits.advisers.language_model.keys import Redaction
from recourse_bandits.testing import ChatServer
from recourse_bandits.testing.chat_server import (
    Answers,
    Behaviour,
    ChatRequest,
    Fails,
    Html,
    Refuses,
    Reply,
    Unauthorized,
)
from tests.advisers.asking import PATIENT, clinic
from tests.advisers.wire.wired import (
    GOOD,
    KEY,
    PROVIDERS,
    decided,
    exchange_of,
    model_at,
    study_of,
)

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in an address": quote,
    "in an address, slashes too": lambda key: quote(key, safe=""),
    "in a form": quote_plus,
    "in small letters": lambda key: quote(key, safe="").lower(),
    "in HTML": html.escape,
    "in HTML, by number": lambda key: "".join(f"&#{ord(sign)};" for sign in key),
    "in HTML, in hexadecimal": lambda key: "".join(f"&#x{ord(sign):X};" for sign in key),
    "in JSON": lambda key: json.dumps(key)[1:-1].replace("/", r"\/"),
    "in JSON, escaped": lambda key: "".join(rf"\u{ord(sign):04X}" for sign in key),
    "as Python shows it": lambda key: repr(key)[1:-1],
    "base64": lambda key: base64.b64encode(key.encode()).decode().rstrip("="),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "after a user": lambda key: base64.b64encode(f"me:{key}".encode()).decode().rstrip("="),
    "after another user": lambda key: base64.b64encode(f"you:{key}.".encode()).decode(),
}


def leaks(text: str | bytes) -> list[str]:
    """The ways in which a text holds the key."""
    told = text if isinstance(text, str) else text.decode("latin-1")
    inner = {way: write(KEY) for way, write in WAYS.items() if not way.startswith("after")}
    found = [way for way, form in inner.items() if form in told or json.dumps(form)[1:-1] in told]
    middle = [base64.b64encode(b"x" * i + KEY.encode()).decode()[6:-6] for i in range(3)]
    return found + [f"base64 {i}" for i, form in enumerate(middle) if form in told]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    for _, variables in PROVIDERS.values():
        for name, value in variables.items():
            monkeypatch.setenv(name, value)


def _echoes(request: ChatRequest) -> Reply:
    sent = request.headers["authorization"]
    return Reply(400, sent.encode(), {"X-Echo": "yes", "Set-Cookie": quote(sent)})


def _behaviours(form: str) -> list[Behaviour]:
    named = json.dumps({"treatment": form, "direction": {}})
    return [
        Unauthorized(),
        _echoes,
        Fails(400, body=json.dumps({"error": {"message": f"bad key {form}", "type": form}})),
        Fails(500, body=f"trouble with {form}", headers={"X-Key": quote(form)}),
        Html(f"<h1>Sign in</h1><p>{form}</p>"),
        Answers(f"Your key is {form}."),
        Answers(named),
        Answers(GOOD, model=form),
        Refuses(f"I cannot help {form}"),
    ]


@pytest.mark.parametrize("way", WAYS)
def test_the_key_stays_out_of_all_that_is_kept_and_told(
    way: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal, cache = tmp_path / "study.db", tmp_path / "answers.db"
    caplog.set_level(logging.DEBUG, logger="recourse_bandits")
    behaviours = _behaviours(WAYS[way](KEY))
    with ChatServer(behaviours, default=Fails(400)) as server:
        adviser = model_at(server, "openai", retries=0, cache=str(cache))
        study = study_of(adviser, journal)
        for number, _ in enumerate(behaviours):
            decision = decided(study, PATIENT | {"age": 40.0 + number})
            assert not leaks(repr(decision)), behaviours[number]
            assert not leaks(study.explain(decision.id))
        assert server.received == len(behaviours)
        for file in tmp_path.rglob("*"):  # the log beside the journal too
            assert file.is_dir() or not leaks(file.read_bytes()), file
        study.close()
        with Study.open(f"sqlite:///{journal}", adviser) as again:
            assert not any(leaks(repr(again.decision(i))) for i in range(len(behaviours)))
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or not leaks(file.read_bytes()), file
    assert not any(
        leaks(record.getMessage())
        for record in caplog.records
        if record.name.startswith("recourse_bandits")
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_key_is_not_sent_back_to_the_model(way: str) -> None:
    bad = json.dumps({"treatment": WAYS[way](KEY), "direction": {}})
    with ChatServer([Answers(bad), Answers(GOOD)]) as server:
        decision = decided(study_of(model_at(server, "openai")))
        assert server.received == 2
        assert not any(leaks(message.text) for message in server.requests[-1].messages)
    assert "[key]" in (exchange_of(decision).attempts[0].answer or "")


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "own server"])
def test_errors_and_their_tracebacks_hold_no_key(provider: str) -> None:
    for behaviour in _behaviours(KEY)[2:6]:
        with ChatServer(default=behaviour) as server:
            adviser = model_at(server, provider, retries=0)
            problem = clinic()
            for told in (
                adviser.consult(problem, problem.context(PATIENT)),
                adviser.elicit(problem),
            ):
                assert isinstance(told[0], RecourseBanditsError)
                assert not leaks("".join(traceback.format_exception(told[0])))
                assert not leaks(repr(told))
            if not isinstance(behaviour, Answers):
                try:
                    Caller(adviser.connection, 100).call([Said("us", "?")], 5.0)
                except CallFailed:
                    assert not leaks(traceback.format_exc())
                else:
                    raise AssertionError("it did not fail")


def test_the_adviser_itself_holds_no_key() -> None:
    with ChatServer(default=Answers(GOOD)) as server:
        adviser = model_at(server, "openai")
        decided(study_of(adviser))
        assert not leaks(repr(adviser) + str(adviser) + repr(vars(adviser)))
        assert not leaks(pickle.dumps(adviser))
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert not leaks(json.dumps(server.requests[0].body) + server.requests[0].path)


def test_ordinary_texts_are_left_as_they_are() -> None:
    redacted = Redaction([KEY, "short", "", None, KEY])
    for text in ("short", GOOD, KEY[:-1], KEY[1:], "sk-", "a+b/c%2F"):
        assert redacted(text) == text
    assert redacted(f"<{KEY}> and <{KEY}>") == "<[key]> and <[key]>"


@pytest.mark.parametrize("length", range(8, 40))
def test_base64_of_every_length_and_place_is_found(length: int) -> None:
    secret = ("".join(chr(33 + (7 * i) % 90) for i in range(length + 8)))[:length]
    redacted = Redaction([secret])
    for before in range(6):
        for after in ("", ".", ".."):
            told = base64.b64encode(f"{'u' * before}{secret}{after}".encode()).decode()
            assert "[key]" in redacted(told), (before, after)
