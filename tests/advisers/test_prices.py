"""What calls of a model cost."""

import pytest
from genai_prices import Usage, calc_price

from recourse_bandits.advisers.language_model.prices import Price, listed_price
from recourse_bandits.advisers.language_model.providers import Connection


@pytest.mark.parametrize("model", ["gpt-4o-mini", "gpt-5-mini"])
def test_list_prices_are_those_of_a_usual_question(model: str) -> None:
    price = listed_price(Connection(f"openai:{model}"))
    assert price is not None
    usage = Usage(input_tokens=800, output_tokens=150)
    listed = calc_price(usage, model_ref=model, provider_id="openai").total_price
    assert price.of(800, 150) == pytest.approx(float(listed))


def test_prices_of_very_long_questions_are_not_taken_for_the_usual_ones() -> None:
    model = "claude-sonnet-4-5"  # charges more beyond 200,000 tokens
    price = listed_price(Connection(f"anthropic:{model}"))
    assert price is not None

    def per_token(tokens: int) -> float:
        usage = Usage(input_tokens=tokens)
        listed = calc_price(usage, model_ref=model, provider_id="anthropic")
        return float(listed.total_price) / tokens

    assert price.of(1, 0) == pytest.approx(per_token(1000))
    assert price.of(1, 0) < per_token(1_000_000)


def test_nothing_is_known_of_other_servers_and_other_models() -> None:
    assert listed_price(Connection("openai:gpt-4o-mini", "http://localhost:8000/v1")) is None
    assert listed_price(Connection("openai:nobody-knows-this-model")) is None
    assert listed_price(Connection("bedrock:us.anthropic.some-model-v1:0")) is None


def test_the_most_that_a_call_can_cost_bounds_what_it_costs() -> None:
    price = Price(0.25, 2.0)
    assert price.of(1_000_000, 500_000) == 1.25
    # every byte a token, an earlier reply of full length, and the longest answer
    assert price.most(4000, 1, 2000) == price.of(4000 + 2000 + 200, 2000)
