"""Of which kinds the settings of a language model must be, so that none fails in mid-study."""

import os
from collections.abc import Mapping

from recourse_bandits.errors import DescriptionError

_MOST_RETRIES = 100
_MOST_TOKENS = 10_000_000


def check_kinds(settings: Mapping[str, object]) -> None:
    """Raise DescriptionError for a setting that is of no use whatever the problem is.

    Parameters
    ----------
    settings
        Fields of a `LanguageModel` by name.
    """
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
    for name, most in (("retries", _MOST_RETRIES), ("max_tokens", _MOST_TOKENS)):
        number = settings[name]
        if isinstance(number, int) and number > most:
            raise DescriptionError(f"{name} must be at most {most}, got {number!r}")
