"""An exchange with an adviser in full, as text."""

import json

from recourse_bandits.exchanges import Exchange
from recourse_bandits.study.plain_text import visible


def in_full(exchange: Exchange) -> list[str]:
    """Return all that passed, as texts that a terminal shows and does not obey.

    Parameters
    ----------
    exchange
        What passed.
    """
    told = []
    if exchange.question is not None:
        told.append(f"\nquestion:\n{visible(exchange.question, lines=True)}")
    if exchange.digest is not None:
        told.append(f"\nSHA-256 of the question: {visible(exchange.digest)}")
    for number, attempt in enumerate(exchange.attempts, start=1):
        parts = {
            "model": attempt.model,
            "seconds": attempt.seconds,
            "input tokens": attempt.input_tokens,
            "output tokens": attempt.output_tokens,
            "cost": attempt.cost,
        }
        known = [f"{name} {visible(value)}" for name, value in parts.items() if value is not None]
        told.append(f"\ncall {number}, {', '.join([visible(attempt.ended), *known])}")
        if attempt.answer is not None:
            told.append(f"answer as it came:\n{visible(attempt.answer, lines=True)}")
        if attempt.problem is not None:
            told.append(f"problem: {visible(attempt.problem, lines=True)}")
    if exchange.said is not None:
        said = json.dumps(exchange.said, indent=2, ensure_ascii=False)
        told.append(f"\nas the adviser put it:\n{visible(said, lines=True)}")
    return told
