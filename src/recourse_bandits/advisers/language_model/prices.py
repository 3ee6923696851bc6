"""What calls of a model cost."""

import math
from dataclasses import dataclass

from recourse_bandits.advisers.language_model.providers import NOT_INSTALLED, Connection
from recourse_bandits.errors import AdviserUnavailable

_PER = 1e6
_USUAL = 1000  # tokens of a usual question: some providers charge more for very long ones
_LISTED_AS = {"openai": "openai", "anthropic": "anthropic", "google": "google", "azure": "azure"}


@dataclass(frozen=True, slots=True)
class Price:
    """Price of a million tokens that go in, and of a million that come out.

    Parameters
    ----------
    input, output
        In the currency of the budget, >= 0; US dollars where they were looked up.

    Examples
    --------
    >>> Price(0.25, 2.0).of(1_000_000, 500_000)
    1.25
    """

    input: float
    output: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """Price of a call.

        Parameters
        ----------
        input_tokens, output_tokens
            Number of tokens.
        """
        return (input_tokens * self.input + output_tokens * self.output) / _PER

    def most(self, texts: int, replies: int, max_tokens: int) -> float:
        """Return a bound on the price of a call: a token has at least one byte.

        Parameters
        ----------
        texts
            Bytes that were said so far, without the model's own replies.
        replies
            Replies of the model among what was said.
        max_tokens
            Longest reply.
        """
        return self.of(texts + replies * max_tokens + _FRAME, max_tokens)


_FRAME = 200
"""Tokens that a provider may add around a conversation of few messages."""


def listed_price(connection: Connection) -> Price | None:
    """Return the list price of a model, or None if it is not known.

    Parameters
    ----------
    connection
        The model; nothing is known of one on another server than its provider's.

    Raises
    ------
    AdviserUnavailable
        If the extra with the price list is not installed.
    """
    if connection.endpoint is not None or connection.provider not in _LISTED_AS:
        return None
    try:
        from genai_prices import Usage, calc_price
    except ImportError as error:
        raise AdviserUnavailable(NOT_INSTALLED) from error
    provider = _LISTED_AS[connection.provider]
    try:
        sides = [
            calc_price(usage, model_ref=connection.name, provider_id=provider)
            for usage in (Usage(input_tokens=_USUAL), Usage(output_tokens=_USUAL))
        ]
    except LookupError:
        return None
    price = Price(*(float(side.total_price) * _PER / _USUAL for side in sides))
    return price if math.isfinite(price.input + price.output) else None
