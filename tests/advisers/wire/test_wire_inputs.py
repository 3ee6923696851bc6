"""What is set wrongly is refused by name, before anybody is asked; or the policy decides."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recourse_bandits import LanguageModel, Router
from recourse_bandits.errors import AdviserUnavailable, DescriptionError
from tests.advisers.wire.wired import KEY, PRICE, PROVIDERS, decided, reason_of, study_of

OWN: dict[str, Any] = {"model": "openai:small", "endpoint": "http://127.0.0.1:9/v1"}
REFUSED: dict[str, tuple[Any, ...]] = {
    "model": (None, "", "small", "openai:", ":x", "openia:x", "openai:a b", "openai:a\n", 5, True),
    "style": (None, "", "points", 1, True),
    "endpoint": (
        "",
        -1,
        math.nan,
        True,
        [],
        "localhost",
        "ftp://h",
        "http://h:99999",
        "http://[::1",
    ),
    "key_variable": ("", 5, True, "sk-abcdefgh", "sk_live_abcdefgh", "A B", "lower"),
    "template": ("", 5, math.nan, True, [], "/no/such/file"),
    "send": ("", "diet", 5, True, ["age"], [None], ["diet", "activity", "no"]),
    "rounding": (
        None,
        "",
        5,
        [],
        {"no": 1},
        {"sex": 1},
        {"age": 0},
        {"age": -1},
        {"age": math.nan},
    ),
    "deadline": (None, "", 0, -1, math.nan, math.inf, True, 3601, 10**400),
    "retries": (None, "", -1, 1.0, math.nan, True, 101),
    "max_calls": ("", -1, 1.5, math.nan, True),
    "max_cost": ("", -1, math.nan, math.inf, True, 10**400),
    "price": ("", 5, (1,), (1, 2, 3), (None, 1), (1, -1), (math.nan, 1), (1, math.inf), (True, 1)),
    "cache": ("", 5, True, []),
    "pull_back": (None, "", 0, 1),
    "max_tokens": (None, "", 0, -1, 1.5, math.nan, True, 10**8),
    "temperature": ("", -1, math.nan, math.inf, True),
    "keep_questions": (None, "", 0, 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_settings_are_named(name: str) -> None:
    for value in REFUSED[name]:
        with pytest.raises(DescriptionError) as caught:
            study_of(LanguageModel(**(OWN | {name: value})))
        assert name in str(caught.value), value


def test_every_setting_is_tried() -> None:
    assert list(REFUSED) == list(LanguageModel.__dataclass_fields__)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "openia:x"}, "did you mean 'openai'?"),
        ({"model": "small"}, "openai, azure, anthropic, google, bedrock; got 'small'"),
        ({"endpoint": f"http://me:{KEY}@h/v1"}, "must hold no user, password or query"),
        ({"endpoint": "http://h/v1?key=abcdefgh"}, "must hold no user, password or query"),
        ({"send": ["age"]}, "send must include diet, activity, which the person can change"),
        ({"max_cost": 1.0}, "the price of 'openai:small' is not known: give price"),
        ({"key_variable": "sk_live_abcdefgh"}, "such as 'OPENAI_API_KEY'"),
        ({"model": "bedrock:x", "key_variable": "MY_KEY"}, "does not apply to bedrock"),
    ],
)
def test_errors_say_the_rule_and_no_secret(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        study_of(LanguageModel(**(OWN | settings)))
    told = str(caught.value)
    assert words in told
    assert KEY not in told
    assert "abcdefgh" not in told


def test_a_template_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    template = tmp_path / "question.txt"
    template.write_text("Treat {{ patient_name }}.")
    with pytest.raises(DescriptionError, match="uses the unknown field 'patient_name'"):
        study_of(LanguageModel(**OWN, template=str(template)))


@pytest.mark.parametrize("provider", ["openai", "azure", "anthropic", "google"])
def test_without_a_key_the_policy_decides_and_the_variable_is_named(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = list(PROVIDERS[provider][1])
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    adviser = LanguageModel(PROVIDERS[provider][0], max_cost=1.0, price=PRICE)
    with pytest.raises(AdviserUnavailable, match=names[0]):
        adviser.require_ready()
    study = study_of(adviser)
    for _ in range(2):
        decision = decided(study)
        assert decision.source == "policy"
        assert "needs a key: set the environment variable" in reason_of(decision)
        assert names[0] in reason_of(decision)
    state = study._ledger.fold.adviser_state
    assert (state.calls, state.reserved_calls, state.cost) == (0, 0, 0.0), "nobody was called"


WITHOUT = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pydantic_ai", "genai_prices", "openai", "anthropic"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
from tests.advisers.wire.wired import decided, reason_of, study_of
from recourse_bandits import LanguageModel, Router
adviser = LanguageModel("openai:small", endpoint="http://127.0.0.1:9/v1")
print(reason_of(decided(study_of(adviser))))
"""


def test_without_the_extra_the_policy_decides_and_the_command_is_told() -> None:
    found = _run(WITHOUT)
    assert found == (
        "AdviserUnavailable: asking a language model needs further packages: "
        "pip install 'recourse-bandits[llm]'"
    )


HEAVY = "pydantic_ai genai_prices openai anthropic google.genai boto3 jinja2 http.server asyncio"
IMPORTED = f"""
import sys
import recourse_bandits
adviser = recourse_bandits.LanguageModel("openai:small", max_calls=3)
print([name for name in "{HEAVY}".split() if name in sys.modules])
"""


def test_importing_the_package_loads_no_client() -> None:
    assert _run(IMPORTED) == "[]"


def test_importing_the_package_loads_what_every_study_needs() -> None:
    rooms = [f"recourse_bandits.advisers.{room}" for room in ("human", "language_model", "router")]
    idle = {"polars", "matplotlib", "recourse_bandits.study.trust", *rooms}
    assert _run(f"import sys, recourse_bandits; print({idle} & sys.modules.keys())") == "set()"


def _run(source: str) -> str:
    root = Path(__file__).parents[3]
    words = [sys.executable, "-W", "ignore", "-c", source]
    paths = {"PYTHONPATH": f"{root}:{root / 'src'}"}
    done = subprocess.run(words, cwd=root, env=paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_reservations_follow_from_price_and_template_so_that_snapshots_know_both(
    tmp_path: Path,
) -> None:
    template = tmp_path / "short.txt"
    template.write_text('{% include "case.txt" %}', encoding="utf-8")

    def identity(**settings: Any) -> str:
        return LanguageModel("openai:m", price=(1.0, 2.0), **settings).identity

    plain = identity()
    assert plain == identity()
    assert identity(max_cost=1.0) != plain
    capped = identity(max_cost=1.0, template=str(template))
    assert capped == identity(max_cost=1.0, template=str(template))
    router = Router({"a": LanguageModel("openai:m", price=(1.0, 2.0), max_cost=1.0)})
    assert "template" in router.identity
    template.write_text("other words", encoding="utf-8")
    assert identity(max_cost=1.0, template=str(template)) != capped
