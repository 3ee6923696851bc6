"""What the settings of a language model must be, so that none fails in mid-study."""

import os
from collections.abc import Mapping
from typing import Any

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import (
    require_count,
    require_not_negative,
    require_positive,
    require_truth_value,
    require_whole,
)

_MOST = {"deadline": 3600, "retries": 100, "max_tokens": 10_000_000}  # seconds, calls, tokens


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise DescriptionError for a setting that is of no use whatever the problem is.

    Parameters
    ----------
    settings
        Fields of a `LanguageModel` by name.
    """
    _check_texts(settings)
    _check_numbers(settings)
    require_truth_value(pull_back=settings["pull_back"], keep_questions=settings["keep_questions"])


def _check_texts(settings: Mapping[str, Any]) -> None:
    for name in ("endpoint", "key_variable"):
        value = settings[name]
        if not isinstance(value, str | None) or value == "":
            # its value is not told: it may be the key
            raise DescriptionError(f"{name} must be a text or None, got {type(value).__name__}")
    for name in ("template", "cache"):
        path = settings[name]
        if path is not None and (not isinstance(path, str | os.PathLike) or path == ""):
            raise DescriptionError(f"{name} must be the path of a file or None, got {path!r}")
    send = settings["send"]
    if send is not None and not (
        isinstance(send, list | tuple) and all(isinstance(one, str) for one in send)
    ):
        raise DescriptionError(f"send must be a list of feature names or None, got {send!r}")
    if not isinstance(settings["rounding"], Mapping):
        raise DescriptionError(
            f"rounding must be steps by feature name, got {settings['rounding']!r}"
        )


def _check_numbers(settings: Mapping[str, Any]) -> None:
    require_positive(deadline=settings["deadline"])
    require_whole(retries=settings["retries"])
    require_count(max_tokens=settings["max_tokens"])
    if settings["max_calls"] is not None:
        require_whole(max_calls=settings["max_calls"])
    for name in ("max_cost", "temperature"):
        if settings[name] is not None:
            require_not_negative(**{name: settings[name]})
    for name, most in _MOST.items():
        if settings[name] > most:
            raise DescriptionError(f"{name} must be at most {most}, got {settings[name]!r}")
    price = settings["price"]
    if price is None:
        return
    if not isinstance(price, tuple | list) or len(price) != 2:
        raise DescriptionError(f"price must be (input, output) per million tokens, got {price!r}")
    require_not_negative(**{"price of input": price[0], "price of output": price[1]})
