"""A clinic that asks a language model on a server of ours."""

import json
from pathlib import Path
from typing import Any

from recourse_bandits import GLRB, LIBRA, Journal, LanguageModel, Study
from recourse_bandits.exchanges import Exchange
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision
from recourse_bandits.testing import ChatServer
from tests.advisers.asking import PATIENT, clinic
from tests.study.builders import Clock

ASKS_ALWAYS = LIBRA(GLRB(), threshold=0.0, consultation_budget=None, veto=False)
PRICE = (1.0, 10.0)
KEY = "sk-Ab/9+x=_~secret.key/Zz+7&<q>'%2F"
"""Of characters that JSON, HTML and addresses each write in their own ways."""

GOOD = json.dumps(
    {
        "treatment": "tablet",
        "direction": {
            "diet": {"sign": "increase", "importance": 5},
            "activity": {"sign": "keep", "importance": 0},
        },
        "confidence": 0.9,
    }
)
PROVIDERS: dict[str, tuple[str, dict[str, str]]] = {
    "own server": ("openai:small", {}),
    "openai": ("openai:small", {"OPENAI_API_KEY": KEY}),
    "azure": ("azure:small", {"AZURE_OPENAI_API_KEY": KEY}),
    "anthropic": ("anthropic:small", {"ANTHROPIC_API_KEY": KEY}),
    "google": ("google:small", {"GOOGLE_API_KEY": KEY}),
    "bedrock": (
        "bedrock:small",
        {
            "AWS_ACCESS_KEY_ID": "AKIAQUITEPUBLIC",
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": "eu-central-1",
        },
    ),
}
"""A model of each provider, and the environment that it needs."""


def to(diet: float = 5.0, activity: float = 2.0, arm: str = "tablet") -> str:
    """An answer in the style `point`."""
    return json.dumps({"treatment": arm, "target": {"diet": diet, "activity": activity}})


def model_at(server: ChatServer, provider: str = "own server", **parameters: Any) -> LanguageModel:
    """A model of a provider whose server is ours."""
    endpoint = server.url if "openai:" in PROVIDERS[provider][0] else server.address
    if provider == "openai":
        parameters = {"key_variable": "OPENAI_API_KEY"} | parameters
    named: dict[str, Any] = {
        "model": PROVIDERS[provider][0],
        "endpoint": endpoint,
        "deadline": 10.0,
    }
    return LanguageModel(**(named | parameters))


def study_of(
    adviser: LanguageModel | None,
    journal: Journal | str | Path | None = None,
    problem: Problem | None = None,
    **parameters: Any,
) -> Study:
    """A study that asks about everybody."""
    where = f"sqlite:///{journal}" if isinstance(journal, Path) else journal
    given: dict[str, Any] = {"seed": 1, "clock": Clock()} | parameters
    return Study(problem or clinic(), ASKS_ALWAYS, adviser, journal=where, **given)


def decided(study: Study, person: dict[str, Any] | None = None, **arguments: Any) -> Decision:
    decision = study.decide(person or PATIENT, **arguments)
    assert isinstance(decision, Decision)
    return decision


def reason_of(decision: Decision) -> str:
    assert decision.consultation is not None
    assert decision.consultation.reason is not None
    return decision.consultation.reason


def exchange_of(decision: Decision) -> Exchange:
    assert decision.consultation is not None
    assert decision.consultation.exchange is not None
    return decision.consultation.exchange
